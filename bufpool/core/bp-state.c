/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-state-private.h"

static gboolean
fail_gone (const char *what)
{
  g_critical ("%s of a handle that has gone back to its pool: there were more calls of "
              "bp_pooled_unref() than references", what);

  return FALSE;
}

static gboolean
is_gone (guint64 word)
{
  return G_UNLIKELY ((word & BP_WORD_REFS) == 0);
}

static gboolean
exchange (BpPooled *pooled, guint64 *word, guint64 new_word)
{
  return atomic_compare_exchange_weak_explicit (&pooled->word, word, new_word,
                                                memory_order_acq_rel, memory_order_acquire);
}

static guint64
get_word (BpPooled *pooled)
{
  return atomic_load_explicit (&pooled->word, memory_order_acquire);
}

/* One step of a live handle to another state: adds the change to the word, unless the
 * handle is released or has holds that are in the way, but for those that the caller has. */
static gboolean
step (BpPooled *pooled, guint64 own_holds, guint64 in_the_way, guint64 change, GError **error)
{
  guint64 word = get_word (pooled);

  do
    {
      guint64 holds = (word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE)) - own_holds;

      if (is_gone (word))
        return fail_gone ("Use");
      if (word & BP_WORD_RELEASED)
        {
          g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED,
                               "The buffer has been released: acquire another one");
          return FALSE;
        }
      if (holds & in_the_way & BP_WORD_EXCLUSIVE)
        {
          g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY,
                               "The buffer is being changed by another thread at this moment: "
                               "try again");
          return FALSE;
        }
      if ((holds & in_the_way) || (word & BP_WORD_PINS) == BP_WORD_PINS)
        {
          g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY,
                       "The buffer has %u live GBytes, views or slices: drop them first",
                       (guint) ((holds & BP_WORD_PINS) / BP_WORD_PIN));
          return FALSE;
        }
    }
  while (!exchange (pooled, &word, word + change));

  return TRUE;
}

/* What a handle leaves to do that may have lost its last reference. */
static BpOutcome
finish (BpPooled *pooled, guint64 word)
{
  if (!is_gone (word))
    return BP_OUTCOME_NOTHING;

  return (word & BP_WORD_RELEASED) != 0 && bp_peek (pooled->data) == NULL ? BP_OUTCOME_HUSK
                                                                         : BP_OUTCOME_RETURN;
}

BpOutcome
bp_state_drop (BpPooled *pooled, guint64 change)
{
  return finish (pooled, atomic_fetch_sub_explicit (&pooled->word, change, memory_order_acq_rel) -
                         change);
}

/* The program ends before the count runs over into the pins: afterwards memory that is in
 * use would be given away. */
guint64
bp_word_ref (_Atomic guint64 *word)
{
  guint64 old = atomic_fetch_add_explicit (word, BP_WORD_REF, memory_order_relaxed);

  if (G_UNLIKELY ((old & BP_WORD_REFS) >= BP_WORD_MAX_REFS))
    g_error ("A handle or a slice of a buffer has got %u references, which can only be a leak",
             (guint) BP_WORD_MAX_REFS);

  return old;
}

BpPooled *
bp_state_ref (BpPooled *pooled)
{
  if (is_gone (bp_word_ref (&pooled->word)))
    fail_gone ("bp_pooled_ref()");

  return pooled;
}

BpOutcome
bp_state_unref (BpPooled *pooled)
{
  if (!is_gone (get_word (pooled)))
    return bp_state_drop (pooled, BP_WORD_REF);
  fail_gone ("bp_pooled_unref()");

  return BP_OUTCOME_NOTHING;
}

gboolean
bp_state_release (BpPooled *pooled, BpOutcome *outcome)
{
  guint64 word = get_word (pooled);

  *outcome = BP_OUTCOME_NOTHING;
  do
    {
      if (word & BP_WORD_RELEASED)
        return FALSE;
      if (is_gone (word))
        return fail_gone ("bp_pooled_release()");
    }
  while (!exchange (pooled, &word, word | BP_WORD_RELEASED));

  if ((word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE)) == 0)
    *outcome = BP_OUTCOME_DETACH;

  return TRUE;
}

BpOutcome
bp_state_drop_hold (BpPooled *pooled, guint64 hold)
{
  guint64 all_holds = hold == BP_WORD_PIN ? BP_WORD_PINS : hold;
  guint64 word = get_word (pooled);

  /* No other hold can begin on a released handle, so the last one is alone with the
   * buffer; with the last reference as well, the handle goes along. */
  do
    {
      if ((word & all_holds) == hold && (word & BP_WORD_RELEASED) != 0)
        return (word & BP_WORD_REFS) == BP_WORD_REF ? BP_OUTCOME_RETURN : BP_OUTCOME_DETACH;
    }
  while (!exchange (pooled, &word, word - hold - BP_WORD_REF));

  return finish (pooled, word - hold - BP_WORD_REF);
}

gboolean
bp_state_pin (BpPooled *pooled, GError **error)
{
  return step (pooled, 0, BP_WORD_EXCLUSIVE, BP_WORD_PIN + BP_WORD_REF, error);
}

void
bp_state_pin_again (BpPooled *pooled)
{
  guint64 word = atomic_fetch_add_explicit (&pooled->word, BP_WORD_PIN + BP_WORD_REF,
                                            memory_order_relaxed);

  if (G_UNLIKELY ((word & BP_WORD_PINS) == BP_WORD_PINS))
    g_error ("A buffer has got %u GBytes, views and slices, which can only be a leak",
             (guint) (BP_WORD_PINS / BP_WORD_PIN));
}

gboolean
bp_state_pin_reference (BpPooled *pooled, GError **error)
{
  return step (pooled, 0, BP_WORD_EXCLUSIVE, BP_WORD_PIN, error);
}

gboolean
bp_state_unpin_reference (BpPooled *pooled, GError **error)
{
  return step (pooled, BP_WORD_PIN, BP_WORD_PINS, -BP_WORD_PIN, error);
}

gboolean
bp_state_begin_exclusive (BpPooled *pooled, GError **error)
{
  return step (pooled, 0, BP_WORD_PINS | BP_WORD_EXCLUSIVE, BP_WORD_EXCLUSIVE + BP_WORD_REF, error);
}

gpointer
bp_state_steal (BpPooled *pooled, GError **error)
{
  if (!step (pooled, 0, BP_WORD_PINS | BP_WORD_EXCLUSIVE, BP_WORD_RELEASED, error))
    return NULL;

  return bp_peek (pooled->data);
}
