/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-subject.h"

#include <string.h>

#include <gio/gio.h>

#include "bench-api.h"

#ifdef BENCH_HAVE_AVUTIL
# define DRIVER_AVBUFFERPOOL (&bench_driver_avbufferpool)
#else
# define DRIVER_AVBUFFERPOOL NULL
#endif

#ifdef BENCH_HAVE_GSTREAMER
# define DRIVER_GSTBUFFERPOOL (&bench_driver_gstbufferpool)
#else
# define DRIVER_GSTBUFFERPOOL NULL
#endif

/* Not in every version that this is built against */
#if BENCH_API_HAS_BULK
# define DRIVER_BULK (&bench_driver_bufpool_bulk)
#else
# define DRIVER_BULK NULL
#endif

static const char *const mimalloc_preloads[] = {
  "libmimalloc.so.3", "libmimalloc.so.2", "libmimalloc.so", NULL
};
static const char *const jemalloc_preloads[] = {
  "libjemalloc.so.2", "libjemalloc.so", NULL
};

/* Never a mapping of its own for a block, and memory never goes back */
#define TUNED \
  "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=" G_STRINGIFY (TUNED_TRIM_THRESHOLD)
#if GLIB_SIZEOF_SIZE_T == 8
# define TUNED_TRIM_THRESHOLD 18446744073709551615
#else
# define TUNED_TRIM_THRESHOLD 4294967295
#endif

/* malloc() makes and frees objects and items, too. */
#define ALLOCATOR_DRIVERS(buffers)                            \
  {                                                           \
    [BENCH_THING_BUFFER] = buffers,                           \
    [BENCH_THING_OBJECT] = &bench_driver_new_objects,         \
    [BENCH_THING_ITEM] = &bench_driver_new_items,             \
    [BENCH_THING_COSTLY_ITEM] = &bench_driver_new_items,      \
  }

const BenchSubject bench_subjects[] = {
  {
    "bufpool", "bp_pool_acquire(), bp_pooled_unref()", "bufpool",
    BENCH_KIND_BUFPOOL, NULL, NULL,
    {
      [BENCH_THING_BUFFER] = &bench_driver_bufpool,
      [BENCH_THING_OBJECT] = &bench_driver_bufpool_objects,
      [BENCH_THING_ITEM] = &bench_driver_bufpool_items,
      [BENCH_THING_COSTLY_ITEM] = &bench_driver_bufpool_items,
    }
  },
  {
    "bufpool-strict", "the same with thread-cache 0: every idle buffer is visible to all", "bufpool",
    BENCH_KIND_BUFPOOL, NULL, NULL,
    {
      [BENCH_THING_BUFFER] = &bench_driver_bufpool_strict,
      [BENCH_THING_OBJECT] = &bench_driver_bufpool_strict_objects,
      [BENCH_THING_ITEM] = &bench_driver_bufpool_strict_items,
      [BENCH_THING_COSTLY_ITEM] = &bench_driver_bufpool_strict_items,
    }
  },
  {
    "bufpool-sized", "bp_pool_acquire_uninit() with the size each time", "bufpool",
    BENCH_KIND_BUFPOOL_SIZED, NULL, NULL, { &bench_driver_bufpool_sized }
  },
  {
    "bufpool-bulk", "bp_pool_acquire_many() with the size each time, bp_pooled_unref_many()",
    "bufpool", BENCH_KIND_BUFPOOL_BULK, NULL, NULL, { DRIVER_BULK }
  },
  {
    "bufpool-realtime", "bufpool with realtime: no caches, no locks, all made before", "bufpool",
    BENCH_KIND_BUFPOOL_REALTIME, NULL, NULL, { &bench_driver_bufpool_realtime }
  },
  {
    "malloc", "malloc(), free(); for objects g_object_new(), g_object_unref()", "C library",
    BENCH_KIND_ALLOCATOR, NULL, NULL, ALLOCATOR_DRIVERS (&bench_driver_malloc)
  },
  {
    "malloc-tuned", "the same with " BENCH_TUNABLES ": mmap_max 0, trim_threshold at its largest",
    "C library",
    BENCH_KIND_ALLOCATOR, NULL, TUNED, ALLOCATOR_DRIVERS (&bench_driver_malloc_tuned)
  },
  {
    "g_slice", "g_slice_alloc(), g_slice_free1()", "GLib",
    BENCH_KIND_OTHER, NULL, NULL, { &bench_driver_g_slice }
  },
  {
    "avbufferpool", "av_buffer_pool_get(), av_buffer_unref()", "libavutil",
    BENCH_KIND_OTHER, NULL, NULL, { DRIVER_AVBUFFERPOOL }
  },
  {
    "gstbufferpool", "gst_buffer_pool_acquire_buffer(), map, unmap, gst_buffer_unref()", "GStreamer",
    BENCH_KIND_OTHER, NULL, NULL, { DRIVER_GSTBUFFERPOOL }
  },
  {
    "mimalloc", "malloc(), free() with mimalloc preloaded", "mimalloc",
    BENCH_KIND_ALLOCATOR, mimalloc_preloads, NULL, ALLOCATOR_DRIVERS (&bench_driver_mimalloc)
  },
  {
    "jemalloc", "malloc(), free() with jemalloc preloaded", "jemalloc",
    BENCH_KIND_ALLOCATOR, jemalloc_preloads, NULL, ALLOCATOR_DRIVERS (&bench_driver_jemalloc)
  },
  {
    "ring", "no allocator, only the ring between two threads (handoff)", "bufpool-bench",
    BENCH_KIND_BASELINE, NULL, NULL, { &bench_driver_ring }
  },
};

const guint bench_n_subjects = G_N_ELEMENTS (bench_subjects);

const BenchSubject *
bench_subject_find (const char *name)
{
  for (guint i = 0; i < bench_n_subjects; i++)
    {
      if (strcmp (bench_subjects[i].name, name) == 0)
        return &bench_subjects[i];
    }

  return NULL;
}

/* An error says why the subject is absent from this process. */
char *
bench_subject_dup_version (const BenchSubject  *subject,
                           GError             **error)
{
  const BenchDriver *driver = subject->drivers[BENCH_THING_BUFFER];

  if (driver == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                   "bufpool-bench was built without %s", subject->library);
      return NULL;
    }

  return driver->dup_version (error);
}
