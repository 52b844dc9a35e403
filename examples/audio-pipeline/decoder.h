/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "buffers.h"
#include "byte-stream.h"

G_BEGIN_DECLS

typedef struct _Decoder Decoder;

Decoder       *decoder_new         (Queue         *requests,
                                    Queue         *chunks,
                                    goffset        size,
                                    GError       **error);
void           decoder_free        (Decoder       *self);
const SF_INFO *decoder_get_info    (Decoder       *self);
char          *decoder_dup_format  (Decoder       *self);
gboolean       decoder_run         (Decoder       *self,
                                    BufferSource  *source,
                                    guint          n_times,
                                    Queue         *samples,
                                    GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Decoder, decoder_free)

G_END_DECLS
