/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "progress-bar.h"

#include <stdio.h>
#include <unistd.h>

#define BAR_WIDTH 40

/**
 * progress_bar_is_wanted:
 *
 * Returns: whether stderr is a terminal
 */
gboolean
progress_bar_is_wanted (void)
{
  return isatty (STDERR_FILENO);
}

/**
 * progress_bar_draw:
 * @fraction: how much is done, from 0 to 1, or negative if that is not known
 * @format: what to say after it, as for printf()
 * @...: the arguments of @format
 */
void
progress_bar_draw (double      fraction,
                   const char *format,
                   ...)
{
  char bar[BAR_WIDTH + 1] = { 0 };
  va_list args;

  for (guint i = 0; i < BAR_WIDTH; i++)
    bar[i] = i < fraction * BAR_WIDTH ? '#' : '.';

  fputc ('\r', stderr);
  if (fraction >= 0)
    fprintf (stderr, "[%s] %3.0f %%, ", bar, fraction * 100);

  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fputc (' ', stderr);
}

/**
 * progress_bar_clear:
 *
 * Leaves the line as if nothing had been there.
 */
void
progress_bar_clear (void)
{
  fputs ("\r\033[K", stderr);
}
