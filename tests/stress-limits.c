/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-team.h"
#include "test-utils.h"
#include "test-waiter.h"

/* Ten million hand-overs of permits, and of bytes, from thread to thread: a single wake-up
 * that is lost stops them all. With many threads more wait than there are buffers. With one
 * thread too many each return empties the queue, and meets the thread that begins to
 * wait. */

#define N_HAND_OVERS 10000000
/* In a plain run. */
#define N_FEW 100000
#define N_MANY 8
#define N_BUFFERS 2
#define N_ONE_MORE (N_BUFFERS + 1)
#define MAX_BYTES 8192

typedef struct
{
  BpPool *pools[2];
  atomic_uint n_out;
  atomic_uint n_left;
  /* What came back while there were waiters. */
  atomic_uint n_awaited;
  guint (*count_waiters) (BpPool *pool);
} Crowd;

static gboolean
take_turn (Crowd *crowd)
{
  guint n_left = crowd->n_left;

  while (n_left > 0)
    {
      if (atomic_compare_exchange_weak (&crowd->n_left, &n_left, n_left - 1))
        return TRUE;
    }

  return FALSE;
}

/* Unless it is over, since then no waiter comes any more. */
static void
await_waiter (Crowd  *crowd,
              BpPool *pool)
{
  while (crowd->count_waiters (pool) == 0 && crowd->n_left > 0)
    g_thread_yield ();
}

static void
run (guint    index,
     gpointer data)
{
  Crowd *crowd = data;
  guint n_awaited = 0;

  for (guint i = index; take_turn (crowd); i++)
    {
      BpPool *pool = crowd->pools[i / 64 % 2];
      g_autoptr (GError) error = NULL;
      BpPooled *pooled;

      pooled = bp_pool_acquire_full (pool, MAX_BYTES / N_BUFFERS / bp_pool_get_element_size (pool),
                                     BP_ACQUIRE_UNINIT, NULL, -1, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (atomic_fetch_add (&crowd->n_out, 1), <, N_BUFFERS);
      *(guint8 *) bp_pooled_get_data (pooled, NULL) = (guint8) index;
      if (i % 4 != 0)
        await_waiter (crowd, pool);
      n_awaited += crowd->count_waiters (pool) > 0;
      atomic_fetch_sub (&crowd->n_out, 1);
      bp_pooled_unref (pooled);
    }
  crowd->n_awaited += n_awaited;
}

static void
hand_over (Crowd      *crowd,
           guint       n_threads,
           const char *what)
{
  guint n_hand_overs = g_test_slow () ? N_HAND_OVERS : test_scale (N_FEW);
  gint64 begin = g_get_monotonic_time ();
  double seconds;

  crowd->n_left = n_hand_overs;
  test_run_threads (n_threads, run, crowd);
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  g_test_message ("%u hand-overs of %s by %u threads in %.1f s, %.0f a second, %u while others waited",
                  n_hand_overs, what, n_threads, seconds, n_hand_overs / seconds, crowd->n_awaited);
  g_assert_cmpuint (crowd->n_awaited, >, n_hand_overs / 2);
  assert_valid (crowd->pools[0]);
  assert_valid (crowd->pools[1]);
}

static void
test_permits (gconstpointer n_threads)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  Crowd crowd = { .pools = { pool, pool }, .count_waiters = test_n_waiters };

  bp_pool_set_max_outstanding (pool, N_BUFFERS);
  hand_over (&crowd, GPOINTER_TO_UINT (n_threads), "permits");
}

static void
test_bytes (gconstpointer n_threads)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MAX_BYTES);
  g_autoptr (BpPool) narrow = g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
  g_autoptr (BpPool) wide = g_object_new (BP_TYPE_POOL, "budget", budget,
                                          "element-type", BP_ELEMENT_TYPE_F64, NULL);
  Crowd crowd = { .pools = { narrow, wide }, .count_waiters = test_n_budget_waiters };

  hand_over (&crowd, GPOINTER_TO_UINT (n_threads), "bytes");
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, MAX_BYTES);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_data_func ("/stress/limits/permits/many", GUINT_TO_POINTER (N_MANY), test_permits);
  g_test_add_data_func ("/stress/limits/permits/one-more", GUINT_TO_POINTER (N_ONE_MORE),
                        test_permits);
  g_test_add_data_func ("/stress/limits/bytes/many", GUINT_TO_POINTER (N_MANY), test_bytes);
  g_test_add_data_func ("/stress/limits/bytes/one-more", GUINT_TO_POINTER (N_ONE_MORE), test_bytes);

  return g_test_run ();
}
