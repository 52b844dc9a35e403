/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* syscall() is an extension. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include "test-calls.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "test-next.h"

#define N_ARGUMENTS 6

/* Of linux/membarrier.h, which some systems have not. */
#define BARRIER (1 << 3)
#define REGISTER (1 << 4)

typedef long (*SyscallFunc) (long number, ...);
typedef void (*UnlockFunc) (GMutex *mutex);

static atomic_bool is_registered;
static atomic_bool is_forbidden;
static atomic_ullong n_barriers;
static _Thread_local guint64 n_locks;
static _Thread_local guint64 n_system_calls;

long
syscall (long number,
         ...)
{
  static _Atomic (gpointer) next;
  SyscallFunc func;
  long args[N_ARGUMENTS];
  long result;
  va_list list;

  va_start (list, number);
  for (guint i = 0; i < N_ARGUMENTS; i++)
    args[i] = va_arg (list, long);
  va_end (list);

  n_system_calls++;
#ifdef SYS_membarrier
  if (number == SYS_membarrier)
    {
      if (args[0] == BARRIER)
        atomic_fetch_add (&n_barriers, 1);
      if (atomic_load (&is_forbidden))
        {
          errno = EPERM;
          return -1;
        }
    }
#endif

  *(gpointer *) &func = test_find_next (&next, "syscall");
  result = func (number, args[0], args[1], args[2], args[3], args[4], args[5]);

#ifdef SYS_membarrier
  if (number == SYS_membarrier && args[0] == REGISTER && result == 0)
    atomic_store (&is_registered, TRUE);
#endif

  return result;
}

#undef g_mutex_unlock

void
g_mutex_unlock (GMutex *mutex)
{
  static _Atomic (gpointer) next;
  UnlockFunc func;

  n_locks++;
  *(gpointer *) &func = test_find_next (&next, "g_mutex_unlock");
  func (mutex);
}

gboolean
test_calls_has_barriers (void)
{
  return atomic_load (&is_registered);
}

guint64
test_calls_n_barriers (void)
{
  return atomic_load (&n_barriers);
}

void
test_calls_forbid_barriers (gboolean forbid)
{
  atomic_store (&is_forbidden, forbid);
}

guint64
test_calls_n_locks (void)
{
  return n_locks;
}

guint64
test_calls_n_system_calls (void)
{
  return n_system_calls;
}
