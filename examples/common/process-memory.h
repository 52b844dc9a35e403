/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint64 process_memory_get_now  (void);
guint64 process_memory_get_peak (void);

G_END_DECLS
