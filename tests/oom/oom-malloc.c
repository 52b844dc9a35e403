/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* dladdr() is an extension. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include "oom-fault.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* malloc() itself is the program's, for all that is in the process. glibc has its own under
 * other names. */

void *__libc_malloc (size_t size);
void *__libc_calloc (size_t n, size_t size);
void *__libc_realloc (void *block, size_t size);
void *__libc_memalign (size_t alignment, size_t size);
void __libc_free (void *block);

static atomic_llong n_live;
/* GLib has a thread of its own, which does not count. */
static _Thread_local gboolean is_watched;
static _Thread_local gboolean is_armed;
static _Thread_local gboolean has_failed;
static _Thread_local guint countdown;
static _Thread_local OomWay way_to_fail;
static _Thread_local OomCaller *first_caller;

static gboolean
is_of (const char *file,
       const char *name)
{
  return strstr (file, name) != NULL;
}

static OomCaller
find_caller (gconstpointer address)
{
  OomCaller caller = { .kind = OOM_TRIES, .file = "?" };
  Dl_info info;

  if (dladdr (address, &info) == 0 || info.dli_fname == NULL)
    return caller;

  caller.file = info.dli_fname;
  caller.offset = (gsize) ((const guint8 *) address - (const guint8 *) info.dli_fbase);
  /* The compiler may turn g_try_malloc() into a jump, and then its caller is seen. */
  if (info.dli_sname != NULL && g_str_has_prefix (info.dli_sname, "g_try_"))
    return caller;
  if (info.dli_sname != NULL && (g_str_has_prefix (info.dli_sname, "g_malloc") ||
                                 g_str_has_prefix (info.dli_sname, "g_realloc")))
    caller.kind = OOM_ABORTS;
  else if (is_of (caller.file, "libglib-") || is_of (caller.file, "libgobject-") ||
           is_of (caller.file, "libgio-") || is_of (caller.file, "libc.") ||
           is_of (caller.file, "/ld-"))
    caller.kind = OOM_OTHER;

  return caller;
}

static gboolean
is_fault (gconstpointer address)
{
  OomCaller caller;

  if (G_LIKELY (!is_armed))
    return FALSE;
  if (countdown > 0)
    {
      countdown--;
      return FALSE;
    }

  caller = find_caller (address);
  if (caller.kind != OOM_TRIES && (has_failed || way_to_fail == OOM_ONLY_THAT_TRY))
    return FALSE;
  if (!has_failed)
    {
      has_failed = TRUE;
      *first_caller = caller;
      is_armed = way_to_fail != OOM_ONE;
    }
  errno = ENOMEM;

  return TRUE;
}

void
oom_begin (guint      n_good,
           OomWay     way,
           OomCaller *caller)
{
  first_caller = caller;
  countdown = n_good;
  way_to_fail = way;
  has_failed = FALSE;
  is_armed = TRUE;
}

gboolean
oom_end (void)
{
  is_armed = FALSE;

  return has_failed;
}

void
oom_watch (void)
{
  is_watched = TRUE;
}

gboolean
oom_aborts (void)
{
  return TRUE;
}

gint64
oom_n_live (void)
{
  return n_live;
}

static void
count_more (int n_more)
{
  if (is_watched)
    atomic_fetch_add_explicit (&n_live, n_more, memory_order_relaxed);
}

static void *
count (void *block)
{
  if (block != NULL)
    count_more (1);

  return block;
}

#define FAULT() is_fault (__builtin_return_address (0))

void *
malloc (size_t size)
{
  return FAULT () ? NULL : count (__libc_malloc (size));
}

void *
calloc (size_t n,
        size_t size)
{
  return FAULT () ? NULL : count (__libc_calloc (n, size));
}

void
free (void *block)
{
  if (block != NULL)
    count_more (-1);
  __libc_free (block);
}

void *
realloc (void   *block,
         size_t  size)
{
  void *result;

  if (size > 0 && FAULT ())
    return NULL;

  result = __libc_realloc (block, size);
  if (block == NULL)
    return count (result);
  if (size == 0)
    count_more (-1);

  return result;
}

void *
memalign (size_t alignment,
          size_t size)
{
  return FAULT () ? NULL : count (__libc_memalign (alignment, size));
}

void *
aligned_alloc (size_t alignment,
               size_t size)
{
  return FAULT () ? NULL : count (__libc_memalign (alignment, size));
}

int
posix_memalign (void   **block,
                size_t   alignment,
                size_t   size)
{
  void *result = FAULT () ? NULL : count (__libc_memalign (alignment, size));

  if (result == NULL)
    return ENOMEM;
  *block = result;

  return 0;
}
