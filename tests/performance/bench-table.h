/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include <glib.h>

#define BENCH_TABLE_LINE 64

/* Where threads leave things for one another: cells of one pointer, taken and
 * filled by an atomic exchange.
 */
typedef struct
{
  _Alignas (BENCH_TABLE_LINE) _Atomic (gpointer) pointer;
} BenchTableCell;

typedef struct
{
  guint n_cells;
  BenchTableCell *cells;
} BenchTable;

static inline gpointer
bench_table_exchange (BenchTable *table,
                      guint       cell,
                      gpointer    pointer)
{
  return atomic_exchange_explicit (&table->cells[cell % table->n_cells].pointer, pointer,
                                   memory_order_acq_rel);
}

static inline void
bench_table_init (BenchTable *table,
                  guint       n_cells)
{
  table->n_cells = n_cells;
  table->cells = g_aligned_alloc0 (n_cells, sizeof (BenchTableCell), BENCH_TABLE_LINE);
}

static inline void
bench_table_clear (BenchTable *table)
{
  g_clear_pointer (&table->cells, g_aligned_free);
}

/* Marsaglia's xorshift with 32 bits: cheap, and the same numbers every time. */
static inline guint32
bench_random_next (guint32 *state)
{
  guint32 x = *state;

  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;

  return *state = x;
}

static inline guint32
bench_random_seed (guint32 n)
{
  return (n + 1) * 2654435769u | 1;
}
