/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "session.h"

G_BEGIN_DECLS

/* How it was over time, as CSV. */
typedef struct _Log Log;

Log      *log_new   (const char           *path,
                     gboolean              is_limited,
                     gboolean              is_continued,
                     GError              **error);
void      log_free  (Log                  *self);
gboolean  log_add   (Log                  *self,
                     const SessionCounts  *counts,
                     gint64                time_us,
                     guint64               process_bytes,
                     GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Log, log_free)

G_END_DECLS
