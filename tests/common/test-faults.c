/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-faults.h"

#include <errno.h>
#include <stdlib.h>

#define NO_FAULT -1

/* How many allocations still succeed. */
static int countdown = NO_FAULT;
static gboolean all_after;
static guint n_faults;

static gboolean
is_fault (void)
{
  if (countdown == NO_FAULT)
    return FALSE;
  if (countdown > 0)
    {
      countdown--;
      return FALSE;
    }

  n_faults++;
  if (!all_after)
    countdown = NO_FAULT;

  return TRUE;
}

void
fail_from (int      n_good,
           gboolean all)
{
  countdown = n_good;
  all_after = all;
  n_faults = 0;
}

guint
get_n_faults (void)
{
  return n_faults;
}

gboolean
end_faults (void)
{
  countdown = NO_FAULT;

  return n_faults > 0;
}

/* In sight, since for musl's linker what GLib calls is replaced, too. */
#define WRAP(type, name, params, args, failed) \
type __real_##name params;                     \
__attribute__ ((visibility ("default"))) type __wrap_##name params; \
type                                           \
__wrap_##name params                           \
{                                              \
  if (is_fault ())                             \
    return failed;                             \
  return __real_##name args;                   \
}

WRAP (void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL)
WRAP (int, posix_memalign, (void **data, size_t alignment, size_t size),
      (data, alignment, size), ENOMEM)
WRAP (gpointer, g_try_malloc, (gsize size), (size), NULL)
WRAP (gpointer, g_try_malloc0, (gsize size), (size), NULL)
WRAP (gpointer, g_try_malloc_n, (gsize n, gsize size), (n, size), NULL)
WRAP (gpointer, g_try_malloc0_n, (gsize n, gsize size), (n, size), NULL)
WRAP (gpointer, g_try_realloc, (gpointer data, gsize size), (data, size), NULL)
