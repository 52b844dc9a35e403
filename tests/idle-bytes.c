/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-calls.h"
#include "test-child.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* max-idle-bytes bounds the bytes of idle buffers exactly, as max-buffers does their
 * number, and both hold. */

static const guint shard_counts[] = { 1, 2, 7, 32 };

static TestCounters counters;

static BpPool *
make_bounded (guint   n_shards,
              guint   max_buffers,
              guint64 max_idle_bytes)
{
  BpPool *pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, n_shards, max_buffers, 0);

  bp_pool_set_max_idle_bytes (pool, max_idle_bytes);

  return pool;
}

/* Buffers of so many bytes, numbered in their first element. */
static void
take_numbered (BpPool    *pool,
               BpPooled **held,
               guint      n_held,
               gsize      n_bytes)
{
  for (guint i = 0; i < n_held; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, n_bytes / 4, NULL);
      g_assert_nonnull (held[i]);
      *(guint32 *) bp_pooled_get_data (held[i], NULL) = i;
    }
}

static void
assert_idle (BpPool  *pool,
             guint64  n_idle,
             guint64  n_bytes)
{
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, n_bytes);
  assert_valid (pool);
}

/* As many as fit are kept, to the byte, and found again. */
static void
test_exact (void)
{
  const guint64 limits[] = { 1, 399, 400, 401, 799, 800, 4000, 4001, 100000, G_MAXUINT64 };
  const guint max_buffers = 64, n_held = 100;

  for (guint i = 0; i < G_N_ELEMENTS (shard_counts) * G_N_ELEMENTS (limits); i++)
    {
      guint64 max_bytes = limits[i / G_N_ELEMENTS (shard_counts)];
      g_autoptr (BpPool) pool = make_bounded (shard_counts[i % G_N_ELEMENTS (shard_counts)],
                                              max_buffers, max_bytes);
      guint64 n_kept = MIN (max_bytes / 400, max_buffers);
      BpPooled *held[100];

      g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, max_bytes);
      for (guint round = 0; round < 3; round++)
        {
          guint64 n_missed = get_stat (pool, misses);

          take_numbered (pool, held, n_held, 400);
          g_assert_cmpuint (get_stat (pool, misses) - n_missed, ==,
                            round > 0 ? n_held - n_kept : n_held);
          assert_idle (pool, 0, 0);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, n_held);
          test_unref_many (held, n_held);
          assert_idle (pool, n_kept, n_kept * 400);
        }
    }
}

/* Of different sizes: at every moment no byte too many. */
static void
test_every_size (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = make_bounded (shard_counts[i], 256, 10000);
      guint64 largest = 0;

      for (guint k = 1; k <= 200; k++)
        {
          BpPooled *held[3];

          for (guint l = 0; l < 3; l++)
            held[l] = bp_pool_acquire_uninit (pool, k * 37 % 900 + l * 100, NULL);
          for (guint l = 0; l < 3; l++)
            {
              test_unref_many (&held[l], 1);
              largest = MAX (largest, get_stat (pool, idle_bytes));
              assert_valid (pool);
            }
        }
      g_assert_cmpuint (largest, <=, 10000);
      g_assert_cmpuint (largest, >, 6000);
    }
}

/* The oldest go, as many as it takes, and no more. */
static void
test_oldest_go (void)
{
  g_autoptr (BpPool) pool = make_bounded (1, 100, 4000);
  BpPooled *held[10], *large;

  take_numbered (pool, held, 10, 400);
  large = bp_pool_acquire_uninit (pool, 250, NULL);
  test_unref_many (held, 10);
  assert_idle (pool, 10, 4000);

  /* 1000 bytes for three of 400. */
  bp_pooled_unref (large);
  assert_idle (pool, 8, 3800);
  g_assert_cmpuint (get_stat (pool, dropped), ==, 3);
  large = bp_pool_acquire_uninit (pool, 1, NULL);
  g_assert_cmpuint (bp_pooled_get_capacity (large), ==, 250);
  for (guint i = 0; i < 7; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, 1, NULL);
      g_assert_cmpuint (*(guint32 *) bp_pooled_get_data (held[i], NULL), ==, 9 - i);
    }
  assert_idle (pool, 0, 0);
  test_unref_many (held, 7);
  bp_pooled_unref (large);
  assert_idle (pool, 8, 3800);
}

/* What is more than the limit alone is dropped, and nothing else for it. */
static void
test_too_large_alone (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = make_bounded (shard_counts[i], 100, 4000);
      BpPooled *held[10];

      take_numbered (pool, held, 10, 400);
      g_assert_nonnull (bp_pooled_resize (held[9], 1001));
      test_unref_many (held, 9);
      test_unref_many (&held[9], 1);
      assert_idle (pool, 9, 3600);
      g_assert_cmpuint (get_stat (pool, dropped), ==, 1);

      /* A buffer of as much as the limit is kept, and no other one. */
      held[0] = bp_pool_acquire_uninit (pool, 1000, NULL);
      bp_pooled_unref (held[0]);
      assert_idle (pool, 1, 4000);
    }
}

/* Both limits hold: whichever is reached first. */
static void
test_with_max_buffers (void)
{
  g_autoptr (BpPool) pool = make_bounded (2, 5, 4000);
  BpPooled *held[10];

  take_numbered (pool, held, 10, 400);
  test_unref_many (held, 10);
  assert_idle (pool, 5, 2000);
  bp_pool_set_max_buffers (pool, 20);
  take_numbered (pool, held, 10, 600);
  test_unref_many (held, 10);
  assert_idle (pool, 6, 3600);
  bp_pool_set_max_buffers (pool, 4);
  assert_idle (pool, 4, 2400);
  bp_pool_drop_idle (pool, 1);
  assert_idle (pool, 1, 600);
  bp_pool_drop_idle (pool, 0);
  assert_idle (pool, 0, 0);
  bp_pool_set_max_buffers (pool, 0);
  take_numbered (pool, held, 10, 400);
  test_unref_many (held, 10);
  assert_idle (pool, 0, 0);
}

/* Set while buffers lie in the caches of this thread, of one that sleeps, of one that has
 * ended, and in rings; then lowered and raised. */
static void
test_set_in_use (gconstpointer data)
{
  const TestKind *kind = data;
  const guint64 limits[] = { G_MAXUINT64, 5000, 3000, 1000, 999, 500, 3000, 1, 300, 7 };

  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (TestWorker) sleeper = test_worker_new ();
      TestWorker *ended = test_worker_new ();
      g_autoptr (BpPool) pool = NULL;
      guint64 n_bytes, n_each;

      pool = test_kind_pool_new (kind, &counters, shard_counts[i], 64, 0);
      g_assert_true (bp_pool_prefill (pool, 40, 16, NULL));
      test_worker_call (sleeper, test_fill_cache, pool);
      test_worker_call (ended, test_fill_cache, pool);
      test_fill_cache (pool);
      test_worker_free (ended);
      n_bytes = get_stat (pool, idle_bytes);
      n_each = n_bytes / 40;
      assert_idle (pool, 40, 40 * n_each);

      for (guint k = 0; k < G_N_ELEMENTS (limits); k++)
        {
          guint64 n_made;

          bp_pool_set_max_idle_bytes (pool, limits[k]);
          n_bytes = MIN (n_bytes, limits[k] / n_each * n_each);
          assert_idle (pool, n_bytes / n_each, n_bytes);
          g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);

          /* Any thread can have all of what is left. */
          n_made = get_stat (pool, misses);
          test_worker_call (sleeper, test_fill_cache, pool);
          if (n_bytes / n_each >= TEST_N_IN_CACHE)
            g_assert_cmpuint (get_stat (pool, misses), ==, n_made);
          n_bytes = MAX (n_bytes, MIN (TEST_N_IN_CACHE, limits[k] / n_each) * n_each);
          assert_idle (pool, n_bytes / n_each, n_bytes);
        }
    }
}

/* Without the limit the caches are back, and nothing is bounded but by number. */
static void
test_taken_away (void)
{
  g_autoptr (BpPool) pool = make_bounded (2, 64, 4000);
  BpPooled *held[20];
  guint64 n_locks;

  take_numbered (pool, held, 20, 400);
  bp_pool_set_max_idle_bytes (pool, 0);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, 0);
  test_unref_many (held, 20);
  assert_idle (pool, 20, 8000);

  test_fill_cache (pool);
  n_locks = test_calls_n_locks ();
  for (guint i = 0; i < 100; i++)
    bp_pooled_unref (bp_pool_acquire (pool));
  g_assert_cmpuint (test_calls_n_locks () - n_locks, ==, 0);

  bp_pool_set_max_idle_bytes (pool, 2000);
  assert_idle (pool, 5, 2000);
}

/* It bounds what lies idle, not what is out. */
static void
test_out_is_not_bounded (void)
{
  g_autoptr (BpPool) pool = make_bounded (2, 64, 100);
  BpPooled *held[20];

  take_numbered (pool, held, 20, 40000);
  assert_idle (pool, 0, 0);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 20);
  test_unref_many (held, 20);
  assert_idle (pool, 0, 0);
}

/* A buffer counts for what it has when it comes back: trimmed, grown, attached, recycled;
 * and not any more once it is out, or stolen. */
static void
test_sizes_at_return (void)
{
  g_autoptr (BpPool) pool = make_bounded (1, 64, 4000);
  g_autoptr (BpPooled) pooled = NULL;

  bp_pool_set_trim_capacity (pool, 100);
  pooled = bp_pool_acquire_uninit (pool, 100000, NULL);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_idle (pool, 1, 400);

  bp_pool_recycle_data (pool, g_malloc (800), 200);
  assert_idle (pool, 2, 1200);
  bp_pool_recycle_data (pool, g_malloc (8000), 2000);
  assert_idle (pool, 3, 1600);
  pooled = bp_pool_attach_data (pool, g_malloc (600), 0, 150, NULL);
  assert_idle (pool, 3, 1600);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_idle (pool, 4, 2200);

  bp_pool_set_trim_capacity (pool, 0);
  pooled = bp_pool_acquire (pool);
  assert_idle (pool, 3, 1600);
  g_assert_nonnull (bp_pooled_resize (pooled, 500));
  assert_idle (pool, 3, 1600);
  g_clear_pointer (&pooled, bp_pooled_unref);
  assert_idle (pool, 4, 3600);
  pooled = bp_pool_acquire (pool);
  g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
  assert_idle (pool, 3, 1600);
}

static BpPool *
make_items (const TestKind *kind,
            guint           n_shards,
            guint64         max_idle_bytes)
{
  BpPool *pool;

  pool = test_kind_pool_new (kind, &counters, n_shards, 64, 0);
  bp_pool_set_max_idle_bytes (pool, max_idle_bytes);

  return pool;
}

static void
set_byte_size (BpPooled *pooled,
               gsize     n_bytes)
{
  gpointer item = bp_pooled_get_item (pooled);
  g_autoptr (GObject) object = bp_pooled_dup_object (pooled);

  if (object != NULL)
    TEST_OBJECT (object)->byte_size = n_bytes;
  else
    ((TestItem *) item)->byte_size = n_bytes;
}

/* Items count for what they say at their release. The one of 1000 bytes drives all out that
 * were there, the one of 1001 is too much alone. */
static void
test_items (gconstpointer data)
{
  const struct
  {
    gsize n_bytes;
    guint64 n_idle;
    guint64 n_idle_bytes;
  } returns[] = {
    { 100, 1, 100 },   { 250, 2, 350 },   { 0, 3, 350 },   { 400, 4, 750 },
    { 1000, 1, 1000 }, { 1001, 1, 1000 }, { 250, 1, 250 }, { 3, 2, 253 },
  };
  g_autoptr (BpPool) pool = make_items (data, 1, 1000);
  BpPooled *held[G_N_ELEMENTS (returns)];

  test_acquire_many (pool, held, G_N_ELEMENTS (returns));
  for (guint i = 0; i < G_N_ELEMENTS (returns); i++)
    {
      set_byte_size (held[i], returns[i].n_bytes);
      g_assert_true (bp_pooled_release (held[i]));
      assert_idle (pool, returns[i].n_idle, returns[i].n_idle_bytes);
    }
  test_unref_many (held, G_N_ELEMENTS (returns));
  assert_idle (pool, 2, 253);
}

/* Those that take no bytes are bounded by their number alone. */
static void
test_items_without_size (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_items (data, 2, 1);
  BpPooled *held[100];

  test_acquire_many (pool, held, 100);
  for (guint i = 0; i < 100; i++)
    {
      set_byte_size (held[i], 0);
      g_assert_true (bp_pooled_release (held[i]));
    }
  assert_idle (pool, 64, 0);
  test_unref_many (held, 100);
}

/* Room in bytes is asked for before anything is made, or dropped. */
static void
test_prefill (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (shard_counts); i++)
    {
      g_autoptr (BpPool) pool = make_bounded (shard_counts[i], 64, 4000);
      g_autoptr (GError) error = NULL;

      g_assert_true (bp_pool_prefill (pool, 3, 100, &error));
      assert_idle (pool, 3, 1200);
      g_assert_false (bp_pool_prefill (pool, 8, 100, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_assert_nonnull (strstr (error->message, "8 more idle buffers of 3200 bytes together"));
      g_assert_nonnull (strstr (error->message, "1200 idle and max-idle-bytes is 4000"));
      g_clear_error (&error);
      assert_idle (pool, 3, 1200);
      g_assert_false (bp_pool_prefill (pool, 2, G_MAXSSIZE / 8, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_clear_error (&error);
      g_assert_false (bp_pool_prefill (pool, 1, 701, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_clear_error (&error);

      g_assert_true (bp_pool_prefill (pool, 7, 100, &error));
      assert_idle (pool, 10, 4000);
      g_assert_false (bp_pool_prefill (pool, 1, 1, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_assert_cmpuint (get_stat (pool, dropped), ==, 0);
      assert_idle (pool, 10, 4000);
    }
}

/* All or nothing, though an item must be made before it can be asked for its size. */
static void
test_prefill_items (gconstpointer data)
{
  g_autoptr (BpPool) pool = make_items (data, 2, 10 * TEST_OBJECT_BYTES);
  g_autoptr (GError) error = NULL;
  guint64 n_each, n_idle;

  g_assert_true (bp_pool_prefill (pool, 3, 0, &error));
  g_assert_no_error (error);
  n_each = get_stat (pool, idle_bytes) / 3;
  n_idle = 10 * TEST_OBJECT_BYTES / n_each;
  assert_idle (pool, 3, 3 * n_each);

  g_assert_false (bp_pool_prefill (pool, n_idle - 2, 0, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  g_clear_error (&error);
  assert_idle (pool, 3, 3 * n_each);
  g_assert_cmpuint (test_counters_live (&counters) + test_counters_live (&test_object_counters),
                    ==, 3);

  g_assert_true (bp_pool_prefill (pool, n_idle - 3, 0, &error));
  g_assert_no_error (error);
  assert_idle (pool, n_idle, n_idle * n_each);
}

/* A pool that is made with it, and one that is disposed. */
static void
test_construct_and_dispose (void)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
                                          "element-type", BP_ELEMENT_TYPE_U32,
                                          "max-idle-bytes", G_GUINT64_CONSTANT (1000),
                                          NULL);
  BpPooled *held[5];

  take_numbered (pool, held, 5, 400);
  test_unref_many (held, 5);
  assert_idle (pool, 2, 800);
  g_object_run_dispose (G_OBJECT (pool));
  assert_idle (pool, 0, 0);
  take_numbered (pool, held, 1, 400);
  test_unref_many (held, 1);
  assert_idle (pool, 0, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      const TestKind *kind = &test_kinds[i];
      g_autofree char *in_use = g_strconcat ("/pool/idle-bytes/set-in-use/", kind->name, NULL);
      g_autofree char *items = g_strconcat ("/pool/idle-bytes/items/", kind->name, NULL);
      g_autofree char *without_size = g_strconcat ("/pool/idle-bytes/items-without-size/",
                                                   kind->name, NULL);
      g_autofree char *prefill = g_strconcat ("/pool/idle-bytes/prefill-items/", kind->name, NULL);

      g_test_add_data_func (in_use, kind, test_set_in_use);
      if (kind->is_elements)
        continue;
      g_test_add_data_func (items, kind, test_items);
      g_test_add_data_func (without_size, kind, test_items_without_size);
      g_test_add_data_func (prefill, kind, test_prefill_items);
    }
  g_test_add_func ("/pool/idle-bytes/exact", test_exact);
  g_test_add_func ("/pool/idle-bytes/every-size", test_every_size);
  g_test_add_func ("/pool/idle-bytes/oldest-go", test_oldest_go);
  g_test_add_func ("/pool/idle-bytes/too-large-alone", test_too_large_alone);
  g_test_add_func ("/pool/idle-bytes/with-max-buffers", test_with_max_buffers);
  g_test_add_func ("/pool/idle-bytes/taken-away", test_taken_away);
  g_test_add_func ("/pool/idle-bytes/out-is-not-bounded", test_out_is_not_bounded);
  g_test_add_func ("/pool/idle-bytes/sizes-at-return", test_sizes_at_return);
  g_test_add_func ("/pool/idle-bytes/prefill", test_prefill);
  g_test_add_func ("/pool/idle-bytes/construct-and-dispose", test_construct_and_dispose);

  return g_test_run ();
}
