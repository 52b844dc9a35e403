/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-slots-private.h"

#include "bp-fence-private.h"

#define WORD_BITS 64

BpCell bp_cells[BP_MAX_SLOTS];
BP_THREAD_LOCAL guint bp_slot;
BP_THREAD_LOCAL guint bp_near_slot;

static _Thread_local gboolean thread_exited;

static GMutex slots_mutex;
static guint64 taken[BP_MAX_SLOTS / WORD_BITS] = { 1 };
static atomic_uint slots_end = 1;
/* So that threads for which there was none do not ask each time. */
static atomic_bool is_full;

static void give_back (gpointer slot);
static GPrivate exit_hook = G_PRIVATE_INIT (give_back);

static void
slots_lock (void)
{
  g_mutex_lock (&slots_mutex);
  BP_TSAN_ACQUIRE (&slots_mutex);
}

void
bp_slots_unlock (void)
{
  BP_TSAN_RELEASE (&slots_mutex);
  g_mutex_unlock (&slots_mutex);
}

/* The mutex orders what this thread did with its fronts before what the slot's
 * next thread does with them. */
static void
give_back (gpointer data)
{
  guint slot = GPOINTER_TO_UINT (data);

  thread_exited = TRUE;
  bp_slot = 0;
  bp_near_slot = 0;

  slots_lock ();
  taken[slot / WORD_BITS] &= ~((guint64) 1 << (slot % WORD_BITS));
  bp_poke (is_full, FALSE);
  bp_slots_unlock ();
}

static guint
take_lowest (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (taken); i++)
    {
      if (~taken[i] != 0)
        {
          guint bit = (guint) __builtin_ctzll (~taken[i]);

          taken[i] |= (guint64) 1 << bit;
          return i * WORD_BITS + bit;
        }
    }

  return 0;
}

/* Must not be called with a lock held or a cell busy: it may allocate. */
guint
bp_slots_register (void)
{
  guint slot;

  if (bp_slot != 0 || thread_exited || bp_peek (is_full))
    return bp_slot;

  slots_lock ();
  slot = take_lowest ();
  bp_poke (is_full, slot == 0);
  if (slot >= bp_peek (slots_end))
    bp_poke (slots_end, slot + 1);
  bp_slots_unlock ();

  if (slot == 0)
    return 0;

  g_private_set (&exit_hook, GUINT_TO_POINTER (slot));
  bp_slot = slot;
  if (slot < BP_NEAR_SLOTS && bp_fence_is_near ())
    bp_near_slot = slot;

  return slot;
}

guint
bp_slots_end (void)
{
  return bp_peek (slots_end);
}

void
bp_slots_lock_fork (void)
{
  slots_lock ();
}

/* In a child of fork() this thread is the only one: the others' slots are free,
 * and none of them is busy. Called with the lock held. */
void
bp_slots_init_child (void)
{
  for (guint slot = 1; slot < BP_MAX_SLOTS; slot++)
    {
      if (slot == bp_slot)
        continue;

      if (slot < bp_peek (slots_end))
        atomic_store (&bp_cells[slot].front, NULL);
      taken[slot / WORD_BITS] &= ~((guint64) 1 << (slot % WORD_BITS));
    }
  bp_poke (is_full, FALSE);
}
