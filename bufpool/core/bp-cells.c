/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-cells-private.h"

#include <stdlib.h>

#include "bp-lock-private.h"

/* A word: the cells, CLOSED, and the number of puts. That has 47 bits, which last for months
 * of nothing but puts into one word. */
#define CELLS  (((guint64) 1 << BP_CELLS_PER_WORD) - 1)
#define CLOSED ((guint64) 1 << BP_CELLS_PER_WORD)
#define PUT    ((guint64) 1 << (BP_CELLS_PER_WORD + 1))

/* Few cells are spread as well, over as many lines as this. */
#define MIN_ROWS 8

/* The row where this thread was last, in any cells, plus 1. */
static BP_THREAD_LOCAL guint last_row;

BpCells *
bp_cells_new (guint n_cells)
{
  guint n_wanted = MAX ((n_cells + BP_CELLS_PER_WORD - 1) / BP_CELLS_PER_WORD,
                        MIN (n_cells, MIN_ROWS));
  guint row_bits = n_wanted > 1 ? g_bit_storage (n_wanted - 1) : 0;
  gsize size = sizeof (BpCells) + ((gsize) 1 << row_bits) * sizeof (BpCellRow);
  BpCells *cells = aligned_alloc (BP_CACHE_PAIR, size);

  if (cells == NULL)
    return NULL;

  memset (cells, 0, size);
  cells->n_cells = n_cells;
  cells->n_rows = 1u << row_bits;
  cells->row_bits = row_bits;

  return cells;
}

void
bp_cells_free (BpCells *cells)
{
  free (cells);
}

/* A thread without a last row begins at a hash of an address of its own. The addresses of
 * different threads lie a power of two apart. */
static inline guint
get_first_row (BpCells *cells)
{
  guint row = last_row;

  if (G_UNLIKELY (row == 0))
    row = (guint32) (GPOINTER_TO_SIZE (&last_row) >> 6) * 2654435769u >> 16;

  return (row - 1) & (cells->n_rows - 1);
}

/* TRUE with a cell, or if the row has none: then word is what the row held. FALSE if the row
 * may still have a full cell. */
static inline gboolean
take_from_row (BpCells *cells, guint row, guint64 *word, guint *cell)
{
  _Atomic guint64 *at = &cells->rows[row].word;
  guint n_tries = 0;

  *word = atomic_load_explicit (at, memory_order_acquire);
  while ((*word & CELLS) != 0 && n_tries++ < BP_CELLS_TRIES)
    {
      guint lowest = (guint) __builtin_ctzll (*word);

      if (atomic_compare_exchange_strong_explicit (at, word, *word & (*word - 1),
                                                   memory_order_acq_rel, memory_order_acquire))
        {
          last_row = row + 1;
          *cell = lowest << cells->row_bits | row;
          return TRUE;
        }
    }

  return (*word & CELLS) == 0;
}

/* Begins after the row that the fast path tried, which comes last: so threads that met in
 * one row part. */
static G_NO_INLINE guint
take_slow (BpCells *cells, guint first_row)
{
  gboolean was_clear = FALSE;
  guint64 last_puts = 0;

  for (guint pass = 0; pass < BP_CELLS_PASSES; pass++)
    {
      gboolean is_clear = TRUE;
      guint64 puts = 0;

      for (guint i = 0; i < cells->n_rows; i++)
        {
          guint cell = BP_NO_CELL;
          guint64 word;

          is_clear &= take_from_row (cells, (first_row + i) & (cells->n_rows - 1), &word, &cell);
          if (G_LIKELY (cell != BP_NO_CELL))
            return cell;
          puts += word / PUT;
        }
      if (is_clear && was_clear && puts == last_puts)
        break;
      was_clear = is_clear;
      last_puts = puts;
    }

  return BP_NO_CELL;
}

guint
bp_cells_take (BpCells *cells)
{
  guint row = get_first_row (cells);
  _Atomic guint64 *at = &cells->rows[row].word;
  guint64 word = atomic_load_explicit (at, memory_order_acquire);
  guint lowest = (guint) __builtin_ctzll (word | CLOSED);

  if (G_UNLIKELY ((word & CELLS) == 0) ||
      !atomic_compare_exchange_strong_explicit (at, &word, word & (word - 1),
                                                memory_order_acq_rel, memory_order_relaxed))
    return take_slow (cells, (row + 1) & (cells->n_rows - 1));
  last_row = row + 1;

  return lowest << cells->row_bits | row;
}

gboolean
bp_cells_put (BpCells *cells, guint cell)
{
  guint row = cell & (cells->n_rows - 1);
  guint64 bit = (guint64) 1 << (cell >> cells->row_bits);
  _Atomic guint64 *at = &cells->rows[row].word;
  guint64 word = bp_peek (*at);

  do
    {
      if (G_UNLIKELY ((word & CLOSED) != 0))
        return FALSE;
    }
  while (!atomic_compare_exchange_weak_explicit (at, &word, (word | bit) + PUT,
                                                 memory_order_release, memory_order_relaxed));
  last_row = row + 1;

  return TRUE;
}

void
bp_cells_close (BpCells *cells)
{
  for (guint i = 0; i < cells->n_rows; i++)
    atomic_fetch_or (&cells->rows[i].word, CLOSED);
}

void
bp_cells_count (BpCells *cells, BpCellCounts *counts)
{
  for (guint i = 0; i < cells->n_rows; i++)
    {
      guint64 word = bp_peek (cells->rows[i].word);

      counts->n_full += (guint64) __builtin_popcountll (word & CELLS);
      counts->n_puts += word / PUT;
    }
}
