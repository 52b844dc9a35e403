/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include "pace.h"
#include "recording.h"

G_BEGIN_DECLS

/* Writes what the readers send, in a thread of its own. */
typedef struct
{
  Recording       *recording;
  GAsyncQueue     *frames;
  guint            n_sources;
  Pace             pace;
  GCancellable    *cancellable;   /* ends it without what still waits to be written */

  _Atomic guint64  n_bytes;       /* that were written */
  _Atomic guint64  n_frames;
  _Atomic guint64  n_discarded;   /* frames that still waited then */
} Writer;

gboolean writer_run (Writer  *self,
                     GError **error);

G_END_DECLS
