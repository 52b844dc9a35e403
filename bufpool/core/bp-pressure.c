/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pressure-private.h"

#include "bp-trim-private.h"

/* How much of four quarters stays. */
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

  bp_trim_count (core, &counts);
  bp_trim_run (core, BP_TRIM_DEFAULT, counts.n_idle * get_quarters (level) / 4);
}

static void
unref_core (gpointer core, GClosure *closure G_GNUC_UNUSED)
{
  bp_core_unref (core);
}

gboolean
bp_pressure_set_monitor (BpCore *core, GMemoryMonitor *monitor)
{
  gulong handler = 0, old_handler;
  GMemoryMonitor *old;

  if (monitor != NULL)
    handler = g_signal_connect_data (monitor, "low-memory-warning", G_CALLBACK (on_warning),
                                     bp_core_ref (core), unref_core, 0);

  bp_mutex_lock (&core->revoking);
  old = core->memory_monitor;
  old_handler = core->memory_handler;
  core->memory_monitor = monitor != NULL ? g_object_ref (monitor) : NULL;
  core->memory_handler = handler;
  bp_mutex_unlock (&core->revoking);

  if (old != NULL)
    {
      g_signal_handler_disconnect (old, old_handler);
      g_object_unref (old);
    }

  return old != monitor;
}

GMemoryMonitor *
bp_pressure_dup_monitor (BpCore *core)
{
  GMemoryMonitor *monitor;

  bp_mutex_lock (&core->revoking);
  monitor = core->memory_monitor != NULL ? g_object_ref (core->memory_monitor) : NULL;
  bp_mutex_unlock (&core->revoking);

  return monitor;
}
