/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "buffers.h"

#define MAX_IDLE_BUFFERS 64
#define BYTES_KEPT       (64 * 1024)
#define SAMPLES_KEPT     (32 * 1024)

/* One pool for bytes and one for samples, made when they are first used. A
 * pool of each kind for the whole program is all that most programs need. */
static BP_DEFINE_GLOBAL_POOL (byte_pool, BP_ELEMENT_TYPE_U8, 0, MAX_IDLE_BUFFERS, BYTES_KEPT)
static BP_DEFINE_GLOBAL_POOL (sample_pool, BP_ELEMENT_TYPE_F32, 0, MAX_IDLE_BUFFERS, SAMPLES_KEPT)

struct _BufferSource
{
  gboolean pooled;

  /* What the plain way handed out; each is counted by one thread alone and
   * read when that has ended. A pool keeps its own statistics. */
  guint64 plain_reads;
  guint64 plain_samples;
};

void
buffer_clear (Buffer *self)
{
  if (self->owner != NULL)
    self->release (self->owner);

  *self = (Buffer) { 0 };
}

BufferSource *
buffer_source_new (gboolean pooled)
{
  BufferSource *self = g_new0 (BufferSource, 1);

  self->pooled = pooled;

  return self;
}

void
buffer_source_free (BufferSource *self)
{
  g_free (self);
}

gboolean
buffer_source_is_pooled (BufferSource *self)
{
  return self->pooled;
}

/* Bytes from a stream: the slice remembers how many really came. */
static gboolean
read_pooled (GInputStream  *stream,
             gsize          count,
             Buffer        *buffer,
             GCancellable  *cancellable,
             GError       **error)
{
  BpPooledSlice *slice;

  slice = bp_pool_read (byte_pool (), stream, count, cancellable, error);
  if (slice == NULL)
    return FALSE;

  buffer->data = (gpointer) bp_pooled_slice_get_data (slice, &buffer->length);
  buffer->owner = slice;
  buffer->release = (GDestroyNotify) bp_pooled_slice_unref;

  return TRUE;
}

static gboolean
read_plain (BufferSource  *self,
            GInputStream  *stream,
            gsize          count,
            Buffer        *buffer,
            GCancellable  *cancellable,
            GError       **error)
{
  g_autofree guint8 *data = g_malloc (count);
  gssize n_read;

  self->plain_reads++;

  n_read = g_input_stream_read (stream, data, count, cancellable, error);
  if (n_read < 0)
    return FALSE;

  buffer->data = data;
  buffer->length = n_read;
  buffer->owner = g_steal_pointer (&data);
  buffer->release = g_free;

  return TRUE;
}

/* Samples to be decoded into. They need no zeroes: all are overwritten, or the
 * length is set to those that were. */
static gboolean
take_pooled_samples (gsize    n_samples,
                     Buffer  *buffer,
                     GError **error)
{
  BpPooled *pooled;

  pooled = bp_pool_acquire_uninit (sample_pool (), n_samples, error);
  if (pooled == NULL)
    return FALSE;

  buffer->data = bp_pooled_data (float, pooled, &buffer->length);
  buffer->owner = pooled;
  buffer->release = (GDestroyNotify) bp_pooled_unref;

  return TRUE;
}

static gboolean
take_plain_samples (BufferSource *self,
                    gsize         n_samples,
                    Buffer       *buffer)
{
  self->plain_samples++;

  buffer->data = g_new (float, n_samples);
  buffer->length = n_samples;
  buffer->owner = buffer->data;
  buffer->release = g_free;

  return TRUE;
}

/**
 * buffer_source_read:
 * @self: the source
 * @stream: where the bytes come from
 * @count: the most to read
 * @buffer: (out caller-allocates): an empty buffer to fill; empty still at the
 *   end of the stream
 *
 * Reads up to @count bytes into a fresh buffer.
 */
gboolean
buffer_source_read (BufferSource  *self,
                    GInputStream  *stream,
                    gsize          count,
                    Buffer        *buffer,
                    GCancellable  *cancellable,
                    GError       **error)
{
  if (self->pooled)
    return read_pooled (stream, count, buffer, cancellable, error);

  return read_plain (self, stream, count, buffer, cancellable, error);
}

/**
 * buffer_source_take_samples:
 * @self: the source
 * @n_samples: how many floats it must hold
 * @buffer: (out caller-allocates): an empty buffer
 *
 * Hands out a buffer of @n_samples floats of any value.
 */
gboolean
buffer_source_take_samples (BufferSource  *self,
                            gsize          n_samples,
                            Buffer        *buffer,
                            GError       **error)
{
  if (self->pooled)
    return take_pooled_samples (n_samples, buffer, error);

  return take_plain_samples (self, n_samples, buffer);
}

static void
add_pool_counts (BpPool       *pool,
                 BufferCounts *counts)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  counts->handed_out += bp_pool_stats_get_acquired (stats);
  counts->reused += bp_pool_stats_get_hits (stats);
}

/**
 * buffer_source_get_counts:
 * @self: the source
 * @counts: (out caller-allocates): what it did so far
 *
 * To be called when the threads that use @self have ended.
 */
void
buffer_source_get_counts (BufferSource *self,
                          BufferCounts *counts)
{
  *counts = (BufferCounts) { 0 };

  if (self->pooled)
    {
      add_pool_counts (byte_pool (), counts);
      add_pool_counts (sample_pool (), counts);
    }
  else
    {
      counts->handed_out = self->plain_reads + self->plain_samples;
    }
}
