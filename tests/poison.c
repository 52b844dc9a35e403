/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-holders.h"
#include "test-items.h"
#include "test-utils.h"

/* BUFPOOL_DEBUG=poison: a write to a buffer after it went back is found, with the place of
 * the return. This program exports its functions. */

BpPooled *take_here (BpPool *pool);
void give_back_here (BpPooled *pooled);
void release_here (BpPooled *pooled);

G_NO_INLINE BpPooled *
take_here (BpPool *pool)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, 1000, NULL);

  g_assert_nonnull (pooled);

  return pooled;
}

G_NO_INLINE void
give_back_here (BpPooled *pooled)
{
  bp_pooled_unref (pooled);
  g_assert_true (pooled != NULL);
}

G_NO_INLINE void
release_here (BpPooled *pooled)
{
  g_assert_true (bp_pooled_release (pooled));
}

/* FALSE where a sanitizer ends the process at the write itself: poison has nothing left to
 * find. */
static gboolean
writes_are_seen (const char *debug)
{
#if defined (__SANITIZE_ADDRESS__)
  g_test_skip ("AddressSanitizer finds the write itself");
  return FALSE;
#else
  return test_in_subprocess (debug);
#endif
}

static void
write_late (BpPool *pool)
{
  BpPooled *pooled = take_here (pool);
  guint8 *data = bp_pooled_get_data (pooled, NULL);

  give_back_here (pooled);
  data[17] = 1;
  data[999] = 2;
}

#define BEGINS "*pool \"frames\" was written to after it had gone back:\n2 of 1000 bytes *, the " \
               "first at offset 17\nIt went back at\n  give_back_here+0x*"

/* Found when the buffer is taken again. */
static void
take_written (BpPool     *pool,
              const char *pattern)
{
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, pattern);
  bp_pooled_unref (take_here (pool));
  g_test_assert_expected_messages ();
}

/* Found when the buffer is taken again, and said once. */
static void
test_taken (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!writes_are_seen ("poison"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  write_late (pool);
  take_written (pool, BEGINS);
  bp_pooled_unref (take_here (pool));
  assert_valid (pool);
}

/* The place where it had been acquired is reported, as far as that is known. */
static void
test_acquired (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!writes_are_seen ("poison,backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  write_late (pool);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL,
                         BEGINS "\nIt had been acquired at\n  take_here+0x*");
  g_assert_true (bp_pool_acquire_many (pool, 1, (BpPooled *[1]) { NULL }, 1, NULL));
  g_test_assert_expected_messages ();
}

/* Found when the buffer is freed: dropped, or with the pool. */
static void
test_freed (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!writes_are_seen ("poison"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  write_late (pool);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, BEGINS);
  bp_pool_drop_idle (pool, 0);
  g_test_assert_expected_messages ();

  write_late (pool);
  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, BEGINS);
  g_clear_object (&pool);
  g_test_assert_expected_messages ();
}

/* It works in a realtime pool as well, though its threads wait then. */
static void
test_realtime (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!writes_are_seen ("poison"))
    return;

  pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", 1, "name", "frames", NULL);
  g_assert_true (bp_pool_prefill (pool, 1, 1000, NULL));
  write_late (pool);
  take_written (pool, BEGINS);
}

/* A buffer that is wiped has no pattern, until it goes back again. */
static void
test_wiped (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!writes_are_seen ("poison"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  bp_pooled_unref (take_here (pool));
  bp_pool_set_clear_on_release (pool, TRUE);
  bp_pooled_unref (take_here (pool));
  write_late (pool);
  take_written (pool, BEGINS);
}

/* An early release has a place too. */
static void
test_released (void)
{
  g_autoptr (BpPool) pool = NULL;
  BpPooled *pooled;
  guint8 *data;

  if (!writes_are_seen ("poison"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  pooled = take_here (pool);
  data = bp_pooled_get_data (pooled, NULL);
  release_here (pooled);
  data[0] = 0;
  take_written (pool, "*:\n1 of 1000 bytes *offset 0\nIt went back at\n  release_here+0x*");
  bp_pooled_unref (pooled);
}

/* Correct use is not reported, and a buffer of zeroes has zeroes. */
static void
test_quiet (gconstpointer debug)
{
  static const guint8 zeroes[1000];
  g_autoptr (BpPool) pool = NULL;
  BpPooled *held[20];

  if (!test_in_subprocess (debug))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  g_assert_true (bp_pool_prefill (pool, 10, 500, NULL));
  bp_pool_recycle_data (pool, g_malloc (9), 9);
  bp_pool_set_trim_capacity (pool, 400);
  for (guint round = 0; round < 3; round++)
    {
      BpPooled *pooled = bp_pool_acquire_sized (pool, 1000, NULL);
      GBytes *bytes;

      g_assert_cmpmem (bp_pooled_get_data (pooled, NULL), 1000, zeroes, 1000);
      memset (bp_pooled_get_data (pooled, NULL), 1, 1000);
      bytes = bp_pooled_get_bytes (pooled, NULL);
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      g_assert_cmpint (((const guint8 *) g_bytes_get_data (bytes, NULL))[999], ==, 1);
      g_bytes_unref (bytes);

      g_assert_true (bp_pool_acquire_many (pool, 300, held, 20, NULL));
      for (guint i = 0; i < 20; i++)
        memset (bp_pooled_resize (held[i], 350), (int) i, 350);
      bp_pooled_unref_many (held, 20);
      pooled = bp_pool_acquire (pool);
      g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
      bp_pooled_unref (pooled);
      pooled = bp_pool_attach_data (pool, g_malloc (50), 50, 50, NULL);
      bp_pooled_unref (pooled);
      assert_valid (pool);
    }
  bp_pool_drop_idle (pool, 3);
  bp_pool_set_max_buffers (pool, 2);

  /* A buffer that is freed as it comes back has no pattern any more. */
  bp_pool_set_trim_capacity (pool, 0);
  bp_pool_drop_idle (pool, 0);
  bp_pooled_unref (bp_pool_acquire_sized (pool, 1000000, NULL));
  held[0] = bp_pool_acquire_sized (pool, 1000000, NULL);
  bp_pool_set_max_buffers (pool, 0);
  bp_pooled_unref (held[0]);
  assert_valid (pool);
}

/* Items get no pattern. */
static void
test_items (void)
{
  TestCounters counters;

  if (!test_in_subprocess ("poison,backtrace=2"))
    return;

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autoptr (BpPool) pool = NULL;

      pool = test_kind_pool_new (&test_kinds[i], &counters, 2, 16, 0);
      for (guint k = 0; k < 20; k++)
        {
          BpPooled *pooled = bp_pool_acquire (pool);

          test_touch (pooled);
          bp_pooled_unref (pooled);
        }
      assert_valid (pool);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/poison/taken", test_taken);
  g_test_add_func ("/poison/acquired", test_acquired);
  g_test_add_func ("/poison/freed", test_freed);
  g_test_add_func ("/poison/released", test_released);
  g_test_add_func ("/poison/realtime", test_realtime);
  g_test_add_func ("/poison/wiped", test_wiped);
  g_test_add_data_func ("/poison/quiet", "poison", test_quiet);
  g_test_add_data_func ("/poison/quiet-memcheck", "poison,memcheck", test_quiet);
  g_test_add_data_func ("/poison/quiet-all", "poison,memcheck,backtrace,leaks", test_quiet);
  g_test_add_data_func ("/poison/quiet-disable", "poison,disable", test_quiet);
  g_test_add_func ("/poison/items", test_items);

  return g_test_run ();
}
