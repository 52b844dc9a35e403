/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "burst.h"

#include <string.h>

/* The samples of one block of all frames are near the processor when they are compared with
 * their mean, as they have just been added up */
#define BLOCK_BYTES 8192

struct _Burst
{
  gsize    frame_bytes;
  guint16 *sums;            /* of all frames, for each sample */
  guint8  *picture;
};

/**
 * burst_new:
 * @frame_bytes: the size of a frame
 *
 * Returns: (nullable): what it takes to average bursts, or %NULL with @error set if there
 *   is no memory for it
 */
Burst *
burst_new (gsize    frame_bytes,
           GError **error)
{
  g_autoptr (Burst) self = g_new0 (Burst, 1);

  self->frame_bytes = frame_bytes;
  self->sums = g_try_new (guint16, frame_bytes);
  self->picture = g_try_malloc (frame_bytes);

  if (self->sums == NULL || self->picture == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                   "there is no memory for a picture of frames of %" G_GSIZE_FORMAT " bytes",
                   frame_bytes);
      return NULL;
    }

  return g_steal_pointer (&self);
}

void
burst_free (Burst *self)
{
  g_free (self->sums);
  g_free (self->picture);
  g_free (self);
}

static void
add_samples (guint16      *sums,
             const guint8 *samples,
             gsize         n_samples)
{
  for (gsize i = 0; i < n_samples; i++)
    sums[i] += samples[i];
}

static void
divide (const guint16 *sums,
        guint          divisor,
        guint8        *means,
        gsize          n_samples)
{
  guint half = divisor / 2;

  /* A quotient of whole numbers this small is right in a float, too, and that is faster */
  for (gsize i = 0; i < n_samples; i++)
    means[i] = (float) (sums[i] + half) / divisor;
}

/* How far samples are from the means, all together. */
static guint32
measure_distance (const guint8 *means,
                  const guint8 *samples,
                  gsize         n_samples)
{
  guint32 distance = 0;

  for (gsize i = 0; i < n_samples; i++)
    distance += ABS (samples[i] - means[i]);

  return distance;
}

/* Adds up all frames, and finds the one that is farthest from their mean. */
static guint
add_up (Burst       *self,
        const Frame *frames,
        guint        n_frames)
{
  guint64 distances[BURST_MAX_FRAMES] = { 0 };
  guint farthest = 0;

  memset (self->sums, 0, self->frame_bytes * sizeof *self->sums);

  for (gsize begin = 0; begin < self->frame_bytes; begin += BLOCK_BYTES)
    {
      gsize n_samples = MIN (BLOCK_BYTES, self->frame_bytes - begin);
      guint16 *sums = self->sums + begin;
      guint8 *means = self->picture + begin;

      for (guint i = 0; i < n_frames; i++)
        add_samples (sums, frames[i].data + begin, n_samples);
      divide (sums, n_frames, means, n_samples);
      for (guint i = 0; i < n_frames; i++)
        distances[i] += measure_distance (means, frames[i].data + begin, n_samples);
    }

  for (guint i = 1; i < n_frames; i++)
    if (distances[i] > distances[farthest])
      farthest = i;

  return farthest;
}

/**
 * burst_average:
 * @self: where sums and the picture lie
 * @frames: the frames of a burst
 * @n_frames: how many, from 1 to %BURST_MAX_FRAMES
 * @left_out: (out): which frame is not in the picture, as it differs most from the mean of
 *   all, or %BURST_NONE_LEFT_OUT
 *
 * Makes one picture of a burst: the mean of its frames, which has less noise than any of
 * them, without the frame that does not fit. Which one that is shows only when all are
 * there, so a burst is held as a whole.
 *
 * Returns: (transfer none): the picture, valid until the next one is made
 */
const guint8 *
burst_average (Burst       *self,
               const Frame *frames,
               guint        n_frames,
               int         *left_out)
{
  guint farthest = add_up (self, frames, n_frames);

  *left_out = BURST_NONE_LEFT_OUT;
  if (n_frames < BURST_LEAST_TO_LEAVE_OUT)
    return self->picture;

  for (gsize i = 0; i < self->frame_bytes; i++)
    self->sums[i] -= frames[farthest].data[i];
  divide (self->sums, n_frames - 1, self->picture, self->frame_bytes);
  *left_out = farthest;

  return self->picture;
}
