/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "run.h"

G_BEGIN_DECLS

gboolean compare_run (const Options  *options,
                      gboolean        is_limited,
                      gboolean        is_second,
                      RunResult      *result);

G_END_DECLS
