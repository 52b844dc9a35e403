/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-lock-private.h"

BP_THREAD_LOCAL gboolean bp_in_fork;

void
bp_own_end (gpointer data)
{
  BpOwn *own = data;

  own->has_ended = TRUE;
  g_clear_pointer (&own->memory, g_free);
}

gpointer
bp_own_make (BpOwn *own, GPrivate *end, gsize n_bytes)
{
  if (own->has_ended)
    return NULL;

  own->memory = g_try_malloc0 (n_bytes);
  if (own->memory != NULL)
    g_private_set (end, own);

  return own->memory;
}

gboolean
bp_mutex_spin_lock (GMutex *mutex)
{
  for (guint i = 0; i < BP_SPINS; i++)
    {
      if (bp_mutex_try_lock (mutex))
        return TRUE;
      bp_cpu_relax ();
    }

  return FALSE;
}

gboolean
bp_mutex_lock_soon (GMutex *mutex, gboolean may_wait)
{
  if (bp_mutex_spin_lock (mutex))
    return TRUE;
  if (may_wait)
    bp_mutex_lock (mutex);

  return may_wait;
}

gboolean
bp_cond_wait (GCond *cond, GMutex *mutex, gint64 end_time)
{
  gboolean is_signalled = TRUE;

  BP_TSAN_RELEASE (mutex);
  if (end_time < 0)
    g_cond_wait (cond, mutex);
  else
    is_signalled = g_cond_wait_until (cond, mutex, end_time);
  BP_TSAN_ACQUIRE (mutex);

  return is_signalled;
}
