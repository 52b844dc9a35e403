/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-handle-private.h"

/* A thread keeps one husk in its cache for its next early release, so that this allocates
 * nothing. With its reference to the core, which the next husk takes over. */
static BpPooled *
take_spare (BpCore *core)
{
  BpCache *cache = bp_core_get_cache (core, bp_slot);
  BpPooled *spare = NULL;

  if (bp_core_enter (core, cache))
    {
      spare = g_steal_pointer (&cache->spare);
      bp_cache_leave (cache->cell);
    }

  return spare;
}

static gboolean
put_spare (BpCore   *core,
           BpPooled *spare)
{
  BpCache *cache = bp_core_get_cache (core, bp_slot);
  gboolean is_put = FALSE;

  if (bp_core_enter (core, cache))
    {
      is_put = cache->spare == NULL && !bp_peek (core->is_closed);
      if (is_put)
        cache->spare = spare;
      bp_cache_leave (cache->cell);
    }

  return is_put;
}

static void
free_husk (BpPooled *husk)
{
  BpCore *core = husk->core;

  bp_poke (husk->word, 0);
  if (put_spare (core, husk))
    return;

  bp_item_free_handle (husk);
  bp_core_unref (core);
}

static void
leave_husk (BpPooled *pooled)
{
  bp_poke (pooled->length, 0);
  bp_poke (pooled->capacity, 0);
  pooled->bytes = 0;
  bp_poke (pooled->data, NULL);
}

/* Sends the buffer back on another handle; the calling thread is alone with it. */
static void
detach (BpPooled *pooled,
        gboolean  may_call)
{
  BpCore *core = pooled->core;
  BpPooled *fresh = take_spare (core);

  if (fresh == NULL)
    {
      fresh = bp_item_new_handle (&core->config, core, NULL);
      if (fresh == NULL)
        return;
      bp_core_ref (core);
    }

  bp_poke (fresh->data, bp_peek (pooled->data));
  bp_poke (fresh->capacity, bp_peek (pooled->capacity));
  fresh->bytes = pooled->bytes;

  leave_husk (pooled);
  bp_core_return (fresh, may_call);
}

static void
act (BpPooled  *pooled,
     BpOutcome  outcome)
{
  if (outcome == BP_OUTCOME_RETURN)
    bp_core_return (pooled, FALSE);
  else if (outcome == BP_OUTCOME_HUSK)
    free_husk (pooled);
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

static void
drop_hold (BpPooled *pooled,
           guint64   hold,
           guint64   all_holds)
{
  BpOutcome outcome = bp_state_drop_hold (pooled, hold, all_holds);

  if (outcome == BP_OUTCOME_DETACH)
    {
      detach (pooled, FALSE);
      outcome = bp_state_drop (pooled, hold + BP_WORD_REF);
    }
  act (pooled, outcome);
}

void
bp_handle_unpin (BpPooled *pooled)
{
  if (G_LIKELY (atomic_load_explicit (&pooled->word, memory_order_acquire) ==
                BP_WORD_PIN + BP_WORD_REF))
    bp_core_return (pooled, FALSE);
  else
    drop_hold (pooled, BP_WORD_PIN, BP_WORD_PINS);
}

void
bp_handle_end_exclusive (BpPooled *pooled)
{
  drop_hold (pooled, BP_WORD_EXCLUSIVE, BP_WORD_EXCLUSIVE);
}

gpointer
bp_handle_steal (BpPooled  *pooled,
                 gsize     *length,
                 gsize     *capacity,
                 GError   **error)
{
  gpointer data = bp_state_steal (pooled, error);

  if (data == NULL)
    return NULL;

  *length = bp_peek (pooled->length);
  *capacity = bp_peek (pooled->capacity);
  /* The buffer's reference to the core is the husk's from now on. */
  bp_count (pooled->core->n_gone, 1);
  bp_count (pooled->core->n_stolen, 1);
  leave_husk (pooled);

  return data;
}
