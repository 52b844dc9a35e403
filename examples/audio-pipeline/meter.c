/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "meter.h"

#include <math.h>

void
meter_add (Meter       *self,
           const float *samples,
           gsize        n_samples)
{
  float peak = 0;
  double sum = 0;

  for (gsize i = 0; i < n_samples; i++)
    {
      float magnitude = fabsf (samples[i]);

      if (magnitude > peak)
        peak = magnitude;
      sum += (double) samples[i] * samples[i];
    }

  self->peak = MAX (self->peak, peak);
  self->sum_of_squares += sum;
  self->n_samples += n_samples;
}

/**
 * meter_get_peak_db:
 * @self: a meter
 *
 * Returns: the largest sample in dBFS, minus infinity for silence
 */
double
meter_get_peak_db (const Meter *self)
{
  return 20 * log10 (self->peak);
}

/**
 * meter_get_rms_db:
 * @self: a meter
 *
 * Returns: the root of the mean square in dBFS, where a square wave of full
 *   scale is 0 and a sine wave of full scale is -3.01; minus infinity for
 *   silence
 */
double
meter_get_rms_db (const Meter *self)
{
  if (self->n_samples == 0)
    return -INFINITY;

  return 10 * log10 (self->sum_of_squares / self->n_samples);
}

double
decibels_to_factor (double decibels)
{
  return pow (10, decibels / 20);
}
