/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-cells-private.h"

/*
 * The stock of a realtime pool: cache lines for its handles, slices and views, made with the
 * pool, of a number that does not change. Taking and giving is lock-free.
 */

/* A buffer's handle, and what is for handles that were released early, slices and views. */
#define BP_LINES_PER_BUFFER 5

typedef struct
{
  guint n_lines;
  guint8 *lines;
  /* Those that nobody has. */
  BpCells *cells;
} BpStock;

/* NULL without memory. */
BpStock *bp_stock_new (guint n_lines);
void bp_stock_free (BpStock *stock);

/* Not cleared; NULL and LIMIT if all are in use. */
gpointer bp_stock_take (BpStock *stock, GError **error);
void bp_stock_give (BpStock *stock, gpointer line);

/* What belongs to one buffer, and has room in a line: from the stock, or from malloc() where
 * there is none. It is freed before the buffer lets go of its pool. */
gpointer bp_stock_new_record (BpStock *stock, gsize n_bytes, const char *what, GError **error);
void bp_stock_free_record (BpStock *stock, gpointer record);
