/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "buffers.h"
#include "queue.h"

G_BEGIN_DECLS

/* What the reader sends: the bytes of the file from @offset on. No bytes means
 * the end of the file. */
typedef struct
{
  Buffer  buffer;
  goffset offset;
  guint   serial;       /* of the request that these bytes follow */
} Chunk;

/* What the reader is asked: go on at @offset, and mark what you send from there
 * with @serial, so that what was sent before can be told from it. */
typedef struct
{
  goffset offset;
  guint   serial;
} SeekRequest;

void     chunk_clear (Chunk         *self);
gboolean reader_run  (GInputStream  *stream,
                      BufferSource  *source,
                      Queue         *requests,
                      Queue         *chunks,
                      GCancellable  *cancellable,
                      GError       **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chunk, chunk_clear)

G_END_DECLS
