/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-stream.h"
#include "test-utils.h"

/* What comes into a pool with a budget otherwise than by an acquire: attached, recycled,
 * prefilled, read. All of it is charged, or refused as a whole. */

#define MAX_BYTES 1000

typedef struct
{
  BpBudget *budget;
  BpPool *pool;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  fixture->budget = bp_budget_new (MAX_BYTES);
  fixture->pool = g_object_new (BP_TYPE_POOL,
                                "budget", fixture->budget,
                                "shards", 2,
                                "max-buffers", 16,
                                NULL);
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  assert_charged (fixture->budget, 0, fixture->pool, NULL);
  g_assert_finalize_object (fixture->pool);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
  g_assert_finalize_object (fixture->budget);
}

static void
expect_charged (Fixture *fixture,
                guint64  n_out)
{
  assert_charged (fixture->budget, n_out, fixture->pool, NULL);
}

static void
expect_idle (Fixture *fixture,
             guint64  n_idle,
             guint64  n_bytes)
{
  g_assert_cmpuint (get_stat (fixture->pool, idle), ==, n_idle);
  g_assert_cmpuint (get_stat (fixture->pool, idle_bytes), ==, n_bytes);
}

static BpPooled *
attach (Fixture *fixture,
        gsize    capacity,
        GError **error)
{
  gpointer data = g_malloc (capacity);
  BpPooled *pooled = bp_pool_attach_data (fixture->pool, data, capacity / 2, capacity, error);

  if (pooled == NULL)
    {
      /* It is still the caller's, and unchanged. */
      memset (data, 1, capacity);
      g_free (data);
    }

  return pooled;
}

/* The charge comes with the memory, and goes with it. */
static void
test_attach (Fixture       *fixture,
             gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooled) pooled = NULL;
  g_autoptr (BpPooled) other = NULL;

  g_assert_null (attach (fixture, MAX_BYTES + 1, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  expect_charged (fixture, 0);

  pooled = attach (fixture, MAX_BYTES - 1, &error);
  g_assert_no_error (error);
  expect_charged (fixture, MAX_BYTES - 1);
  g_assert_null (attach (fixture, 2, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  other = attach (fixture, 1, NULL);
  expect_charged (fixture, MAX_BYTES);

  g_free (bp_pooled_steal_data (other, NULL, NULL, NULL));
  expect_charged (fixture, MAX_BYTES - 1);
  g_clear_pointer (&pooled, bp_pooled_unref);
  expect_charged (fixture, 0);
  expect_idle (fixture, 1, MAX_BYTES - 1);
}

/* From one pool to another, by stealing and attaching: the charge goes along. */
static void
test_steal_and_attach (Fixture       *fixture,
                       gconstpointer  data)
{
  g_autoptr (BpBudget) other_budget = bp_budget_new (300);
  g_autoptr (BpPool) other = g_object_new (BP_TYPE_POOL, "budget", other_budget, NULL);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (fixture->pool, 300, NULL);
  g_autoptr (BpPooled) attached = NULL;
  gsize length, capacity;
  gpointer memory;

  memory = bp_pooled_steal_data (pooled, &length, &capacity, NULL);
  expect_charged (fixture, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (other_budget), ==, 0);
  attached = bp_pool_attach_data (other, memory, length, capacity, NULL);
  g_assert_nonnull (attached);
  assert_charged (other_budget, 300, other, NULL);
  expect_charged (fixture, 0);
}

/* Idle buffers make room for what is attached; what is out does not. */
static void
test_attach_reclaims (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (BpPooled) out G_GNUC_UNUSED = bp_pool_acquire_sized (fixture->pool, 300, NULL);
  g_autoptr (BpPooled) pooled = NULL;

  g_assert_true (bp_pool_prefill (fixture->pool, 7, 100, NULL));
  expect_charged (fixture, 300);
  pooled = attach (fixture, 150, NULL);
  g_assert_nonnull (pooled);
  expect_charged (fixture, 450);
  expect_idle (fixture, 5, 500);
  g_clear_pointer (&pooled, bp_pooled_unref);
  pooled = attach (fixture, 700, NULL);
  g_assert_nonnull (pooled);
  expect_charged (fixture, 1000);
  expect_idle (fixture, 0, 0);
}

/* What is recycled is kept if there is room; no idle buffer goes for it. */
static void
test_recycle (Fixture       *fixture,
              gconstpointer  data)
{
  bp_pool_recycle_data (fixture->pool, g_malloc (400), 400);
  expect_idle (fixture, 1, 400);
  expect_charged (fixture, 0);
  bp_pool_recycle_data (fixture->pool, g_malloc (600), 600);
  expect_idle (fixture, 2, 1000);
  bp_pool_recycle_data (fixture->pool, g_malloc (1), 1);
  expect_idle (fixture, 2, 1000);
  bp_pool_recycle_data (fixture->pool, g_malloc (MAX_BYTES + 1), MAX_BYTES + 1);
  expect_idle (fixture, 2, 1000);
  expect_charged (fixture, 0);

  /* What the pool does not keep is not charged any more. */
  bp_pool_drop_idle (fixture->pool, 0);
  bp_pool_set_max_buffers (fixture->pool, 0);
  bp_pool_recycle_data (fixture->pool, g_malloc (400), 400);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
}

/* It is charged as it comes, and gives back what the trim takes. */
static void
test_recycle_trims (Fixture       *fixture,
                    gconstpointer  data)
{
  bp_pool_set_trim_capacity (fixture->pool, 100);
  bp_pool_recycle_data (fixture->pool, g_malloc (MAX_BYTES), MAX_BYTES);
  expect_idle (fixture, 1, 100);
  expect_charged (fixture, 0);
}

/* All of them or none. */
static void
test_prefill (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooled) out = NULL;

  g_assert_false (bp_pool_prefill (fixture->pool, 11, 100, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_assert_nonnull (strstr (error->message, "11 buffers of 100 bytes"));
  g_clear_error (&error);
  expect_idle (fixture, 0, 0);
  expect_charged (fixture, 0);

  out = bp_pool_acquire_sized (fixture->pool, 100, NULL);
  g_assert_false (bp_pool_prefill (fixture->pool, 10, 100, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  expect_idle (fixture, 0, 0);
  expect_charged (fixture, 100);

  g_assert_true (bp_pool_prefill (fixture->pool, 9, 100, &error));
  g_assert_no_error (error);
  expect_idle (fixture, 9, 900);
  expect_charged (fixture, 100);

  /* A product that is too large for a number of bytes. */
  g_assert_false (bp_pool_prefill (fixture->pool, 7, G_MAXSSIZE, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
}

/* Idle buffers do not go for a prefill that could not succeed even then. */
static void
test_prefill_that_fails_drops_nothing (Fixture       *fixture,
                                       gconstpointer  data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pool_prefill (fixture->pool, 5, 100, NULL));
  g_assert_false (bp_pool_prefill (fixture->pool, 11, 100, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  expect_idle (fixture, 5, 500);
  expect_charged (fixture, 0);
}

/* Nothing is read that there is no room for. */
static void
test_read (Fixture       *fixture,
           gconstpointer  data)
{
  g_autofree guint8 *bytes = g_malloc0 (MAX_BYTES);
  g_autoptr (TestStream) stream = test_stream_new (bytes, MAX_BYTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;

  g_assert_null (bp_pool_read (fixture->pool, G_INPUT_STREAM (stream), MAX_BYTES + 1, NULL,
                               &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_cmpuint (stream->n_reads, ==, 0);
  expect_charged (fixture, 0);

  stream->max_read = 100;
  slice = bp_pool_read (fixture->pool, G_INPUT_STREAM (stream), 600, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, 100);
  expect_charged (fixture, 600);
  g_assert_null (bp_pool_read (fixture->pool, G_INPUT_STREAM (stream), 401, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_assert_cmpuint (stream->n_reads, ==, 1);
  g_assert_cmpuint (stream->n_left, ==, MAX_BYTES - 100);
  g_clear_error (&error);

  /* A stream that fails: the buffer is idle then. */
  stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "the test says no");
  g_assert_null (bp_pool_read (fixture->pool, G_INPUT_STREAM (stream), 400, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  expect_charged (fixture, 600);
  expect_idle (fixture, 1, 400);
}

/* A request for more than the whole budget fails at once, also where it may wait. */
static void
test_too_big_to_wait (Fixture       *fixture,
                      gconstpointer  data)
{
  g_autoptr (BpPooled) out G_GNUC_UNUSED = bp_pool_acquire_sized (fixture->pool, MAX_BYTES, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (bp_pool_acquire_wait (fixture->pool, MAX_BYTES + 1, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_wait (fixture->pool, G_MAXSSIZE, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  g_clear_error (&error);
  g_assert_null (bp_pool_acquire_wait (fixture->pool, G_MAXSIZE, -1, NULL, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE);
  expect_charged (fixture, MAX_BYTES);
}

/* A pool that is disposed keeps nothing; what is out is charged until it comes back. */
static void
test_dispose (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (fixture->pool, 300, NULL);

  g_assert_true (bp_pool_prefill (fixture->pool, 5, 100, NULL));
  g_object_run_dispose (G_OBJECT (fixture->pool));
  expect_charged (fixture, 300);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 300);
  g_assert_null (bp_pool_acquire_sized (fixture->pool, 701, NULL));
  g_clear_pointer (&out, bp_pooled_unref);
  g_assert_cmpuint (bp_budget_get_used_bytes (fixture->budget), ==, 0);
}

/* Both limits on one pool: what fails for one of them has nothing of the other. */
static void
test_with_max_outstanding (Fixture       *fixture,
                           gconstpointer  data)
{
  g_autoptr (BpPooled) out = NULL;
  g_autoptr (GError) error = NULL;

  bp_pool_set_max_outstanding (fixture->pool, 1);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_null (bp_pool_acquire_sized (fixture->pool, MAX_BYTES + 1, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_clear_error (&error);
      g_assert_null (attach (fixture, MAX_BYTES + 1, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_clear_error (&error);
      g_assert_cmpuint (get_stat (fixture->pool, outstanding), ==, 0);
      expect_charged (fixture, 0);
    }

  out = bp_pool_acquire_sized (fixture->pool, 100, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < 3; i++)
    {
      g_assert_null (bp_pool_acquire_sized (fixture->pool, 100, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
      g_clear_error (&error);
      g_assert_null (attach (fixture, 100, &error));
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
      g_clear_error (&error);
      expect_charged (fixture, 100);
    }
}

int
main (int    argc,
      char **argv)
{
  const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/budget/adopt/attach", test_attach },
    { "/budget/adopt/steal-and-attach", test_steal_and_attach },
    { "/budget/adopt/attach-reclaims", test_attach_reclaims },
    { "/budget/adopt/recycle", test_recycle },
    { "/budget/adopt/recycle-trims", test_recycle_trims },
    { "/budget/adopt/prefill", test_prefill },
    { "/budget/adopt/prefill-that-fails-drops-nothing", test_prefill_that_fails_drops_nothing },
    { "/budget/adopt/read", test_read },
    { "/budget/adopt/too-big-to-wait", test_too_big_to_wait },
    { "/budget/adopt/dispose", test_dispose },
    { "/budget/adopt/with-max-outstanding", test_with_max_outstanding },
  };

  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].func, tear_down);

  return g_test_run ();
}
