/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

typedef struct _MemoryLog MemoryLog;

MemoryLog *memory_log_new   (const char  *path,
                             GError     **error);
void       memory_log_free  (MemoryLog   *self);
gboolean   memory_log_add   (MemoryLog   *self,
                             Pipeline    *pipeline,
                             gboolean     is_done,
                             GError     **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemoryLog, memory_log_free)

G_END_DECLS
