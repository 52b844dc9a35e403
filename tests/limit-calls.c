/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
# include <linux/seccomp.h>
# include <sys/prctl.h>
#endif

#include "bp-debug-private.h"
#include "test-calls.h"
#include "test-items.h"
#include "test-utils.h"
#include "test-waiter.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* What limits cost: a return makes no system call where there are no waiters, and a pool
 * without limits locks nothing. */

#define N_CYCLES 1000
#define N_HELD 4
#define LENGTH 16

typedef enum
{
  NONE,
  OUTSTANDING,
  IDLE_BYTES,
  BUDGET,
  ALL
} Limits;

static const char *const limit_names[] = {
  "none", "outstanding", "idle-bytes", "budget", "all",
};

static BpPool *
make_pool (Limits limits)
{
  g_autoptr (BpBudget) budget = NULL;

  if (limits == BUDGET || limits == ALL)
    budget = bp_budget_new (1000000);

  return g_object_new (BP_TYPE_POOL,
                       "budget", budget,
                       "shards", 2,
                       "max-outstanding", limits == OUTSTANDING || limits == ALL ? N_HELD : 0,
                       "max-idle-bytes",
                       limits == IDLE_BYTES || limits == ALL ? G_GUINT64_CONSTANT (1000000) : 0,
                       NULL);
}

static void
run_cycles (BpPool *pool,
            guint   n_cycles)
{
  BpPooled *held[N_HELD];

  for (guint i = 0; i < n_cycles; i++)
    {
      for (guint k = 0; k < N_HELD; k++)
        held[k] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      for (guint k = 0; k < N_HELD; k++)
        bp_pooled_unref (held[k]);
    }
}

static void
check_no_calls (BpPool   *pool,
                gboolean  has_cache)
{
  guint64 n_locks, n_system_calls;

  run_cycles (pool, 2);
  n_locks = test_calls_n_locks ();
  n_system_calls = test_calls_n_system_calls ();
  run_cycles (pool, N_CYCLES);
  g_assert_cmpuint (test_calls_n_system_calls () - n_system_calls, ==, 0);
  if (has_cache)
    g_assert_cmpuint (test_calls_n_locks () - n_locks, ==, 0);
  else
    g_assert_cmpuint (test_calls_n_locks () - n_locks, ==, 2 * N_HELD * N_CYCLES);
  assert_valid (pool);
}

static gboolean
has_cache (Limits limits)
{
  return limits == NONE || limits == BUDGET;
}

/* One lock for each acquire and each return where there is a limit, none without; and
 * nothing that enters the kernel. */
static void
test_no_waiters (gconstpointer data)
{
  Limits limits = GPOINTER_TO_UINT (data);
  g_autoptr (BpPool) pool = make_pool (limits);

  check_no_calls (pool, has_cache (limits));
}

/* And so it is again after a wait. */

static void
wait_once (BpPool *pool)
{
  TestWaiter waiter = TEST_WAITER_INIT (pool, 0);
  BpPooled *pooled;
  guint64 n_system_calls;

  bp_pool_set_max_outstanding (pool, 1);
  pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);
  test_waiter_begin (&waiter);
  n_system_calls = test_calls_n_system_calls ();
  bp_pooled_unref (pooled);
  /* The counter works: the waiter is woken. */
  g_assert_cmpuint (test_calls_n_system_calls () - n_system_calls, >=, 1);
  bp_pooled_unref (test_waiter_end (&waiter));
}

static void
test_after_a_wait (gconstpointer data)
{
  Limits limits = GPOINTER_TO_UINT (data);
  g_autoptr (BpPool) pool = make_pool (limits);

  wait_once (pool);
  bp_pool_set_max_outstanding (pool, limits == OUTSTANDING || limits == ALL ? N_HELD : 0);
  check_no_calls (pool, has_cache (limits));
}

static void
wait_for_bytes_once (BpPool *pool)
{
  BpBudget *budget = bp_pool_get_budget (pool);
  guint64 max_bytes = bp_budget_get_max_bytes (budget);
  BpPooled *pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);
  TestWaiter waiter = TEST_WAITER_INIT (pool, LENGTH + 1);
  guint64 n_system_calls;

  bp_budget_set_max_bytes (budget, 2 * LENGTH);
  test_waiter_begin_for_bytes (&waiter);
  n_system_calls = test_calls_n_system_calls ();
  bp_pooled_unref (pooled);
  g_assert_cmpuint (test_calls_n_system_calls () - n_system_calls, >=, 1);
  bp_pooled_unref (test_waiter_end (&waiter));
  bp_budget_set_max_bytes (budget, max_bytes);
}

/* The caches of a budget's pools are back after a while. */
static void
test_after_a_wait_for_bytes (void)
{
  g_autoptr (BpPool) pool = make_pool (BUDGET);

  wait_for_bytes_once (pool);
  run_cycles (pool, N_CYCLES);
  check_no_calls (pool, TRUE);
}

/* Nor a system call that goes past syscall(): the kernel ends a child that makes one. */

#define EXIT_SKIPPED 77

static gboolean
be_strict (void)
{
#ifdef __linux__
  return prctl (PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
#else
  return FALSE;
#endif
}

static void
call_strictly (BpPool *pool)
{
  getppid ();
}

static void
cycle_strictly (BpPool *pool)
{
  run_cycles (pool, N_CYCLES);
}

/* The signal that has ended the child, or 0; -1 if it could not be strict. */
static int
run_strictly (void   (*func) (BpPool *pool),
              BpPool  *pool)
{
  pid_t pid;
  int status;

#if defined (BP_ASAN) || defined (BP_TSAN)
  return -1;
#endif
  if (RUNNING_ON_VALGRIND)
    return -1;

  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      run_cycles (pool, 2);
      if (!be_strict ())
        _exit (EXIT_SKIPPED);
      func (pool);
      /* exit() makes another. */
      syscall (SYS_exit, 0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  if (WIFSIGNALED (status))
    return WTERMSIG (status);
  if (WEXITSTATUS (status) == EXIT_SKIPPED)
    return -1;
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);

  return 0;
}

static void
test_strictly (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_pool (GPOINTER_TO_UINT (data));
  int result = run_strictly (call_strictly, pool);

  if (result < 0)
    {
      g_test_skip ("nothing ends a child that calls the kernel");
      return;
    }

  g_assert_cmpint (result, ==, SIGKILL);
  g_assert_cmpint (run_strictly (cycle_strictly, pool), ==, 0);
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "no-waiters", test_no_waiters },
    { "after-a-wait", test_after_a_wait },
    { "strictly", test_strictly },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    {
      for (guint k = 0; k < G_N_ELEMENTS (limit_names); k++)
        {
          g_autofree char *path = g_strdup_printf ("/limit/calls/%s/%s", tests[i].name,
                                                   limit_names[k]);

          g_test_add_data_func (path, GUINT_TO_POINTER (k), tests[i].func);
        }
    }
  g_test_add_func ("/limit/calls/after-a-wait-for-bytes", test_after_a_wait_for_bytes);

  return g_test_run ();
}
