/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-debug-private.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/memcheck.h>
#endif

static const GDebugKey debug_keys[] = {
  { "disable", BP_DEBUG_DISABLE },
  { "memcheck", BP_DEBUG_MEMCHECK },
  { "no-membarrier", BP_DEBUG_NO_MEMBARRIER },
};

BpDebugFlags bp_debug_flags;

void
bp_debug_init (void)
{
  bp_debug_flags = g_parse_debug_string (g_getenv ("BUFPOOL_DEBUG"), debug_keys,
                                         G_N_ELEMENTS (debug_keys));
}

void
bp_debug_mark_idle (gpointer data,
                    gsize    n_bytes)
{
#ifdef BP_HAVE_VALGRIND
  VALGRIND_MAKE_MEM_NOACCESS (data, n_bytes);
#endif
}

void
bp_debug_mark_live (gpointer data,
                    gsize    n_bytes)
{
#ifdef BP_HAVE_VALGRIND
  VALGRIND_MAKE_MEM_UNDEFINED (data, n_bytes);
#endif
}
