/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * Addresses for the memory of the fast path, so that its parts do not delay each other.
 *
 * A processor compares only the last 12 bits of a load's address with those of the stores
 * under way. Where they are the same it holds the load back: Intel's manual on optimisation
 * calls this 4-KByte aliasing. An acquire and its release took up to a third longer when the
 * allocator had put a core and a cache of it at such addresses.
 */

/* So many bytes from there on are loaded or stored in each operation. */
typedef struct
{
  gconstpointer start;
  gsize n_bytes;
} BpSpan;

/* Aligned to a pair of cache lines. The last 12 bits of its first n_hot bytes differ from those
 * of the spans, if one of a few blocks has such an address. NULL without memory. The caller
 * frees it by free(). */
gpointer bp_address_alloc (gsize n_bytes, gsize n_hot, const BpSpan *spans, guint n_spans);
