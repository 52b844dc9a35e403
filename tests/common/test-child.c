/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-child.h"

#include <sys/wait.h>
#include <unistd.h>

#include "bp-debug-private.h"
#include "test-items.h"
#include "test-utils.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* Longer than any child needs that does not wait for a lock of a thread that only the
 * parent has. */
#define SECONDS_UNTIL_STUCK 50

#define MOST_IDLE 64

/* What the threads of the parent had on their stacks is not referenced here. That is no
 * leak, and memcheck should not look for it. */
static void
exit_child (void)
{
  if (RUNNING_ON_VALGRIND)
    execlp ("true", "true", (char *) NULL);
  _exit (0);
}

void
test_run_child (void    (*func) (gpointer data),
                gpointer  data)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      alarm (SECONDS_UNTIL_STUCK);
      func (data);
      exit_child ();
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (WIFSIGNALED (status) ? WTERMSIG (status) : 0, ==, 0);
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

gboolean
test_skip_busy_child (void)
{
#if defined (BP_ASAN) || defined (BP_TSAN)
  g_test_skip ("the sanitizer's own locks may stay locked in a child of busy threads");
  return TRUE;
#else
  return FALSE;
#endif
}

gboolean
test_skip_child_threads (void)
{
#ifdef BP_TSAN
  g_test_skip ("ThreadSanitizer ends a child of several threads that starts one");
  return TRUE;
#else
  return FALSE;
#endif
}

void
test_assert_structure (BpPool *pool)
{
  g_autofree char *faults = test_find_faults (pool);
  g_auto (GStrv) lines = NULL;

  if (faults == NULL)
    return;

  lines = g_strsplit (faults, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (*lines[i] != '\0' && strstr (lines[i], " at most ") == NULL)
        g_error ("%s", lines[i]);
    }
}

/* A thread is one that only returns until it has acquired something from its cache. */
void
test_fill_cache (gpointer pool)
{
  BpPooled *held[TEST_N_IN_CACHE];

  for (guint round = 0; round < 2; round++)
    {
      test_acquire_many (pool, held, TEST_N_IN_CACHE);
      for (guint i = 0; i < TEST_N_IN_CACHE; i++)
        test_touch (held[i]);
      test_unref_many (held, TEST_N_IN_CACHE);
    }
}

void
test_take_all (BpPool *pool)
{
  BpPooled *held[MOST_IDLE];
  guint64 n_out = get_stat (pool, outstanding);
  guint64 n_missed, n_idle;

  bp_pool_set_thread_cache (pool, 0);
  n_missed = get_stat (pool, misses);
  n_idle = get_stat (pool, idle);
  g_assert_cmpuint (n_idle, <=, G_N_ELEMENTS (held));

  test_acquire_many (pool, held, G_N_ELEMENTS (held));
  g_assert_cmpuint (get_stat (pool, misses) - n_missed, ==, G_N_ELEMENTS (held) - n_idle);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, outstanding) - n_out, ==, G_N_ELEMENTS (held));

  for (guint i = 0; i < G_N_ELEMENTS (held); i++)
    test_touch (held[i]);
  test_unref_many (held, G_N_ELEMENTS (held));
  g_assert_cmpuint (get_stat (pool, idle), ==,
                    MIN (bp_pool_get_max_buffers (pool), G_N_ELEMENTS (held)));
  g_assert_cmpuint (get_stat (pool, outstanding), ==, n_out);
  bp_pool_set_thread_cache (pool, -1);
}

void
test_take_all_in_child (gpointer pool)
{
  assert_valid (pool);
  test_fill_cache (pool);
  assert_valid (pool);
  test_take_all (pool);
  assert_valid (pool);

  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  test_fill_cache (pool);
  g_object_run_dispose (G_OBJECT (pool));
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  assert_valid (pool);
}
