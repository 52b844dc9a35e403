/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include "meter.h"
#include "queue.h"
#include "wav-file.h"

G_BEGIN_DECLS

typedef struct
{
  Meter            meter;
  float            factor;          /* what every sample is multiplied with */
  WavFile         *output;          /* NULL to measure only */
  _Atomic (gint64) n_samples_done;  /* for others to watch */
} Renderer;

gboolean renderer_run (Renderer  *self,
                       Queue     *samples,
                       GError   **error);

G_END_DECLS
