/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#ifdef __linux__
# include <linux/filter.h>
# include <linux/seccomp.h>
# include <stddef.h>
# include <sys/prctl.h>
# include <sys/syscall.h>
# include <unistd.h>
#endif

#include "test-calls.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* What happens if the kernel's barrier fails although it worked before, as in a sandbox
 * that is closed behind the program: no other thread takes what a living thread has in its
 * cache, until that thread comes by itself, or until the barrier works again. What threads
 * left that have ended is taken as ever, and nothing is lost. */

#define N_ITEMS 8
#define N_ROUNDS 4
#define N_HITS ((N_ROUNDS - 1) * N_ITEMS)
#define MAX_BUFFERS 64
/* Of items, so many that a look into others' caches is due. */
#define N_DEAR 40

typedef struct
{
  TestCounters counters;
  BpPool *pool;
  TestWorker *owner;
} Fixture;

static guint n_messages;

/* Leaves N_ITEMS idle buffers in the cache of the calling thread, which has to take and
 * give back more than once for that: one that only gives back hides nothing. */
static void
fill_cache (gpointer pool)
{
  BpPooled *held[N_ITEMS];

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      test_acquire_many (pool, held, N_ITEMS);
      test_unref_many (held, N_ITEMS);
    }
}

static void
use_once (gpointer pool)
{
  bp_pooled_unref (bp_pool_acquire (pool));
}

/* Once in a program it is said what is wrong. */
static void
count_message (const char     *domain,
               GLogLevelFlags  level,
               const char     *message,
               gpointer        data)
{
  g_assert_nonnull (strstr (message, "membarrier"));
  n_messages++;
  g_assert_cmpuint (n_messages, ==, 1);
}

static void
setup (Fixture       *fixture,
       gconstpointer  data)
{
  test_counters_reset (&fixture->counters);
  fixture->pool = test_item_pool_new (&fixture->counters, 1, MAX_BUFFERS, 0);
  fixture->owner = test_worker_new ();
  test_worker_call (fixture->owner, fill_cache, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);
  test_calls_forbid_barriers (TRUE);
}

static void
teardown (Fixture       *fixture,
          gconstpointer  data)
{
  test_calls_forbid_barriers (FALSE);
  g_clear_pointer (&fixture->owner, test_worker_free);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

static gboolean
skip (void)
{
  if (test_calls_has_barriers ())
    return FALSE;

  g_test_skip ("this form of the fence has no barrier that could fail");
  return TRUE;
}

/* An acquire that would look into others' caches makes a new buffer; the owner's are its
 * own. */
static void
test_barrier_search (Fixture       *fixture,
                     gconstpointer  data)
{
  BpPooled *held[N_DEAR];

  if (skip ())
    return;

  test_acquire_many (fixture->pool, held, N_DEAR);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS + N_DEAR);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS + N_DEAR);
  g_assert_cmpuint (get_stat (fixture->pool, hits), ==, N_HITS + 1);
  test_unref_many (held, N_DEAR);
  assert_valid (fixture->pool);
}

/* What is beyond the bound goes when the owner comes by. */
static void
test_barrier_max_buffers (Fixture       *fixture,
                          gconstpointer  data)
{
  if (skip ())
    return;

  bp_pool_set_max_buffers (fixture->pool, 2);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, N_ITEMS);
  g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
  g_assert_cmpuint (n_messages, ==, 1);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 2);
  assert_valid (fixture->pool);
}

static void
test_barrier_thread_cache (Fixture       *fixture,
                           gconstpointer  data)
{
  if (skip ())
    return;

  bp_pool_set_thread_cache (fixture->pool, 0);
  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);
  assert_valid (fixture->pool);

  /* Any thread can have all of them now, without a look. */
  fill_cache (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS);
}

static void
test_barrier_drop_idle (Fixture       *fixture,
                        gconstpointer  data)
{
  if (skip ())
    return;

  bp_pool_drop_idle (fixture->pool, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  assert_valid (fixture->pool);
}

static void
test_barrier_dispose (Fixture       *fixture,
                      gconstpointer  data)
{
  if (skip ())
    return;

  g_object_run_dispose (G_OBJECT (fixture->pool));
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, N_ITEMS);

  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  assert_valid (fixture->pool);
}

static void
unref_pooled (gpointer pooled)
{
  bp_pooled_unref (pooled);
}

/* The pool is gone, but the owner still has a buffer to give back. */
static void
test_barrier_late_return (Fixture       *fixture,
                          gconstpointer  data)
{
  BpPooled *pooled;

  if (skip ())
    return;

  pooled = bp_pool_acquire (fixture->pool);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, N_ITEMS + 1);

  test_worker_call (fixture->owner, unref_pooled, pooled);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
}

/* The owner never comes again: a barrier that works again will do. */
static void
test_barrier_works_again (Fixture       *fixture,
                          gconstpointer  data)
{
  BpPooled *pooled;

  if (skip ())
    return;

  pooled = bp_pool_acquire (fixture->pool);
  g_clear_pointer (&fixture->owner, test_worker_free);
  test_calls_forbid_barriers (FALSE);

  bp_pooled_unref (pooled);
  bp_pool_drop_idle (fixture->pool, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  assert_valid (fixture->pool);
}

/* Or the next thread that gets its slot. */
static void
test_barrier_next_owner (Fixture       *fixture,
                         gconstpointer  data)
{
  if (skip ())
    return;

  g_object_run_dispose (G_OBJECT (fixture->pool));
  g_clear_pointer (&fixture->owner, test_worker_free);

  fixture->owner = test_worker_new ();
  test_worker_call (fixture->owner, use_once, fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  assert_valid (fixture->pool);
}

/* What the owner has in its cache is wiped when the owner comes by, before any thread gets
 * it. */

#define SECRET 0xa7
#define SECRET_BYTES 100

static void
fill_with_secrets (gpointer pool)
{
  BpPooled *held[N_ITEMS];

  for (guint i = 0; i < 2; i++)
    {
      test_acquire_many (pool, held, N_ITEMS);
      for (guint k = 0; k < N_ITEMS; k++)
        memset (bp_pooled_resize (held[k], SECRET_BYTES), SECRET, SECRET_BYTES);
      test_unref_many (held, N_ITEMS);
    }
}

static void
find_no_secrets (gpointer pool)
{
  BpPooled *held[N_ITEMS];

  test_acquire_many (pool, held, N_ITEMS);
  for (guint i = 0; i < N_ITEMS; i++)
    {
      g_assert_cmpuint (bp_pooled_get_capacity (held[i]), ==, SECRET_BYTES);
      g_assert_null (memchr (bp_pooled_get_data (held[i], NULL), SECRET, SECRET_BYTES));
    }
  test_unref_many (held, N_ITEMS);
}

static void
test_barrier_clear_on_release (Fixture       *fixture,
                               gconstpointer  data)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, MAX_BUFFERS, 0);

  if (skip ())
    return;

  test_worker_call (fixture->owner, fill_with_secrets, pool);
  bp_pool_set_clear_on_release (pool, TRUE);
  test_worker_call (fixture->owner, find_no_secrets, pool);
  g_assert_cmpuint (get_stat (pool, misses), ==, N_ITEMS);
  test_calls_forbid_barriers (FALSE);
  bp_pool_drop_idle (pool, MAX_BUFFERS);
  assert_valid (pool);
}

/* What threads left that have ended: it needs no barrier. */

static void
end_owner (Fixture *fixture)
{
  g_clear_pointer (&fixture->owner, test_worker_free);
}

static void
test_ended_acquire (Fixture       *fixture,
                    gconstpointer  data)
{
  BpPooled *held[N_ITEMS];

  end_owner (fixture);
  test_acquire_many (fixture->pool, held, N_ITEMS);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS);
  test_unref_many (held, N_ITEMS);
  assert_valid (fixture->pool);
}

/* Nor do the places that it had. */
static void
test_ended_return (Fixture       *fixture,
                   gconstpointer  data)
{
  BpPooled *held[MAX_BUFFERS];

  end_owner (fixture);
  test_acquire_many (fixture->pool, held, MAX_BUFFERS);
  test_unref_many (held, MAX_BUFFERS);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, MAX_BUFFERS);
  g_assert_cmpuint (get_stat (fixture->pool, dropped), ==, 0);
  assert_valid (fixture->pool);
}

static void
test_ended_max_buffers (Fixture       *fixture,
                        gconstpointer  data)
{
  end_owner (fixture);
  bp_pool_set_max_buffers (fixture->pool, 2);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 2);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 2);
  assert_valid (fixture->pool);
}

static void
test_ended_drop_idle (Fixture       *fixture,
                      gconstpointer  data)
{
  end_owner (fixture);
  bp_pool_drop_idle (fixture->pool, 3);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 3);
  bp_pool_drop_idle (fixture->pool, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 0);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  assert_valid (fixture->pool);
}

static void
test_ended_thread_cache (Fixture       *fixture,
                         gconstpointer  data)
{
  end_owner (fixture);
  bp_pool_set_thread_cache (fixture->pool, 0);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);
  fill_cache (fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, misses), ==, N_ITEMS);
  assert_valid (fixture->pool);
}

/* The pool goes, with a thread that has ended and one that sleeps and never comes by
 * again. */
static void
use_another_pool (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);

  use_once (pool);
}

static void
test_ended_finalize (Fixture       *fixture,
                     gconstpointer  data)
{
  end_owner (fixture);
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

static void
test_sleeping_finalize (Fixture       *fixture,
                        gconstpointer  data)
{
  if (skip ())
    return;

  g_clear_object (&fixture->pool);
  end_owner (fixture);
  use_another_pool ();
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
  g_assert_cmpuint (fixture->counters.n_destroyed, ==, 1);
}

/* A real sandbox, of which there is no way back. */

static gboolean
close_sandbox (void)
{
#if defined (SYS_seccomp) && defined (SYS_membarrier)
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1 /* EPERM */),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (filter), filter };

  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
#else
  return FALSE;
#endif
}

static void
test_sandbox (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (TestWorker) living = test_worker_new ();

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
      g_test_trap_assert_passed ();
      return;
    }

  test_calls_forbid_barriers (FALSE);
  if (!close_sandbox ())
    return;

  /* One thread has ended, another lives and has as many. */
  test_worker_call (living, fill_cache, fixture->pool);
  end_owner (fixture);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 2 * N_ITEMS);

  bp_pool_set_max_buffers (fixture->pool, N_ITEMS);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, N_ITEMS);
  bp_pool_set_max_buffers (fixture->pool, 2);
  test_worker_call (living, use_once, fixture->pool);
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, 2);
  g_assert_cmpuint (n_messages, ==, test_calls_has_barriers ());
  assert_valid (fixture->pool);

  test_worker_free (g_steal_pointer (&living));
  g_clear_object (&fixture->pool);
  g_assert_cmpuint (test_counters_live (&fixture->counters), ==, 0);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  g_log_set_handler ("Bufpool", G_LOG_LEVEL_WARNING, count_message, NULL);

#define ADD(name, func) g_test_add ("/threads/barrier/" name, Fixture, NULL, setup, func, teardown)

  ADD ("search", test_barrier_search);
  ADD ("max-buffers", test_barrier_max_buffers);
  ADD ("thread-cache", test_barrier_thread_cache);
  ADD ("drop-idle", test_barrier_drop_idle);
  ADD ("dispose", test_barrier_dispose);
  ADD ("late-return", test_barrier_late_return);
  ADD ("clear-on-release", test_barrier_clear_on_release);
  ADD ("works-again", test_barrier_works_again);
  ADD ("next-owner", test_barrier_next_owner);
  ADD ("ended/acquire", test_ended_acquire);
  ADD ("ended/return", test_ended_return);
  ADD ("ended/max-buffers", test_ended_max_buffers);
  ADD ("ended/drop-idle", test_ended_drop_idle);
  ADD ("ended/thread-cache", test_ended_thread_cache);
  ADD ("ended/finalize", test_ended_finalize);
  ADD ("sleeping/finalize", test_sleeping_finalize);
  ADD ("sandbox", test_sandbox);

  return g_test_run ();
}
