/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

/* Making and ending pools and budgets, and what is asked of no pool. */

static gboolean
end_object (gpointer object)
{
  if (object == NULL)
    return FALSE;
  g_object_unref (object);

  return TRUE;
}

CALL (bp_pool_new, end_object (bp_pool_new (BP_ELEMENT_TYPE_F32)))
CALL (bp_pool_new_full, end_object (bp_pool_new_full (BP_ELEMENT_TYPE_F32, 3, 100, 10)))
CALL (bp_pool_new_for_size, end_object (bp_pool_new_for_size (12)))
CALL (bp_pool_new_for_type, end_object (bp_pool_new_for_type (TEST_TYPE_OBJECT)))
CALL (bp_pool_new_with_funcs,
      end_object (bp_pool_new_with_funcs (&test_item_funcs, &world->counters, NULL)))
CALL (bp_pool_new_realtime,
      end_object (g_object_new (BP_TYPE_POOL, "realtime", TRUE, "element-size", 4,
                                "max-buffers", 4, NULL)))
CALL (bp_pool_get_type, bp_pool_get_type () != 0)

static gboolean
call_bp_pool_new_budget (World   *world,
                         GError **error)
{
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL, "budget", world->budget,
                                          "element-size", 4, NULL);

  BpPooled *pooled = bp_pool_acquire_sized (pool, 10, error);

  if (pooled == NULL)
    return FALSE;
  bp_pooled_unref (pooled);

  return TRUE;
}

/* All of a pool's life, with what it has in the end. */
static gboolean
call_bp_pool_new_life (World   *world,
                       GError **error)
{
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 100, error);

  if (pooled == NULL)
    return FALSE;
  g_object_run_dispose (G_OBJECT (pool));

  return TRUE;
}

CALL (bp_budget_new, end_object (bp_budget_new (1000)))
CALL (bp_budget_get_type, bp_budget_get_type () != 0)
CALL (bp_budget_get_max_bytes, bp_budget_get_max_bytes (world->budget) > 0)
CALL (bp_budget_get_used_bytes, bp_budget_get_used_bytes (world->budget) > 0)
CALL (bp_budget_get_peak_bytes, bp_budget_get_peak_bytes (world->budget) > 0)

/* Lowered so far that what is idle goes. */
static gboolean
call_bp_budget_set_max_bytes (World   *world,
                              GError **error)
{
  guint64 max_bytes = bp_budget_get_max_bytes (world->budget);

  bp_budget_set_max_bytes (world->budget, 1);
  bp_budget_set_max_bytes (world->budget, max_bytes);

  return TRUE;
}

CALL (bp_get_major_version, bp_get_major_version () < 10)
CALL (bp_get_minor_version, bp_get_minor_version () < 100)
CALL (bp_get_micro_version, bp_get_micro_version () < 100)
CALL (bp_check_version, bp_check_version (99, 0, 0) != NULL)
CALL (bp_element_type_get_type, bp_element_type_get_type () != 0)
CALL (bp_element_type_get_size, bp_element_type_get_size (BP_ELEMENT_TYPE_F64) == 8)
CALL (bp_pool_error_get_type, bp_pool_error_get_type () != 0)
CALL (bp_pool_error_quark, bp_pool_error_quark () != 0)
CALL (bp_acquire_flags_get_type, bp_acquire_flags_get_type () != 0)
CALL (bp_item_funcs_get_type, bp_item_funcs_get_type () != 0)
CALL (bp_dump_format_get_type, bp_dump_format_get_type () != 0)
CALL (bp_reusable_get_type, bp_reusable_get_type () != 0)
CALL (bp_reusable_reuse,
      bp_reusable_reuse (BP_REUSABLE (bp_pooled_get_item (world->pooled)), 0))
CALL (bp_reusable_get_byte_size,
      bp_reusable_get_byte_size (BP_REUSABLE (bp_pooled_get_item (world->pooled))) > 0)

/* Statistics */

CALL (bp_pool_stats_get_type, bp_pool_stats_get_type () != 0)
CALL (bp_pool_stats_get_acquired, bp_pool_stats_get_acquired (world->stats) > 0)
CALL (bp_pool_stats_get_hits, bp_pool_stats_get_hits (world->stats) == 0)
CALL (bp_pool_stats_get_misses, bp_pool_stats_get_misses (world->stats) > 0)
CALL (bp_pool_stats_get_returned, bp_pool_stats_get_returned (world->stats) == 0)
CALL (bp_pool_stats_get_dropped, bp_pool_stats_get_dropped (world->stats) == 0)
CALL (bp_pool_stats_get_idle, bp_pool_stats_get_idle (world->stats) > 0)
CALL (bp_pool_stats_get_idle_bytes, bp_pool_stats_get_idle_bytes (world->stats) > 0)
CALL (bp_pool_stats_get_outstanding, bp_pool_stats_get_outstanding (world->stats) > 0)
CALL (bp_pool_stats_get_peak_buffers, bp_pool_stats_get_peak_buffers (world->stats) > 0)

static gboolean
end_stats (BpPoolStats *stats)
{
  if (stats == NULL)
    return FALSE;
  bp_pool_stats_free (stats);

  return TRUE;
}

CALL (bp_pool_get_stats, end_stats (bp_pool_get_stats (world->pool)))
CALL (bp_pool_stats_copy, end_stats (bp_pool_stats_copy (world->stats)))

static gboolean
call_bp_pool_stats_free (World   *world,
                         GError **error)
{
  g_clear_pointer (&world->stats, bp_pool_stats_free);

  return TRUE;
}

static gboolean
end_text (char *text)
{
  if (text == NULL)
    return FALSE;
  g_free (text);

  return TRUE;
}

CALL (bp_pool_stats_to_string, end_text (bp_pool_stats_to_string (world->stats)))
CALL (bp_pool_dump_outstanding, end_text (bp_pool_dump_outstanding (world->pool, BP_DUMP_TEXT)))
CALL (bp_pool_dump_outstanding_json,
      end_text (bp_pool_dump_outstanding (world->pool, BP_DUMP_JSON)))

static const Scenario scenarios[] = {
  SCENARIO (bp_pool_new, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_new_full, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_new_for_size, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_new_for_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_new_with_funcs, NOTHING, 0, MAY_END),
  VARIANT (bp_pool_new, realtime, NOTHING, 0, MAY_END | ENDS_ITSELF),
  VARIANT (bp_pool_new, budget, LIMITED, 0, MAY_END),
  VARIANT (bp_pool_new, life, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_budget_new, NOTHING, 0, MAY_END | ENDS_ITSELF),
  SCENARIO (bp_budget_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_budget_get_max_bytes, LIMITED, 0, 0),
  SCENARIO (bp_budget_set_max_bytes, LIMITED, 3, 0),
  SCENARIO (bp_budget_get_used_bytes, LIMITED, 0, 0),
  SCENARIO (bp_budget_get_peak_bytes, LIMITED, 0, 0),
  SCENARIO (bp_get_major_version, NOTHING, 0, 0),
  SCENARIO (bp_get_minor_version, NOTHING, 0, 0),
  SCENARIO (bp_get_micro_version, NOTHING, 0, 0),
  SCENARIO (bp_check_version, NOTHING, 0, 0),
  SCENARIO (bp_element_type_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_element_type_get_size, NOTHING, 0, 0),
  SCENARIO (bp_pool_error_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_error_quark, NOTHING, 0, 0),
  SCENARIO (bp_acquire_flags_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_item_funcs_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_dump_format_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_reusable_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_reusable_reuse, OBJECTS, 0, 0),
  SCENARIO (bp_reusable_get_byte_size, OBJECTS, 0, 0),
  SCENARIO (bp_pool_stats_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_pool_stats_get_acquired, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_get_hits, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_get_misses, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_get_returned, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_get_dropped, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_get_idle, WORDS, 2, 0),
  SCENARIO (bp_pool_stats_get_idle_bytes, WORDS, 2, 0),
  SCENARIO (bp_pool_stats_get_outstanding, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_get_peak_buffers, WORDS, 0, 0),
  SCENARIO (bp_pool_get_stats, WORDS, 2, MAY_END),
  SCENARIO (bp_pool_stats_copy, WORDS, 0, MAY_END),
  SCENARIO (bp_pool_stats_free, WORDS, 0, 0),
  SCENARIO (bp_pool_stats_to_string, WORDS, 0, MAY_END),
  SCENARIO (bp_pool_dump_outstanding, WORDS, 0, MAY_END),
  SAME (bp_pool_dump_outstanding, sampled, SAMPLED, 0, MAY_END),
  VARIANT (bp_pool_dump_outstanding, json, SAMPLED, 0, MAY_END),
};

const ScenarioList scenarios_for_pools = SCENARIO_LIST (scenarios);
