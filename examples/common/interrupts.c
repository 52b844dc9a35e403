/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "interrupts.h"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>

static struct
{
  InterruptFunc func;
  gpointer      user_data;
} watch;

static gboolean
on_signal (gpointer signal_number)
{
  watch.func (GPOINTER_TO_INT (signal_number), watch.user_data);

  return G_SOURCE_CONTINUE;
}

/**
 * interrupts_watch:
 * @func: called in the main context, as often as it happens
 * @user_data: for @func
 *
 * From now on SIGINT and SIGTERM do not end the program by themselves.
 */
void
interrupts_watch (InterruptFunc func,
                  gpointer      user_data)
{
  static const int signals[] = { SIGINT, SIGTERM };

  watch.func = func;
  watch.user_data = user_data;

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    g_unix_signal_add (signals[i], on_signal, GINT_TO_POINTER (signals[i]));
}

/**
 * interrupts_end_by:
 * @signal_number: a signal, or 0 for none, which does nothing
 *
 * Ends the program by that signal, so that the program that started it, for example a
 * shell, sees why it ended.
 */
void
interrupts_end_by (int signal_number)
{
  if (signal_number == 0)
    return;

  fflush (NULL);
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}
