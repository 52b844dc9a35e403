/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-address-private.h"

#include <stdlib.h>

#define ALIAS_BYTES 4096
#define N_BLOCKS 4

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

/* All blocks first, so that the number of allocations does not depend on where they lie, and
 * since the allocator gives other ones while it does not have the first ones back. */
gpointer
bp_address_alloc (gsize n_bytes, gsize n_hot, const BpSpan *spans, guint n_spans)
{
  gpointer blocks[N_BLOCKS], chosen = NULL;
  gboolean is_found = FALSE;

  for (guint i = 0; i < N_BLOCKS; i++)
    {
      blocks[i] = aligned_alloc (BP_CACHE_PAIR, n_bytes);
      if (blocks[i] == NULL || is_found)
        continue;
      is_found = is_good (blocks[i], n_hot, spans, n_spans);
      if (is_found || chosen == NULL)
        chosen = blocks[i];
    }
  for (guint i = 0; i < N_BLOCKS; i++)
    {
      if (blocks[i] != chosen)
        free (blocks[i]);
    }

  return chosen;
}
