/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

/* Slices and views. */

CALL (bp_pooled_slice_get_type, bp_pooled_slice_get_type () != 0)
CALL (bp_pooled_slice_is_released, !bp_pooled_slice_is_released (world->slice))
CALL (bp_pooled_slice_get_length, bp_pooled_slice_get_length (world->slice) > 0)
CALL (bp_pooled_slice_is_empty, !bp_pooled_slice_is_empty (world->slice))
CALL (bp_pooled_slice_get_element_size, bp_pooled_slice_get_element_size (world->slice) == 2)
CALL (bp_pooled_slice_get_element_type,
      bp_pooled_slice_get_element_type (world->slice) == BP_ELEMENT_TYPE_U16)
CALL (bp_pooled_slice_get_data, bp_pooled_slice_get_data (world->slice, NULL) != NULL)

static gboolean
end_slice (BpPooledSlice *slice)
{
  if (slice == NULL)
    return FALSE;
  bp_pooled_slice_unref (slice);

  return TRUE;
}

/* The handle is taken even if the call fails. */
CALL (bp_pooled_slice_new_take,
      end_slice (bp_pooled_slice_new_take (bp_pooled_ref (world->pooled), 4, error)))
CALL (bp_pooled_slice_sub, end_slice (bp_pooled_slice_sub (world->slice, 1, 3, error)))
CALL (bp_pooled_slice_ref, end_slice (bp_pooled_slice_ref (world->slice)))

static gboolean
call_bp_pooled_slice_unref (World   *world,
                            GError **error)
{
  g_clear_pointer (&world->view, bp_pooled_view_unref);
  g_clear_pointer (&world->slice, bp_pooled_slice_unref);

  return TRUE;
}

#define call_bp_pooled_view_unref call_bp_pooled_slice_unref

static gboolean
call_bp_pooled_slice_release (World   *world,
                              GError **error)
{
  gboolean is_done = bp_pooled_slice_release (world->slice);

  g_clear_pointer (&world->view, bp_pooled_view_unref);
  g_clear_pointer (&world->slice, bp_pooled_slice_unref);

  return is_done;
}

static gboolean
call_bp_pooled_slice_steal_pooled (World   *world,
                                   GError **error)
{
  BpPooled *pooled;

  g_clear_pointer (&world->view, bp_pooled_view_unref);
  pooled = bp_pooled_slice_steal_pooled (world->slice, error);
  if (pooled == NULL)
    return FALSE;
  bp_pooled_unref (pooled);
  g_clear_pointer (&world->slice, bp_pooled_slice_unref);

  return TRUE;
}

static gboolean
call_bp_pooled_slice_get_bytes (World   *world,
                                GError **error)
{
  g_autoptr (GBytes) bytes = bp_pooled_slice_get_bytes (world->slice, error);

  return bytes != NULL;
}

static gboolean
call_bp_pooled_slice_dup_data (World   *world,
                               GError **error)
{
  gsize n_bytes;
  g_autofree guint8 *data = bp_pooled_slice_dup_data (world->slice, &n_bytes, error);

  return data != NULL;
}

static gboolean
end_view (BpPooledView *view)
{
  if (view == NULL)
    return FALSE;
  bp_pooled_view_unref (view);

  return TRUE;
}

CALL (bp_pooled_slice_get_view, end_view (bp_pooled_slice_get_view (world->slice, error)))
CALL (bp_pooled_get_view, end_view (bp_pooled_get_view (world->pooled, error)))
CALL (bp_pooled_view_ref, end_view (bp_pooled_view_ref (world->view)))
CALL (bp_pooled_view_new_with_free_func,
      end_view (bp_pooled_view_new_with_free_func (world, 1, FALSE, NULL, NULL)))
CALL (bp_pooled_view_get_type, bp_pooled_view_get_type () != 0)
CALL (bp_pooled_view_is_writable, !bp_pooled_view_is_writable (world->view))
CALL (bp_pooled_view_get_address, bp_pooled_view_get_address (world->view) != 0)
CALL (bp_pooled_view_get_size_bytes, bp_pooled_view_get_size_bytes (world->view) > 0)
CALL (bp_pooled_view_get_length_bytes, bp_pooled_view_get_length_bytes (world->view) > 0)
CALL (bp_pooled_view_get_extent, bp_pooled_view_get_extent (world->view, NULL, NULL) != 0)

static const Scenario scenarios[] = {
  SCENARIO (bp_pooled_slice_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_pooled_slice_new_take, WORDS, 0, 0),
  SAME (bp_pooled_slice_new_take, realtime, REALTIME, 0, 0),
  SCENARIO (bp_pooled_slice_ref, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_unref, WORDS, 0, 0),
  SAME (bp_pooled_slice_unref, realtime, REALTIME, 0, 0),
  SCENARIO (bp_pooled_slice_release, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_is_released, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_get_length, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_is_empty, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_get_element_size, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_get_element_type, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_get_data, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_sub, WORDS, 0, 0),
  SAME (bp_pooled_slice_sub, realtime, REALTIME, 0, 0),
  SCENARIO (bp_pooled_slice_steal_pooled, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_get_bytes, WORDS, 0, MAY_END),
  SCENARIO (bp_pooled_slice_dup_data, WORDS, 0, 0),
  SCENARIO (bp_pooled_slice_get_view, WORDS, 0, 0),
  SCENARIO (bp_pooled_get_view, WORDS, 0, 0),
  SAME (bp_pooled_get_view, realtime, REALTIME, 0, 0),
  SCENARIO (bp_pooled_view_new_with_free_func, NOTHING, 0, MAY_END),
  SCENARIO (bp_pooled_view_get_type, NOTHING, 0, MAY_END),
  SCENARIO (bp_pooled_view_ref, WORDS, 0, 0),
  SCENARIO (bp_pooled_view_unref, WORDS, 0, 0),
  SCENARIO (bp_pooled_view_is_writable, WORDS, 0, 0),
  SCENARIO (bp_pooled_view_get_address, WORDS, 0, 0),
  SCENARIO (bp_pooled_view_get_size_bytes, WORDS, 0, 0),
  SCENARIO (bp_pooled_view_get_length_bytes, WORDS, 0, 0),
  SCENARIO (bp_pooled_view_get_extent, WORDS, 0, 0),
};

const ScenarioList scenarios_for_slices = SCENARIO_LIST (scenarios);
