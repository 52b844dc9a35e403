/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * Cells: a fixed number of them, counted from 0. Each is full or vacant; the user decides
 * what it stands for. Lock-free, for threads that must not wait.
 *
 * A thread that takes a full cell owns its number until the number is put back. So a put has
 * one place to go to, and always finds it. The cells are bits of some words, 16 at most in
 * each, on cache lines of their own. A thread begins at the word where it was last. When
 * another thread gets in its way it goes on to the next word, so that threads keep apart.
 *
 * A take or a put is one compare-and-exchange of one word. A thread that stops in the middle
 * of either has changed nothing, or all. No other thread waits for it, and it hides no cell.
 *
 * EMPTY. Every put adds 1 to the rest of its word. A take passes over all words. If two
 * passes in a row find no full cell, and the same sum of these numbers, there was a moment
 * in between at which no cell was full. A pass that was disturbed by puts is repeated,
 * BP_CELLS_PASSES times in all. So a take fails only if no cell was full at some moment; or
 * if in each of these passes another thread put a cell back into a word behind it, and the
 * cell was taken before the next pass came there.
 *
 * STEPS. An exchange fails only if another thread's exchange, on the same 16 cells, has
 * succeeded meanwhile. A put repeats it until it succeeds. A take tries a word
 * BP_CELLS_TRIES times, then goes on. So a take does at most BP_CELLS_PASSES times
 * BP_CELLS_TRIES exchanges for each word, and one more. If nothing is full and no other
 * thread disturbs it, it loads each word twice.
 *
 * CLOSED. No put succeeds any more. A bit of the same word says so: a put must know it
 * before it lets go of the number, since afterwards the cells may be gone.
 *
 * tests/models/realtime.pml is this.
 */

#define BP_CELLS_PER_WORD 16
#define BP_CELLS_PASSES 8
#define BP_CELLS_TRIES 16

/* No cell was full. */
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
/* By the owner of the cell, which ceases to own it. FALSE if the cells are closed: then it
 * owns the cell still. After TRUE the cells may be gone. */
gboolean bp_cells_put  (BpCells *cells,
                        guint    cell);
/* May be called more than once. */
void     bp_cells_close (BpCells *cells);

typedef struct
{
  guint64 n_full;
  /* All puts so far. */
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
