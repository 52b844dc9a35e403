/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-thread-private.h"

#include <pthread.h>

#include "bp-fence-private.h"

#define WORD_BITS 64

BpCell bp_cells[BP_MAX_SLOTS];
BP_THREAD_LOCAL guint bp_slot;
BP_THREAD_LOCAL guint bp_inline_slot;

static BP_THREAD_LOCAL gboolean has_ended;

GMutex bp_slots_mutex;
guint64 bp_slots_taken[BP_SLOT_WORDS] = { 1 };
atomic_uint bp_slots_end = 1;
atomic_uint bp_slots_n_exits;
/* So that threads for which there was none do not ask each time. */
static atomic_bool is_full;

static void give_back (gpointer slot);
static GPrivate exit_hook = G_PRIVATE_INIT (give_back);

static const BpThreadHooks *core_hooks;

/* The mutex orders what this thread did with its caches before what others do with
 * them. */
static void
give_back (gpointer data)
{
  guint slot = GPOINTER_TO_UINT (data);

  has_ended = TRUE;
  bp_slot = 0;
  bp_inline_slot = 0;

  bp_mutex_lock (&bp_slots_mutex);
  bp_slots_taken[slot / WORD_BITS] &= ~((guint64) 1 << (slot % WORD_BITS));
  bp_bump (bp_slots_n_exits, 1);
  bp_poke (is_full, FALSE);
  bp_mutex_unlock (&bp_slots_mutex);

  core_hooks->thread_ended ();
}

static guint
take_lowest (void)
{
  for (guint i = 0; i < BP_SLOT_WORDS; i++)
    {
      if (~bp_slots_taken[i] != 0)
        {
          guint bit = (guint) __builtin_ctzll (~bp_slots_taken[i]);

          bp_slots_taken[i] |= (guint64) 1 << bit;
          return i * WORD_BITS + bit;
        }
    }

  return 0;
}

guint
bp_slots_get (void)
{
  guint slot;

  if (G_LIKELY (bp_slot != 0))
    return bp_slot;
  if (has_ended || bp_in_fork || bp_peek (is_full) || !bp_mutex_try_lock (&bp_slots_mutex))
    return 0;

  slot = take_lowest ();
  bp_poke (is_full, slot == 0);
  if (slot >= bp_peek (bp_slots_end))
    bp_poke (bp_slots_end, slot + 1);
  bp_mutex_unlock (&bp_slots_mutex);

  if (slot == 0)
    return 0;

  g_private_set (&exit_hook, GUINT_TO_POINTER (slot));
  bp_slot = slot;
  if (slot < BP_INLINE_SLOTS && bp_fence_is_inlined ())
    bp_inline_slot = slot;

  return slot;
}

static void
before_fork (void)
{
  core_hooks->prepare ();
  bp_mutex_lock (&bp_slots_mutex);
  bp_in_fork = TRUE;
}

static void
end_fork (gboolean is_child)
{
  bp_in_fork = FALSE;
  bp_mutex_unlock (&bp_slots_mutex);
  core_hooks->resume (is_child);
}

static void
after_fork (void)
{
  end_fork (FALSE);
}

/* This thread is the only one: the others' slots are free, and none of them is busy. */
static void
after_fork_in_child (void)
{
  bp_fence_init_child ();

  for (guint slot = 1; slot < bp_peek (bp_slots_end); slot++)
    {
      if (slot == bp_slot)
        continue;
      atomic_store (&bp_cells[slot].cache, NULL);
      bp_slots_taken[slot / WORD_BITS] &= ~((guint64) 1 << (slot % WORD_BITS));
    }
  bp_poke (is_full, FALSE);
  bp_bump (bp_slots_n_exits, 1);

  end_fork (TRUE);
}

void
bp_thread_init (const BpThreadHooks *hooks)
{
  core_hooks = hooks;
  bp_fence_init ();
  pthread_atfork (before_fork, after_fork, after_fork_in_child);
}
