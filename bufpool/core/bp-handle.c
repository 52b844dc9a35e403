/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-handle-private.h"

/* Sends the buffer back on another handle; the calling thread is alone with it. The
 * buffer's reference to the core goes along, and the husk gets one of its own. */
static void
detach (BpPooled *pooled, gboolean may_call)
{
  BpCore *core = pooled->core;
  BpPooled *fresh = bp_item_new_handle (&core->config, core, NULL);

  if (fresh == NULL)
    return;

  bp_poke (fresh->data, bp_peek (pooled->data));
  bp_poke (fresh->capacity, bp_peek (pooled->capacity));
  fresh->bytes = pooled->bytes;

  bp_item_empty_handle (pooled);
  bp_core_ref (core);
  bp_core_return (fresh, may_call);
}

static void
act (BpPooled *pooled, BpOutcome outcome)
{
  BpCore *core = pooled->core;

  if (outcome == BP_OUTCOME_RETURN)
    {
      bp_core_return (pooled, FALSE);
    }
  else if (outcome == BP_OUTCOME_HUSK)
    {
      bp_item_free_handle (pooled);
      bp_core_unref (core);
    }
}

void
bp_handle_unref_slow (BpPooled *pooled)
{
  act (pooled, bp_state_unref (pooled));
}

gboolean
bp_handle_release (BpPooled *pooled)
{
  BpOutcome outcome;
  gboolean is_first = bp_state_release (pooled, &outcome);

  if (outcome == BP_OUTCOME_DETACH)
    detach (pooled, TRUE);

  return is_first;
}

void
bp_handle_drop_hold (BpPooled *pooled, guint64 hold)
{
  BpOutcome outcome = bp_state_drop_hold (pooled, hold);

  if (outcome == BP_OUTCOME_DETACH)
    {
      detach (pooled, FALSE);
      outcome = bp_state_drop (pooled, hold + BP_WORD_REF);
    }
  act (pooled, outcome);
}

gpointer
bp_handle_steal (BpPooled *pooled, gsize *length, gsize *capacity, GError **error)
{
  gpointer data = bp_state_steal (pooled, error);

  if (data == NULL)
    return NULL;

  *length = bp_peek (pooled->length);
  *capacity = bp_peek (pooled->capacity);
  /* The buffer's reference to the core is the husk's from now on. */
  bp_count (pooled->core->n_gone, 1);
  bp_count (pooled->core->n_stolen, 1);
  bp_item_empty_handle (pooled);

  return data;
}
