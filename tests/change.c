/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"

#include <string.h>

/* What changes a buffer's elements, its length and its room. A call that fails
 * changes nothing. */

typedef struct
{
  BpPool *pool;
  BpPooled *pooled;
} Fixture;

static void
set_up (Fixture       *fixture,
        gconstpointer  data)
{
  guint32 *numbers;

  fixture->pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 1, 8, 0);
  fixture->pooled = bp_pool_acquire_sized (fixture->pool, 10, NULL);
  numbers = bp_pooled_get_data (fixture->pooled, NULL);
  for (guint i = 0; i < 10; i++)
    numbers[i] = i;
}

static void
tear_down (Fixture       *fixture,
           gconstpointer  data)
{
  g_clear_pointer (&fixture->pooled, bp_pooled_unref);
  assert_valid (fixture->pool);
  g_assert_finalize_object (fixture->pool);
}

/* The first numbers are as set_up() made them, and zeroes are behind. */
static void
assert_numbers (Fixture *fixture,
                gsize    length,
                gsize    n_numbers)
{
  gsize n_elements;
  const guint32 *numbers = bp_pooled_data (guint32, fixture->pooled, &n_elements);

  g_assert_cmpuint (n_elements, ==, length);
  g_assert_cmpuint (bp_pooled_get_length (fixture->pooled), ==, length);
  g_assert_cmpuint (bp_pooled_get_capacity (fixture->pooled), >=, length);
  for (gsize i = 0; i < MIN (length, n_numbers); i++)
    g_assert_cmpuint (numbers[i], ==, i);
  for (gsize i = n_numbers; i < length; i++)
    g_assert_cmpuint (numbers[i], ==, 0);
}

/* As it was: length, capacity, place and contents. */
typedef struct
{
  gsize length;
  gsize capacity;
  gconstpointer data;
} Snapshot;

static Snapshot
snapshot (Fixture *fixture)
{
  return (Snapshot) {
    bp_pooled_get_length (fixture->pooled),
    bp_pooled_get_capacity (fixture->pooled),
    bp_pooled_get_data (fixture->pooled, NULL),
  };
}

static void
assert_unchanged (Fixture  *fixture,
                  Snapshot  before,
                  GError  **error,
                  int       code)
{
  g_assert_error (*error, BP_POOL_ERROR, code);
  g_clear_error (error);
  g_assert_cmpuint (bp_pooled_get_length (fixture->pooled), ==, before.length);
  g_assert_cmpuint (bp_pooled_get_capacity (fixture->pooled), ==, before.capacity);
  g_assert_true (bp_pooled_get_data (fixture->pooled, NULL) == before.data);
  assert_numbers (fixture, before.length, 10);
}

static void
test_resize (Fixture       *fixture,
             gconstpointer  data)
{
  g_assert_nonnull (bp_pooled_resize (fixture->pooled, 100));
  assert_numbers (fixture, 100, 10);

  /* Shrinking keeps the room. */
  g_assert_nonnull (bp_pooled_resize (fixture->pooled, 5));
  assert_numbers (fixture, 5, 5);
  g_assert_cmpuint (bp_pooled_get_capacity (fixture->pooled), ==, 100);

  /* What was cut off does not come back. */
  g_assert_true (bp_pooled_try_resize (fixture->pooled, 50, NULL));
  assert_numbers (fixture, 50, 5);

  g_assert_true (bp_pooled_try_resize (fixture->pooled, 0, NULL));
  assert_numbers (fixture, 0, 0);
  g_assert_nonnull (bp_pooled_get_data (fixture->pooled, NULL));
  g_assert_true (bp_pooled_try_resize (fixture->pooled, 1000, NULL));
  assert_numbers (fixture, 1000, 0);
}

/* Of the elements' own type, or at least of its size; otherwise nothing changes. */
static void
test_resize_data (Fixture       *fixture,
                  gconstpointer  data)
{
  guint32 *numbers = bp_pooled_resize_data (guint32, fixture->pooled, 100);
  gint32 *same_size;

  g_assert_true (numbers == bp_pooled_get_data (fixture->pooled, NULL));
  assert_numbers (fixture, 100, 10);
  same_size = bp_pooled_resize_data (gint32, fixture->pooled, 20);
  g_assert_true ((gpointer) same_size == numbers);

  g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*elements are of 4 bytes*of 8*");
  g_assert_null (bp_pooled_resize_data (double, fixture->pooled, 10));
  g_test_assert_expected_messages ();
  assert_numbers (fixture, 20, 10);

  bp_pooled_release (fixture->pooled);
  g_assert_null (bp_pooled_resize_data (guint32, fixture->pooled, 10));
}

static void
test_resize_errors (Fixture       *fixture,
                    gconstpointer  data)
{
  Snapshot before = snapshot (fixture);
  g_autoptr (GError) error = NULL;

  g_assert_false (bp_pooled_try_resize (fixture->pooled, G_MAXSIZE, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_try_resize (fixture->pooled, G_MAXSIZE / 4 + 1, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_try_resize (fixture->pooled, G_MAXSSIZE / 4 + 1, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_try_resize (fixture->pooled, G_MAXSSIZE / 8, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_NO_MEMORY);
  g_assert_false (bp_pooled_try_resize (fixture->pooled, G_MAXSSIZE / 8, NULL));
}

/* Ends the program as g_malloc() does, and names the size. */
static void
test_resize_aborts (Fixture       *fixture,
                    gconstpointer  data)
{
  if (g_test_subprocess ())
    {
      bp_pooled_resize (fixture->pooled, GPOINTER_TO_SIZE (data));
      return;
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*bp_pooled_resize*elements of 4 bytes*");
}

static void
test_reserve (Fixture       *fixture,
              gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  Snapshot before;

  g_assert_true (bp_pooled_reserve (fixture->pooled, 1000, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_capacity (fixture->pooled), ==, 1000);
  assert_numbers (fixture, 10, 10);

  /* It only ever grows. */
  before = snapshot (fixture);
  g_assert_true (bp_pooled_reserve (fixture->pooled, 0, NULL));
  g_assert_true (bp_pooled_reserve (fixture->pooled, 999, NULL));
  g_assert_true (bp_pooled_get_data (fixture->pooled, NULL) == before.data);
  g_assert_cmpuint (bp_pooled_get_capacity (fixture->pooled), ==, 1000);

  g_assert_false (bp_pooled_reserve (fixture->pooled, G_MAXSIZE / 2, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_reserve (fixture->pooled, G_MAXSSIZE / 8, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_NO_MEMORY);
}

static void
test_set_length (Fixture       *fixture,
                 gconstpointer  data)
{
  g_autoptr (GError) error = NULL;
  Snapshot before;
  guint32 *numbers;

  g_assert_true (bp_pooled_reserve (fixture->pooled, 20, NULL));
  g_assert_true (bp_pooled_set_length (fixture->pooled, 3, NULL));
  assert_numbers (fixture, 3, 3);

  /* Nothing is filled: what was there is there. */
  g_assert_true (bp_pooled_set_length (fixture->pooled, 10, NULL));
  assert_numbers (fixture, 10, 10);
  numbers = bp_pooled_get_data (fixture->pooled, NULL);
  for (guint i = 10; i < 20; i++)
    numbers[i] = i;
  g_assert_true (bp_pooled_set_length (fixture->pooled, 20, NULL));
  assert_numbers (fixture, 20, 20);
  g_assert_true (bp_pooled_set_length (fixture->pooled, 10, NULL));

  before = snapshot (fixture);
  g_assert_false (bp_pooled_set_length (fixture->pooled, 21, &error));
  g_assert_nonnull (strstr (error->message, "21"));
  g_assert_nonnull (strstr (error->message, "20"));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_false (bp_pooled_set_length (fixture->pooled, G_MAXSIZE, NULL));
}

static void
test_append (Fixture       *fixture,
             gconstpointer  data)
{
  guint32 more[5] = { 10, 11, 12, 13, 14 };
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pooled_append (fixture->pooled, more, 5, &error));
  g_assert_no_error (error);
  assert_numbers (fixture, 15, 15);
  g_assert_true (bp_pooled_append (fixture->pooled, NULL, 0, NULL));
  assert_numbers (fixture, 15, 15);
  for (guint32 i = 15; i < 5000; i++)
    g_assert_true (bp_pooled_append (fixture->pooled, &i, 1, NULL));
  assert_numbers (fixture, 5000, 5000);
}

/* Appending often copies seldom. */
static void
test_append_amortized (Fixture       *fixture,
                       gconstpointer  data)
{
  guint n_growths = 0;
  gsize capacity = 0;

  for (guint32 i = 10; i < 100000; i++)
    {
      g_assert_true (bp_pooled_append (fixture->pooled, &i, 1, NULL));
      n_growths += bp_pooled_get_capacity (fixture->pooled) != capacity;
      capacity = bp_pooled_get_capacity (fixture->pooled);
    }
  g_assert_cmpuint (n_growths, <, 40);
}

static void
test_append_errors (Fixture       *fixture,
                    gconstpointer  data)
{
  Snapshot before = snapshot (fixture);
  g_autoptr (GError) error = NULL;
  guint32 more = 0;

  g_assert_false (bp_pooled_append (fixture->pooled, &more, G_MAXSIZE, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_append (fixture->pooled, &more, G_MAXSIZE - 10, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_append (fixture->pooled, &more, G_MAXSIZE / 4, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_TOO_LARGE);
  g_assert_false (bp_pooled_append (fixture->pooled, &more, G_MAXSSIZE / 8, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_NO_MEMORY);
}

static void
test_write (Fixture       *fixture,
            gconstpointer  data)
{
  const guint32 zeroes[10] = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pooled_write (fixture->pooled, 8, zeroes, 2, &error));
  g_assert_no_error (error);
  assert_numbers (fixture, 10, 8);
  g_assert_true (bp_pooled_write (fixture->pooled, 10, NULL, 0, NULL));
  assert_numbers (fixture, 10, 8);
  g_assert_true (bp_pooled_write (fixture->pooled, 0, zeroes, 10, NULL));
  assert_numbers (fixture, 10, 0);
}

static void
test_write_errors (Fixture       *fixture,
                   gconstpointer  data)
{
  const gsize wrong[][2] = {
    { 10, 1 }, { 11, 0 }, { 0, 11 }, { 9, 2 }, { G_MAXSIZE, 1 }, { 1, G_MAXSIZE },
    { G_MAXSIZE, G_MAXSIZE }, { 5, G_MAXSIZE - 2 },
  };
  g_autoptr (GError) error = NULL;
  Snapshot before;

  /* The capacity does not count. */
  g_assert_true (bp_pooled_reserve (fixture->pooled, 100, NULL));
  before = snapshot (fixture);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *offset = g_strdup_printf ("%" G_GSIZE_FORMAT, wrong[i][0]);
      g_autofree char *length = g_strdup_printf ("%" G_GSIZE_FORMAT, wrong[i][1]);

      g_assert_false (bp_pooled_write (fixture->pooled, wrong[i][0], "", wrong[i][1], &error));
      g_assert_nonnull (strstr (error->message, offset));
      g_assert_nonnull (strstr (error->message, length));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_OUT_OF_RANGE);
    }
}

/* The forms for bindings: sizes in bytes, in whole elements. */
static void
test_bytes (Fixture       *fixture,
            gconstpointer  data)
{
  const guint32 more[2] = { 10, 11 };
  const guint8 *raw = (const guint8 *) more;
  g_autoptr (GError) error = NULL;
  Snapshot before;

  g_assert_true (bp_pooled_append_bytes (fixture->pooled, raw, 8, &error));
  g_assert_no_error (error);
  assert_numbers (fixture, 12, 12);
  g_assert_true (bp_pooled_write_bytes (fixture->pooled, 40, raw, 8, &error));
  g_assert_true (bp_pooled_write_bytes (fixture->pooled, 48, NULL, 0, &error));
  g_assert_true (bp_pooled_append_bytes (fixture->pooled, NULL, 0, &error));
  g_assert_no_error (error);
  assert_numbers (fixture, 12, 12);
  g_assert_true (bp_pooled_set_length (fixture->pooled, 10, NULL));

  before = snapshot (fixture);
  g_assert_false (bp_pooled_append_bytes (fixture->pooled, raw, 7, &error));
  g_assert_nonnull (strstr (error->message, "7 bytes"));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_false (bp_pooled_write_bytes (fixture->pooled, 1, raw, 4, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_false (bp_pooled_write_bytes (fixture->pooled, 4, raw, 3, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_OUT_OF_RANGE);
  g_assert_false (bp_pooled_write_bytes (fixture->pooled, 36, raw, 8, &error));
  assert_unchanged (fixture, before, &error, BP_POOL_ERROR_OUT_OF_RANGE);
}

/* Memory does not move under a reader, and a GBytes does not change. */
static void
test_busy (Fixture       *fixture,
           gconstpointer  data)
{
  Snapshot before = snapshot (fixture);
  const guint32 zeroes[2] = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (BpPooledView) view = NULL;

  for (guint i = 0; i < 2; i++)
    {
      if (i == 0)
        bytes = bp_pooled_get_bytes (fixture->pooled, NULL);
      else
        view = bp_pooled_get_view (fixture->pooled, NULL);

      g_assert_false (bp_pooled_try_resize (fixture->pooled, 5, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_false (bp_pooled_reserve (fixture->pooled, 5000, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_false (bp_pooled_set_length (fixture->pooled, 5, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_false (bp_pooled_append (fixture->pooled, zeroes, 2, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_false (bp_pooled_append_bytes (fixture->pooled, (const guint8 *) zeroes, 8, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_false (bp_pooled_write (fixture->pooled, 1, zeroes, 2, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_false (bp_pooled_write_bytes (fixture->pooled, 4, (const guint8 *) zeroes, 8, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);
      g_assert_null (bp_pooled_steal_data (fixture->pooled, NULL, NULL, &error));
      assert_unchanged (fixture, before, &error, BP_POOL_ERROR_BUSY);

      g_test_expect_message ("Bufpool", G_LOG_LEVEL_CRITICAL, "*bp_pooled_resize*live GBytes*");
      g_assert_null (bp_pooled_resize (fixture->pooled, 5));
      g_test_assert_expected_messages ();

      g_clear_pointer (&bytes, g_bytes_unref);
      g_clear_pointer (&view, bp_pooled_view_unref);
    }

  g_assert_true (bp_pooled_try_resize (fixture->pooled, 5000, &error));
  assert_numbers (fixture, 5000, 10);
}

static void
add (const char *path,
     gsize       size,
     void      (*test) (Fixture       *fixture,
                        gconstpointer  data))
{
  g_test_add (path, Fixture, GSIZE_TO_POINTER (size), set_up, test, tear_down);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  test_have_no_huge_memory ();

  add ("/pooled/change/resize", 0, test_resize);
  add ("/pooled/change/resize-data", 0, test_resize_data);
  add ("/pooled/change/resize-errors", 0, test_resize_errors);
  add ("/pooled/change/resize-aborts/too-large", G_MAXSIZE, test_resize_aborts);
  add ("/pooled/change/resize-aborts/no-memory", G_MAXSSIZE / 8, test_resize_aborts);
  add ("/pooled/change/reserve", 0, test_reserve);
  add ("/pooled/change/set-length", 0, test_set_length);
  add ("/pooled/change/append", 0, test_append);
  add ("/pooled/change/append-amortized", 0, test_append_amortized);
  add ("/pooled/change/append-errors", 0, test_append_errors);
  add ("/pooled/change/write", 0, test_write);
  add ("/pooled/change/write-errors", 0, test_write_errors);
  add ("/pooled/change/bytes", 0, test_bytes);
  add ("/pooled/change/busy", 0, test_busy);

  return g_test_run ();
}
