/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-private.h"
#include "bp-state-private.h"
#include "test-utils.h"
#include "test-watch.h"

/* What cannot be seen, or not be brought about, from outside: each needs the structure of
 * a pool or the word of a handle. */

#define N_SHARDS 4
#define N_IDLE 100

/* When idle buffers are dropped, every shard loses the same share, but for a remainder
 * each time. */
static void
test_shards_lose_alike (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, N_SHARDS, N_IDLE, 0);
  guint n_before[N_SHARDS];

  g_assert_true (bp_pool_prefill (pool, N_IDLE, 1, NULL));
  for (guint i = 0; i < N_SHARDS; i++)
    {
      n_before[i] = bp_peek (pool->core->shards[i].n);
      g_assert_cmpuint (n_before[i], >, 0);
    }

  for (guint n_left = N_IDLE, n_steps = 0; n_left > 0; n_left -= 10, n_steps++)
    {
      bp_pool_drop_idle (pool, n_left);
      g_assert_cmpuint (get_stat (pool, idle), ==, n_left);
      for (guint i = 0; i < N_SHARDS; i++)
        {
          guint n_idle = bp_peek (pool->core->shards[i].n);
          guint share = n_before[i] * n_left / N_IDLE;

          g_assert_cmpuint (n_idle + n_steps, >=, share);
          g_assert_cmpuint (n_idle, <=, share + 1 + n_steps);
        }
    }
}

/* No thread has touched it since prefill put it in. */
static void
test_prefilled_is_inaccessible (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, N_IDLE, 0);

  if (!test_is_watched ())
    {
      g_test_skip ("neither AddressSanitizer nor valgrind is watching");
      return;
    }

  g_assert_true (bp_pool_prefill (pool, N_IDLE, 48, NULL));
  g_assert_cmpuint (bp_peek (pool->core->shards[0].n), ==, N_IDLE);
  for (guint i = 0; i < N_IDLE; i++)
    {
      BpShard *shard = &pool->core->shards[0];
      BpPooled *idle = shard->ring[(shard->first + i) & (shard->size - 1)];
      guint8 *data = bp_peek (idle->data);

      for (guint j = 0; j < 48; j++)
        g_assert_false (test_is_accessible (data + j));
    }
}

/* Counts that are about to run over, by calls or by shares. */
static void
test_too_many (gconstpointer by_shares)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 4, 0);

  if (g_test_subprocess ())
    {
      BpPooled *pooled = bp_pool_acquire_sized (pool, 10, NULL);
      g_autoptr (GError) error = NULL;

      if (by_shares)
        {
          BpPooledSlice *slice = bp_pooled_slice_new_take (pooled, 10, NULL);

          pooled->word = BP_WORD_PINS + BP_WORD_PINS / BP_WORD_PIN;
          g_assert_null (bp_pooled_get_bytes (pooled, &error));
          g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
          bp_pooled_slice_sub (slice, 0, 10, NULL);
        }
      else
        {
          pooled->word = BP_WORD_MAX_REFS - 1;
          bp_pooled_ref (pooled);
          bp_pooled_ref (pooled);
        }
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr (by_shares ? "*268435455 GBytes*leak*" : "*2147483648 references*leak*");
}

int
main (int   argc,
      char *argv[])
{
  test_watch_memory ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/inside/shards-lose-alike", test_shards_lose_alike);
  g_test_add_func ("/inside/prefilled-is-inaccessible", test_prefilled_is_inaccessible);
  g_test_add_data_func ("/inside/too-many/references", GINT_TO_POINTER (FALSE), test_too_many);
  g_test_add_data_func ("/inside/too-many/shares", GINT_TO_POINTER (TRUE), test_too_many);

  return g_test_run ();
}
