/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-watch.h"

#include "bp-debug-private.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/memcheck.h>
#endif

#ifdef BP_ASAN
int __asan_address_is_poisoned (void const volatile *addr);
#endif

void
test_watch_memory (void)
{
#ifdef BP_HAVE_VALGRIND
  if (RUNNING_ON_VALGRIND)
    g_setenv ("BUFPOOL_DEBUG", "memcheck", TRUE);
#endif
}

gboolean
test_is_watched (void)
{
#ifdef BP_ASAN
  return TRUE;
#elif defined (BP_HAVE_VALGRIND)
  return RUNNING_ON_VALGRIND != 0;
#else
  return FALSE;
#endif
}

gboolean
test_is_accessible (gconstpointer address)
{
#ifdef BP_ASAN
  return !__asan_address_is_poisoned (address);
#elif defined (BP_HAVE_VALGRIND)
  guint8 bits;

  return VALGRIND_GET_VBITS (address, &bits, 1) != 3;
#else
  return TRUE;
#endif
}
