/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "frame-memory.h"
#include "frame.h"
#include "source.h"

G_BEGIN_DECLS

/* Reads one source, in a thread of its own. */
typedef struct
{
  const Source    *source;
  guint            number;
  gsize            frame_bytes;
  FrameMemory     *memory;
  GAsyncQueue     *frames;      /* to the writer; unbounded: the memory is what is bounded */
  GCancellable    *cancellable;

  _Atomic guint64  n_bytes;     /* that came from the source, dropped ones too */
  _Atomic guint64  n_dropped;   /* frames */
  _Atomic guint64  bytes_dropped;
} Reader;

gboolean reader_run (Reader   *self,
                     GError  **error);

G_END_DECLS
