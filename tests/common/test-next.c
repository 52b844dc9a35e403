/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* RTLD_NEXT is an extension. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include "test-next.h"

#include <dlfcn.h>

gpointer
test_find_next (_Atomic (gpointer) *next,
                const char         *name)
{
  gpointer found = atomic_load_explicit (next, memory_order_relaxed);

  if (found == NULL)
    {
      found = dlsym (RTLD_NEXT, name);
      atomic_store_explicit (next, found, memory_order_relaxed);
    }

  return found;
}
