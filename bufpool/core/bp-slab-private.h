/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * Slabs: blocks of memory that are cut into cache lines, one for each handle.
 *
 * A line for a miss comes from the calling thread's stock, which takes and gives
 * many at a time under one mutex. So a miss does not pay for an aligned
 * allocation, and handles of one thread are neighbours. A slab is freed with its
 * last line; one empty slab is kept.
 */

/* One cache line, not cleared; NULL without memory. */
gpointer bp_slab_take  (void);
void     bp_slab_give  (gpointer line);

/* Frees what is not in use: this thread's stock and the empty slab. */
void     bp_slab_trim  (void);

/* Around fork(): no other thread may be in the middle of anything. */
void     bp_slab_lock   (void);
void     bp_slab_unlock (void);
