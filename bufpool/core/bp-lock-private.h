/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/* Locks, and what a thread has for itself. */

/* With the initial-exec model a read is one instruction. glibc keeps room for that in
 * libraries that are loaded late; other C libraries refuse them. */
#ifdef BP_TLS_INITIAL_EXEC
# define BP_THREAD_LOCAL _Thread_local __attribute__ ((tls_model ("initial-exec")))
#else
# define BP_THREAD_LOCAL _Thread_local
#endif

/* Memory that a thread has of its own, as a thread-local variable. */
typedef struct
{
  gpointer memory;
  gboolean has_ended;
} BpOwn;

/* For a GPrivate, which frees it when the thread ends. */
void     bp_own_end  (gpointer own);
gpointer bp_own_make (BpOwn *own, GPrivate *end, gsize n_bytes);

/* Zeroed when it is new; NULL without memory, and when the thread is about to end. */
static inline gpointer
bp_own_get (BpOwn *own, GPrivate *end, gsize n_bytes)
{
  return G_LIKELY (own->memory != NULL) ? own->memory : bp_own_make (own, end, n_bytes);
}

/* In the middle of a fork() this thread holds every lock already: what handlers of
 * others call from there takes none. */
extern BP_HIDDEN BP_THREAD_LOCAL gboolean bp_in_fork;

/* How often a mutex is tried before giving up, or before sleeping: that costs
 * microseconds. */
#define BP_SPINS 16

/* GMutex is a futex of GLib's own, which ThreadSanitizer cannot see. */
static inline gboolean
bp_mutex_try_lock (GMutex *mutex)
{
  if (G_UNLIKELY (bp_in_fork))
    return TRUE;
  if (!g_mutex_trylock (mutex))
    return FALSE;
  BP_TSAN_ACQUIRE (mutex);

  return TRUE;
}

static inline void
bp_mutex_lock (GMutex *mutex)
{
  if (G_UNLIKELY (bp_in_fork))
    return;
  g_mutex_lock (mutex);
  BP_TSAN_ACQUIRE (mutex);
}

static inline void
bp_mutex_unlock (GMutex *mutex)
{
  if (G_UNLIKELY (bp_in_fork))
    return;
  BP_TSAN_RELEASE (mutex);
  g_mutex_unlock (mutex);
}

gboolean bp_mutex_spin_lock (GMutex *mutex);
/* Spins, then sleeps, if it may: else it is FALSE. */
gboolean bp_mutex_lock_soon (GMutex *mutex, gboolean may_wait);
/* Sleeps until it is signalled; FALSE when the time, as of the monotonic clock, has come.
 * -1 is never. */
gboolean bp_cond_wait (GCond *cond, GMutex *mutex, gint64 end_time);
