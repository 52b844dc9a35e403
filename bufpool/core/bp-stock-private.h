/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-cells-private.h"

/*
 * The stock of a realtime pool: cache lines for its handles, slices and views. They are made
 * with the pool, and their number does not change. Taking and giving is lock-free.
 */

/* One for the buffer's handle; four for handles that were released early, slices and
 * views. */
#define BP_LINES_PER_BUFFER 5

typedef struct
{
  guint n_lines;
  guint8 *lines;
  /* A full cell is a line that is not in use. */
  BpCells *cells;
} BpStock;

/* NULL without memory. */
BpStock *bp_stock_new (guint n_lines);
void bp_stock_free (BpStock *stock);

/* Not cleared; NULL and LIMIT if all are in use. */
gpointer bp_stock_take (BpStock *stock, GError **error);
void bp_stock_give (BpStock *stock, gpointer line);

/* A record that belongs to one buffer and fits a line: from the stock, or from malloc()
 * where there is no stock. It is freed before the buffer lets go of its pool. */
gpointer bp_stock_new_record (BpStock *stock, gsize n_bytes, const char *what, GError **error);
void bp_stock_free_record (BpStock *stock, gpointer record);
