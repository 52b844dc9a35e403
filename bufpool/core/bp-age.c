/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-age-private.h"

#include "bp-alarm-private.h"
#include "bp-reclaim-private.h"
#include "bp-trim-private.h"

static gint64
get_interval (BpCore *core)
{
  return (gint64) bp_peek (core->idle_timeout) * G_TIME_SPAN_MILLISECOND;
}

/* One thread at a time, and not before what the last one has seen can have become old. */
static gboolean
begin_look (BpCore *core, gint64 interval)
{
  gint64 now = g_get_monotonic_time (), last = bp_peek (core->age_time);

  return now - last >= interval && atomic_compare_exchange_strong (&core->age_time, &last, now);
}

/* A cache that is behind is its owner's alone, whose next call settles it. */
static gboolean
is_empty (BpCore *core)
{
  guint64 n_idle = 0;

  for (guint i = 0; i < core->n_shards && n_idle == 0; i++)
    {
      bp_mutex_lock_soon (&core->shards[i].mutex, TRUE);
      n_idle = bp_peek (core->shards[i].n);
      bp_shard_unlock (&core->shards[i]);
    }

  bp_mutex_lock (&core->revoking);
  for (BpCache *cache = core->caches; cache != NULL && n_idle == 0; cache = cache->next)
    n_idle = cache->is_behind ? 0 : bp_peek (cache->n);
  bp_mutex_unlock (&core->revoking);

  return n_idle == 0;
}

/* Whether the alarm is not to be set. A return that found a vacant place a moment ago is
 * seen by the second look; if it was seen by its own, it has set the alarm. */
static gboolean
fall_asleep (BpCore *core)
{
  if (!is_empty (core))
    return FALSE;

  atomic_store (&core->is_asleep, TRUE);
  bp_trim_run (core, BP_TRIM_FREES_PLACES, BP_ANY_NUMBER);

  return is_empty (core) || !atomic_exchange (&core->is_asleep, FALSE);
}

static void
on_alarm (BpCore *core)
{
  if (begin_look (core, get_interval (core)))
    bp_reclaim_aged (core);
  if (!fall_asleep (core))
    bp_alarm_set (core);
}

gboolean
bp_age_set_timeout (BpCore *core, guint timeout)
{
  BpAlarm *alarm = timeout > 0 ? bp_alarm_new (core, on_alarm) : NULL;
  gboolean is_change, is_new;

  bp_mutex_lock (&core->revoking);
  is_change = atomic_exchange (&core->idle_timeout, timeout) != timeout;
  is_new = !bp_peek (core->is_closed) &&
           (is_change || !bp_alarm_is_alike (alarm, core->alarm));
  if (is_new)
    {
      BpAlarm *old = core->alarm;

      core->alarm = alarm;
      alarm = old;
      bp_poke (core->age_time, g_get_monotonic_time ());
      atomic_store (&core->is_asleep, FALSE);
      bp_poke (core->is_controlled, TRUE);
    }
  bp_mutex_unlock (&core->revoking);

  bp_alarm_end (alarm);
  if (is_new)
    bp_alarm_set (core);

  return is_change;
}

void
bp_age_close (BpCore *core)
{
  BpAlarm *alarm;

  bp_mutex_lock (&core->revoking);
  alarm = g_steal_pointer (&core->alarm);
  bp_mutex_unlock (&core->revoking);

  bp_alarm_end (alarm);
}

void
bp_age_note_return (BpCore *core)
{
  gint64 interval = get_interval (core);

  if (interval == 0 || atomic_load (&core->is_asleep) || bp_in_fork)
    return;

  /* The alarm is late: nobody runs its main loop. */
  if (begin_look (core, 2 * interval))
    bp_reclaim_aged (core);
}
