/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "runner.h"

/* What the machine was doing before. */
typedef struct
{
  GPtrArray *results;
  double load;
} Report;

void     report_print_text (const Report *self);
void     report_print_json (const Report *self);
gboolean report_has_failed (const Report *self);
