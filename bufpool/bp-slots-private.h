/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * Slots: small numbers for threads.
 *
 * A thread gets the lowest free number when it first needs one and gives it
 * back when it exits. The number indexes the table of fronts in every pool, and
 * the table of busy cells here. 0 is no slot: the thread has none yet, has
 * exited, or came when all were taken.
 */

typedef struct _BpFront BpFront;

#define BP_MAX_SLOTS 1024

/* Written only by the thread that holds the slot: the front it works on. */
typedef struct
{
  _Alignas (BP_CACHE_PAIR) _Atomic (BpFront *) front;
} BpCell;

extern BP_HIDDEN BpCell bp_cells[BP_MAX_SLOTS];

/* The initial-exec model makes reading them one instruction, even in a library
 * that was loaded late: they take eight bytes of the room kept for that. */
#define BP_THREAD_LOCAL _Thread_local __attribute__ ((tls_model ("initial-exec")))

extern BP_HIDDEN BP_THREAD_LOCAL guint bp_slot;

/* The slot, if the shortest form of the fast path serves it: it is one of the
 * first, and the fence has the form that the path was compiled for. Otherwise 0,
 * and the same is done out of line. */
#define BP_NEAR_SLOTS 64

extern BP_HIDDEN BP_THREAD_LOCAL guint bp_near_slot;

guint bp_slots_register   (void);
/* One more than the highest slot that was ever taken. */
guint bp_slots_end        (void);
void  bp_slots_lock_fork  (void);
void  bp_slots_unlock     (void);
void  bp_slots_init_child (void);
