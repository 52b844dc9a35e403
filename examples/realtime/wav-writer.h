/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A WAV file of 32 bit floats. */
typedef struct _WavWriter WavWriter;

WavWriter *wav_writer_new    (const char   *path,
                              int           rate,
                              int           channels,
                              GError      **error);
void       wav_writer_free   (WavWriter    *self);
gboolean   wav_writer_write  (WavWriter    *self,
                              const float  *samples,
                              gsize         n_samples,
                              GError      **error);
gboolean   wav_writer_finish (WavWriter    *self,
                              GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WavWriter, wav_writer_free)

G_END_DECLS
