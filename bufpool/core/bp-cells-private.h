/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * Cells: a fixed number of them, each of which is full or vacant. What a cell stands for is
 * the user's: it has a number from 0 on. Lock-free, for threads that must not wait.
 *
 * Who takes a full cell owns the number until it puts it back. So a put has one place to go
 * to, and always finds it. The cells are bits of some words, 16 at most in each, on cache
 * lines of their own; each thread begins where it was last, so that threads keep apart.
 *
 * A take or a put is one compare-and-exchange of one word. A thread that stops in the middle
 * of either has changed nothing, or all: it makes nobody wait, and hides no cell.
 *
 * EMPTY. Every put adds 1 to the rest of its word. A take that finds all words without a
 * full cell, twice, with the same sum of these numbers, knows that there was a moment in
 * between at which no cell was full. A pass that was disturbed, since others put cells back
 * while it went by, is repeated, BP_CELLS_PASSES times in all. So a take fails only if there
 * was such a moment, or if in each of these passes somebody else's put came behind its back,
 * and what was put was taken before it came by.
 *
 * STEPS. An exchange fails only if another thread's, on the same 16 cells, has succeeded
 * meanwhile. A put repeats it until it succeeds. A take tries a word BP_CELLS_TRIES times,
 * then goes on: so it does at most BP_CELLS_PASSES * BP_CELLS_TRIES exchanges for each word,
 * and two loads for each word where nothing is full and nobody disturbs it.
 *
 * CLOSED. No put succeeds any more. Who puts must know that before it lets go of the
 * number, since afterwards the cells may be gone: it is a bit of the same word.
 *
 * tests/models/realtime.pml is this.
 */

#define BP_CELLS_PER_WORD 16
#define BP_CELLS_PASSES 8
#define BP_CELLS_TRIES 16

/* None was full. */
#define BP_NO_CELL G_MAXUINT

typedef struct
{
  _Alignas (BP_CACHE_PAIR) _Atomic guint64 word;
} BpCellRow;

typedef struct
{
  guint n_cells;
  /* A power of two. */
  guint n_rows;
  guint row_bits;
  _Alignas (BP_CACHE_PAIR) BpCellRow rows[];
} BpCells;

/* All vacant; NULL without memory. */
BpCells *bp_cells_new  (guint    n_cells);
void     bp_cells_free (BpCells *cells);

guint    bp_cells_take (BpCells *cells);
/* By the owner of the cell, which it is not afterwards. FALSE, and the owner still, if the
 * cells are closed. After TRUE they may be gone. */
gboolean bp_cells_put  (BpCells *cells,
                        guint    cell);
/* Any number of times. */
void     bp_cells_close (BpCells *cells);

typedef struct
{
  guint64 n_full;
  /* That there ever were. */
  guint64 n_puts;
} BpCellCounts;

void bp_cells_count (BpCells      *cells,
                     BpCellCounts *counts);

static inline gboolean
bp_cells_is_full (BpCells *cells, guint cell)
{
  guint64 word = bp_peek (cells->rows[cell & (cells->n_rows - 1)].word);

  return (word >> (cell >> cells->row_bits) & 1) != 0;
}
