/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean progress_is_wanted (void);
void     progress_draw      (double fraction,
                             double speed);
void     progress_clear     (void);

G_END_DECLS
