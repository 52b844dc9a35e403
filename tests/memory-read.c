/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-faults.h"
#include "test-utils.h"

/* Without memory no byte is lost: a read that fails for want of it has not asked the stream. */

#define MAX_HOARDED 1000

typedef BpPooledSlice *(*Read) (BpPool        *self,
                                GInputStream  *stream,
                                gsize          count,
                                GCancellable  *cancellable,
                                GError       **error);

typedef struct
{
  const char *name;
  Read read;
} Case;

static void
on_result (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_assert_true (g_set_object ((GAsyncResult **) user_data, result));
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static BpPooledSlice *
read_later (BpPool        *pool,
            GInputStream  *stream,
            gsize          count,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bp_pool_read_async (pool, stream, count, G_PRIORITY_DEFAULT, cancellable, on_result, &result);
  wait_for (&result);

  return bp_pool_read_finish (pool, result, error);
}

static BpPooledSlice *
read_all_later (BpPool        *pool,
                GInputStream  *stream,
                gsize          count,
                GCancellable  *cancellable,
                GError       **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bp_pool_read_all_async (pool, stream, count, G_PRIORITY_DEFAULT, cancellable, on_result,
                          &result);
  wait_for (&result);

  return bp_pool_read_all_finish (pool, result, error);
}

/* As the other functions, so that one test does for all: the bytes are checked here, and
 * the slice is another one. */
static BpPooledSlice *
read_bytes (BpPool        *pool,
            GInputStream  *stream,
            gsize          count,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autoptr (GBytes) bytes = bp_pool_read_bytes (pool, stream, count, cancellable, error);
  g_autoptr (GInputStream) again = NULL;

  if (bytes == NULL)
    return NULL;

  end_faults ();
  again = g_memory_input_stream_new_from_bytes (bytes);

  return bp_pool_read (pool, again, count, NULL, NULL);
}

static const Case cases[] = {
  { "read", bp_pool_read },
  { "read-async", read_later },
  { "read-all", bp_pool_read_all },
  { "read-all-async", read_all_later },
  { "read-bytes", read_bytes },
};

/* Handles come from slabs, many from one allocation: all that are there are taken, so that
 * the next one needed is an allocation. */
static guint
hoard_handles (BpPool    *hoarder,
               BpPooled **hoard)
{
  guint n_hoarded = 0;
  BpPooled *pooled;

  fail_from (0, TRUE);
  while ((pooled = bp_pool_try_acquire (hoarder, NULL)) != NULL)
    {
      g_assert_cmpuint (n_hoarded, <, MAX_HOARDED);
      hoard[n_hoarded++] = pooled;
    }
  g_assert_true (end_faults ());

  return n_hoarded;
}

static gboolean
try_read (Read     read,
          int      n_good,
          gboolean all,
          guint   *n_errors)
{
  g_autoptr (BpPool) hoarder = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 0, 0);
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  g_autoptr (BpPooledSlice) slice = NULL;
  g_autoptr (GError) error = NULL;
  BpPooled *hoard[MAX_HOARDED];
  guint n_hoarded = hoard_handles (hoarder, hoard);
  gboolean had_fault;

  fail_from (n_good, all);
  slice = read (pool, stream, 100, NULL, &error);
  had_fault = end_faults ();
  if (slice == NULL)
    {
      (*n_errors)++;
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
      g_assert_cmpint (g_seekable_tell (G_SEEKABLE (stream)), ==, 0);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);

      /* Now it succeeds. */
      g_clear_error (&error);
      slice = read (pool, stream, 100, NULL, &error);
    }
  g_assert_no_error (error);
  g_assert_cmpmem (bp_pooled_slice_get_data (slice, NULL), bp_pooled_slice_get_length (slice),
                   "hello", 5);

  g_clear_pointer (&slice, bp_pooled_slice_unref);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  test_unref_many (hoard, n_hoarded);
  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);

  return had_fault;
}

/* The first allocation fails, then the second, and so on until none is left: the handle, the
 * memory, and the slice. */
static void
test_case (gconstpointer data)
{
  const Case *c = data;

  for (int all = FALSE; all <= TRUE; all++)
    {
      guint n_errors = 0;

      for (int n_good = 0; try_read (c->read, n_good, all, &n_errors); n_good++)
        ;
      g_assert_cmpuint (n_errors, >=, 3);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/memory/reads/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }

  return g_test_run ();
}
