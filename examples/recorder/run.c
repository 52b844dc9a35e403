/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "run.h"

#include <glib-unix.h>
#include <signal.h>

#include "log.h"
#include "message.h"
#include "process-memory.h"
#include "progress-bar.h"
#include "progress.h"

#define WATCH_INTERVAL_MS 100

/* The main thread only watches. */
typedef struct
{
  GMainLoop     *loop;
  Session       *session;
  Log           *log;           /* (nullable) */
  gboolean       is_drawn;
  guint64        budget;        /* to be drawn */
  gint64         started;
  int            signal_number;
  GError        *error;         /* of the log */
} Watch;

static gboolean
on_done (gpointer data)
{
  Watch *watch = data;

  g_main_loop_quit (watch->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_time (gpointer data)
{
  Watch *watch = data;
  SessionCounts counts;

  session_get_counts (watch->session, &counts);

  if (watch->is_drawn)
    progress_draw (&counts, watch->budget, watch->signal_number != 0);

  if (watch->log != NULL
      && !log_add (watch->log, &counts, g_get_monotonic_time () - watch->started,
                   process_memory_get_now (), &watch->error))
    {
      g_clear_pointer (&watch->log, log_free);
      session_stop (watch->session);
    }

  return G_SOURCE_CONTINUE;
}

static gboolean
on_signal (Watch *watch,
           int    signal_number)
{
  if (watch->signal_number == 0)
    session_stop (watch->session);
  else
    session_abort (watch->session);

  watch->signal_number = signal_number;

  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer data)
{
  return on_signal (data, SIGINT);
}

static gboolean
on_terminate (gpointer data)
{
  return on_signal (data, SIGTERM);
}

static gboolean
watch_session (Watch   *self,
               GError **error)
{
  guint ids[] = {
    g_unix_signal_add (SIGINT, on_interrupt, self),
    g_unix_signal_add (SIGTERM, on_terminate, self),
    g_timeout_add (WATCH_INTERVAL_MS, on_time, self),
  };
  gboolean is_started = session_start (self->session, on_done, self, error);

  if (is_started)
    {
      on_time (self);
      g_main_loop_run (self->loop);
      on_time (self);
    }

  if (self->is_drawn)
    progress_bar_clear ();
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_source_remove (ids[i]);

  return is_started;
}

static void
fill_result (RunResult *result,
             Watch     *watch,
             gboolean   is_limited)
{
  g_auto (GStrv) faults = session_dup_faults (watch->session);

  *result = (RunResult) {
    .is_limited = is_limited,
    .n_sources = session_get_sources (watch->session),
    .seconds = (g_get_monotonic_time () - watch->started) / (double) G_TIME_SPAN_SECOND,
    .process_peak = process_memory_get_peak (),
    .signal_number = watch->signal_number,
    .n_faults = g_strv_length (faults),
  };
  session_get_counts (watch->session, &result->counts);

  for (guint i = 0; faults[i] != NULL; i++)
    message_print (faults[i]);
}

/**
 * run_session:
 * @options: what to record
 * @is_limited: whether the limits hold
 * @is_second: whether a run before has begun the log
 * @result: (out caller-allocates): what came of it
 *
 * Records, and shows how it goes. Sources that cannot be read to their end are
 * reported here, as the others are recorded all the same.
 *
 * Returns: %FALSE with @error set if it was not possible
 */
gboolean
run_session (const Options  *options,
             gboolean        is_limited,
             gboolean        is_second,
             RunResult      *result,
             GError        **error)
{
  g_autoptr (Session) session = session_new (options, is_limited, error);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  Watch watch = {
    .loop = loop,
    .session = session,
    .is_drawn = progress_is_wanted (options),
    .budget = is_limited ? options->limits.budget : NO_BUDGET,
    .started = g_get_monotonic_time (),
  };
  gboolean is_fine;

  if (session == NULL)
    return FALSE;

  if (options->log != NULL)
    {
      watch.log = log_new (options->log, is_limited, is_second, error);
      if (watch.log == NULL)
        return FALSE;
    }

  is_fine = watch_session (&watch, error) && session_finish (session, error);
  g_clear_pointer (&watch.log, log_free);

  if (is_fine && watch.error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&watch.error));
      return FALSE;
    }

  g_clear_error (&watch.error);
  if (is_fine)
    fill_result (result, &watch, is_limited);

  return is_fine;
}
