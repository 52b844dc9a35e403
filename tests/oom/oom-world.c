/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-world.h"

#include "oom-fault.h"
#include "test-signs.h"
#include "test-utils.h"

#define MAX_BYTES 100000
#define SLICE_LENGTH 6

static const guint8 stream_data[4096];

gboolean
world_has_elements (World *world)
{
  return world->kind != ITEMS && world->kind != LIMITED_ITEMS && world->kind != OBJECTS;
}

/* As that of the other tests, but it says no where there is no memory. */
static gpointer
create (gpointer   acquire_data,
        gpointer   user_data,
        GError   **error)
{
  TestItem *item = g_try_new0 (TestItem, 1);
  TestCounters *counters = user_data;

  if (item == NULL)
    {
      g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY, "no memory for an item");
      return NULL;
    }
  item->magic = TEST_ITEM_MAGIC;
  item->byte_size = TEST_ITEM_BYTES;
  counters->n_created++;

  return item;
}

gpointer
world_make_item (World *world)
{
  return create (NULL, &world->counters, NULL);
}

static BpElementType
get_element_type (World *world)
{
  if (!world_has_elements (world))
    return BP_ELEMENT_TYPE_NONE;

  return world->kind == BYTES || world->kind == LIMITED_BYTES ? BP_ELEMENT_TYPE_U8
                                                              : BP_ELEMENT_TYPE_U16;
}

static BpPool *
make_pool (World *world)
{
  BpItemFuncs funcs = test_item_funcs;
  gboolean has_funcs = world->kind == ITEMS || world->kind == LIMITED_ITEMS;
  gboolean is_realtime = world->kind == REALTIME;
  guint max_out = 0;

  funcs.create = create;
  funcs.user_data = &world->counters;
  if (world->kind == FULL)
    max_out = 2;
  else if (world->budget != NULL)
    max_out = 20;

  return g_object_new (BP_TYPE_POOL,
                       "name", "oom",
                       "element-type", get_element_type (world),
                       "item-type", world->kind == OBJECTS ? TEST_TYPE_OBJECT : G_TYPE_INVALID,
                       "item-funcs", has_funcs ? &funcs : NULL,
                       "alignment", world->kind == ALIGNED ? 64 : 0,
                       "shards", is_realtime ? 0 : 3,
                       "max-buffers", 16,
                       "budget", world->budget,
                       "max-outstanding", max_out,
                       "realtime", is_realtime,
                       "clear-on-release", world->kind == CLEARING,
                       NULL);
}

static BpPooled *
make_pooled (World *world)
{
  BpPooled *pooled = bp_pool_try_acquire (world->pool, NULL);

  g_assert_nonnull (pooled);
  if (world_has_elements (world) && world->kind != EMPTY)
    {
      g_assert_true (bp_pooled_try_resize (pooled, WORLD_LENGTH, NULL));
      memset (bp_pooled_get_data (pooled, NULL), WORLD_BYTE,
              WORLD_LENGTH * bp_pool_get_element_size (world->pool));
    }

  return pooled;
}

static void
make_parts (World *world)
{
  BpPooled *whole = make_pooled (world);

  if (world->kind != EMPTY)
    world->slice = bp_pooled_slice_new_take (g_steal_pointer (&whole), SLICE_LENGTH, NULL);
  if (world->slice != NULL)
    world->view = bp_pooled_slice_get_view (world->slice, NULL);
  g_clear_pointer (&whole, bp_pooled_unref);
}

void
world_init (World     *world,
            WorldKind  kind,
            guint      n_idle)
{
  memset (world, 0, sizeof (World));
  world->kind = kind;
  test_counters_reset (&world->counters);
  test_counters_reset (&test_object_counters);
  if (kind == NOTHING)
    return;

  if (kind == LIMITED || kind == LIMITED_ITEMS || kind == LIMITED_BYTES)
    world->budget = bp_budget_new (MAX_BYTES);
  world->pool = make_pool (world);
  if (kind == REALTIME)
    g_assert_true (bp_pool_prefill (world->pool, 6, 1000, NULL));
  world->pooled = make_pooled (world);
  world->other = make_pooled (world);
  if (world_has_elements (world) && kind != FULL)
    make_parts (world);
  if (n_idle > 0 && kind != REALTIME)
    g_assert_true (bp_pool_prefill (world->pool, n_idle,
                                    world_has_elements (world) ? WORLD_LENGTH : 0, NULL));
  world->stats = bp_pool_get_stats (world->pool);
  world->stream = g_memory_input_stream_new_from_data (stream_data, sizeof stream_data, NULL);
  world->monitor = test_monitor_new ();
}

void
world_hoard (World *world)
{
  OomCaller caller;
  BpPooled *pooled;

  world->hoarder = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 0, 0);
  oom_begin (0, OOM_ONLY_THAT_TRY, &caller);
  while ((pooled = bp_pool_try_acquire (world->hoarder, NULL)) != NULL)
    {
      g_assert_cmpuint (world->n_hoarded, <, MOST_HOARDED);
      world->hoard[world->n_hoarded++] = pooled;
    }
  g_assert_true (oom_end ());
  g_assert_cmpint (caller.kind, ==, OOM_TRIES);
}

void
world_clear (World *world)
{
  test_unref_many (world->hoard, world->n_hoarded);
  if (world->hoarder != NULL)
    g_assert_finalize_object (world->hoarder);
  g_clear_object (&world->stream);
  g_clear_pointer (&world->stats, bp_pool_stats_free);
  g_clear_pointer (&world->view, bp_pooled_view_unref);
  g_clear_pointer (&world->slice, bp_pooled_slice_unref);
  g_clear_pointer (&world->other, bp_pooled_unref);
  g_clear_pointer (&world->pooled, bp_pooled_unref);
  if (world->pool != NULL)
    {
      g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 0);
      assert_valid (world->pool);
      g_assert_finalize_object (world->pool);
    }
  if (world->monitor != NULL)
    g_assert_finalize_object (world->monitor);
  g_assert_cmpuint (test_counters_live (&world->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  if (world->budget != NULL)
    {
      g_assert_cmpuint (bp_budget_get_used_bytes (world->budget), ==, 0);
      g_assert_finalize_object (world->budget);
    }
}

void
snapshot_take (Snapshot *snapshot,
               World    *world)
{
  memset (snapshot, 0, sizeof (Snapshot));
  if (world->kind == NOTHING)
    return;

  if (world_has_elements (world))
    {
      snapshot->length = bp_pooled_get_length (world->pooled);
      snapshot->capacity = bp_pooled_get_capacity (world->pooled);
      snapshot->data = bp_pooled_get_data (world->pooled, NULL);
      snapshot->other_length = bp_pooled_get_length (world->other);
      snapshot->slice_length = world->slice != NULL ? bp_pooled_slice_get_length (world->slice) : 0;
    }
  snapshot->n_acquired = get_stat (world->pool, acquired);
  snapshot->n_returned = get_stat (world->pool, returned);
  snapshot->n_out = get_stat (world->pool, outstanding);
  snapshot->n_idle = get_stat (world->pool, idle);
  snapshot->n_idle_bytes = get_stat (world->pool, idle_bytes);
  snapshot->n_used_bytes = world->budget != NULL ? bp_budget_get_used_bytes (world->budget) : 0;
  snapshot->n_items = test_counters_live (&world->counters) +
                      test_counters_live (&test_object_counters);
}

void
snapshot_check (Snapshot *snapshot,
                World    *world,
                gboolean  may_move)
{
  Snapshot now;
  const guint8 *data;

  snapshot_take (&now, world);
  g_assert_cmpuint (now.length, ==, snapshot->length);
  g_assert_cmpuint (now.capacity, ==, snapshot->capacity);
  g_assert_true (now.data == snapshot->data);
  if (world->kind != FULL)
    g_assert_cmpuint (now.other_length, ==, snapshot->other_length);
  g_assert_cmpuint (now.slice_length, ==, snapshot->slice_length);
  g_assert_cmpuint (now.n_out, ==, snapshot->n_out);
  if (world->kind == NOTHING)
    return;

  g_assert_false (bp_pooled_is_released (world->pooled));
  g_assert_false (bp_pooled_is_released (world->other));
  data = now.data;
  for (gsize i = 0; i < now.length * bp_pool_get_element_size (world->pool); i++)
    g_assert_cmpuint (data[i], ==, WORLD_BYTE);
  assert_valid (world->pool);
  /* A buffer without memory for its elements has been acquired, and come back. */
  g_assert_cmpuint (now.n_acquired - now.n_returned, ==,
                    snapshot->n_acquired - snapshot->n_returned);
  if (world->budget != NULL)
    g_assert_cmpuint (now.n_used_bytes - now.n_idle_bytes, ==,
                      snapshot->n_used_bytes - snapshot->n_idle_bytes);
  if (may_move)
    return;
  g_assert_cmpuint (now.n_idle, ==, snapshot->n_idle);
  g_assert_cmpuint (now.n_idle_bytes, ==, snapshot->n_idle_bytes);
  g_assert_cmpuint (now.n_used_bytes, ==, snapshot->n_used_bytes);
  g_assert_cmpuint (now.n_items, ==, snapshot->n_items);
}
