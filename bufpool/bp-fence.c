/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-fence-private.h"

#if BP_FENCE_FORM != BP_FENCE_EXCHANGE

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#if BP_FENCE_FORM == BP_FENCE_AUTO
gboolean bp_fence_decided = FALSE;
#endif

static atomic_bool failing_for_test;

static int
membarrier (int command)
{
  return (int) syscall (__NR_membarrier, command, 0, 0);
}

static gboolean
register_process (void)
{
  return membarrier (MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED) == 0 &&
         membarrier (MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}

void
bp_fence_init (void)
{
#if BP_FENCE_FORM == BP_FENCE_AUTO
  bp_fence_decided = (bp_debug_flags & BP_DEBUG_NO_MEMBARRIER) == 0 && register_process ();
#else
  if (!register_process ())
    g_error ("This bufpool was built with -Dasymmetric_fence=enabled, but the kernel or a "
             "sandbox refuses membarrier(2); build it with -Dasymmetric_fence=auto");
#endif
}

/* After a fork the registration is the parent's; renewing it is cheap here,
 * where there is one thread. */
void
bp_fence_init_child (void)
{
  if (bp_fence_is_asymmetric ())
    membarrier (MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED);
}

gboolean
bp_fence_barrier (void)
{
  if (!bp_fence_is_asymmetric ())
    return TRUE;

  if (bp_peek (failing_for_test))
    return FALSE;

  return membarrier (MEMBARRIER_CMD_PRIVATE_EXPEDITED) == 0;
}

void
bp_fence_set_failing (gboolean failing)
{
  bp_poke (failing_for_test, failing);
}

#else /* BP_FENCE_EXCHANGE */

void
bp_fence_init (void)
{
}

void
bp_fence_init_child (void)
{
}

gboolean
bp_fence_barrier (void)
{
  return TRUE;
}

void
bp_fence_set_failing (gboolean failing)
{
}

#endif
