/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

#include "test-signs.h"

/* What a pool is asked, told, and told to do with what is idle. */

CALL (bp_pool_get_name, bp_pool_get_name (world->pool) != NULL)
CALL (bp_pool_get_element_type, bp_pool_get_element_type (world->pool) == BP_ELEMENT_TYPE_U16)
CALL (bp_pool_get_element_size, bp_pool_get_element_size (world->pool) == 2)
CALL (bp_pool_get_item_type, bp_pool_get_item_type (world->pool) == TEST_TYPE_OBJECT)
CALL (bp_pool_get_alignment, bp_pool_get_alignment (world->pool) == 64)
CALL (bp_pool_get_shards, bp_pool_get_shards (world->pool) == 3)
CALL (bp_pool_get_realtime, bp_pool_get_realtime (world->pool))
CALL (bp_pool_get_max_buffers, bp_pool_get_max_buffers (world->pool) == 16)
CALL (bp_pool_get_trim_capacity, bp_pool_get_trim_capacity (world->pool) == 0)
CALL (bp_pool_get_thread_cache, bp_pool_get_thread_cache (world->pool) == -1)
CALL (bp_pool_get_budget, bp_pool_get_budget (world->pool) == world->budget)
CALL (bp_pool_get_max_outstanding, bp_pool_get_max_outstanding (world->pool) > 0)
CALL (bp_pool_get_max_idle_bytes, bp_pool_get_max_idle_bytes (world->pool) == 0)
CALL (bp_pool_get_flushing, !bp_pool_get_flushing (world->pool))
CALL (bp_pool_get_clear_on_release, bp_pool_get_clear_on_release (world->pool))
CALL (bp_pool_get_idle_timeout, bp_pool_get_idle_timeout (world->pool) == 0)
CALL (bp_pool_dup_memory_monitor, bp_pool_dup_memory_monitor (world->pool) == NULL)

static gboolean
call_bp_pool_set_name (World   *world,
                       GError **error)
{
  bp_pool_set_name (world->pool, "another name of which there is none yet");

  return bp_pool_get_name (world->pool) != NULL;
}

static gboolean
call_bp_pool_set_max_buffers (World   *world,
                              GError **error)
{
  bp_pool_set_max_buffers (world->pool, 1);
  bp_pool_set_max_buffers (world->pool, 16);

  return TRUE;
}

static gboolean
call_bp_pool_set_max_buffers_more (World   *world,
                                   GError **error)
{
  bp_pool_set_max_buffers (world->pool, 5000);

  return bp_pool_get_max_buffers (world->pool) == 5000;
}

static gboolean
call_bp_pool_set_trim_capacity (World   *world,
                                GError **error)
{
  bp_pool_set_trim_capacity (world->pool, 5);

  return bp_pool_get_trim_capacity (world->pool) == 5;
}

static gboolean
call_bp_pool_set_thread_cache (World   *world,
                               GError **error)
{
  bp_pool_set_thread_cache (world->pool, 0);
  bp_pool_set_thread_cache (world->pool, 8);

  return bp_pool_get_thread_cache (world->pool) == 8;
}

static gboolean
call_bp_pool_set_max_outstanding (World   *world,
                                  GError **error)
{
  bp_pool_set_max_outstanding (world->pool, 4);

  return bp_pool_get_max_outstanding (world->pool) == 4;
}

static gboolean
call_bp_pool_set_max_idle_bytes (World   *world,
                                 GError **error)
{
  bp_pool_set_max_idle_bytes (world->pool, 30);

  return TRUE;
}

static gboolean
call_bp_pool_set_flushing (World   *world,
                           GError **error)
{
  bp_pool_set_flushing (world->pool, TRUE);
  bp_pool_set_flushing (world->pool, FALSE);

  return !bp_pool_get_flushing (world->pool);
}

static gboolean
call_bp_pool_set_clear_on_release (World   *world,
                                   GError **error)
{
  bp_pool_set_clear_on_release (world->pool, TRUE);

  return bp_pool_get_clear_on_release (world->pool);
}

static gboolean
call_bp_pool_set_idle_timeout (World   *world,
                               GError **error)
{
  bp_pool_set_idle_timeout (world->pool, 100000);
  bp_pool_set_idle_timeout (world->pool, 0);

  return TRUE;
}

/* The alarm is set by the next return. */
static gboolean
call_bp_pool_set_idle_timeout_alarm (World   *world,
                                     GError **error)
{
  BpPooled *pooled;

  bp_pool_set_idle_timeout (world->pool, 100000);
  pooled = bp_pool_acquire_uninit (world->pool, 10, error);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_set_idle_timeout (world->pool, 0);

  return TRUE;
}

static gboolean
call_bp_pool_set_memory_monitor (World   *world,
                                 GError **error)
{
  bp_pool_set_memory_monitor (world->pool, world->monitor);
  test_monitor_warn (world->monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  bp_pool_set_memory_monitor (world->pool, NULL);

  return TRUE;
}

static gboolean
call_bp_pool_drop_idle (World   *world,
                        GError **error)
{
  bp_pool_drop_idle (world->pool, 1);

  return TRUE;
}

CALL (bp_pool_prefill,
      bp_pool_prefill (world->pool, 5, world_has_elements (world) ? 100 : 0, error))

/* What has been made before it failed stays. */
CALL (bp_pool_prefill_realtime, bp_pool_prefill (world->pool, 10, 100, error))

static gboolean
call_bp_pool_prefill_many (World   *world,
                           GError **error)
{
  bp_pool_set_max_buffers (world->pool, 60);

  return bp_pool_prefill (world->pool, 50, 100, error);
}

static const Scenario scenarios[] = {
  SCENARIO (bp_pool_get_name, WORDS, 0, 0),
  SCENARIO (bp_pool_get_element_type, WORDS, 0, 0),
  SCENARIO (bp_pool_get_element_size, WORDS, 0, 0),
  SCENARIO (bp_pool_get_item_type, OBJECTS, 0, 0),
  SCENARIO (bp_pool_get_alignment, ALIGNED, 0, 0),
  SCENARIO (bp_pool_get_shards, WORDS, 0, 0),
  SCENARIO (bp_pool_get_realtime, REALTIME, 0, 0),
  SCENARIO (bp_pool_get_max_buffers, WORDS, 0, 0),
  SCENARIO (bp_pool_get_trim_capacity, WORDS, 0, 0),
  SCENARIO (bp_pool_get_thread_cache, WORDS, 0, 0),
  SCENARIO (bp_pool_get_budget, LIMITED, 0, 0),
  SCENARIO (bp_pool_get_max_outstanding, LIMITED, 0, 0),
  SCENARIO (bp_pool_get_max_idle_bytes, WORDS, 0, 0),
  SCENARIO (bp_pool_get_flushing, WORDS, 0, 0),
  SCENARIO (bp_pool_get_clear_on_release, CLEARING, 0, 0),
  SCENARIO (bp_pool_get_idle_timeout, WORDS, 0, 0),
  SCENARIO (bp_pool_dup_memory_monitor, WORDS, 0, 0),
  SCENARIO (bp_pool_set_name, WORDS, 0, 0),
  SCENARIO (bp_pool_set_max_buffers, WORDS, 5, 0),
  VARIANT (bp_pool_set_max_buffers, more, WORDS, 5, 0),
  SCENARIO (bp_pool_set_trim_capacity, WORDS, 5, 0),
  SCENARIO (bp_pool_set_thread_cache, WORDS, 5, 0),
  SCENARIO (bp_pool_set_max_outstanding, WORDS, 5, 0),
  SCENARIO (bp_pool_set_max_idle_bytes, WORDS, 5, 0),
  SCENARIO (bp_pool_set_flushing, WORDS, 5, 0),
  SCENARIO (bp_pool_set_clear_on_release, WORDS, 5, 0),
  SCENARIO (bp_pool_set_idle_timeout, WORDS, 5, MAY_END),
  VARIANT (bp_pool_set_idle_timeout, alarm, WORDS, 5, MAY_END),
  SCENARIO (bp_pool_set_memory_monitor, WORDS, 5, MAY_END),
  SCENARIO (bp_pool_drop_idle, WORDS, 5, 0),
  SCENARIO (bp_pool_prefill, WORDS, 0, 0),
  SAME (bp_pool_prefill, aligned, ALIGNED, 0, 0),
  SAME (bp_pool_prefill, limited, LIMITED, 0, 0),
  SAME (bp_pool_prefill, items, ITEMS, 0, MAY_MOVE),
  SAME (bp_pool_prefill, clearing, CLEARING, 0, 0),
  VARIANT (bp_pool_prefill, realtime, REALTIME, 0, MAY_MOVE),
  VARIANT (bp_pool_prefill, many, WORDS, 0, MAY_MOVE),
};

const ScenarioList scenarios_for_properties = SCENARIO_LIST (scenarios);
