/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "run.h"

G_BEGIN_DECLS

void summary_print (const Options    *options,
                    const RunResult  *results,
                    guint             n_results);

G_END_DECLS
