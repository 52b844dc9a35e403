/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

/* An allocator with limits, without elements. */

#define MIB (1024 * 1024)
#define BLOCK_BYTES 100000

static GstAllocator *
new_impatient (BpBudget *budget,
               guint     max_outstanding)
{
  GstAllocator *allocator = gst_bp_allocator_new_limited (budget, max_outstanding);

  gst_bp_allocator_set_wait_timeout (GST_BP_ALLOCATOR (allocator), 0);

  return allocator;
}

/* Until there is no more. */
static GPtrArray *
take_all (GstAllocator *allocator,
          gsize         size)
{
  GPtrArray *memories = g_ptr_array_new_with_free_func ((GDestroyNotify) gst_memory_unref);
  GstMemory *mem;

  while ((mem = gst_allocator_alloc (allocator, size, NULL)) != NULL)
    {
      g_assert_false (gst_bp_memory_is_overflow (mem));
      test_fill_memory (mem, 1);
      g_ptr_array_add (memories, mem);
    }

  return memories;
}

static void
test_bytes (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MIB);
  g_autoptr (GstAllocator) allocator = new_impatient (budget, 0);
  g_autoptr (GPtrArray) memories = take_all (allocator, BLOCK_BYTES);
  GstMemory *mem;

  /* A block may be an eighth larger than what is asked for. */
  g_assert_cmpuint (memories->len, <=, MIB / BLOCK_BYTES);
  g_assert_cmpuint (memories->len, >=, MIB / (BLOCK_BYTES * 9 / 8 + 256));
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, MIB);
  g_assert_cmpuint (test_get_stat (allocator, "budget-used-bytes"), ==,
                    bp_budget_get_used_bytes (budget));
  g_assert_cmpuint (test_get_stat (allocator, "budget-max-bytes"), ==, MIB);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, memories->len);
  g_assert_cmpuint (test_get_stat (allocator, "fallbacks"), ==, 0);

  g_ptr_array_set_size (memories, (int) memories->len - 1);
  mem = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
  g_assert_nonnull (mem);
  gst_memory_unref (mem);
}

/* Idle blocks of one size make room for those of another, of whichever allocator. */
static void
test_sizes_change (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (MIB);
  g_autoptr (GstAllocator) first = new_impatient (budget, 0);
  g_autoptr (GstAllocator) second = new_impatient (budget, 0);

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GPtrArray) large = take_all (first, BLOCK_BYTES);
      g_autoptr (GPtrArray) small = NULL;

      g_assert_cmpuint (large->len, >=, 9);
      g_ptr_array_set_size (large, 0);
      g_assert_cmpuint (test_get_stat (first, "idle-bytes"), >=, 9 * BLOCK_BYTES);

      small = take_all (i % 2 == 0 ? first : second, 10000);
      g_assert_cmpuint (small->len, >=, 90);
      g_ptr_array_set_size (small, 0);
    }
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, MIB);
}

/* Blocks count, of any size. */
static void
test_outstanding (void)
{
  const gsize sizes[] = { 10, 5000, 100000, 3000000 };
  g_autoptr (GstAllocator) allocator = new_impatient (NULL, G_N_ELEMENTS (sizes));
  GstMemory *memories[G_N_ELEMENTS (sizes)];

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      memories[i] = gst_allocator_alloc (allocator, sizes[i], NULL);
      g_assert_nonnull (memories[i]);
    }
  g_assert_cmpuint (test_get_stat (allocator, "permits"), ==, G_N_ELEMENTS (sizes));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_null (gst_allocator_alloc (allocator, sizes[i], NULL));

  /* The place of one is that of any other. */
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gst_memory_unref (memories[i]);
      memories[i] = gst_allocator_alloc (allocator, sizes[G_N_ELEMENTS (sizes) - 1 - i], NULL);
      g_assert_nonnull (memories[i]);
      g_assert_null (gst_allocator_alloc (allocator, 1, NULL));
    }

  gst_bp_allocator_set_max_outstanding (GST_BP_ALLOCATOR (allocator), 0);
  gst_memory_unref (gst_allocator_alloc (allocator, 1, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    gst_memory_unref (memories[i]);
  g_assert_cmpuint (test_get_stat (allocator, "permits"), ==, 0);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
}

/* A thread that allocates, and may have to wait. */
typedef struct
{
  GstAllocator *allocator;
  GThread *thread;
  GstMemory *mem;
  int is_done;
} Waiter;

static gpointer
run_waiter (gpointer data)
{
  Waiter *waiter = data;

  waiter->mem = gst_allocator_alloc (waiter->allocator, BLOCK_BYTES, NULL);
  g_atomic_int_set (&waiter->is_done, TRUE);

  return NULL;
}

/* Returns when it waits. */
static void
start_waiter (Waiter       *waiter,
              GstAllocator *allocator)
{
  guint64 n_waits = test_get_stat (allocator, "waits");

  *waiter = (Waiter) { .allocator = allocator };
  waiter->thread = g_thread_new ("waiter", run_waiter, waiter);
  while (test_get_stat (allocator, "waits") == n_waits)
    g_thread_yield ();
}

static GstMemory *
join_waiter (Waiter *waiter)
{
  g_thread_join (waiter->thread);

  return waiter->mem;
}

static void
assert_granted (GstMemory *mem)
{
  g_assert_nonnull (mem);
  g_assert_false (gst_bp_memory_is_overflow (mem));
  gst_memory_unref (mem);
}

/* At either limit, and woken by a return. */
static void
test_wait (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (3 * BLOCK_BYTES / 2);
  g_autoptr (GstAllocator) by_bytes = gst_bp_allocator_new_limited (budget, 0);
  g_autoptr (GstAllocator) by_number = gst_bp_allocator_new_limited (NULL, 1);
  g_autoptr (GstAllocator) by_both = gst_bp_allocator_new_limited (budget, 1);
  GstAllocator *allocators[] = { by_bytes, by_number, by_both };

  for (guint i = 0; i < G_N_ELEMENTS (allocators); i++)
    {
      GstMemory *mem = gst_allocator_alloc (allocators[i], BLOCK_BYTES, NULL);
      Waiter waiter;

      start_waiter (&waiter, allocators[i]);
      g_assert_false (g_atomic_int_get (&waiter.is_done));
      gst_memory_unref (mem);
      assert_granted (join_waiter (&waiter));
      g_assert_cmpuint (test_get_stat (allocators[i], "waits"), ==, 1);
      g_assert_cmpuint (test_get_stat (allocators[i], "timeouts"), ==, 0);
    }
}

static void
test_wait_for_a_higher_limit (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (NULL, 1);
  GstMemory *mem = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
  Waiter waiter;

  start_waiter (&waiter, allocator);
  gst_bp_allocator_set_max_outstanding (GST_BP_ALLOCATOR (allocator), 2);
  assert_granted (join_waiter (&waiter));
  gst_memory_unref (mem);
}

static void
note_refusal (GstBpAllocator *allocator,
              GError         *error,
              gpointer        errors)
{
  g_ptr_array_add (errors, g_error_copy (error));
}

static GPtrArray *
note_refusals (GstAllocator *allocator)
{
  GPtrArray *errors = g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);

  g_signal_connect (allocator, "refused", G_CALLBACK (note_refusal), errors);

  return errors;
}

static void
test_timeout (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (NULL, 1);
  g_autoptr (GPtrArray) errors = note_refusals (allocator);
  GstMemory *mem = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
  gint64 start = g_get_monotonic_time ();

  gst_bp_allocator_set_wait_timeout (GST_BP_ALLOCATOR (allocator), 1000);
  g_assert_cmpint (gst_bp_allocator_get_wait_timeout (GST_BP_ALLOCATOR (allocator)), ==, 1000);
  g_assert_null (gst_allocator_alloc (allocator, BLOCK_BYTES, NULL));
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 1000);
  g_assert_cmpuint (test_get_stat (allocator, "timeouts"), ==, 1);
  g_assert_cmpuint (errors->len, ==, 1);
  g_assert_error ((GError *) g_ptr_array_index (errors, 0), G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  /* It has left nothing behind. */
  gst_memory_unref (mem);
  assert_granted (gst_allocator_alloc (allocator, BLOCK_BYTES, NULL));
}

/* What can never have room is not waited for. */
static void
test_hopeless (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (BLOCK_BYTES);
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (budget, 0);
  g_autoptr (GPtrArray) errors = note_refusals (allocator);
  GstMemory *mem;

  g_assert_null (gst_allocator_alloc (allocator, BLOCK_BYTES, NULL));
  g_assert_cmpuint (errors->len, ==, 1);
  g_assert_error ((GError *) g_ptr_array_index (errors, 0), BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);

  gst_bp_allocator_set_overflow (GST_BP_ALLOCATOR (allocator), TRUE);
  mem = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
  g_assert_true (gst_bp_memory_is_overflow (mem));
  gst_memory_unref (mem);
  g_assert_cmpuint (errors->len, ==, 2);
}

/* Of allocators with one budget, and of those with the same pools, one is flushed. */
static void
test_flush (void)
{
  for (guint is_sharing = 0; is_sharing < 2; is_sharing++)
    {
      g_autoptr (BpBudget) budget = bp_budget_new (3 * BLOCK_BYTES / 2);
      g_autoptr (GstAllocator) first = gst_bp_allocator_new_limited (budget, 0);
      g_autoptr (GstAllocator) second = NULL;
      GstMemory *mem = gst_allocator_alloc (first, BLOCK_BYTES, NULL);
      Waiter flushed, other;
      GstMemory *plain;

      second = is_sharing ? gst_bp_allocator_new_sharing (GST_BP_ALLOCATOR (first))
                          : gst_bp_allocator_new_limited (budget, 0);
      start_waiter (&other, second);
      start_waiter (&flushed, first);
      gst_bp_allocator_set_flushing (GST_BP_ALLOCATOR (first), TRUE);

      plain = join_waiter (&flushed);
      g_assert_true (gst_bp_memory_is_overflow (plain));
      test_fill_memory (plain, 2);
      gst_memory_unref (plain);
      /* And none begins to wait. */
      plain = gst_allocator_alloc (first, BLOCK_BYTES, NULL);
      g_assert_true (gst_bp_memory_is_overflow (plain));
      gst_memory_unref (plain);
      g_assert_cmpuint (test_get_stat (first, "overflows"), ==, 2);
      g_assert_cmpuint (test_get_stat (first, "timeouts"), ==, 0);

      g_assert_false (g_atomic_int_get (&other.is_done));
      gst_memory_unref (mem);
      mem = join_waiter (&other);
      g_assert_false (gst_bp_memory_is_overflow (mem));

      gst_bp_allocator_set_flushing (GST_BP_ALLOCATOR (first), FALSE);
      start_waiter (&flushed, first);
      gst_memory_unref (mem);
      assert_granted (join_waiter (&flushed));
      g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, 3 * BLOCK_BYTES / 2);
    }
}

static void
test_overflow (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (3 * BLOCK_BYTES / 2);
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (budget, 0);
  GstMemory *mem = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);

  gst_bp_allocator_set_overflow (GST_BP_ALLOCATOR (allocator), TRUE);
  for (guint i = 0; i < 3; i++)
    {
      GstMemory *beyond = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
      GstMemory *share = gst_memory_share (beyond, 10, 100);

      g_assert_true (gst_bp_memory_is_overflow (beyond));
      g_assert_true (gst_bp_memory_is_overflow (share));
      gst_memory_unref (beyond);
      gst_memory_unref (share);
    }
  g_assert_cmpuint (test_get_stat (allocator, "overflows"), ==, 3);
  g_assert_cmpuint (test_get_stat (allocator, "waits"), ==, 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, 3 * BLOCK_BYTES / 2);

  gst_memory_unref (mem);
  assert_granted (gst_allocator_alloc (allocator, BLOCK_BYTES, NULL));
}

/* The flag is the allocator's, not the caller's. */
static void
test_flags (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (NULL, 2);
  GstAllocationParams params = { .flags = GST_MEMORY_FLAG_LAST | GST_MEMORY_FLAG_LAST << 1 };

  assert_granted (gst_allocator_alloc (allocator, 10, &params));
  g_assert_cmpuint (test_get_stat (allocator, "permits"), ==, 0);
}

static void
test_copies (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (NULL, 1);
  GstMemory *mem = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
  GstMemory *copy;

  test_fill_memory (mem, 7);
  copy = gst_memory_copy (mem, 0, -1);
  g_assert_true (gst_bp_memory_is_overflow (copy));
  test_check_memory (copy, 7);
  gst_memory_unref (mem);
  gst_memory_unref (copy);
}

static void
test_outlives (void)
{
  BpBudget *budget = bp_budget_new (MIB);
  GstAllocator *allocator = gst_bp_allocator_new_limited (budget, 4);
  GstAllocator *sharing = gst_bp_allocator_new_sharing (GST_BP_ALLOCATOR (allocator));
  GstMemory *first = gst_allocator_alloc (allocator, BLOCK_BYTES, NULL);
  GstMemory *second = gst_allocator_alloc (sharing, BLOCK_BYTES, NULL);

  g_assert_true (gst_bp_allocator_get_budget (GST_BP_ALLOCATOR (sharing)) == budget);
  g_object_unref (budget);
  gst_object_unref (allocator);
  gst_object_unref (sharing);
  test_fill_memory (first, 1);
  test_fill_memory (second, 2);
  test_check_memory (first, 1);
  gst_memory_unref (first);
  test_check_memory (second, 2);
  gst_memory_unref (second);
}

static void
test_names (void)
{
  BpBudget *budget = gst_bp_get_shared_budget ("name", 0);
  BpBudget *same = gst_bp_get_shared_budget ("name", 2 * MIB);
  BpBudget *other = gst_bp_get_shared_budget ("other", MIB);
  BpBudget *next;
  GstAllocator *allocator, *shared, *shared_within, *shared_by_other;
  GstMemory *mem;

  g_assert_true (budget == same);
  g_assert_true (budget != other);
  g_assert_cmpuint (bp_budget_get_max_bytes (budget), ==, 2 * MIB);
  g_object_unref (gst_bp_get_shared_budget ("name", 3 * MIB));
  g_assert_cmpuint (bp_budget_get_max_bytes (budget), ==, 2 * MIB);

  /* Memory is shared within one budget only. */
  allocator = gst_bp_allocator_get_shared ("memory", 4);
  shared = gst_bp_allocator_get_shared_within ("memory", 4, NULL);
  shared_within = gst_bp_allocator_get_shared_within ("memory", 4, budget);
  shared_by_other = gst_bp_allocator_get_shared_within ("memory", 4, other);
  g_assert_true (shared == allocator);
  g_assert_true (shared_within != allocator);
  g_assert_true (shared_by_other != shared_within);
  gst_object_unref (shared);
  shared = gst_bp_allocator_get_shared_within ("memory", 4, budget);
  g_assert_true (shared == shared_within);
  gst_object_unref (allocator);
  gst_object_unref (shared);
  gst_object_unref (shared_by_other);
  g_object_unref (other);

  /* It lives as long as memory of it is out. */
  mem = gst_allocator_alloc (shared_within, BLOCK_BYTES, NULL);
  gst_object_unref (shared_within);
  g_object_unref (budget);
  g_object_unref (same);
  next = gst_bp_get_shared_budget ("name", MIB);
  g_assert_cmpuint (bp_budget_get_max_bytes (next), ==, 2 * MIB);
  g_assert_cmpuint (bp_budget_get_used_bytes (next), >=, BLOCK_BYTES);
  gst_memory_unref (mem);
  g_object_unref (next);
  next = gst_bp_get_shared_budget ("name", MIB);
  g_assert_cmpuint (bp_budget_get_max_bytes (next), ==, MIB);
  g_object_unref (next);
}

static void
test_budget_beside_pool (void)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (BpBudget) budget = bp_budget_new (MIB);
  g_autoptr (GstAllocator) allocator = NULL;

  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_CRITICAL, "*cannot have a budget of its own*");
  allocator = g_object_new (GST_TYPE_BP_ALLOCATOR, "pool", pool, "budget", budget, NULL);
  gst_object_ref_sink (allocator);
  g_test_assert_expected_messages ();
  g_assert_null (gst_bp_allocator_get_budget (GST_BP_ALLOCATOR (allocator)));
  gst_memory_unref (gst_allocator_alloc (allocator, 2 * MIB, NULL));
}

static GstBufferPool *
start_bp_pool (GstAllocator *allocator,
               guint         min_buffers)
{
  GstBufferPool *pool = gst_bp_buffer_pool_new (GST_BP_ALLOCATOR (allocator));

  test_start_pool (pool, BLOCK_BYTES, min_buffers, 0);

  return pool;
}

typedef struct
{
  GstBufferPool *pool;
  GstBuffer *buffer;
} PoolWaiter;

static gpointer
run_pool_waiter (gpointer data)
{
  PoolWaiter *waiter = data;

  return GINT_TO_POINTER (gst_buffer_pool_acquire_buffer (waiter->pool, &waiter->buffer, NULL));
}

static GThread *
start_pool_waiter (PoolWaiter    *waiter,
                   GstBufferPool *pool,
                   GstAllocator  *allocator)
{
  guint64 n_waits = test_get_stat (allocator, "waits");
  GThread *thread;

  *waiter = (PoolWaiter) { .pool = pool };
  thread = g_thread_new ("waiter", run_pool_waiter, waiter);
  while (test_get_stat (allocator, "waits") == n_waits)
    g_thread_yield ();

  return thread;
}

static GstFlowReturn
join (GThread *thread)
{
  return GPOINTER_TO_INT (g_thread_join (thread));
}

static void
test_buffer_pool (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new_limited (NULL, 2);
  /* A minimum beyond the limit is not waited for. */
  g_autoptr (GstBufferPool) first = start_bp_pool (allocator, 3);
  g_autoptr (GstBufferPool) second = start_bp_pool (allocator, 0);
  GstBuffer *buffer = test_acquire (first);
  GstBuffer *other = test_acquire (first);
  GstBuffer *none = NULL;
  PoolWaiter waiter;
  GThread *thread;

  g_assert_cmpint (test_try_acquire (second, &none), ==, GST_FLOW_EOS);
  g_assert_null (none);

  /* What comes back to one pool helps the other. */
  thread = start_pool_waiter (&waiter, second, allocator);
  gst_buffer_unref (buffer);
  g_assert_cmpint (join (thread), ==, GST_FLOW_OK);

  /* Each pool is flushed on its own, and all by the allocator. */
  thread = start_pool_waiter (&waiter, first, allocator);
  gst_buffer_pool_set_flushing (second, TRUE);
  gst_buffer_pool_set_flushing (second, FALSE);
  gst_buffer_pool_set_flushing (first, TRUE);
  g_assert_cmpint (join (thread), ==, GST_FLOW_FLUSHING);
  gst_buffer_pool_set_flushing (first, FALSE);
  thread = start_pool_waiter (&waiter, first, allocator);
  gst_bp_allocator_set_flushing (GST_BP_ALLOCATOR (allocator), TRUE);
  g_assert_cmpint (join (thread), ==, GST_FLOW_FLUSHING);
  gst_bp_allocator_set_flushing (GST_BP_ALLOCATOR (allocator), FALSE);

  gst_bp_allocator_set_wait_timeout (GST_BP_ALLOCATOR (allocator), 1000);
  g_assert_cmpint (gst_buffer_pool_acquire_buffer (first, &none, NULL), ==, GST_FLOW_ERROR);
  gst_bp_allocator_set_wait_timeout (GST_BP_ALLOCATOR (allocator), -1);

  thread = start_pool_waiter (&waiter, first, allocator);
  test_stop_pool (first);
  g_assert_cmpint (join (thread), ==, GST_FLOW_FLUSHING);
  g_assert_true (gst_buffer_pool_set_active (first, TRUE));

  gst_buffer_unref (other);
  for (guint i = 0; i < 10; i++)
    gst_buffer_unref (test_acquire (first));
  g_assert_cmpuint (test_get_pool_figure (first, "discards"), ==, 0);
  test_stop_pool (first);
  test_stop_pool (second);
}

#define N_THREADS 4
#define N_ROUNDS 2000
#define MAX_OUT 3

typedef struct
{
  GstAllocator *allocators[2];
  int n_out;
  int n_done;
} Crowd;

static gpointer
take_and_give (gpointer data)
{
  Crowd *crowd = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      gsize size = 100 << (i % 11);
      GstMemory *mem = gst_allocator_alloc (crowd->allocators[0], size, NULL);

      g_assert_nonnull (mem);
      g_assert_cmpint (g_atomic_int_add (&crowd->n_out, 1), <, MAX_OUT);
      g_atomic_int_add (&crowd->n_out, -1);
      gst_memory_unref (mem);
      mem = gst_allocator_alloc (crowd->allocators[1], size, NULL);
      g_assert_nonnull (mem);
      gst_memory_unref (mem);
    }
  g_atomic_int_inc (&crowd->n_done);

  return NULL;
}

/* Neither limit is ever exceeded, and each thread gets its turn. */
static void
test_crowd (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (250000);
  Crowd crowd = { .n_out = 0 };
  GThread *threads[N_THREADS];

  crowd.allocators[0] = gst_bp_allocator_new_limited (budget, MAX_OUT);
  crowd.allocators[1] = gst_bp_allocator_new_limited (budget, 0);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("taker", take_and_give, &crowd);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  g_assert_cmpint (crowd.n_done, ==, N_THREADS);
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), <=, 250000);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpuint (test_get_stat (crowd.allocators[i], "outstanding"), ==, 0);
      g_assert_cmpuint (test_get_stat (crowd.allocators[i], "fallbacks"), ==, 0);
      gst_object_unref (crowd.allocators[i]);
    }
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

void
test_add_cases (void)
{
  g_test_add_func ("/limits/bytes", test_bytes);
  g_test_add_func ("/limits/sizes-change", test_sizes_change);
  g_test_add_func ("/limits/outstanding", test_outstanding);
  g_test_add_func ("/limits/wait", test_wait);
  g_test_add_func ("/limits/wait-for-a-higher-limit", test_wait_for_a_higher_limit);
  g_test_add_func ("/limits/timeout", test_timeout);
  g_test_add_func ("/limits/hopeless", test_hopeless);
  g_test_add_func ("/limits/flush", test_flush);
  g_test_add_func ("/limits/overflow", test_overflow);
  g_test_add_func ("/limits/flags", test_flags);
  g_test_add_func ("/limits/copies", test_copies);
  g_test_add_func ("/limits/outlives", test_outlives);
  g_test_add_func ("/limits/names", test_names);
  g_test_add_func ("/limits/budget-beside-pool", test_budget_beside_pool);
  g_test_add_func ("/limits/buffer-pool", test_buffer_pool);
  g_test_add_func ("/limits/crowd", test_crowd);
}
