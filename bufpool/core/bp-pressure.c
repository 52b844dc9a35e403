/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pressure-private.h"

#include "bp-realtime-private.h"
#include "bp-trim-private.h"

/* Shared, since a reference to the monitor may call a language binding, which must not be
 * done with a lock held. */
struct _BpPressure
{
  GMemoryMonitor *monitor;
  gulong handler;
};

/* How many quarters of what is idle stay. */
static guint
get_quarters (GMemoryMonitorWarningLevel level)
{
  if (level >= G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL)
    return 0;

  return level >= G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM ? 1 : 2;
}

static void
on_warning (GMemoryMonitor             *monitor G_GNUC_UNUSED,
            GMemoryMonitorWarningLevel  level,
            gpointer                    data)
{
  BpCore *core = data;
  BpCounts counts = { 0, };

  BP_TSAN_ACQUIRE (core);
  bp_trim_count (core, &counts);
  bp_trim_run (core, BP_TRIM_DEFAULT, counts.n_idle * get_quarters (level) / 4);
}

static void
unref_core (gpointer core, GClosure *closure G_GNUC_UNUSED)
{
  bp_core_unref (core);
}

static BpPressure *
listen_to (BpCore *core, GMemoryMonitor *monitor)
{
  BpPressure *self = g_atomic_rc_box_new0 (BpPressure);

  self->monitor = g_object_ref (monitor);
  BP_TSAN_RELEASE (core);
  self->handler = g_signal_connect_data (monitor, "low-memory-warning", G_CALLBACK (on_warning),
                                         bp_core_ref (core), unref_core, 0);

  return self;
}

static void
clear (gpointer data)
{
  BpPressure *self = data;

  BP_TSAN_ACQUIRE (self);
  g_object_unref (self->monitor);
}

static void
unref (BpPressure *self)
{
  BP_TSAN_RELEASE (self);
  g_atomic_rc_box_release_full (self, clear);
}

static void
end (BpPressure *self)
{
  if (self == NULL)
    return;

  g_signal_handler_disconnect (self->monitor, self->handler);
  unref (self);
}

static gboolean
is_of (BpPressure *self, GMemoryMonitor *monitor)
{
  return self != NULL ? self->monitor == monitor : monitor == NULL;
}

gboolean
bp_pressure_set_monitor (BpCore *core, GMemoryMonitor *monitor)
{
  BpPressure *pressure;
  gboolean is_change;

  if (monitor != NULL && bp_realtime_refuses (core, "memory-monitor"))
    return FALSE;

  pressure = monitor != NULL ? listen_to (core, monitor) : NULL;
  bp_mutex_lock (&core->revoking);
  is_change = !bp_peek (core->is_closed) && !is_of (core->pressure, monitor);
  if (is_change)
    {
      BpPressure *old = core->pressure;

      core->pressure = pressure;
      pressure = old;
    }
  bp_mutex_unlock (&core->revoking);

  end (pressure);

  return is_change;
}

void
bp_pressure_close (BpCore *core)
{
  BpPressure *pressure;

  bp_mutex_lock (&core->revoking);
  pressure = g_steal_pointer (&core->pressure);
  bp_mutex_unlock (&core->revoking);

  end (pressure);
}

GMemoryMonitor *
bp_pressure_dup_monitor (BpCore *core)
{
  GMemoryMonitor *monitor = NULL;
  BpPressure *pressure;

  bp_mutex_lock (&core->revoking);
  pressure = core->pressure != NULL ? g_atomic_rc_box_acquire (core->pressure) : NULL;
  bp_mutex_unlock (&core->revoking);

  if (pressure != NULL)
    {
      monitor = g_object_ref (pressure->monitor);
      unref (pressure);
    }

  return monitor;
}
