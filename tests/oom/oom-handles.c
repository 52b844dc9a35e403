/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

/* Handles: their ends, what they are asked, and what goes out of them. */

CALL (bp_pooled_get_type, bp_pooled_get_type () != 0)
CALL (bp_pooled_is_released, !bp_pooled_is_released (world->pooled))
CALL (bp_pooled_get_length, bp_pooled_get_length (world->pooled) == WORLD_LENGTH)
CALL (bp_pooled_get_capacity, bp_pooled_get_capacity (world->pooled) >= WORLD_LENGTH)
CALL (bp_pooled_get_element_size, bp_pooled_get_element_size (world->pooled) == 2)
CALL (bp_pooled_get_element_type,
      bp_pooled_get_element_type (world->pooled) == BP_ELEMENT_TYPE_U16)
CALL (bp_pooled_get_data, bp_pooled_get_data (world->pooled, NULL) != NULL)
CALL (bp_pooled_get_data_checked, bp_pooled_get_data_checked (world->pooled, 2, NULL) != NULL)
CALL (bp_pooled_get_item, bp_pooled_get_item (world->pooled) != NULL)
CALL (bp_pooled_is_sampled, bp_pooled_is_sampled (world->pooled))
CALL (bp_pooled_set_note,
      bp_pooled_set_note (world->pooled, "a note") && bp_pooled_set_note (world->pooled, NULL))

static gboolean
call_bp_pooled_ref (World   *world,
                    GError **error)
{
  bp_pooled_unref (bp_pooled_ref (world->pooled));

  return TRUE;
}

static gboolean
call_bp_pooled_unref (World   *world,
                      GError **error)
{
  g_clear_pointer (&world->other, bp_pooled_unref);

  return TRUE;
}

/* What comes back is to be shrunk. */
static gboolean
call_bp_pooled_unref_trim (World   *world,
                           GError **error)
{
  bp_pool_set_trim_capacity (world->pool, 1);
  g_clear_pointer (&world->other, bp_pooled_unref);

  return TRUE;
}

#define call_bp_pooled_unref_trim_limited call_bp_pooled_unref_trim
#define call_bp_pooled_unref_trim_aligned call_bp_pooled_unref_trim

/* Without another handle for it the buffer stays until the last reference is gone. */
static gboolean
call_bp_pooled_release (World   *world,
                        GError **error)
{
  BpPooled *ref = bp_pooled_ref (world->other);
  gboolean is_done = bp_pooled_release (world->other);

  bp_pooled_unref (ref);
  g_clear_pointer (&world->other, bp_pooled_unref);

  return is_done;
}

/* The last unpin gives it back. */
static gboolean
call_bp_pooled_release_pinned (World   *world,
                               GError **error)
{
  g_autoptr (BpPooledView) view = bp_pooled_get_view (world->other, error);
  gboolean is_done;

  if (view == NULL)
    return FALSE;
  is_done = bp_pooled_release (world->other);
  g_clear_pointer (&view, bp_pooled_view_unref);
  g_clear_pointer (&world->other, bp_pooled_unref);

  return is_done;
}

static gboolean
call_bp_pooled_dup_object (World   *world,
                           GError **error)
{
  g_autoptr (GObject) object = bp_pooled_dup_object (world->pooled);

  return object != NULL;
}

static gboolean
call_bp_pooled_get_bytes (World   *world,
                          GError **error)
{
  g_autoptr (GBytes) bytes = bp_pooled_get_bytes (world->pooled, error);

  return bytes != NULL;
}

static gboolean
call_bp_pooled_unref_to_bytes (World   *world,
                               GError **error)
{
  g_autoptr (GBytes) bytes = bp_pooled_unref_to_bytes (bp_pooled_ref (world->pooled), error);

  return bytes != NULL;
}

static gboolean
call_bp_pooled_dup_data (World   *world,
                         GError **error)
{
  gsize n_bytes;
  g_autofree guint8 *data = bp_pooled_dup_data (world->pooled, &n_bytes, error);

  return data != NULL;
}

static gboolean
call_bp_pooled_steal_data (World   *world,
                           GError **error)
{
  g_autofree gpointer data = bp_pooled_steal_data (world->other, NULL, NULL, error);

  if (data == NULL)
    return FALSE;
  g_clear_pointer (&world->other, bp_pooled_unref);

  return TRUE;
}

static gboolean
call_bp_pooled_steal_item (World   *world,
                           GError **error)
{
  gpointer item = bp_pooled_steal_item (world->other, error);

  if (item == NULL)
    return FALSE;
  test_item_funcs.free (item, &world->counters);
  g_clear_pointer (&world->other, bp_pooled_unref);

  return TRUE;
}

static const Scenario scenarios[] = {
  SCENARIO (bp_pooled_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_pooled_ref, WORDS, 0, 0),
  SCENARIO (bp_pooled_unref, WORDS, 0, 0),
  SAME (bp_pooled_unref, items, ITEMS, 0, 0),
  SAME (bp_pooled_unref, objects, OBJECTS, 0, 0),
  SAME (bp_pooled_unref, limited, LIMITED, 0, 0),
  SAME (bp_pooled_unref, clearing, CLEARING, 0, 0),
  SAME (bp_pooled_unref, realtime, REALTIME, 0, 0),
  VARIANT (bp_pooled_unref, trim, WORDS, 0, 0),
  VARIANT (bp_pooled_unref, trim_limited, LIMITED, 0, 0),
  VARIANT (bp_pooled_unref, trim_aligned, ALIGNED, 0, 0),
  SCENARIO (bp_pooled_release, WORDS, 0, 0),
  SAME (bp_pooled_release, objects, OBJECTS, 0, 0),
  SAME (bp_pooled_release, limited, LIMITED, 0, 0),
  VARIANT (bp_pooled_release, pinned, WORDS, 0, 0),
  SCENARIO (bp_pooled_is_released, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_length, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_capacity, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_element_size, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_element_type, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_data, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_data_checked, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_item, ITEMS, 0, 0),
  SCENARIO (bp_pooled_dup_object, OBJECTS, 0, 0),
  SCENARIO (bp_pooled_is_sampled, SAMPLED, 0, 0),
  SCENARIO (bp_pooled_set_note, SAMPLED, 0, MAY_END),
  SCENARIO (bp_pooled_get_bytes, WORDS, 0, MAY_END),
  SCENARIO (bp_pooled_unref_to_bytes, WORDS, 0, MAY_END),
  SCENARIO (bp_pooled_dup_data, WORDS, 0, 0),
  SCENARIO (bp_pooled_steal_data, WORDS, 0, 0),
  SAME (bp_pooled_steal_data, empty, EMPTY, 0, 0),
  SAME (bp_pooled_steal_data, limited, LIMITED, 0, 0),
  SCENARIO (bp_pooled_steal_item, ITEMS, 0, 0),
};

const ScenarioList scenarios_for_handles = SCENARIO_LIST (scenarios);
