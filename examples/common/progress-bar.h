/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean progress_bar_is_wanted (void);
void     progress_bar_draw      (double      fraction,
                                 const char *format,
                                 ...) G_GNUC_PRINTF (2, 3);
void     progress_bar_clear     (void);

G_END_DECLS
