/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "pipeline.h"

G_BEGIN_DECLS

/* What the work cost, and what it left behind. */
typedef struct
{
  double  seconds;
  double  processor;        /* seconds */
  long    page_faults;
  guint64 peak;             /* bytes of the process */
  guint64 left;             /* bytes of the process a while after it */
} Cost;

void cost_take     (Cost           *self,
                    double          seconds);
void summary_print (const Options  *options,
                    Pipeline       *pipeline,
                    const Cost     *cost);

G_END_DECLS
