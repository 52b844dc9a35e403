/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <sndfile.h>

#include "queue.h"

G_BEGIN_DECLS

/* The decoder's end of the reader's queues: makes of chunks that arrive one
 * after the other what libsndfile wants, a file that can be read and seeked. */
typedef struct _ByteStream ByteStream;

ByteStream *byte_stream_new  (Queue      *requests,
                              Queue      *chunks,
                              goffset     size);
void        byte_stream_free (ByteStream *self);
SNDFILE    *byte_stream_open (ByteStream *self,
                              SF_INFO    *info);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ByteStream, byte_stream_free)

G_END_DECLS
