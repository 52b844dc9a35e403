/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"

void
test_counters_reset (TestCounters *counters)
{
  memset (counters, 0, sizeof (TestCounters));
  counters->fail_after = TEST_NEVER;
}

guint
test_counters_live (TestCounters *counters)
{
  return counters->n_created - counters->n_freed;
}

static gpointer
item_create (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  TestCounters *counters = user_data;
  TestItem *item;

  if (counters->n_created >= counters->fail_after)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "the test says no");
      return NULL;
    }

  item = g_new0 (TestItem, 1);
  item->magic = TEST_ITEM_MAGIC;
  item->serial = atomic_fetch_add (&counters->n_created, 1);
  item->byte_size = TEST_ITEM_BYTES;

  return item;
}

static gboolean
item_reuse (gpointer item,
            gsize    trim,
            gpointer user_data)
{
  TestCounters *counters = user_data;
  TestItem *self = item;

  g_assert_cmpuint (self->magic, ==, TEST_ITEM_MAGIC);
  counters->n_reused++;
  counters->last_trim = trim;
  self->n_reused++;

  return !self->refuse && !counters->refuse_all;
}

static void
item_free (gpointer item,
           gpointer user_data)
{
  TestCounters *counters = user_data;
  TestItem *self = item;

  g_assert_cmpuint (self->magic, ==, TEST_ITEM_MAGIC);
  self->magic = 0;
  counters->n_freed++;
  g_free (self);
}

static gsize
item_get_byte_size (gpointer item,
                    gpointer user_data)
{
  TestItem *self = item;

  g_assert_cmpuint (self->magic, ==, TEST_ITEM_MAGIC);

  return self->byte_size;
}

const BpItemFuncs test_item_funcs = {
  .create = item_create,
  .reuse = item_reuse,
  .free = item_free,
  .get_byte_size = item_get_byte_size,
};

void
test_item_destroy_notify (gpointer counters)
{
  ((TestCounters *) counters)->n_destroyed++;
}

BpPool *
test_sized_pool_new (guint element_size,
                     guint shards,
                     guint max_buffers,
                     gsize trim_capacity)
{
  return g_object_new (BP_TYPE_POOL,
                       "element-size", element_size,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

BpPool *
test_type_pool_new (GType item_type,
                    guint shards,
                    guint max_buffers,
                    gsize trim_capacity)
{
  return g_object_new (BP_TYPE_POOL,
                       "item-type", item_type,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

BpPool *
test_funcs_pool_new (const BpItemFuncs *funcs,
                     gpointer           user_data,
                     GDestroyNotify     destroy,
                     guint              shards,
                     guint              max_buffers,
                     gsize              trim_capacity)
{
  BpItemFuncs own = *funcs;

  own.user_data = user_data;
  own.destroy = destroy;

  return g_object_new (BP_TYPE_POOL,
                       "item-funcs", &own,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

BpPool *
test_item_pool_new (TestCounters *counters,
                    guint         shards,
                    guint         max_buffers,
                    gsize         trim_capacity)
{
  return test_funcs_pool_new (&test_item_funcs, counters, test_item_destroy_notify,
                              shards, max_buffers, trim_capacity);
}

static BpPool *
u8_pool_new (TestCounters *counters,
             guint         shards,
             guint         max_buffers,
             gsize         trim_capacity)
{
  return bp_pool_new_full (BP_ELEMENT_TYPE_U8, shards, max_buffers, trim_capacity);
}

static BpPool *
sized_pool_new (TestCounters *counters,
                guint         shards,
                guint         max_buffers,
                gsize         trim_capacity)
{
  return test_sized_pool_new (12, shards, max_buffers, trim_capacity);
}

static gpointer object_class;

static BpPool *
object_pool_new (TestCounters *counters,
                 guint         shards,
                 guint         max_buffers,
                 gsize         trim_capacity)
{
  /* The class is made here, where threads come from: ThreadSanitizer does not see
   * how GLib hands it from one to the other. */
  if (object_class == NULL)
    object_class = g_type_class_ref (TEST_TYPE_OBJECT);

  return test_type_pool_new (TEST_TYPE_OBJECT, shards, max_buffers, trim_capacity);
}

const TestKind test_kinds[TEST_N_KINDS] = {
  { "elements", u8_pool_new, TRUE },
  { "sized", sized_pool_new, TRUE },
  { "funcs", test_item_pool_new, FALSE },
  { "object", object_pool_new, FALSE },
};

BpPool *
test_kind_pool_new (const TestKind *kind,
                    TestCounters   *counters,
                    guint           shards,
                    guint           max_buffers,
                    gsize           trim_capacity)
{
  test_counters_reset (counters);
  test_counters_reset (&test_object_counters);

  return kind->make (counters, shards, max_buffers, trim_capacity);
}

void
test_touch (BpPooled *pooled)
{
  if (bp_pooled_get_element_size (pooled) > 0 && bp_pooled_get_capacity (pooled) == 0)
    g_assert_nonnull (bp_pooled_resize (pooled, 16));
}
