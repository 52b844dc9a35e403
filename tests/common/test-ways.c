/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-ways.h"

#include "bp-pool-private.h"
#include "test-items.h"
#include "test-utils.h"

/* The ways to have a buffer. A way without an error returns NULL. */

static BpPooled *
acquire (BpPool  *pool,
         GError **error)
{
  return bp_pool_acquire (pool);
}

static BpPooled *
try_acquire (BpPool  *pool,
             GError **error)
{
  return bp_pool_try_acquire (pool, error);
}

static void
count_init (BpPooled *pooled,
            gpointer  user_data)
{
  ++*(guint *) user_data;
}

static BpPooled *
acquire_with (BpPool  *pool,
              GError **error)
{
  guint n_inits = 0;
  BpPooled *pooled = bp_pool_acquire_with (pool, count_init, &n_inits);

  g_assert_cmpuint (n_inits, ==, pooled != NULL);

  return pooled;
}

static BpPooled *
acquire_sized (BpPool  *pool,
               GError **error)
{
  return bp_pool_acquire_sized (pool, TEST_WAY_ELEMENTS, error);
}

static BpPooled *
acquire_uninit (BpPool  *pool,
                GError **error)
{
  return bp_pool_acquire_uninit (pool, TEST_WAY_ELEMENTS, error);
}

static gsize
get_n_elements (BpPool *pool)
{
  return bp_pool_get_element_size (pool) > 0 ? TEST_WAY_ELEMENTS : 0;
}

static BpPooled *
acquire_full (BpPool  *pool,
              GError **error)
{
  return bp_pool_acquire_full (pool, get_n_elements (pool), BP_ACQUIRE_UNINIT, NULL, 0, NULL,
                               error);
}

static BpPooled *
acquire_wait (BpPool  *pool,
              GError **error)
{
  return bp_pool_acquire_wait (pool, get_n_elements (pool), 0, NULL, error);
}

static BpPooled *
attach_data (BpPool  *pool,
             GError **error)
{
  gpointer data = g_malloc (TEST_WAY_ELEMENTS * bp_pool_get_element_size (pool));
  BpPooled *pooled = bp_pool_attach_data (pool, data, TEST_WAY_ELEMENTS, TEST_WAY_ELEMENTS, error);

  if (pooled == NULL)
    g_free (data);

  return pooled;
}

static BpPooled *
attach_item (BpPool  *pool,
             GError **error)
{
  const BpItemConfig *config = &pool->core->config;
  gboolean is_object = config->kind == BP_KIND_OBJECT;
  gpointer item = is_object ? g_object_new (config->item_type, NULL)
                            : config->funcs.create (NULL, config->funcs.user_data, NULL);
  BpPooled *pooled = bp_pool_attach_item (pool, item, error);

  if (pooled == NULL && is_object)
    g_object_unref (item);
  else if (pooled == NULL)
    config->funcs.free (item, config->funcs.user_data);

  return pooled;
}

static BpPooled *
read_once (BpPool  *pool,
           GError **error)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data ("hello", 5, NULL);
  g_autoptr (BpPooledSlice) slice = bp_pool_read (pool, stream, TEST_WAY_ELEMENTS, NULL, error);

  if (slice == NULL)
    {
      /* Nothing has been read. */
      g_assert_cmpint (g_seekable_tell (G_SEEKABLE (stream)), ==, 0);
      return NULL;
    }

  return bp_pooled_slice_steal_pooled (slice, NULL);
}

const TestWayOut test_ways_out[] = {
  { "acquire", acquire, FALSE, TRUE, TRUE, FALSE },
  { "acquire-with", acquire_with, FALSE, TRUE, TRUE, FALSE },
  { "try-acquire", try_acquire, TRUE, TRUE, TRUE, FALSE },
  { "acquire-sized", acquire_sized, TRUE, TRUE, FALSE, FALSE },
  { "acquire-uninit", acquire_uninit, TRUE, TRUE, FALSE, FALSE },
  { "acquire-full", acquire_full, TRUE, TRUE, TRUE, FALSE },
  { "acquire-wait", acquire_wait, TRUE, TRUE, TRUE, FALSE },
  { "attach-data", attach_data, TRUE, TRUE, FALSE, FALSE },
  { "attach-item", attach_item, TRUE, FALSE, TRUE, FALSE },
  { "read", read_once, TRUE, TRUE, FALSE, TRUE },
};
const guint test_n_ways_out = G_N_ELEMENTS (test_ways_out);

gboolean
test_way_out_is_for (const TestWayOut *way,
                     BpPool           *pool)
{
  gsize element_size = bp_pool_get_element_size (pool);

  if (way->for_bytes_only && element_size != 1)
    return FALSE;

  return element_size > 0 ? way->for_elements : way->for_items;
}

void
test_assert_refused (BpPool *pool,
                     int     code)
{
  guint64 n_out = get_stat (pool, outstanding), n_idle = get_stat (pool, idle);

  for (guint i = 0; i < test_n_ways_out; i++)
    {
      const TestWayOut *way = &test_ways_out[i];
      g_autoptr (GError) error = NULL;

      if (!test_way_out_is_for (way, pool))
        continue;
      g_assert_null (way->func (pool, NULL));
      g_assert_null (way->func (pool, &error));
      if (way->has_error)
        g_assert_error (error, BP_POOL_ERROR, code);
    }
  g_assert_cmpuint (get_stat (pool, outstanding), ==, n_out);
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  assert_valid (pool);
}

void
test_fill_to_limit (BpPool    *pool,
                    BpPooled **held,
                    guint      n_held,
                    guint      max)
{
  for (guint i = n_held; i < max; i++)
    {
      g_assert_cmpuint (get_stat (pool, outstanding), ==, i);
      held[i] = bp_pool_acquire (pool);
      g_assert_nonnull (held[i]);
      test_touch (held[i]);
    }
  g_assert_cmpuint (get_stat (pool, outstanding), ==, max);
  test_assert_refused (pool, BP_POOL_ERROR_LIMIT);
}

static gpointer
begin_nothing (BpPooled *pooled)
{
  return pooled;
}

static void
unref_handle (gpointer data)
{
  bp_pooled_unref (data);
}

static void
release (gpointer data)
{
  g_assert_true (bp_pooled_release (data));
}

static gpointer
begin_shared (BpPooled *pooled)
{
  bp_pooled_ref (pooled);
  bp_pooled_unref (pooled);

  return pooled;
}

static gpointer
begin_bytes (BpPooled *pooled)
{
  GBytes *bytes = bp_pooled_get_bytes (pooled, NULL);

  bp_pooled_unref (pooled);

  return bytes;
}

static gpointer
begin_released_bytes (BpPooled *pooled)
{
  GBytes *bytes = bp_pooled_get_bytes (pooled, NULL);

  release (pooled);
  bp_pooled_unref (pooled);

  return bytes;
}

static gpointer
begin_unref_to_bytes (BpPooled *pooled)
{
  return bp_pooled_unref_to_bytes (pooled, NULL);
}

static void
unref_bytes (gpointer data)
{
  g_bytes_unref (data);
}

static gpointer
begin_view (BpPooled *pooled)
{
  BpPooledView *view = bp_pooled_get_view (pooled, NULL);

  bp_pooled_unref (pooled);

  return view;
}

static void
unref_view (gpointer data)
{
  bp_pooled_view_unref (data);
}

static gpointer
begin_slice (BpPooled *pooled)
{
  return bp_pooled_slice_new_take (pooled, 0, NULL);
}

static gpointer
begin_sub_slice (BpPooled *pooled)
{
  BpPooledSlice *slice = bp_pooled_slice_new_take (pooled, 0, NULL);
  BpPooledSlice *sub = bp_pooled_slice_sub (slice, 0, 0, NULL);

  bp_pooled_slice_unref (slice);

  return sub;
}

static void
unref_slice (gpointer data)
{
  bp_pooled_slice_unref (data);
}

static void
release_slice (gpointer data)
{
  g_assert_true (bp_pooled_slice_release (data));
}

static void
steal_data (gpointer data)
{
  g_free (bp_pooled_steal_data (data, NULL, NULL, NULL));
  g_assert_true (bp_pooled_is_released (data));
}

/* What the pool would have done with it is done here. */
static void
steal_item (gpointer data)
{
  BpPooled *pooled = data;
  const BpItemConfig *config = &pooled->core->config;
  gpointer item = bp_pooled_steal_item (pooled, NULL);

  g_assert_nonnull (item);
  if (config->kind == BP_KIND_OBJECT)
    g_object_unref (item);
  else
    config->funcs.free (item, config->funcs.user_data);
}

static gpointer
begin_refused (BpPooled *pooled)
{
  gpointer item = bp_pooled_get_item (pooled);

  if (pooled->core->config.kind == BP_KIND_OBJECT)
    TEST_OBJECT (item)->refuse = TRUE;
  else
    ((TestItem *) item)->refuse = TRUE;

  return pooled;
}

const TestWayBack test_ways_back[] = {
  { "unref", begin_nothing, unref_handle, NULL, TRUE, TRUE },
  { "last-unref", begin_shared, unref_handle, NULL, TRUE, TRUE },
  { "release", begin_nothing, release, unref_handle, TRUE, TRUE },
  { "bytes", begin_bytes, unref_bytes, NULL, TRUE, FALSE },
  { "bytes-of-released", begin_released_bytes, unref_bytes, NULL, TRUE, FALSE },
  { "unref-to-bytes", begin_unref_to_bytes, unref_bytes, NULL, TRUE, FALSE },
  { "view", begin_view, unref_view, NULL, TRUE, FALSE },
  { "slice", begin_slice, unref_slice, NULL, TRUE, FALSE },
  { "sub-slice", begin_sub_slice, unref_slice, NULL, TRUE, FALSE },
  { "slice-release", begin_slice, release_slice, unref_slice, TRUE, FALSE },
  { "steal-data", begin_nothing, steal_data, unref_handle, TRUE, FALSE },
  { "steal-item", begin_nothing, steal_item, unref_handle, FALSE, TRUE },
  { "refused", begin_refused, release, unref_handle, FALSE, TRUE },
};
const guint test_n_ways_back = G_N_ELEMENTS (test_ways_back);

gboolean
test_way_back_is_for (const TestWayBack *way,
                      BpPool            *pool)
{
  return bp_pool_get_element_size (pool) > 0 ? way->for_elements : way->for_items;
}
