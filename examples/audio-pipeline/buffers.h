/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

G_BEGIN_DECLS

/* One buffer on its way through the pipeline. It is a small value: it is moved
 * into a queue and out of it, costs no allocation of its own, and its last owner clears
 * it. What @release does to @owner is the one difference between a pooled buffer and a
 * plain one. */
typedef struct
{
  gpointer       data;      /* the first valid element */
  gsize          length;    /* how many there are: bytes or samples */
  gpointer       owner;     /* what keeps @data alive */
  GDestroyNotify release;   /* gives @owner back, to its pool or to free() */
} Buffer;

void buffer_clear (Buffer *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Buffer, buffer_clear)

typedef struct
{
  guint64 handed_out;       /* buffers asked for */
  guint64 reused;           /* of these, how many had been used before */
} BufferCounts;

typedef struct _BufferSource BufferSource;

BufferSource *buffer_source_new          (gboolean       pooled);
void          buffer_source_free         (BufferSource  *self);
gboolean      buffer_source_is_pooled    (BufferSource  *self);
gboolean      buffer_source_read         (BufferSource  *self,
                                          GInputStream  *stream,
                                          gsize          count,
                                          Buffer        *buffer,
                                          GCancellable  *cancellable,
                                          GError       **error);
gboolean      buffer_source_take_samples (BufferSource  *self,
                                          gsize          n_samples,
                                          Buffer        *buffer,
                                          GError       **error);
void          buffer_source_get_counts   (BufferSource  *self,
                                          BufferCounts  *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BufferSource, buffer_source_free)

G_END_DECLS
