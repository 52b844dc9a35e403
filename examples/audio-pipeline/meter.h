/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Loudness of all samples of all channels together, with full scale as 1 */
typedef struct
{
  double  peak;
  double  sum_of_squares;
  guint64 n_samples;
} Meter;

void   meter_add             (Meter       *self,
                              const float *samples,
                              gsize        n_samples);
double meter_get_peak_db     (const Meter *self);
double meter_get_rms_db      (const Meter *self);

double decibels_to_factor    (double       decibels);

G_END_DECLS
