/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "workload.h"

typedef enum
{
  FORMAT_TEXT,
  FORMAT_JSON
} Format;

typedef struct
{
  Format format;
  GPtrArray *workloads;
  GPtrArray *subjects;
  /* Empty for what the workload lists. */
  GArray *sizes;
  GArray *threads;
  guint n_runs;
  double run_ms;
  double give_up_s;
  /* The smallest size and the fewest threads only. */
  gboolean is_smoke;
  /* In the process that measures. */
  gboolean is_worker;
  /* There, how many rounds a run has; 0 for as many as take the time. */
  guint64 n_rounds;
} Options;

gboolean options_parse (Options   *self,
                        int       *argc,
                        char    ***argv,
                        GError   **error);
void     options_clear (Options   *self);
