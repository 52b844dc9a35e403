/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "layout.h"

/*
 * How often a thread may do without a look into the caches of others: the ceilings of
 * needless misses and early drops.
 *
 * A look interrupts every processor that runs a thread of this process. So a thread earns
 * credit by each buffer that it makes, or drops, and looks when it has what a look
 * costs: as much as making 128 small buffers. A buffer counts 1, and 1 for each page; an
 * item counts 8, since the program's code makes it. A look that brings less than it costs
 * makes the next one twice as dear, up to 16 times, and one that brings enough makes it
 * as cheap as at first. And many vacant places, 128 or as many items' worth, are not
 * passed by: every eighth drop without credit finds out whether there are so many.
 *
 * So after so many needless misses there must have been a look. The model keeps the
 * same accounts and is a little more generous: what a glance costs, a fourth of a buffer
 * for each cache, is not counted in them.
 *
 * A pool that never looks comes to the ceiling by two dozen items, or ten buffers of 64 KiB.
 */

typedef enum
{
  WANT_BUFFERS,
  WANT_PLACES,
  N_WANTS
} Want;

typedef struct
{
  /* What the needless misses, or early drops, since the last look are worth. */
  guint earned;
  /* Early drops in a row while very much was vacant. */
  guint n_obvious;
  /* What the next look costs; 0 for as much as at first. */
  guint cost;
} Ration;

/* One more was made or dropped, of this worth, though there was something in the caches of
 * other threads: so many vacant places. */
void ration_do_without (Ration   *self,
                        Want      want,
                        guint     worth,
                        guint     n_vacant);
/* The next drop was not one of those where very much was vacant. */
void ration_forget     (Ration   *self);
/* There may have been a look that cannot be told from what else happened. */
void ration_lose_track (Ration   *self);
/* A look has found so many. */
void ration_find       (Ration   *self,
                        guint     worth,
                        guint     n_found);

/* What a buffer counts, of so many bytes, or an item. */
guint ration_get_worth (gboolean  of_items,
                        gsize     n_bytes);
