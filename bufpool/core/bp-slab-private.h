/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-address-private.h"
#include "bp-thread-private.h"

/*
 * Slabs: blocks of memory that are cut into cache lines, one for each handle.
 *
 * A line comes from the calling thread's stock, which takes and gives many at a time
 * under one mutex: so a miss does not pay for an aligned allocation. A slab is freed with
 * its last line, but for one.
 */

/* One cache line, not cleared; NULL without memory. */
gpointer bp_slab_take (void);
void bp_slab_give (gpointer line);
/* Gives the calling thread's stock back. */
void bp_slab_trim (void);

/* Where the first lines of any slab lie in a page: those that are used most. */
extern BP_HIDDEN const BpSpan bp_slab_first_lines;

/* For fork(). */
extern BP_HIDDEN GMutex bp_slab_mutex;
