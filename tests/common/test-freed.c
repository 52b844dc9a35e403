/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-freed.h"

#include <malloc.h>
#include <stdatomic.h>
#include <string.h>

#ifdef BP_HAVE_VALGRIND
# include <valgrind/memcheck.h>
#endif

#define TEST_VISIBLE __attribute__ ((visibility ("default")))

static atomic_uint n_looked, n_found;

/* Without a copy of the secret to compare with, which would be found as well. */
guint
test_count_secrets (gconstpointer data, gsize n_bytes, gsize n_least)
{
  const guint8 *at = data, *end = at + n_bytes;
  guint n = 0;

  while (at < end && (at = memchr (at, TEST_SECRET, (gsize) (end - at))) != NULL)
    {
      const guint8 *start = at;

      while (at < end && *at == TEST_SECRET)
        at++;
      n += (gsize) (at - start) >= n_least;
    }

  return n;
}

gboolean
test_is_zero (gconstpointer data, gsize n_bytes)
{
  const guint8 *bytes = data;

  return n_bytes == 0 || (bytes[0] == 0 && memcmp (bytes, bytes + 1, n_bytes - 1) == 0);
}

guint
test_freed_secrets (guint *n_freed)
{
  guint n = atomic_exchange (&n_looked, 0);

  if (n_freed != NULL)
    *n_freed = n;

  return atomic_exchange (&n_found, 0);
}

static void
look_at (gconstpointer data, gsize n_bytes)
{
#ifdef BP_HAVE_VALGRIND
  VALGRIND_MAKE_MEM_DEFINED (data, n_bytes);
#endif
  atomic_fetch_add (&n_looked, 1);
  if (test_count_secrets (data, n_bytes, TEST_SECRET_BYTES) > 0)
    atomic_fetch_add (&n_found, 1);
}

static void
look_at_block (gpointer data)
{
  if (data != NULL)
    look_at (data, malloc_usable_size (data));
}

void __real_g_free (gpointer data);
void __real_free (void *data);
gpointer __real_g_try_realloc (gpointer data, gsize n_bytes);
int __real_madvise (void *start, size_t n_bytes, int advice);

/* Visible, since the linker wants that where other libraries have the names as well. */
TEST_VISIBLE void __wrap_g_free (gpointer data);
TEST_VISIBLE void __wrap_free (void *data);
TEST_VISIBLE gpointer __wrap_g_try_realloc (gpointer data, gsize n_bytes);
TEST_VISIBLE int __wrap_madvise (void *start, size_t n_bytes, int advice);

void
__wrap_g_free (gpointer data)
{
  look_at_block (data);
  __real_g_free (data);
}

void
__wrap_free (void *data)
{
  look_at_block (data);
  __real_free (data);
}

/* realloc() may move the block, and leave the contents of the old one. */
gpointer
__wrap_g_try_realloc (gpointer data, gsize n_bytes)
{
  look_at_block (data);

  return __real_g_try_realloc (data, n_bytes);
}

int
__wrap_madvise (void *start, size_t n_bytes, int advice)
{
  look_at (start, n_bytes);

  return __real_madvise (start, n_bytes, advice);
}
