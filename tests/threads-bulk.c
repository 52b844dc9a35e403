/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "test-team.h"
#include "test-utils.h"

/* Several threads acquire and return many at once, while another changes the pool under
 * their hands: no buffer is handed out twice, and none is lost. */

#define N_THREADS 4
#define N_ROUNDS 100000
#define MOST 80
#define N_BYTES 64

typedef struct
{
  BpPool *pool;
  guint n_rounds;
  guint64 seed;
  atomic_uint n_at_work;
} Shared;

static void
work (Shared *shared,
      guint   index)
{
  BpPooled *pooled[MOST];
  TestRandom random;

  test_random_init (&random, shared->seed + index);
  for (guint i = 0; i < shared->n_rounds; i++)
    {
      guint n = 1 + test_random_below (&random, MOST);
      guint n_apart = test_random_below (&random, 4) == 0 ? n / 2 : 0;

      if (!bp_pool_acquire_many (shared->pool, N_BYTES, pooled, n, NULL))
        continue;
      for (guint k = 0; k < n; k++)
        memset (bp_pooled_get_data (pooled[k], NULL), (int) (index + 1), N_BYTES);
      for (guint k = 0; k < n; k++)
        {
          const guint8 *data = bp_pooled_get_data (pooled[k], NULL);

          g_assert_cmpuint (data[0], ==, index + 1);
          g_assert_cmpuint (data[N_BYTES - 1], ==, index + 1);
        }
      for (guint k = 0; k < n_apart; k++)
        bp_pooled_unref (pooled[k]);
      bp_pooled_unref_many (pooled + n_apart, n - n_apart);
    }
}

static void
change (Shared *shared,
        guint   i)
{
  switch (i % 6)
    {
    case 0:
      bp_pool_drop_idle (shared->pool, 10);
      break;

    case 1:
      bp_pool_set_max_buffers (shared->pool, 20);
      break;

    case 2:
      bp_pool_set_max_buffers (shared->pool, 300);
      break;

    case 3:
      bp_pool_set_thread_cache (shared->pool, i % 12 == 3 ? 0 : -1);
      break;

    case 4:
      bp_pool_set_max_outstanding (shared->pool, 2 * MOST);
      break;

    default:
      bp_pool_set_max_outstanding (shared->pool, 0);
      break;
    }
}

static void
work_or_change (guint    index,
                gpointer data)
{
  Shared *shared = data;

  if (index > 0)
    {
      work (shared, index);
      atomic_fetch_sub (&shared->n_at_work, 1);
      return;
    }
  for (guint i = 0; atomic_load (&shared->n_at_work) > 0; i++)
    change (shared, i);
}

static void
check_and_clear (Shared *shared)
{
  g_assert_cmpuint (get_stat (shared->pool, outstanding), ==, 0);
  assert_valid (shared->pool);
  g_object_unref (shared->pool);
}

static void
work_alone (guint    index,
            gpointer shared)
{
  work (shared, index);
}

static void
test_together (void)
{
  Shared shared = { .pool = bp_pool_new (BP_ELEMENT_TYPE_U8), .n_rounds = test_scale (N_ROUNDS),
                    .seed = test_get_seed () };

  test_run_threads (N_THREADS, work_alone, &shared);
  g_assert_cmpuint (get_stat (shared.pool, idle), <=, BP_DEFAULT_MAX_BUFFERS);
  check_and_clear (&shared);
}

static void
test_changed (void)
{
  Shared shared = { .pool = bp_pool_new (BP_ELEMENT_TYPE_U8), .n_rounds = test_scale (N_ROUNDS / 4),
                    .seed = test_get_seed (), .n_at_work = N_THREADS };

  test_run_threads (N_THREADS + 1, work_or_change, &shared);
  check_and_clear (&shared);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_func ("/threads/bulk/together", test_together);
  g_test_add_func ("/threads/bulk/changed", test_changed);

  return g_test_run ();
}
