/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "frame.h"

G_BEGIN_DECLS

/* A recording that is being made; format.h says what is in it. */
typedef struct _Recording Recording;

Recording *recording_new   (const char    *path,
                            GPtrArray     *sources,
                            gsize          frame_bytes,
                            GCancellable  *cancellable,
                            GError       **error);
void       recording_free  (Recording     *self);
gboolean   recording_add   (Recording     *self,
                            const Frame   *frame,
                            GError       **error);
gboolean   recording_close (Recording     *self,
                            GError       **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Recording, recording_free)

G_END_DECLS
