/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-memory.h"

#include "bp-age-private.h"
#include "bp-pool-private.h"
#include "bp-pressure-private.h"

/* Memory that goes back by itself. */

/**
 * bp_pool_get_idle_timeout: (get-property idle-timeout)
 * @self: a pool
 *
 * Gets [property@Pool:idle-timeout].
 *
 * Returns: a number of milliseconds; 0 for never
 *
 * Since: 0.9
 */
guint
bp_pool_get_idle_timeout (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return bp_peek (self->core->idle_timeout);
}

/**
 * bp_pool_set_idle_timeout: (set-property idle-timeout)
 * @self: a pool
 * @timeout_ms: a number of milliseconds; 0 for never
 *
 * Sets [property@Pool:idle-timeout]. The time is kept in the main context that is the
 * calling thread's default.
 *
 * Since: 0.9
 */
void
bp_pool_set_idle_timeout (BpPool *self,
                          guint   timeout_ms)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_age_set_timeout (self->core, timeout_ms))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_IDLE_TIMEOUT]);
}

/**
 * bp_pool_dup_memory_monitor: (get-property memory-monitor)
 * @self: a pool
 *
 * Gets [property@Pool:memory-monitor].
 *
 * Returns: (transfer full) (nullable): the monitor
 *
 * Since: 0.9
 */
GMemoryMonitor *
bp_pool_dup_memory_monitor (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), NULL);

  return bp_pressure_dup_monitor (self->core);
}

/**
 * bp_pool_set_memory_monitor: (set-property memory-monitor)
 * @self: a pool
 * @monitor: (nullable): a monitor, such as [func@Gio.MemoryMonitor.dup_default] returns
 *
 * Sets [property@Pool:memory-monitor].
 *
 * Since: 0.9
 */
void
bp_pool_set_memory_monitor (BpPool         *self,
                            GMemoryMonitor *monitor)
{
  g_return_if_fail (bp_pool_check (self));
  g_return_if_fail (monitor == NULL || G_IS_MEMORY_MONITOR (monitor));

  if (bp_pressure_set_monitor (self->core, monitor))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_MEMORY_MONITOR]);
}
