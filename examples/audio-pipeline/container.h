/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

gboolean container_check (GInputStream  *stream,
                          goffset        size,
                          GCancellable  *cancellable,
                          GError       **error);

G_END_DECLS
