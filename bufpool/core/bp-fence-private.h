/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * The two halves of the fence between the owner of a cache and a thread that
 * revokes it.
 *
 * The owner's half is on the fast path. In the membarrier form it is a compiler
 * barrier: the revoker's half makes the kernel run a full barrier on every
 * processor that runs a thread of this process. In the exchange form it is a
 * sequentially consistent exchange, and the revoker needs no barrier. Which one
 * holds is decided once, by bp_fence_init(), before the first pool exists.
 */

#define BP_FENCE_AUTO       1
#define BP_FENCE_MEMBARRIER 2
#define BP_FENCE_EXCHANGE   3

#ifndef BP_FENCE_FORM
# error "BP_FENCE_FORM is set by the build"
#endif

#if BP_FENCE_FORM == BP_FENCE_AUTO
extern BP_HIDDEN gboolean bp_fence_decided;
# define bp_fence_is_asymmetric() (bp_fence_decided)
#elif BP_FENCE_FORM == BP_FENCE_MEMBARRIER
# define bp_fence_is_asymmetric() (TRUE)
#else
# define bp_fence_is_asymmetric() (FALSE)
#endif

/* Whether the form is the one that the inlined fast path is compiled for. */
#if BP_FENCE_FORM == BP_FENCE_EXCHANGE
# define bp_fence_is_inlined() (TRUE)
#else
# define bp_fence_is_inlined() (bp_fence_is_asymmetric ())
#endif

void bp_fence_init (void);
void bp_fence_init_child (void);

/* The revoker's half; FALSE where the kernel refuses. It has worked once, so a sandbox
 * has been closed behind the program. */
gboolean bp_fence_barrier (void);
/* Whether the last one was refused: living caches can no longer be revoked. */
gboolean bp_fence_has_failed (void);
/* Says so, once, with nothing locked. */
void bp_fence_warn (void) BP_COLD;

/* For tests: makes every barrier from now on fail, or work again. */
void bp_fence_set_failing (gboolean failing);
