/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-holders.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"
#include "test-waiter.h"

/* bp_pool_dump_outstanding(): what it says of buffers in every state, and which acquires
 * become samples. */

/* Without the word it says the number, and what would help. */
static void
test_off (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autofree char *json = NULL, *none = NULL;
  BpPooled *held[3];

  if (!test_in_subprocess (""))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_F32);
  none = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
  g_assert_cmpstr (none, ==, "Pool \"frames\": 0 buffers are out\n");
  test_acquire_many (pool, held, 3);
  g_assert_false (bp_pooled_is_sampled (held[0]));
  g_assert_false (bp_pooled_set_note (held[0], "mine"));
  test_assert_samples (pool, 3, 0);
  test_assert_dump (pool, "Pool \"frames\": 3 buffers are out; with BUFPOOL_DEBUG=backtrace *");
  json = bp_pool_dump_outstanding (pool, BP_DUMP_JSON);
  g_assert_cmpstr (json, ==, "{ \"pool\": \"frames\", \"outstanding\": 3, \"samples\": 0, "
                   "\"interval\": 0, \"places\": [ ] }");
  test_unref_many (held, 3);
  test_assert_samples (pool, 0, 0);
}

static void
test_misuse (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  test_assert_dump (pool, "A pool without a name: 0 buffers are out\n");
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*invalid format 7 (use*BpDumpFormat*");
  g_assert_null (bp_pool_dump_outstanding (pool, (BpDumpFormat) 7));
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*bp_pool_check*");
  g_assert_null (bp_pool_dump_outstanding (NULL, BP_DUMP_TEXT));
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*self != NULL*");
  g_assert_false (bp_pooled_is_sampled (NULL));
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*self != NULL*");
  g_assert_false (bp_pooled_set_note (NULL, "mine"));
  g_test_assert_expected_messages ();
}

/* Every way to get a buffer makes a sample, and every way to lose the buffer ends it. */
static void
check_one (BpPool *pool, BpPooled *pooled)
{
  g_assert_nonnull (pooled);
  g_assert_true (bp_pooled_is_sampled (pooled));
  test_assert_samples (pool, 1, 1);
}

static void
check_and_return (BpPool *pool, BpPooled *pooled)
{
  check_one (pool, pooled);
  bp_pooled_unref (pooled);
  test_assert_samples (pool, 0, 0);
}

static void
init (BpPooled *pooled, gpointer data)
{
}

static void
test_acquires (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (GPtrArray) array = NULL;
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;
  BpPooled *held[20];

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  for (guint round = 0; round < 3; round++)
    {
      check_and_return (pool, bp_pool_acquire (pool));
      check_and_return (pool, bp_pool_try_acquire (pool, NULL));
      check_and_return (pool, bp_pool_acquire_with (pool, init, NULL));
      check_and_return (pool, bp_pool_acquire_sized (pool, 100, NULL));
      check_and_return (pool, bp_pool_acquire_uninit (pool, 1000 * (round + 1), NULL));
      check_and_return (pool, bp_pool_acquire_wait (pool, 10, -1, NULL, NULL));
      check_and_return (pool, bp_pool_attach_data (pool, g_malloc (9), 9, 9, NULL));
      g_assert_true (bp_pool_acquire_many (pool, 100, held, 20, NULL));
      test_assert_samples (pool, 20, 20);
      bp_pooled_unref_many (held, 20);
      test_assert_samples (pool, 0, 0);
      g_assert_null (bp_pool_acquire_sized (pool, G_MAXSSIZE, NULL));
      test_assert_samples (pool, 0, 0);
      assert_valid (pool);
    }
  array = bp_pool_acquire_array (pool, 5, 3, NULL);
  test_assert_samples (pool, 3, 3);
  g_clear_pointer (&array, g_ptr_array_unref);
  test_assert_samples (pool, 0, 0);

  stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  slice = bp_pool_read (pool, stream, 10, NULL, NULL);
  test_assert_samples (pool, 1, 1);
  test_assert_dump (pool, "*length 5, 0 references, 1 pin,*");
  g_clear_pointer (&slice, bp_pooled_slice_unref);
  test_assert_samples (pool, 0, 0);
  g_assert_true (bp_pool_prefill (pool, 5, 100, NULL));
  bp_pool_recycle_data (pool, g_malloc (9), 9);
  test_assert_samples (pool, 0, 0);
}

static void
test_ends (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;
  BpPooled *pooled;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_F32);
  pooled = bp_pool_acquire_sized (pool, 100, NULL);
  check_one (pool, bp_pooled_ref (pooled));
  test_assert_dump (pool, "*: 400 bytes, length 100, 2 references, 0 pins, for *.??? s, thread *");
  bp_pooled_unref (pooled);
  bytes = bp_pooled_get_bytes (pooled, NULL);
  test_assert_dump (pool, "*, 1 reference, 1 pin, for *");
  g_assert_true (bp_pooled_release (pooled));
  check_one (pool, pooled);
  test_assert_dump (pool, "*, 1 reference, 1 pin, released, for *");
  g_clear_pointer (&bytes, g_bytes_unref);
  test_assert_samples (pool, 0, 0);
  g_assert_false (bp_pooled_set_note (pooled, "too late"));
  bp_pooled_unref (pooled);

  /* Early release, with and without other references. */
  pooled = bp_pool_acquire_sized (pool, 50, NULL);
  g_assert_true (bp_pooled_release (pooled));
  test_assert_samples (pool, 0, 0);
  /* The husk is no sample, while its buffer is out again with another handle. */
  check_and_return (pool, bp_pool_acquire (pool));
  bp_pooled_unref (pooled);
  test_assert_samples (pool, 0, 0);

  pooled = bp_pool_acquire_sized (pool, 50, NULL);
  g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
  test_assert_samples (pool, 0, 0);
  bp_pooled_unref (pooled);

  /* The last pin of a handle without references. */
  pooled = bp_pool_acquire_sized (pool, 50, NULL);
  slice = bp_pooled_slice_new_take (pooled, 50, NULL);
  test_assert_samples (pool, 1, 1);
  bp_pooled_slice_release (slice);
  test_assert_samples (pool, 0, 0);

  /* Growing and shrinking is seen. */
  pooled = bp_pool_acquire (pool);
  g_assert_true (bp_pooled_reserve (pooled, 100000, NULL));
  test_assert_dump (pool, "*: 400000 bytes, length 0, *");
  bp_pooled_unref (pooled);

  /* In a pool that keeps nothing. */
  bp_pool_set_max_buffers (pool, 0);
  check_and_return (pool, bp_pool_acquire_sized (pool, 10, NULL));

  /* Of a pool that is gone. */
  pooled = bp_pool_acquire_sized (pool, 10, NULL);
  g_clear_object (&pool);
  g_assert_true (bp_pooled_is_sampled (pooled));
  bp_pooled_unref (pooled);
}

static void
test_items (void)
{
  TestCounters counters;
  TestCounters *all = &counters;

  if (!test_in_subprocess ("backtrace"))
    return;

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autoptr (BpPool) pool = NULL;
      BpPooled *pooled;

      pool = test_kind_pool_new (&test_kinds[i], all, 2, 16, 0);
      for (guint round = 0; round < 3; round++)
        {
          pooled = bp_pool_acquire (pool);
          test_touch (pooled);
          check_and_return (pool, pooled);
          pooled = bp_pool_acquire (pool);
          bp_pooled_release (pooled);
          test_assert_samples (pool, 0, 0);
          bp_pooled_unref (pooled);
          assert_valid (pool);
        }
    }
}

/* The waiter holds the buffer, and not the thread that gave it back. */
static void
test_waiting (void)
{
  g_autoptr (BpBudget) budget = NULL;
  g_autoptr (BpPool) pool = NULL;
  BpPooled *pooled;

  if (!test_in_subprocess ("backtrace"))
    return;

  budget = bp_budget_new (1000);
  pool = g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
  for (guint round = 0; round < 3; round++)
    {
      TestWaiter waiter = TEST_WAITER_INIT (pool, 900);
      g_autofree char *text = NULL;

      pooled = bp_pool_acquire_sized (pool, 900, NULL);
      bp_pooled_set_note (pooled, "the first");
      test_waiter_begin_for_bytes (&waiter);
      test_assert_samples (pool, 1, 1);
      bp_pooled_unref (pooled);
      pooled = test_waiter_end (&waiter);
      test_assert_samples (pool, 1, 1);
      text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
      g_assert_cmpuint (test_count_parts (text, "the first"), ==, 0);
      bp_pooled_unref (pooled);
      test_assert_samples (pool, 0, 0);
    }
}

static guint
count_sampled (BpPool *pool, guint n_cycles)
{
  guint n_sampled = 0;

  for (guint i = 0; i < n_cycles; i++)
    {
      BpPooled *pooled = bp_pool_acquire (pool);

      bp_pooled_resize (pooled, 10);
      n_sampled += bp_pooled_is_sampled (pooled);
      bp_pooled_unref (pooled);
    }

  return n_sampled;
}

/* One in 16, whichever way they come: from the cache, from rings, new, or many at once. */
static void
test_interval (void)
{
  g_autoptr (BpPool) pool = NULL;
  BpPooled *held[160];
  guint n_sampled = 0;

  if (!test_in_subprocess ("backtrace=16"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_F32);
  n_sampled = count_sampled (pool, 1600);
  g_assert_cmpuint (n_sampled, >=, 99);
  g_assert_cmpuint (n_sampled, <=, 101);
  g_assert_cmpuint (get_stat (pool, acquired), ==, 1600);
  g_assert_cmpuint (get_stat (pool, hits), ==, 1599);
  test_assert_samples (pool, 0, 0);
  assert_valid (pool);

  test_acquire_many (pool, held, 160);
  test_count_samples (pool, &(guint) { 0 }, &n_sampled);
  g_assert_cmpuint (n_sampled, >=, 10);
  g_assert_cmpuint (n_sampled, <=, 12);
  test_assert_dump (pool, "*160 buffers are out, of which 1? were sampled (1 acquire in 16 is)*");
  test_unref_many (held, 160);
  test_assert_samples (pool, 0, 0);

  /* Bursts come from the rings for the most part. */
  n_sampled = 0;
  for (guint round = 0; round < 20; round++)
    {
      test_acquire_many (pool, held, 160);
      for (guint i = 0; i < 160; i++)
        n_sampled += bp_pooled_is_sampled (held[i]);
      test_unref_many (held, 160);
    }
  g_assert_cmpuint (n_sampled, >=, 120);
  g_assert_cmpuint (n_sampled, <=, 280);
  assert_valid (pool);

  n_sampled = 0;
  for (guint round = 0; round < 200; round++)
    {
      g_assert_true (bp_pool_acquire_many (pool, 10, held, 16, NULL));
      for (guint i = 0; i < 16; i++)
        n_sampled += bp_pooled_is_sampled (held[i]);
      bp_pooled_unref_many (held, 16);
    }
  g_assert_cmpuint (n_sampled, >=, 150);
  g_assert_cmpuint (n_sampled, <=, 250);
  test_assert_samples (pool, 0, 0);
  assert_valid (pool);
  test_assert_sums (pool);

  /* Without a cache every acquire counts alike. */
  bp_pool_set_thread_cache (pool, 0);
  g_assert_cmpuint (count_sampled (pool, 1600), ==, 100);

  held[0] = bp_pool_acquire (pool);
  while (!bp_pooled_is_sampled (held[0]))
    {
      bp_pooled_unref (held[0]);
      held[0] = bp_pool_acquire (pool);
    }
  test_assert_dump (pool, "*1 buffer is out, of which 1 was sampled (1 acquire in 16 is)*");
  bp_pooled_unref (held[0]);
}

/* More buffers go back at once than samples are apart, and none is a sample: the cache counts
 * on. */
static void
test_interval_many (void)
{
  g_autoptr (BpPool) pool = NULL;
  BpPooled *held[16];

  if (!test_in_subprocess ("backtrace=3"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_F32);
  /* Gives the pool a cache with room. */
  test_acquire_many (pool, held, 16);
  test_unref_many (held, 16);
  bp_pool_drop_idle (pool, 0);
  for (guint i = 0; i < 16; i++)
    {
      held[i] = bp_pool_acquire_sized (pool, 10, NULL);
      while (bp_pooled_is_sampled (held[i]))
        {
          bp_pooled_unref (held[i]);
          bp_pool_drop_idle (pool, 0);
          held[i] = bp_pool_acquire_sized (pool, 10, NULL);
        }
    }
  bp_pooled_unref_many (held, 16);

  g_assert_cmpuint (count_sampled (pool, 300), >=, 99);
  test_assert_samples (pool, 0, 0);
  assert_valid (pool);
  test_assert_sums (pool);
}

/* Items are sampled too; they never take the fast path. */
static void
test_interval_items (void)
{
  TestCounters counters;

  if (!test_in_subprocess ("backtrace=4"))
    return;

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autoptr (BpPool) pool = NULL;
      guint n_sampled = 0;

      pool = test_kind_pool_new (&test_kinds[i], &counters, 2, 16, 0);
      for (guint k = 0; k < 400; k++)
        {
          BpPooled *pooled = bp_pool_acquire (pool);

          test_touch (pooled);
          n_sampled += bp_pooled_is_sampled (pooled);
          bp_pooled_unref (pooled);
        }
      g_assert_cmpuint (n_sampled, >=, 98);
      g_assert_cmpuint (n_sampled, <=, 205);
      assert_valid (pool);
      test_assert_sums (pool);
      test_assert_samples (pool, 0, 0);
    }
}

/* A realtime pool has no samples, but buffers that are out are counted. */
static void
test_realtime (void)
{
  g_autoptr (BpPool) pool = NULL;
  BpPooled *attached, *pooled;

  if (!test_in_subprocess ("backtrace,leaks"))
    return;

  pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", 8, NULL);
  g_assert_true (bp_pool_prefill (pool, 4, 100, NULL));
  for (guint round = 0; round < 3; round++)
    {
      pooled = bp_pool_acquire (pool);
      attached = bp_pool_attach_data (pool, g_malloc (9), 9, 9, NULL);
      g_assert_false (bp_pooled_is_sampled (pooled));
      g_assert_false (bp_pooled_is_sampled (attached));
      g_assert_false (bp_pooled_set_note (pooled, "mine"));
      test_assert_samples (pool, 2, 0);
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      bp_pooled_unref (attached);
      test_assert_samples (pool, 0, 0);
      assert_valid (pool);
    }
}

static void
check_word (const char *word)
{
  g_autofree char *pattern = g_strdup_printf ("*has \"%s\", which is ignored*backtrace=N*", word);
  g_autofree char *value = g_strdup_printf ("%s,no-membarrier", word);
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  if (!test_in_subprocess (value))
    return;

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_WARNING, pattern);
  pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_test_assert_expected_messages ();
  pooled = bp_pool_acquire (pool);
  g_assert_false (bp_pooled_is_sampled (pooled));
}

static void
test_word (gconstpointer word)
{
  check_word (word);
}

/* All words at once, and spelt in another way. */
static void
test_words (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("Backtrace=1:poison;memcheck"))
    return;

  pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_assert_cmpuint (count_sampled (pool, 10), ==, 10);
  assert_valid (pool);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  g_test_add_func ("/holders/off", test_off);
  g_test_add_func ("/holders/misuse", test_misuse);
  g_test_add_func ("/holders/acquires", test_acquires);
  g_test_add_func ("/holders/ends", test_ends);
  g_test_add_func ("/holders/items", test_items);
  g_test_add_func ("/holders/waiting", test_waiting);
  g_test_add_func ("/holders/interval", test_interval);
  g_test_add_func ("/holders/interval-many", test_interval_many);
  g_test_add_func ("/holders/interval-items", test_interval_items);
  g_test_add_func ("/holders/realtime", test_realtime);
  g_test_add_data_func ("/holders/word/none", "backtrace=", test_word);
  g_test_add_data_func ("/holders/word/zero", "backtrace=0", test_word);
  g_test_add_data_func ("/holders/word/negative", "backtrace=-1", test_word);
  g_test_add_data_func ("/holders/word/text", "backtrace=often", test_word);
  g_test_add_data_func ("/holders/word/large", "backtrace=1000001", test_word);
  g_test_add_func ("/holders/words", test_words);

  return g_test_run ();
}
