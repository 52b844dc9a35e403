/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-handle-private.h"

static gboolean
fail_released (GError **error)
{
  g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED,
                       "The buffer has been released: acquire another one");
  return FALSE;
}

static gboolean
fail_busy (guint64   word,
           GError  **error)
{
  if (word & BP_WORD_EXCLUSIVE)
    g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY,
                         "The buffer is being changed by another thread at this moment: try again");
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY,
                 "The buffer has %u live GBytes, views or slices: drop them first",
                 (guint) ((word & BP_WORD_PINS) / BP_WORD_PIN));
  return FALSE;
}

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
exchange (BpPooled *pooled,
          guint64  *word,
          guint64   new_word)
{
  return atomic_compare_exchange_weak_explicit (&pooled->word, word, new_word,
                                                memory_order_acq_rel,
                                                memory_order_acquire);
}

static guint64
get_word (BpPooled *pooled)
{
  return atomic_load_explicit (&pooled->word, memory_order_acquire);
}

/* A husk whose last reference is gone is kept for the thread's next early release. */
static void
free_husk (BpPooled *husk)
{
  bp_count (husk->core->shards[husk->shard].n_husks, -1);
  bp_poke (husk->word, 0);

  if (!bp_core_put_spare (husk))
    bp_items_free_handle (husk);
}

static BpPooled *
get_fresh_handle (BpCore *core)
{
  BpPooled *fresh = bp_core_take_spare (core);

  return fresh != NULL ? fresh : bp_items_new_handle (core);
}

static void
leave_husk (BpPooled *pooled)
{
  bp_poke (pooled->length, 0);
  bp_poke (pooled->capacity, 0);
  pooled->bytes = 0;
  bp_poke (pooled->data, NULL);
  bp_count (pooled->core->shards[pooled->shard].n_husks, 1);
}

/* Sends the buffer back on another handle; the calling thread is alone with it. */
static void
detach (BpPooled *pooled,
        gboolean  may_call)
{
  BpCore *core = pooled->core;
  BpPooled *fresh = get_fresh_handle (core);

  if (fresh == NULL)
    return;

  bp_poke (fresh->data, bp_peek (pooled->data));
  bp_poke (fresh->capacity, bp_peek (pooled->capacity));
  fresh->bytes = pooled->bytes;
  fresh->shard = pooled->shard;

  leave_husk (pooled);
  bp_handle_return (fresh, may_call);
}

/* The last reference is gone. */
static void
finish (BpPooled *pooled,
        guint64   word)
{
  if ((word & BP_WORD_RELEASED) != 0 && bp_peek (pooled->data) == NULL)
    free_husk (pooled);
  else
    bp_handle_return (pooled, FALSE);
}

BpPooled *
bp_handle_ref (BpPooled *pooled)
{
  guint64 word = bp_word_ref (&pooled->word);

  if (is_gone (word))
    fail_gone ("bp_pooled_ref()");

  return pooled;
}

void
bp_handle_unref_slow (BpPooled *pooled)
{
  guint64 word = get_word (pooled);

  if (is_gone (word))
    {
      fail_gone ("bp_pooled_unref()");
      return;
    }

  word = atomic_fetch_sub_explicit (&pooled->word, BP_WORD_REF, memory_order_acq_rel) -
         BP_WORD_REF;
  if ((word & BP_WORD_REFS) == 0)
    finish (pooled, word);
}

gboolean
bp_handle_release (BpPooled *pooled)
{
  guint64 word = get_word (pooled);

  do
    {
      if (word & BP_WORD_RELEASED)
        return FALSE;
      if (is_gone (word))
        return fail_gone ("bp_pooled_release()");
    }
  while (!exchange (pooled, &word, word | BP_WORD_RELEASED));

  if ((word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE)) == 0)
    detach (pooled, TRUE);

  return TRUE;
}

gboolean
bp_handle_pin (BpPooled  *pooled,
               GError   **error)
{
  guint64 word = get_word (pooled);

  do
    {
      if (is_gone (word))
        return fail_gone ("Use");
      if (word & BP_WORD_RELEASED)
        return fail_released (error);
      if ((word & BP_WORD_EXCLUSIVE) || (word & BP_WORD_PINS) == BP_WORD_PINS)
        return fail_busy (word, error);
    }
  while (!exchange (pooled, &word, word + BP_WORD_PIN + BP_WORD_REF));

  return TRUE;
}

/* Gives up a pin, or the exclusive section, with its reference. */
static void
drop_hold (BpPooled *pooled,
           guint64   hold,
           guint64   all_holds)
{
  guint64 word = get_word (pooled);

  for (;;)
    {
      guint64 rest = word - hold - BP_WORD_REF;
      gboolean is_last = (word & all_holds) == hold;

      if (is_last && (word & BP_WORD_RELEASED))
        {
          /* No other hold can begin now, so this thread is alone with the
           * buffer; with the last reference as well, the handle goes along. */
          if ((rest & BP_WORD_REFS) == 0)
            {
              bp_handle_return (pooled, FALSE);
              return;
            }

          detach (pooled, FALSE);
          rest = atomic_fetch_sub_explicit (&pooled->word, hold + BP_WORD_REF,
                                            memory_order_acq_rel) - hold - BP_WORD_REF;
          if ((rest & BP_WORD_REFS) == 0)
            finish (pooled, rest);
          return;
        }

      if (exchange (pooled, &word, rest))
        {
          if ((rest & BP_WORD_REFS) == 0)
            finish (pooled, rest);
          return;
        }
    }
}

void
bp_handle_unpin (BpPooled *pooled)
{
  if (G_LIKELY (get_word (pooled) == BP_WORD_PIN + BP_WORD_REF))
    bp_handle_return (pooled, FALSE);
  else
    drop_hold (pooled, BP_WORD_PIN, BP_WORD_PINS);
}

/* By the holder of a pin, which keeps the buffer where it is even after a
 * release. */
void
bp_handle_pin_again (BpPooled *pooled)
{
  guint64 word = atomic_fetch_add_explicit (&pooled->word, BP_WORD_PIN + BP_WORD_REF,
                                            memory_order_relaxed);

  if (G_UNLIKELY ((word & BP_WORD_PINS) == BP_WORD_PINS))
    g_error ("A buffer has got %u GBytes, views and slices, which can only be a leak",
             (guint) (BP_WORD_PINS / BP_WORD_PIN));
}

/* Makes the caller's reference a pin. */
gboolean
bp_handle_pin_reference (BpPooled  *pooled,
                         GError   **error)
{
  guint64 word = get_word (pooled);

  do
    {
      if (is_gone (word))
        return fail_gone ("Use");
      if (word & BP_WORD_RELEASED)
        return fail_released (error);
      if ((word & BP_WORD_EXCLUSIVE) || (word & BP_WORD_PINS) == BP_WORD_PINS)
        return fail_busy (word, error);
    }
  while (!exchange (pooled, &word, word + BP_WORD_PIN));

  return TRUE;
}

/* Makes the caller's pin, which must be the only one, a reference. */
gboolean
bp_handle_unpin_reference (BpPooled  *pooled,
                           GError   **error)
{
  guint64 word = get_word (pooled);

  do
    {
      if (is_gone (word))
        return fail_gone ("Use");
      if (word & BP_WORD_RELEASED)
        return fail_released (error);
      if ((word & BP_WORD_PINS) != BP_WORD_PIN)
        return fail_busy (word - BP_WORD_PIN, error);
    }
  while (!exchange (pooled, &word, word - BP_WORD_PIN));

  return TRUE;
}

/* For writers that may move the memory. */
gboolean
bp_handle_begin_exclusive (BpPooled  *pooled,
                           GError   **error)
{
  guint64 word = get_word (pooled);

  do
    {
      if (is_gone (word))
        return fail_gone ("Use");
      if (word & BP_WORD_RELEASED)
        return fail_released (error);
      if (word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE))
        return fail_busy (word, error);
    }
  while (!exchange (pooled, &word, word + BP_WORD_EXCLUSIVE + BP_WORD_REF));

  return TRUE;
}

void
bp_handle_end_exclusive (BpPooled *pooled)
{
  drop_hold (pooled, BP_WORD_EXCLUSIVE, BP_WORD_EXCLUSIVE);
}

/* Wins the buffer from everybody else, whatever the references, and leaves a
 * husk. */
gpointer
bp_handle_steal (BpPooled  *pooled,
                 gsize     *length,
                 gsize     *capacity,
                 GError   **error)
{
  guint64 word = get_word (pooled);
  gpointer data;

  do
    {
      gboolean is_free = FALSE;

      if (is_gone (word))
        fail_gone ("Use");
      else if (word & BP_WORD_RELEASED)
        fail_released (error);
      else if (word & (BP_WORD_PINS | BP_WORD_EXCLUSIVE))
        fail_busy (word, error);
      else
        is_free = TRUE;

      if (!is_free)
        return NULL;
    }
  while (!exchange (pooled, &word, word | BP_WORD_RELEASED));

  data = bp_peek (pooled->data);
  *length = bp_peek (pooled->length);
  *capacity = bp_peek (pooled->capacity);
  bp_count (pooled->core->shards[pooled->shard].stolen, 1);
  atomic_fetch_sub_explicit (&pooled->core->n_buffers, 1, memory_order_relaxed);
  leave_husk (pooled);

  return data;
}
