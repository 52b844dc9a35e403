/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "session.h"

G_BEGIN_DECLS

gboolean progress_is_wanted (const Options       *options);
void     progress_draw      (const SessionCounts *counts,
                             guint64              budget,
                             gboolean             is_stopping);

G_END_DECLS
