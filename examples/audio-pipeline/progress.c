/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "progress.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 40

/**
 * progress_is_wanted:
 *
 * Returns: whether somebody watches
 */
gboolean
progress_is_wanted (void)
{
  return isatty (STDERR_FILENO);
}

/**
 * progress_draw:
 * @fraction: how much is done, from 0 to 1, or negative if that is not known
 * @speed: seconds of audio per second of work
 */
void
progress_draw (double fraction,
               double speed)
{
  char bar[BAR_WIDTH + 1] = { 0 };

  if (fraction < 0)
    {
      fprintf (stderr, "\r%.0f times real time ", speed);
      return;
    }

  for (guint i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < fraction * BAR_WIDTH ? '#' : '.';

  fprintf (stderr, "\r[%s] %3.0f %%, %.0f times real time ", bar, fraction * 100, speed);
}

/**
 * progress_clear:
 *
 * Leaves the line as if nothing had been there.
 */
void
progress_clear (void)
{
  fputs ("\r\033[K", stderr);
}
