/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#ifdef __GLIBC__
# include <gnu/libc-version.h>
# include <malloc.h>
#endif

#include "bench-subject.h"

#define LARGE_BYTES (8u << 20)

/* The C library's malloc(), and what takes its place when it is preloaded. The
 * pool is the size.
 */

static gpointer
open_malloc (const BenchSetup  *setup,
             GError           **error G_GNUC_UNUSED)
{
  return GSIZE_TO_POINTER (setup->size);
}

static void
close_malloc (gpointer pool G_GNUC_UNUSED)
{
}

static inline gpointer
acquire_malloc (gpointer pool)
{
  gpointer buffer = malloc (GPOINTER_TO_SIZE (pool));

  if (G_UNLIKELY (buffer == NULL))
    g_error ("malloc() found no memory for %" G_GSIZE_FORMAT " bytes", GPOINTER_TO_SIZE (pool));

  return buffer;
}

static inline void
release_malloc (gpointer pool G_GNUC_UNUSED,
                gpointer buffer)
{
  free (buffer);
}

static char *
dup_version_malloc (GError **error G_GNUC_UNUSED)
{
#ifdef __GLIBC__
  return g_strdup_printf ("glibc %s", gnu_get_libc_version ());
#else
  return g_strdup ("the system's");
#endif
}

/* Whether the tunables are what they should be shows in a block that would have a
 * mapping of its own otherwise.
 */
static char *
dup_version_malloc_tuned (GError **error)
{
#ifdef __GLIBC__
  gpointer block = malloc (LARGE_BYTES);
  gboolean is_mapped;

  bench_touch_byte (block);
  is_mapped = mallinfo2 ().hblks > 0;
  free (block);

  if (!is_mapped && g_getenv (BENCH_TUNABLES) != NULL)
    return dup_version_malloc (error);
#endif

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
               "the C library does not follow " BENCH_TUNABLES);

  return NULL;
}

static gpointer
find_preloaded (const char  *symbol,
                const char  *library,
                GError     **error)
{
  gpointer function = dlsym (RTLD_DEFAULT, symbol);

  if (function == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s is not installed", library);

  return function;
}

static char *
dup_version_mimalloc (GError **error)
{
  int (*mi_version) (void);
  gpointer symbol = find_preloaded ("mi_version", "mimalloc", error);
  int version;

  if (symbol == NULL)
    return NULL;

  memcpy (&mi_version, &symbol, sizeof symbol);
  version = mi_version ();

  return g_strdup_printf ("%d.%d.%d", version / 100, version / 10 % 10, version % 10);
}

static char *
dup_version_jemalloc (GError **error)
{
  int (*mallctl) (const char *name, void *old, size_t *old_size, void *new, size_t new_size);
  gpointer symbol = find_preloaded ("mallctl", "jemalloc", error);
  const char *version = NULL;
  size_t size = sizeof version;

  if (symbol == NULL)
    return NULL;

  memcpy (&mallctl, &symbol, sizeof symbol);
  if (mallctl ("version", &version, &size, NULL, 0) != 0 || version == NULL)
    return g_strdup ("unknown");

  return g_strndup (version, strcspn (version, "-"));
}

static const BenchOps malloc_ops = {
  .acquire = acquire_malloc,
  .touch = bench_touch_byte,
  .touch_pages = bench_touch_pages,
  .fill = bench_fill,
  .release = release_malloc,
  .release_early = release_malloc,
};

BENCH_DEFINE_LOOPS (malloc, malloc_ops)

static const BenchLoops malloc_loops = BENCH_LOOPS (malloc);

#define MALLOC_DRIVER(version)                       \
  {                                                  \
    .dup_version = version,                          \
    .open = open_malloc,                             \
    .close = close_malloc,                           \
    .ops = &malloc_ops,                              \
    .loops = &malloc_loops,                          \
  }

const BenchDriver bench_driver_malloc = MALLOC_DRIVER (dup_version_malloc);
const BenchDriver bench_driver_malloc_tuned = MALLOC_DRIVER (dup_version_malloc_tuned);
const BenchDriver bench_driver_mimalloc = MALLOC_DRIVER (dup_version_mimalloc);
const BenchDriver bench_driver_jemalloc = MALLOC_DRIVER (dup_version_jemalloc);
