/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-fence-private.h"

#if BP_FENCE_FORM != BP_FENCE_EXCHANGE
# include <linux/membarrier.h>
# include <sys/syscall.h>
# include <unistd.h>
#endif

#if BP_FENCE_FORM == BP_FENCE_AUTO
gboolean bp_fence_decided = FALSE;
#endif

static atomic_bool failing_for_test;
static atomic_bool has_failed;

/* Each registers the process, or makes a barrier. */
#if BP_FENCE_FORM != BP_FENCE_EXCHANGE
# define register_process() \
   (syscall (__NR_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0)
# define make_barrier() \
   (syscall (__NR_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0)
#else
# define register_process() (TRUE)
# define make_barrier()     (TRUE)
#endif

void
bp_fence_init (void)
{
#if BP_FENCE_FORM == BP_FENCE_AUTO
  bp_fence_decided = (bp_debug_flags & BP_DEBUG_NO_MEMBARRIER) == 0 && register_process () &&
                     make_barrier ();
#elif BP_FENCE_FORM == BP_FENCE_MEMBARRIER
  if (!register_process () || !make_barrier ())
    g_error ("This bufpool was built with -Dasymmetric_fence=enabled, but the kernel or a "
             "sandbox refuses membarrier(2); build it with -Dasymmetric_fence=auto");
#endif
}

/* After a fork the registration is the parent's; renewing it is cheap here, where there is
 * one thread. */
void
bp_fence_init_child (void)
{
  if (bp_fence_is_asymmetric ())
    (void) register_process ();
}

gboolean
bp_fence_barrier (void)
{
  gboolean is_done;

  if (!bp_fence_is_asymmetric ())
    return TRUE;

  is_done = !bp_peek (failing_for_test) && make_barrier ();
  bp_poke (has_failed, !is_done);

  return is_done;
}

gboolean
bp_fence_has_failed (void)
{
  return bp_peek (has_failed);
}

void
bp_fence_warn (void)
{
  static atomic_bool was_said;

  if (!atomic_exchange (&was_said, TRUE))
    g_warning ("The kernel no longer allows membarrier(2), probably by a sandbox that was "
               "closed after the first pool was made: idle buffers in the caches of other "
               "threads stay there until those threads use the pool again. Allow the call, "
               "or start the program with BUFPOOL_DEBUG=no-membarrier");
}

void
bp_fence_set_failing (gboolean failing)
{
  bp_poke (failing_for_test, failing);
  if (!failing)
    bp_poke (has_failed, FALSE);
}
