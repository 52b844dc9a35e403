/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

/* The allocator and its pool: reuse, lifetime, threads, statistics. */

static guint64
count (BpPool *pool,
       guint64 (*get) (BpPoolStats *stats))
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  return get (stats);
}

static void
test_reuse (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstMemory *first = gst_allocator_alloc (allocator, 1400, NULL);
  GstMemory *second;

  gst_memory_unref (first);
  second = gst_allocator_alloc (allocator, 1400, NULL);
  g_assert_true (second == first);
  gst_memory_unref (second);

  g_assert_cmpuint (test_get_stat (allocator, "misses"), ==, 1);
  g_assert_cmpuint (test_get_stat (allocator, "hits"), ==, 1);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 1);
  g_assert_cmpuint (test_get_stat (allocator, "idle-bytes"), >=, 1400);
  g_assert_cmpuint (test_get_stat (allocator, "fallbacks"), ==, 0);
}

/* Sizes that vary a little find what the largest of them has made. */
static void
test_sizes_that_vary (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstMemory *mem = gst_allocator_alloc (allocator, 60000, NULL);
  guint64 n_idle_bytes;

  gst_memory_unref (mem);
  n_idle_bytes = test_get_stat (allocator, "idle-bytes");
  for (gsize size = 57400; size < 61000; size += 100)
    {
      mem = gst_allocator_alloc (allocator, size, NULL);
      g_assert_cmpuint (gst_memory_get_sizes (mem, NULL, NULL), ==, size);
      test_fill_memory (mem, 1);
      gst_memory_unref (mem);
    }

  g_assert_cmpuint (test_get_stat (allocator, "idle-bytes"), ==, n_idle_bytes);
}

static void
test_given_pool (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 2, 0);
  g_autoptr (GstAllocator) first = gst_bp_allocator_new (pool);
  g_autoptr (GstAllocator) second = gst_bp_allocator_new (pool);
  GstMemory *mem = gst_allocator_alloc (first, 1000, NULL);

  g_assert_true (gst_bp_allocator_get_pool (GST_BP_ALLOCATOR (first)) == pool);
  gst_memory_unref (mem);
  g_assert_true (gst_allocator_alloc (second, 1000, NULL) == mem);
  gst_memory_unref (mem);

  g_assert_cmpuint (count (pool, bp_pool_stats_get_misses), ==, 1);
}

static void
test_pool_of_other_elements (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_F32, 0, 2, 0);
  g_autoptr (GstAllocator) allocator = NULL;
  GstMemory *mem;

  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_CRITICAL, "*pool of bytes*");
  allocator = gst_bp_allocator_new (pool);
  g_test_assert_expected_messages ();

  mem = gst_allocator_alloc (allocator, 10, NULL);
  g_assert_nonnull (mem);
  gst_memory_unref (mem);
}

/* Memory outlives the allocator and the last reference to the pool. */
static void
test_outlives_pool (void)
{
  BpPool *pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  GstAllocator *allocator = gst_bp_allocator_new (pool);
  GstMemory *mem = gst_allocator_alloc (allocator, 100000, NULL);

  g_object_unref (pool);
  test_fill_memory (mem, 7);
  g_object_run_dispose (G_OBJECT (pool));
  g_object_add_weak_pointer (G_OBJECT (pool), (gpointer *) &pool);
  gst_object_unref (allocator);
  g_assert_nonnull (pool);
  test_check_memory (mem, 7);

  gst_memory_unref (mem);
  g_assert_null (pool);
}

/* What was large stays away from what is small, and goes when it is not needed. */
static void
test_small_after_large (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstBpAllocator *bp_allocator = GST_BP_ALLOCATOR (allocator);
  GstMemory *mems[10];

  for (guint i = 0; i < G_N_ELEMENTS (mems); i++)
    mems[i] = gst_allocator_alloc (allocator, 1000000, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (mems); i++)
    gst_memory_unref (mems[i]);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 10);

  for (guint i = 0; i < G_N_ELEMENTS (mems); i++)
    mems[i] = gst_allocator_alloc (allocator, 100000, NULL);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 10);
  g_assert_cmpuint (test_get_stat (allocator, "misses"), ==, 20);

  /* The first look has nothing to compare with. */
  gst_bp_allocator_drop_unused (bp_allocator, 1);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 10);
  gst_memory_unref (mems[0]);
  mems[0] = gst_allocator_alloc (allocator, 100000, NULL);
  gst_bp_allocator_drop_unused (bp_allocator, 1);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 0);

  for (guint i = 0; i < G_N_ELEMENTS (mems); i++)
    gst_memory_unref (mems[i]);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 10);
  gst_bp_allocator_drop_idle (bp_allocator, 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 0);
}

/* From nothing to the largest there may be: each size finds its own again, and never what
 * is twice as large. */
static void
test_all_sizes (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);

  for (gsize size = 1; size < (gsize) 1 << 26; size += 1 + size / 9)
    {
      GstMemory *first = gst_allocator_alloc (allocator, size, NULL), *second;
      guint64 n_before = test_get_stat (allocator, "idle-bytes"), n_bytes;

      gst_memory_unref (first);
      n_bytes = test_get_stat (allocator, "idle-bytes") - n_before;
      g_assert_cmpuint (n_bytes, >=, size);
      second = gst_allocator_alloc (allocator, size, NULL);
      g_assert_true (first == second);
      gst_memory_unref (second);
      gst_bp_allocator_drop_idle (GST_BP_ALLOCATOR (allocator), 0);
    }
}

static void
test_max_buffers (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstBpAllocator *bp_allocator = GST_BP_ALLOCATOR (allocator);
  const gsize sizes[] = { 100, 100, 100, 100, 50000, 50000, 50000, 50000 };
  GstMemory *mems[G_N_ELEMENTS (sizes)];

  g_assert_cmpuint (gst_bp_allocator_get_max_buffers (bp_allocator), ==, 64);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    mems[i] = gst_allocator_alloc (allocator, sizes[i], NULL);
  gst_bp_allocator_set_max_buffers (bp_allocator, 3);
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    gst_memory_unref (mems[i]);

  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 6);
  g_object_set (allocator, "max-buffers", 1, NULL);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 2);
  g_assert_cmpuint (gst_bp_allocator_get_max_buffers (bp_allocator), ==, 1);
}

static void
test_too_large (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstAllocationParams params = { .prefix = G_MAXSIZE / 2, .padding = G_MAXSIZE / 2 };

  g_assert_null (gst_allocator_alloc (allocator, 10, &params));
  g_assert_null (gst_allocator_alloc (allocator, G_MAXSIZE, NULL));
  g_assert_null (gst_allocator_alloc (allocator, G_MAXSSIZE - 100, NULL));

  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
}

/* The config allocator of a stock pool: what the pool throws away is kept. */
static void
test_in_stock_pool (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);

  for (guint round = 0; round < 3; round++)
    {
      g_autoptr (GstBufferPool) pool = gst_buffer_pool_new ();
      GstStructure *config = gst_buffer_pool_get_config (pool);
      GstBuffer *buffer = NULL;

      gst_buffer_pool_config_set_params (config, NULL, 115200, 2, 0);
      gst_buffer_pool_config_set_allocator (config, allocator, NULL);
      g_assert_true (gst_buffer_pool_set_config (pool, config));
      g_assert_true (gst_buffer_pool_set_active (pool, TRUE));

      for (guint i = 0; i < 10; i++)
        {
          g_assert_cmpint (gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), ==, GST_FLOW_OK);
          gst_buffer_memset (buffer, 0, (guint8) i, 115200);
          /* A discard, as after a make_writable() behind a tee. */
          GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
          gst_buffer_unref (buffer);
        }
      g_assert_true (gst_buffer_pool_set_active (pool, FALSE));
    }

  g_assert_cmpuint (test_get_stat (allocator, "misses"), <=, 3);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
}

#define N_THREADS 4
#define N_ROUNDS 2000
#define N_PLACES 6

typedef struct
{
  GstAllocator *allocator;
  /* Memory on its way from one thread to another. */
  GstMemory *places[N_PLACES];
} Exchange;

static void
check_and_free (GstMemory *mem)
{
  test_check_memory (mem, (guint8) gst_memory_get_sizes (mem, NULL, NULL));
  gst_memory_unref (mem);
}

/* Each frees what another has made. */
static gpointer
run_thread (gpointer data)
{
  Exchange *exchange = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      gsize size = 100 + i % 7 * 1000;
      GstMemory *mem = gst_allocator_alloc (exchange->allocator, size, NULL);

      test_fill_memory (mem, (guint8) size);
      mem = g_atomic_pointer_exchange (&exchange->places[i % N_PLACES], mem);
      if (mem != NULL)
        check_and_free (mem);
    }

  return NULL;
}

static void
test_threads (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  Exchange exchange = { .allocator = allocator };
  GThread *threads[N_THREADS];

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("user", run_thread, &exchange);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_PLACES; i++)
    check_and_free (exchange.places[i]);

  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
  g_assert_cmpuint (test_get_stat (allocator, "hits") + test_get_stat (allocator, "misses"), ==,
                    N_THREADS * N_ROUNDS);
}

void
test_add_cases (void)
{
  g_test_add_func ("/allocator/reuse", test_reuse);
  g_test_add_func ("/allocator/sizes-that-vary", test_sizes_that_vary);
  g_test_add_func ("/allocator/given-pool", test_given_pool);
  g_test_add_func ("/allocator/pool-of-other-elements", test_pool_of_other_elements);
  g_test_add_func ("/allocator/outlives-pool", test_outlives_pool);
  g_test_add_func ("/allocator/small-after-large", test_small_after_large);
  g_test_add_func ("/allocator/all-sizes", test_all_sizes);
  g_test_add_func ("/allocator/max-buffers", test_max_buffers);
  g_test_add_func ("/allocator/too-large", test_too_large);
  g_test_add_func ("/allocator/in-stock-pool", test_in_stock_pool);
  g_test_add_func ("/allocator/threads", test_threads);
}
