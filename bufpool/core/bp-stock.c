/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-stock-private.h"

#include <stdlib.h>

#include "bp-types.h"

BpStock *
bp_stock_new (guint n_lines)
{
  gsize size = (gsize) n_lines * BP_CACHE_LINE;
  BpStock *stock = g_new (BpStock, 1);

  stock->n_lines = n_lines;
  stock->lines = aligned_alloc (BP_CACHE_LINE, size);
  stock->cells = bp_cells_new (n_lines);
  if (stock->lines == NULL || stock->cells == NULL)
    {
      bp_stock_free (stock);
      return NULL;
    }

  /* Written to, so that their pages are there. */
  memset (stock->lines, 0, size);
  for (guint i = 0; i < n_lines; i++)
    bp_stock_give (stock, stock->lines + (gsize) i * BP_CACHE_LINE);

  return stock;
}

void
bp_stock_free (BpStock *stock)
{
  if (stock->lines != NULL)
    BP_UNPOISON (stock->lines, (gsize) stock->n_lines * BP_CACHE_LINE);
  free (stock->lines);
  bp_cells_free (stock->cells);
  g_free (stock);
}

gpointer
bp_stock_take (BpStock *stock, GError **error)
{
  guint cell = bp_cells_take (stock->cells);
  guint8 *line;

  if (G_UNLIKELY (cell == BP_NO_CELL))
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT,
                   "All %u handles, slices and views of the realtime pool are in use, %d for "
                   "each of max-buffers: drop some", stock->n_lines, BP_LINES_PER_BUFFER);
      return NULL;
    }

  line = stock->lines + (gsize) cell * BP_CACHE_LINE;
  BP_UNPOISON (line, BP_CACHE_LINE);

  return line;
}

void
bp_stock_give (BpStock *stock, gpointer line)
{
  BP_POISON (line, BP_CACHE_LINE);
  bp_cells_put (stock->cells, (guint) (((guint8 *) line - stock->lines) / BP_CACHE_LINE));
}

gpointer
bp_stock_new_record (BpStock *stock, gsize n_bytes, const char *what, GError **error)
{
  gpointer record;

  if (stock != NULL)
    return bp_stock_take (stock, error);

  record = g_try_malloc (n_bytes);
  if (record == NULL)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY, "No memory for a %s", what);

  return record;
}

void
bp_stock_free_record (BpStock *stock, gpointer record)
{
  if (stock != NULL)
    bp_stock_give (stock, record);
  else
    g_free (record);
}
