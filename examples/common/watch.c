/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "watch.h"

#include "interrupts.h"
#include "progress-bar.h"

#define DRAW_INTERVAL_MS 100

/**
 * watch_init:
 * @self: (out caller-allocates): a watch, whose time begins
 */
void
watch_init (Watch *self)
{
  *self = (Watch) {
    .loop = g_main_loop_new (NULL, FALSE),
    .started = g_get_monotonic_time (),
  };
}

void
watch_clear (Watch *self)
{
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

static void
on_interrupt (int      signal_number,
              gpointer data)
{
  Watch *self = data;

  self->signal_number = signal_number;
  watch_cancel (self);
}

/**
 * watch_set_work:
 * @self: the watch
 * @cancel: has the work end early
 * @work: for @cancel
 *
 * From now on SIGINT and SIGTERM end the work, and not the program.
 */
void
watch_set_work (Watch    *self,
                void    (*cancel) (gpointer work),
                gpointer  work)
{
  self->cancel = cancel;
  self->work = work;
  interrupts_watch (on_interrupt, self);
}

/**
 * watch_run:
 * @self: the watch
 * @draw: draws how far the work is; called again and again if stderr is a terminal
 * @user_data: for @draw
 *
 * Waits until watch_end() is called.
 */
void
watch_run (Watch       *self,
           GSourceFunc  draw,
           gpointer     user_data)
{
  gboolean is_drawn = progress_bar_is_wanted ();
  guint source = 0;

  if (is_drawn)
    {
      draw (user_data);
      source = g_timeout_add (DRAW_INTERVAL_MS, draw, user_data);
    }

  g_main_loop_run (self->loop);

  if (is_drawn)
    {
      g_source_remove (source);
      progress_bar_clear ();
    }
}

/**
 * watch_cancel:
 * @self: the watch
 *
 * Has the work end early. If it has ended, this ends what the main thread waits for then.
 */
void
watch_cancel (Watch *self)
{
  self->cancel (self->work);
  if (self->is_done)
    g_main_loop_quit (self->loop);
}

/**
 * watch_end:
 * @watch: the watch
 *
 * Ends the wait of the main thread: the work has ended. It is called in the main context,
 * as a source of it.
 */
gboolean
watch_end (gpointer watch)
{
  Watch *self = watch;

  self->is_done = TRUE;
  g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

double
watch_get_seconds (const Watch *self)
{
  return (g_get_monotonic_time () - self->started) / (double) G_USEC_PER_SEC;
}
