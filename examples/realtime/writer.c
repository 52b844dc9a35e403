/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "writer.h"

/* The real-time thread does not wake the writer, since that is a system call. The writer
 * looks often enough for a ring of some periods. */
#define LOOK_US 2000
#define LOOKS_BEFORE_TIDYING 100

static void
write_samples (Writer      *self,
               const float *samples)
{
  if (self->file == NULL || self->error != NULL)
    return;

  /* After an error it goes on without the file, so that what is under way comes back. */
  wav_writer_write (self->file, samples, (gsize) self->options->period * CHANNELS, &self->error);
}

static void
write_silence (Writer  *self,
               guint64  end)
{
  g_autofree float *silence = NULL;

  if (self->n_written + self->n_silent == end)
    return;

  silence = g_new0 (float, self->options->period * CHANNELS);
  for (; self->n_written + self->n_silent < end; self->n_silent++)
    write_samples (self, silence);
}

static void
empty_ring (Writer *self)
{
  Period period;
  guint n_waiting = 0;

  while (ring_pop (self->callback->ring, &period))
    {
      write_silence (self, period.number);
      write_samples (self, period.block.samples);
      memory_give_back (&period.block);
      self->n_written++;
      n_waiting++;
    }
  self->most_waiting = MAX (self->most_waiting, n_waiting);
}

gpointer
writer_run (gpointer data)
{
  Writer *self = data;
  gboolean is_over = FALSE;

  if (self->options->stall_ms > 0)
    g_usleep ((gulong) self->options->stall_ms * 1000);

  for (guint n_looks = 0; !is_over; n_looks++)
    {
      /* Read before the ring: what was pushed before the end is there then. */
      is_over = atomic_load_explicit (&self->callback->is_over, memory_order_acquire);
      empty_ring (self);
      if (n_looks % LOOKS_BEFORE_TIDYING == 0)
        memory_tidy (self->callback->memory);
      if (!is_over)
        g_usleep (LOOK_US);
    }
  write_silence (self, options_get_n_periods (self->options));
  if (self->file != NULL && self->error == NULL)
    wav_writer_finish (self->file, &self->error);

  return NULL;
}
