/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-address-private.h"

#include <stdlib.h>

#define ALIAS_BYTES 4096
#define MAX_REFUSED 3

static gboolean
is_aliased (gconstpointer data, gsize n_hot, const BpSpan *span)
{
  gsize distance = (GPOINTER_TO_SIZE (data) - GPOINTER_TO_SIZE (span->start)) % ALIAS_BYTES;

  return distance < span->n_bytes || distance + n_hot > ALIAS_BYTES;
}

static gboolean
is_good (gconstpointer data, gsize n_hot, const BpSpan *spans, guint n_spans)
{
  for (guint i = 0; i < n_spans; i++)
    {
      if (is_aliased (data, n_hot, &spans[i]))
        return FALSE;
    }

  return TRUE;
}

/* While the refused blocks are kept the allocator gives other ones. */
gpointer
bp_address_alloc (gsize n_bytes, gsize n_hot, const BpSpan *spans, guint n_spans)
{
  gpointer refused[MAX_REFUSED], data;
  guint n_refused = 0;

  data = aligned_alloc (BP_CACHE_PAIR, n_bytes);
  while (data != NULL && n_refused < MAX_REFUSED && !is_good (data, n_hot, spans, n_spans))
    {
      refused[n_refused++] = data;
      data = aligned_alloc (BP_CACHE_PAIR, n_bytes);
    }
  while (n_refused > 0)
    free (refused[--n_refused]);

  return data;
}
