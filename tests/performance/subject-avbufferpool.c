/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <gio/gio.h>
#include <libavutil/avutil.h>
#include <libavutil/buffer.h>

#include "bench-subject.h"

/* FFmpeg's pool of buffers of one size. It has no bound. */

static inline gpointer
acquire_avbufferpool (gpointer pool)
{
  AVBufferRef *buffer = av_buffer_pool_get (pool);

  if (G_UNLIKELY (buffer == NULL))
    g_error ("av_buffer_pool_get() found no memory");

  return buffer;
}

static inline void
release_avbufferpool (gpointer pool G_GNUC_UNUSED,
                      gpointer buffer)
{
  AVBufferRef *ref = buffer;

  av_buffer_unref (&ref);
}

static inline void
touch_avbufferpool (gpointer buffer)
{
  bench_touch_byte (((AVBufferRef *) buffer)->data);
}

static inline void
touch_avbufferpool_pages (gpointer buffer,
                          gsize    size)
{
  bench_touch_pages (((AVBufferRef *) buffer)->data, size);
}

static inline void
fill_avbufferpool (gpointer buffer,
                   gsize    size)
{
  bench_fill (((AVBufferRef *) buffer)->data, size);
}

static gpointer
open_avbufferpool (const BenchSetup  *setup,
                   GError           **error)
{
  AVBufferPool *pool = av_buffer_pool_init (setup->size, NULL);
  g_autofree gpointer *buffers = g_new (gpointer, setup->n_buffers);

  if (pool == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                   "av_buffer_pool_init() refused buffers of %" G_GSIZE_FORMAT " bytes", setup->size);
      return NULL;
    }

  for (guint i = 0; i < setup->n_buffers; i++)
    buffers[i] = acquire_avbufferpool (pool);
  for (guint i = 0; i < setup->n_buffers; i++)
    release_avbufferpool (pool, buffers[i]);

  return pool;
}

static void
close_avbufferpool (gpointer data)
{
  AVBufferPool *pool = data;

  av_buffer_pool_uninit (&pool);
}

static char *
dup_version_avbufferpool (GError **error G_GNUC_UNUSED)
{
  unsigned version = avutil_version ();

  return g_strdup_printf ("%u.%u.%u", AV_VERSION_MAJOR (version),
                          AV_VERSION_MINOR (version), AV_VERSION_MICRO (version));
}

static const BenchOps avbufferpool_ops = {
  .acquire = acquire_avbufferpool,
  .touch = touch_avbufferpool,
  .touch_pages = touch_avbufferpool_pages,
  .fill = fill_avbufferpool,
  .release = release_avbufferpool,
  .release_early = release_avbufferpool,
};

BENCH_DEFINE_LOOPS (avbufferpool, avbufferpool_ops)

static const BenchLoops avbufferpool_loops = BENCH_LOOPS (avbufferpool);

const BenchDriver bench_driver_avbufferpool = {
  .dup_version = dup_version_avbufferpool,
  .open = open_avbufferpool,
  .close = close_avbufferpool,
  .ops = &avbufferpool_ops,
  .loops = &avbufferpool_loops,
};
