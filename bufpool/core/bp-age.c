/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-age-private.h"

#include "bp-reclaim-private.h"
#include "bp-trim-private.h"

static gint64
get_interval (BpCore *core)
{
  return (gint64) bp_peek (core->idle_timeout) * G_TIME_SPAN_MILLISECOND;
}

static gboolean
has_idle (BpCore *core)
{
  guint64 n_idle = 0;

  bp_mutex_lock (&core->revoking);
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    n_idle += bp_peek (cache->n);
  bp_mutex_unlock (&core->revoking);
  for (guint i = 0; i < core->n_shards; i++)
    n_idle += bp_peek (core->shards[i].n);

  return n_idle > 0;
}

/* A return that found a vacant place a moment ago is seen by the second look. */
static gboolean
may_sleep (BpCore *core)
{
  if (has_idle (core))
    return FALSE;

  atomic_store (&core->age_sleeps, TRUE);
  bp_trim_run (core, BP_TRIM_FREES_PLACES, BP_ANY_NUMBER);
  if (!has_idle (core))
    return TRUE;
  atomic_store (&core->age_sleeps, FALSE);

  return FALSE;
}

static gboolean
on_time (gpointer data)
{
  BpCore *core = data;
  GSource *source = g_main_current_source ();
  gint64 now = g_source_get_time (source);

  bp_poke (core->age_time, now);
  bp_reclaim_aged (core);
  if (!may_sleep (core))
    g_source_set_ready_time (source, now + get_interval (core));
  else if (atomic_load (&core->age_sleeps))
    g_source_set_ready_time (source, -1);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

static void
unref_core (gpointer core)
{
  bp_core_unref (core);
}

static GSource *
make_source (BpCore *core)
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  GSource *source = g_source_new (&funcs, sizeof (GSource));

  g_source_set_static_name (source, "bufpool: idle-timeout");
  g_source_set_priority (source, G_PRIORITY_LOW);
  g_source_set_callback (source, on_time, bp_core_ref (core), unref_core);
  g_source_set_ready_time (source, g_get_monotonic_time () + get_interval (core));

  return source;
}

gboolean
bp_age_set_timeout (BpCore *core, guint timeout)
{
  GSource *source = NULL, *old;
  gboolean is_change;

  bp_mutex_lock (&core->revoking);
  is_change = atomic_exchange (&core->idle_timeout, timeout) != timeout;
  bp_mutex_unlock (&core->revoking);
  if (!is_change)
    return FALSE;

  if (timeout > 0 && !bp_peek (core->is_closed))
    source = make_source (core);

  bp_mutex_lock (&core->revoking);
  old = core->age_source;
  core->age_source = source != NULL ? g_source_ref (source) : NULL;
  bp_poke (core->age_time, g_get_monotonic_time ());
  atomic_store (&core->age_sleeps, FALSE);
  if (source != NULL)
    bp_poke (core->is_controlled, TRUE);
  bp_mutex_unlock (&core->revoking);

  if (old != NULL)
    {
      g_source_destroy (old);
      g_source_unref (old);
    }
  if (source != NULL)
    {
      g_source_attach (source, g_main_context_get_thread_default ());
      g_source_unref (source);
    }

  return TRUE;
}

static void
wake_source (BpCore *core)
{
  GSource *source;

  bp_mutex_lock (&core->revoking);
  source = core->age_source != NULL ? g_source_ref (core->age_source) : NULL;
  bp_mutex_unlock (&core->revoking);
  if (source == NULL)
    return;

  g_source_set_ready_time (source, g_get_monotonic_time () + get_interval (core));
  g_source_unref (source);
}

void
bp_age_note_return (BpCore *core)
{
  gint64 interval = get_interval (core), last, now;

  if (interval == 0 || bp_in_fork)
    return;

  if (atomic_load (&core->age_sleeps) && atomic_exchange (&core->age_sleeps, FALSE))
    {
      wake_source (core);
      bp_poke (core->age_time, g_get_monotonic_time ());
    }

  /* The source is late: nobody runs its main loop. */
  now = g_get_monotonic_time ();
  last = bp_peek (core->age_time);
  if (now - last >= 2 * interval && atomic_compare_exchange_strong (&core->age_time, &last, now))
    bp_reclaim_aged (core);
}
