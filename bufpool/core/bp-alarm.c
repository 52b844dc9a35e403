/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-alarm-private.h"

/* One reference is the core's, and one its source's. */
struct _BpAlarm
{
  GSource *source;
  GMainContext *context;
  BpCore *core;
  void (*ring) (BpCore *core);
};

static void
clear (gpointer data)
{
  BpAlarm *alarm = data;

  BP_TSAN_ACQUIRE (alarm);
  g_source_unref (alarm->source);
  g_main_context_unref (alarm->context);
  bp_core_unref (alarm->core);
}

static void
unref (gpointer alarm)
{
  BP_TSAN_RELEASE (alarm);
  g_atomic_rc_box_release_full (alarm, clear);
}

/* In the child of a fork() this is the first that is known of the context. The reference
 * is the one that the core had in the parent. */
static void
come_back (BpAlarm *alarm)
{
  BpCore *core = alarm->core;

  bp_mutex_lock (&core->revoking);
  if (core->alarm == NULL && bp_peek (core->idle_timeout) > 0 && !bp_peek (core->is_closed))
    core->alarm = alarm;
  bp_mutex_unlock (&core->revoking);
}

static gboolean
on_ready (gpointer data)
{
  BpAlarm *alarm = data;

  BP_TSAN_ACQUIRE (alarm);
  g_source_set_ready_time (alarm->source, -1);
  come_back (alarm);
  alarm->ring (alarm->core);

  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source G_GNUC_UNUSED, GSourceFunc callback, gpointer data)
{
  return callback (data);
}

BpAlarm *
bp_alarm_new (BpCore *core, void (*ring) (BpCore *core))
{
  static GSourceFuncs funcs = { .dispatch = dispatch };
  BpAlarm *alarm = g_atomic_rc_box_new0 (BpAlarm);

  alarm->source = g_source_new (&funcs, sizeof (GSource));
  alarm->context = g_main_context_ref_thread_default ();
  alarm->core = bp_core_ref (core);
  alarm->ring = ring;

  g_source_set_static_name (alarm->source, "bufpool: idle-timeout");
  g_source_set_priority (alarm->source, G_PRIORITY_LOW);
  g_source_set_callback (alarm->source, on_ready, g_atomic_rc_box_acquire (alarm), unref);
  BP_TSAN_RELEASE (alarm);
  g_source_attach (alarm->source, alarm->context);

  return alarm;
}

void
bp_alarm_end (BpAlarm *alarm)
{
  if (alarm == NULL)
    return;

  g_source_destroy (alarm->source);
  unref (alarm);
}

gboolean
bp_alarm_is_alike (BpAlarm *alarm, BpAlarm *other)
{
  if (alarm == NULL || other == NULL)
    return alarm == other;

  return alarm->context == other->context;
}

void
bp_alarm_set (BpCore *core)
{
  gint64 interval;
  BpAlarm *alarm;

  bp_mutex_lock (&core->revoking);
  alarm = core->alarm != NULL ? g_atomic_rc_box_acquire (core->alarm) : NULL;
  interval = (gint64) bp_peek (core->idle_timeout) * G_TIME_SPAN_MILLISECOND;
  bp_mutex_unlock (&core->revoking);
  if (alarm == NULL)
    return;

  g_source_set_ready_time (alarm->source, g_get_monotonic_time () + interval);
  unref (alarm);
}

void
bp_alarm_wake (BpCore *core)
{
  if (!atomic_load (&core->is_asleep) || !atomic_exchange (&core->is_asleep, FALSE))
    return;

  bp_poke (core->age_time, g_get_monotonic_time ());
  bp_alarm_set (core);
}
