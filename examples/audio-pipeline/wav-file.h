/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A WAV file of 32 bit floats that appears under its name only when it is
 * complete: until wav_file_commit() it is a temporary file in the same folder, and
 * wav_file_free() without a commit leaves nothing behind. */
typedef struct _WavFile WavFile;

WavFile  *wav_file_new         (const char   *path,
                                int           rate,
                                int           channels,
                                gint64        n_frames,
                                GError      **error);
void      wav_file_free        (WavFile      *self);
gboolean  wav_file_write       (WavFile      *self,
                                const float  *samples,
                                gsize         n_samples,
                                GError      **error);
gboolean  wav_file_commit      (WavFile      *self,
                                GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (WavFile, wav_file_free)

G_END_DECLS
