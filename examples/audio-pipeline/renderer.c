/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "renderer.h"

#include "buffers.h"

static void
apply_gain (float *samples,
            gsize  n_samples,
            float  factor)
{
  for (gsize i = 0; i < n_samples; i++)
    samples[i] *= factor;
}

/**
 * renderer_run:
 * @self: what to do with the samples
 * @samples: where they come from, as #Buffer
 *
 * The last of the three threads: measures, applies the gain in place and
 * writes. Every buffer goes back to where it came from at the end of its turn.
 *
 * Returns: %FALSE with @error set if it could not write
 */
gboolean
renderer_run (Renderer  *self,
              Queue     *samples,
              GError   **error)
{
  for (;;)
    {
      g_auto (Buffer) buffer = { 0 };

      if (!queue_pop (samples, &buffer))
        return TRUE;

      meter_add (&self->meter, buffer.data, buffer.length);

      if (self->output != NULL)
        {
          apply_gain (buffer.data, buffer.length, self->factor);
          if (!wav_file_write (self->output, buffer.data, buffer.length, error))
            return FALSE;
        }

      atomic_fetch_add_explicit (&self->n_samples_done, buffer.length, memory_order_relaxed);
    }
}
