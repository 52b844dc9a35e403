/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

/* A stream whose picture changes its size again and again, with memory over time. */

typedef struct
{
  /* The large picture; the small one is fixed. */
  int width;
  int height;
  /* How many frames the replay holds. */
  int n_kept;
  /* How long each size stays. */
  double phase_seconds;
  /* What the branch that writes gets done in a second. */
  double written_mb;
  gboolean with_bufpool;
  /* Of bpalloc; 0 for no limit. */
  double limit_mb;
} SwitchTask;

/* Prints what happened, as JSON. */
gboolean switch_run (const SwitchTask  *task,
                     GError           **error);
