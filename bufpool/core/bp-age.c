/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-age-private.h"

#include "bp-alarm-private.h"
#include "bp-realtime-private.h"
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

static gboolean
have_rings_buffers (BpCore *core)
{
  guint n_there = 0;

  for (guint i = 0; i < core->n_shards && n_there == 0; i++)
    {
      bp_mutex_lock_soon (&core->shards[i].mutex, TRUE);
      n_there = bp_peek (core->shards[i].n);
      bp_shard_unlock (&core->shards[i]);
    }

  return n_there > 0;
}

/* Leaves out caches that are behind: only the owner may touch them, and its next call
 * settles them. */
static void
count_in_caches (BpCore *core, guint *n_buffers, guint *n_places, guint *n_gathered)
{
  *n_buffers = *n_places = 0;

  bp_mutex_lock (&core->revoking);
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      *n_buffers += cache->is_behind ? 0 : (guint) bp_peek (cache->n);
      *n_places += cache->is_behind ? 0 : bp_peek (cache->places);
    }
  *n_gathered = core->n_gathered;
  bp_mutex_unlock (&core->revoking);
}

/* Whether the alarm may stay unset. Once the rings were seen to be empty while the pool
 * was asleep, every push into a ring wakes it up, except by a look that brings what it
 * found in a cache. Before that no cache gets a place. So if no place is left when the
 * vacant ones have been taken, no return finds one. What lay in a cache at that moment
 * still has its place, even if it has been acquired since. */
static gboolean
fall_asleep (BpCore *core)
{
  guint n_buffers, n_places, n_gathered, n_gathered_before;

  atomic_store (&core->is_asleep, TRUE);
  count_in_caches (core, &n_buffers, &n_places, &n_gathered_before);
  if (n_buffers == 0 && !have_rings_buffers (core))
    {
      bp_trim_run (core, BP_TRIM_FREES_PLACES, BP_ANY_NUMBER);
      count_in_caches (core, &n_buffers, &n_places, &n_gathered);
      if (n_places == 0 && n_gathered == n_gathered_before)
        return TRUE;
    }

  return !atomic_exchange (&core->is_asleep, FALSE);
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
  gboolean is_change, is_new;
  BpAlarm *alarm;

  if (timeout > 0 && bp_realtime_refuses (core, "idle-timeout"))
    return FALSE;

  alarm = timeout > 0 ? bp_alarm_new (core, on_alarm) : NULL;
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

  /* The alarm is late: no thread runs its main loop. */
  if (begin_look (core, 2 * interval))
    bp_reclaim_aged (core);
}
