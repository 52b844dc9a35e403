/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-lock-private.h"

/*
 * Threads: their slots, their busy cells, and fork().
 *
 * A thread gets the lowest free slot, a small number, when it first needs one, and
 * gives it back when it ends. The slot indexes the caches of every pool and the busy
 * cells here. 0 is no slot: the thread has none yet, has ended, or came when all were
 * taken.
 */

typedef struct _BpCache BpCache;

#define BP_MAX_SLOTS 1024
#define BP_SLOT_WORDS (BP_MAX_SLOTS / 64)

/* Written only by the thread that has the slot: the cache it works on. */
typedef struct
{
  _Alignas (BP_CACHE_PAIR) _Atomic (BpCache *) cache;
} BpCell;

extern BP_HIDDEN BpCell bp_cells[BP_MAX_SLOTS];

extern BP_HIDDEN BP_THREAD_LOCAL guint bp_slot;

/* The slot, if the inlined fast path serves it: it is one of the first, and the fence
 * has the form that the path was compiled for. Otherwise 0, and the same is done out of
 * line. */
#define BP_INLINE_SLOTS 64

extern BP_HIDDEN BP_THREAD_LOCAL guint bp_inline_slot;

/* The calling thread's slot. Never waits: 0 if the list of slots is locked at this
 * moment. */
guint bp_slots_get (void);
/* Guards which slots threads have; and one more than the highest that was ever taken, and
 * how many threads with a slot have ended. */
extern BP_HIDDEN GMutex bp_slots_mutex;
extern BP_HIDDEN guint64 bp_slots_taken[BP_SLOT_WORDS];
extern BP_HIDDEN atomic_uint bp_slots_end;
extern BP_HIDDEN atomic_uint bp_slots_n_exits;

/* What the core does around a fork(), which is to lock everything and to unlock it on both
 * sides, and when a thread has given its slot back. */
typedef struct
{
  void (*prepare)      (void);
  void (*resume)       (gboolean is_child);
  void (*thread_ended) (void);
} BpThreadHooks;

/* Before the first pool exists. */
void bp_thread_init (const BpThreadHooks *hooks);
