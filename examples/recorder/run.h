/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "session.h"

G_BEGIN_DECLS

/* What came of one recording. It is handed from process to process as it is. */
typedef struct
{
  gboolean      is_limited;
  guint         n_sources;
  SessionCounts counts;
  double        seconds;
  guint64       process_peak;   /* bytes in RAM at most */
  int           signal_number;  /* that ended it, or 0 */
  guint         n_faults;       /* sources that could not be read to their end */
} RunResult;

gboolean run_session (const Options   *options,
                      gboolean         is_limited,
                      gboolean         is_second,
                      RunResult       *result,
                      GError         **error);

G_END_DECLS
