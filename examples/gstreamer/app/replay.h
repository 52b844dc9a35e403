/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

/* What a run is asked to do. */
typedef struct
{
  int n_frames;
  int width;
  int height;
  /* How many frames the replay holds. */
  int n_kept;
  /* Whether the branch that is shown changes the picture. */
  gboolean with_balance;
  gboolean with_bufpool;
} ReplayTask;

/* What it took. */
typedef struct
{
  guint n_frames;
  double seconds;
  guint64 n_page_faults;
  guint64 peak_kib;
} ReplayResult;

gboolean replay_run (const ReplayTask  *task,
                     ReplayResult      *result,
                     GError           **error);
