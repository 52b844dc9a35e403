/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-pooled-private.h"
#include "bp-pooled-slice.h"

/*
 * The slice holds a pin on its handle, its share. The word is like a handle's:
 * references; holds, while a call works on the share; and the two flags. The
 * share is dropped once, by the release that finds no hold, or by the last hold
 * of a released slice, or with the last reference.
 */
struct _BpPooledSlice
{
  _Atomic guint64 word;
  /* NULL once the share is gone. */
  BpPooled *pooled;
  /* Of a realtime pool, which has the slice's memory: a reference, once the share is
   * gone. */
  BpCore *core;
  /* In elements. */
  gsize offset;
  gsize length;
};

static inline gconstpointer
bp_pooled_slice_peek_data (BpPooledSlice *self)
{
  return (const guint8 *) bp_peek (self->pooled->data) +
         self->offset * self->pooled->core->config.element_size;
}

/* Keeps the share while a call works on it. */
gboolean bp_pooled_slice_hold   (BpPooledSlice  *self,
                                 guint64         kind,
                                 GError        **error);
void     bp_pooled_slice_unhold (BpPooledSlice  *self,
                                 guint64         kind);

/* For a reader, which makes its slice before it reads: afterwards only @length elements
 * of the buffer are valid, no more than before. No other thread may have the slice yet. */
void bp_pooled_slice_shorten (BpPooledSlice *self,
                              gsize          length);
