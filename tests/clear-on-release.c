/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdio.h>
#include <string.h>

#include "bp-debug-private.h"
#include "test-freed.h"
#include "test-secret.h"
#include "test-stream.h"
#include "test-utils.h"
#include "test-ways.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* With clear-on-release a secret is found neither in idle buffers nor in memory that the
 * pool has freed, whatever becomes of its buffer. */

#define KIB ((gsize) 1024)

/* Each way out, and each way back. The length does not say how much was written. */
static void
test_ways (void)
{
  const guint alignments[] = { 0, 64 };

  for (guint n = 0; n < G_N_ELEMENTS (alignments) * test_n_ways_out * test_n_ways_back; n++)
    {
      const TestWayBack *back = &test_ways_back[n % test_n_ways_back];
      const TestWayOut *out = &test_ways_out[n / test_n_ways_back % test_n_ways_out];
      guint alignment = alignments[n / test_n_ways_back / test_n_ways_out];
      g_autoptr (BpPool) pool = test_secret_pool_new (8, 0, alignment, 0);
      BpPooled *pooled;
      gpointer data;

      if (!test_way_out_is_for (out, pool) || !test_way_back_is_for (back, pool) ||
          g_str_has_prefix (back->name, "steal") ||
          (alignment > 0 && g_str_has_prefix (out->name, "attach")))
        continue;
      test_freed_secrets (NULL);
      pooled = out->func (pool, NULL);
      g_assert_true (bp_pooled_reserve (pooled, 100, NULL));
      test_write_secret (pooled);
      g_assert_true (bp_pooled_set_length (pooled, 3, NULL));
      data = back->begin (pooled);
      back->end (data);
      if (back->clear != NULL)
        back->clear (data);
      test_assert_clean (pool, 1);
      bp_pool_drop_idle (pool, 0);
      test_assert_freed_clean (1);
    }
}

/* A buffer that grows leaves its old memory behind. */

typedef gboolean (*GrowFunc) (BpPooled *pooled,
                              gsize     n_more);

static gboolean
grow_reserve (BpPooled *pooled,
              gsize     n_more)
{
  return bp_pooled_reserve (pooled, bp_pooled_get_length (pooled) + n_more, NULL);
}

static gboolean
grow_resize (BpPooled *pooled,
             gsize     n_more)
{
  return bp_pooled_resize (pooled, bp_pooled_get_length (pooled) + n_more) != NULL;
}

static gboolean
grow_try_resize (BpPooled *pooled,
                 gsize     n_more)
{
  return bp_pooled_try_resize (pooled, bp_pooled_get_length (pooled) + n_more, NULL);
}

static gboolean
grow_append (BpPooled *pooled,
             gsize     n_more)
{
  g_autofree guint8 *more = g_malloc0 (n_more);

  return bp_pooled_append (pooled, more, n_more, NULL);
}

static gboolean
grow_append_bytes (BpPooled *pooled,
                   gsize     n_more)
{
  g_autofree guint8 *more = g_malloc0 (n_more);

  return bp_pooled_append_bytes (pooled, more, n_more, NULL);
}

static const GrowFunc grow_funcs[] = {
  grow_reserve, grow_resize, grow_try_resize, grow_append, grow_append_bytes
};

static void
check_growth (BpPool   *pool,
              GrowFunc  grow,
              gsize     size,
              gsize     n_kept)
{
  g_autoptr (BpPooled) pooled = NULL;
  guint8 *data;

  test_freed_secrets (NULL);
  pooled = test_acquire_secret (pool, size);
  g_assert_true (bp_pooled_set_length (pooled, n_kept, NULL));
  g_assert_true (grow (pooled, 3 * size + 1));
  /* No secret in the block, or in the pages that went before it. */
  test_assert_freed_clean (1);
  data = bp_pooled_get_data (pooled, NULL);
  g_assert_cmpuint (test_count_secrets (data, n_kept, n_kept), ==, n_kept > 0);

  test_write_secret (pooled);
  g_clear_pointer (&pooled, bp_pooled_unref);
  test_assert_clean (pool, 1);
  bp_pool_drop_idle (pool, 0);
  test_assert_freed_clean (1);
}

static void
test_growth (void)
{
  const gsize sizes[] = { 7, 100, 5000, 200 * KIB, 700 * KIB + 5 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (BpPool) plain = test_secret_pool_new (8, 0, 0, 0);
      g_autoptr (BpPool) aligned = test_secret_pool_new (8, 0, 4096, 0);
      g_autoptr (BpPool) charged = test_secret_pool_new (8, 0, 0, 100 * 1024 * KIB);
      BpPool *pools[] = { plain, aligned, charged };

      for (guint k = 0; k < G_N_ELEMENTS (pools) * G_N_ELEMENTS (grow_funcs); k++)
        {
          BpPool *pool = pools[k % G_N_ELEMENTS (pools)];
          GrowFunc grow = grow_funcs[k / G_N_ELEMENTS (pools)];

          check_growth (pool, grow, sizes[i], sizes[i]);
          check_growth (pool, grow, sizes[i], sizes[i] / 3);
          check_growth (pool, grow, sizes[i], 0);
        }
    }
}

/* An idle buffer that is too small for the acquire gets other memory on its way out. */
static void
test_growth_at_acquire (void)
{
  const guint64 budgets[] = { 0, 1024 * KIB };

  for (guint i = 0; i < G_N_ELEMENTS (budgets); i++)
    {
      g_autoptr (BpPool) pool = test_secret_pool_new (8, 0, 0, budgets[i]);

      test_freed_secrets (NULL);
      bp_pooled_unref (test_acquire_secret (pool, 100));
      bp_pooled_unref (test_acquire_secret (pool, 200 * KIB));
      test_assert_freed_clean (1);
      g_assert_null (bp_pool_acquire_uninit (pool, G_MAXSSIZE, NULL));
      test_assert_clean (pool, budgets[i] > 0 ? 1 : get_stat (pool, idle));
    }
}

/* Memory that a trim cuts off. */
static void
test_trimmed (void)
{
  const gsize trims[] = { 10, 1000, 200 * KIB };
  const guint64 budgets[] = { 0, 100 * 1024 * KIB };

  for (guint i = 0; i < G_N_ELEMENTS (trims) * G_N_ELEMENTS (budgets); i++)
    {
      gsize trim = trims[i % G_N_ELEMENTS (trims)];
      g_autoptr (BpPool) pool = test_secret_pool_new (8, trim, 0, budgets[i / G_N_ELEMENTS (trims)]);
      BpPooled *pooled;

      test_freed_secrets (NULL);
      pooled = test_acquire_secret (pool, 5 * trim);
      g_assert_true (bp_pooled_try_resize (pooled, 1, NULL));
      bp_pooled_unref (pooled);
      test_assert_freed_clean (1);
      pooled = bp_pool_acquire (pool);
      g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, trim);
      bp_pooled_unref (pooled);
      test_assert_clean (pool, 1);

      bp_pooled_unref (test_acquire_secret (pool, 2 * trim));
      test_assert_clean (pool, 1);
    }
}

/* Buffers that are dropped: when they come back, or while they lie idle. */

#define N_DROPPED 5
#define DROPPED_BYTES (200 * KIB)

static void
keep_nothing (BpPool *pool)
{
  bp_pool_set_max_buffers (pool, 0);
}

static void
keep_two (BpPool *pool)
{
  bp_pool_set_max_buffers (pool, 2);
}

static void
keep_one_byte (BpPool *pool)
{
  bp_pool_set_max_idle_bytes (pool, 1);
}

static void
lower_budget (BpPool *pool)
{
  bp_budget_set_max_bytes (bp_pool_get_budget (pool), 1);
}

static void
drop_idle (BpPool *pool)
{
  bp_pool_drop_idle (pool, 1);
}

static void
dispose (BpPool *pool)
{
  g_object_run_dispose (G_OBJECT (pool));
}

static void
need_all (BpPool *pool)
{
  bp_pooled_unref (bp_pool_acquire_uninit (pool, N_DROPPED * DROPPED_BYTES, NULL));
}

static void (*const drop_funcs[]) (BpPool *pool) = {
  keep_nothing, keep_two, keep_one_byte, lower_budget, drop_idle, dispose, need_all
};

static void
check_dropped (void (*drop) (BpPool *pool),
               gboolean is_before,
               guint    alignment)
{
  g_autoptr (BpPool) pool = test_secret_pool_new (64, 0, alignment, N_DROPPED * DROPPED_BYTES);
  BpPooled *held[N_DROPPED];

  for (guint i = 0; i < N_DROPPED; i++)
    held[i] = test_acquire_secret (pool, DROPPED_BYTES);
  test_freed_secrets (NULL);
  if (is_before)
    drop (pool);
  test_unref_many (held, N_DROPPED);
  if (!is_before)
    drop (pool);
  bp_pool_drop_idle (pool, 0);
  /* The blocks, and the pages before. */
  test_assert_freed_clean (N_DROPPED);
  assert_valid (pool);
}

static void
test_dropped (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (drop_funcs); i++)
    {
      if (drop_funcs[i] != need_all)
        check_dropped (drop_funcs[i], TRUE, 0);
      check_dropped (drop_funcs[i], FALSE, 0);
      check_dropped (drop_funcs[i], FALSE, 64);
    }
}

/* A buffer that comes back after its pool is gone. */
static void
test_after_pool (void)
{
  BpPool *pool = test_secret_pool_new (8, 0, 0, 0);
  BpPooled *pooled = test_acquire_secret (pool, 100);
  GBytes *bytes = bp_pooled_get_bytes (pooled, NULL);

  bp_pooled_unref (test_acquire_secret (pool, 1000));
  test_freed_secrets (NULL);
  g_object_unref (pool);
  test_assert_freed_clean (1);
  bp_pooled_release (pooled);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (test_count_secrets (g_bytes_get_data (bytes, NULL), 100, 100), ==, 1);
  g_bytes_unref (bytes);
  test_assert_freed_clean (1);
}

/* Memory from outside, kept, trimmed or refused. */
static void
test_recycled (void)
{
  g_autoptr (BpPool) pool = test_secret_pool_new (4, 1000, 0, 4000);

  test_freed_secrets (NULL);
  bp_pool_recycle_data (pool, memset (g_malloc (1500), TEST_SECRET, 1500), 1500);
  test_assert_clean (pool, 1);
  bp_pool_drop_idle (pool, 0);
  bp_pool_recycle_data (pool, memset (g_malloc (3000), TEST_SECRET, 3000), 3000);
  test_assert_clean (pool, 1);
  bp_pool_recycle_data (pool, memset (g_malloc (4000), TEST_SECRET, 4000), 4000);
  test_assert_freed_clean (1);
  bp_pool_set_max_buffers (pool, 0);
  bp_pool_recycle_data (pool, memset (g_malloc (100), TEST_SECRET, 100), 100);
  test_assert_freed_clean (1);
}

static void
leave_secret (TestStream *stream,
              gpointer    data)
{
  memset (stream->buffer, TEST_SECRET, stream->count);
}

/* A stream writes something, and fails. */
static void
test_failed_read (void)
{
  g_autoptr (TestStream) stream = test_stream_new ("", 0);
  g_autoptr (BpPool) pool = test_secret_pool_new (8, 0, 0, 0);
  g_autoptr (GError) error = NULL;

  stream->on_read = leave_secret;
  stream->lie = -1;
  test_freed_secrets (NULL);
  g_assert_null (bp_pool_read (pool, G_INPUT_STREAM (stream), 1000, NULL, &error));
  g_assert_nonnull (error);
  g_assert_null (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 1000, NULL, NULL));
  stream->lie = 5;
  g_bytes_unref (bp_pool_read_bytes (pool, G_INPUT_STREAM (stream), 1000, NULL, NULL));
  test_assert_clean (pool, 1);
}

static void
test_bulk (void)
{
  g_autoptr (BpPool) pool = test_secret_pool_new (64, 0, 0, 0);
  BpPooled *held[40];

  test_freed_secrets (NULL);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_true (bp_pool_acquire_many (pool, 1000, held, G_N_ELEMENTS (held), NULL));
      for (guint k = 0; k < G_N_ELEMENTS (held); k++)
        test_write_secret (held[k]);
      bp_pooled_unref_many (held, G_N_ELEMENTS (held));
      test_assert_clean (pool, G_N_ELEMENTS (held));
    }
}

/* Memory that the caller steals keeps its contents. */
static void
test_stolen (void)
{
  g_autoptr (BpPool) pool = test_secret_pool_new (8, 0, 0, 0);
  g_autoptr (BpPooled) pooled = test_acquire_secret (pool, 1000);
  g_autofree guint8 *data = bp_pooled_steal_data (pooled, NULL, NULL, NULL);

  g_assert_cmpuint (test_count_secrets (data, 1000, 1000), ==, 1);
}

/* This test finds secrets that are not wiped. */
static void
test_finder (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 64, 1000);
  BpPooled *pooled = test_acquire_secret (pool, 200 * KIB);

  test_freed_secrets (NULL);
  g_assert_true (bp_pooled_reserve (pooled, 300 * KIB, NULL));
  g_assert_cmpuint (test_freed_secrets (NULL), >=, 1);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (test_freed_secrets (NULL), >=, 1);
  bp_pooled_unref (test_acquire_secret (pool, 1000));
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (test_freed_secrets (NULL), ==, 1);
}

#define N_ANYWHERE 64

/* Looks through all memory of the process but its stack, where registers are saved. */
static guint
count_anywhere (void)
{
  g_autofree char *text = NULL;
  guint n = 0;

  if (!g_file_get_contents ("/proc/self/maps", &text, NULL, NULL))
    return 0;
  for (char *line = strtok (text, "\n"); line != NULL; line = strtok (NULL, "\n"))
    {
      gsize start, end;
      char mode[5];

      if (sscanf (line, "%zx-%zx %4s", &start, &end, mode) == 3 && g_str_has_prefix (mode, "rw") &&
          strstr (line, "[stack") == NULL)
        n += test_count_secrets (GSIZE_TO_POINTER (start), end - start, N_ANYWHERE);
    }

  return n;
}

static void
test_anywhere (void)
{
#if defined (BP_ASAN) || defined (BP_TSAN)
  g_test_skip ("the sanitizer's memory is too much to be read");
#else
  g_autoptr (BpPool) pool = test_secret_pool_new (8, 5000, 0, 0);
  BpPooled *pooled;

  if (RUNNING_ON_VALGRIND)
    {
      g_test_skip ("valgrind keeps what is freed, and knows what may be read");
      return;
    }

  pooled = test_acquire_secret (pool, 1000);
  if (count_anywhere () == 0)
    {
      g_test_skip ("the process cannot look at its memory here");
      bp_pooled_unref (pooled);
      return;
    }
  for (gsize size = 1000; size < 2 * 1024 * KIB; size *= 2)
    {
      bp_pooled_resize (pooled, size);
      test_write_secret (pooled);
    }
  g_assert_cmpuint (count_anywhere (), ==, 1);
  bp_pooled_unref (pooled);
  g_assert_cmpuint (count_anywhere (), ==, 0);
#endif
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();
  /* First, since others leave secrets in memory that is not a pool's. */
  g_test_add_func ("/clear-on-release/anywhere", test_anywhere);
  g_test_add_func ("/clear-on-release/ways", test_ways);
  g_test_add_func ("/clear-on-release/growth", test_growth);
  g_test_add_func ("/clear-on-release/growth-at-acquire", test_growth_at_acquire);
  g_test_add_func ("/clear-on-release/trimmed", test_trimmed);
  g_test_add_func ("/clear-on-release/dropped", test_dropped);
  g_test_add_func ("/clear-on-release/after-pool", test_after_pool);
  g_test_add_func ("/clear-on-release/recycled", test_recycled);
  g_test_add_func ("/clear-on-release/failed-read", test_failed_read);
  g_test_add_func ("/clear-on-release/bulk", test_bulk);
  g_test_add_func ("/clear-on-release/stolen", test_stolen);
  g_test_add_func ("/clear-on-release/finder", test_finder);

  return g_test_run ();
}
