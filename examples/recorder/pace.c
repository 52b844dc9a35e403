/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pace.h"

/* What was missed longer ago than this is not caught up with */
#define SLACK_US (50 * G_TIME_SPAN_MILLISECOND)

void
pace_init (Pace    *self,
           guint64  bytes_per_second)
{
  self->rate = bytes_per_second;
  self->due = g_get_monotonic_time ();
}

static void
sleep_ms (int           ms,
          GCancellable *cancellable)
{
  GPollFD fd;

  if (!g_cancellable_make_pollfd (cancellable, &fd))
    {
      g_usleep (ms * G_TIME_SPAN_MILLISECOND);
      return;
    }

  g_poll (&fd, 1, ms);
  g_cancellable_release_fd (cancellable);
}

/**
 * pace_wait:
 * @self: the pace
 * @n_bytes: how many bytes went through just now
 * @cancellable: ends the wait
 *
 * Returns: %FALSE if it was cancelled
 */
gboolean
pace_wait (Pace         *self,
           guint64       n_bytes,
           GCancellable *cancellable)
{
  gint64 now = g_get_monotonic_time ();

  if (self->rate == 0)
    return !g_cancellable_is_cancelled (cancellable);

  self->due = MAX (self->due, now - SLACK_US)
            + (gint64) (n_bytes * (double) G_TIME_SPAN_SECOND / self->rate);

  /* Less than a millisecond is waited for next time */
  while (self->due - now >= G_TIME_SPAN_MILLISECOND && !g_cancellable_is_cancelled (cancellable))
    {
      sleep_ms (MIN ((self->due - now) / G_TIME_SPAN_MILLISECOND, G_MAXINT), cancellable);
      now = g_get_monotonic_time ();
    }

  return !g_cancellable_is_cancelled (cancellable);
}
