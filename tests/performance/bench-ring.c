/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-ring.h"

#include <sched.h>

/* The other side may have been preempted: after a while, let it run. */
void
bench_ring_wait (guint *spins)
{
  if (++*spins % BENCH_RING_SPINS == 0)
    sched_yield ();
#if defined (__x86_64__) || defined (__i386__)
  else
    __builtin_ia32_pause ();
#elif defined (__aarch64__)
  else
    __asm__ __volatile__ ("yield");
#endif
}
