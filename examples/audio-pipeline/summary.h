/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "options.h"
#include "pipeline.h"

G_BEGIN_DECLS

void summary_print (const Options *options,
                    Pipeline      *pipeline,
                    double         seconds);

G_END_DECLS
