/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "clip.h"

G_BEGIN_DECLS

gboolean picture_write (const char        *folder,
                        guint64            number,
                        const ClipFormat  *format,
                        const guint8      *samples,
                        GError           **error);

G_END_DECLS
