/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-signs.h"

#define MAX_FDS 16

int
test_context_get_timeout (GMainContext *context)
{
  GPollFD fds[MAX_FDS];
  int priority, timeout, n_fds;

  g_assert_true (g_main_context_acquire (context));
  g_main_context_prepare (context, &priority);
  n_fds = g_main_context_query (context, priority, &timeout, fds, MAX_FDS);
  g_assert_cmpint (n_fds, <=, MAX_FDS);
  g_main_context_release (context);

  return timeout;
}

void
test_context_run_out (GMainContext *context)
{
  while (test_context_get_timeout (context) >= 0)
    g_main_context_iteration (context, TRUE);
}

struct _TestMonitor
{
  GObject parent_instance;
};

static gboolean
test_monitor_init_fallibly (GInitable     *initable,
                            GCancellable  *cancellable,
                            GError       **error)
{
  return TRUE;
}

static void
test_monitor_initable_init (GInitableIface *iface)
{
  iface->init = test_monitor_init_fallibly;
}

static void
test_monitor_iface_init (GMemoryMonitorInterface *iface)
{
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestMonitor, test_monitor, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_INITABLE, test_monitor_initable_init)
                               G_IMPLEMENT_INTERFACE (G_TYPE_MEMORY_MONITOR, test_monitor_iface_init))

static void
test_monitor_class_init (TestMonitorClass *klass)
{
}

static void
test_monitor_init (TestMonitor *self)
{
}

GMemoryMonitor *
test_monitor_new (void)
{
  return g_object_new (TEST_TYPE_MONITOR, NULL);
}

void
test_monitor_warn (GMemoryMonitor             *monitor,
                   GMemoryMonitorWarningLevel  level)
{
  g_signal_emit_by_name (monitor, "low-memory-warning", level);
}

gboolean
test_monitor_is_heard (GMemoryMonitor *monitor)
{
  guint signal_id = g_signal_lookup ("low-memory-warning", G_TYPE_MEMORY_MONITOR);

  return g_signal_has_handler_pending (monitor, signal_id, 0, FALSE);
}
