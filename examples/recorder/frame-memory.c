/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "frame-memory.h"

struct _FrameMemory
{
  Limits           limits;
  gsize            frame_bytes;

  BpBudget        *budget;
  GPtrArray       *pools;     /* one for each source */

  _Atomic guint64  n_waits;
  _Atomic gint64   wait_us;   /* of all readers together */
};

/**
 * frame_memory_new:
 * @limits: what to keep to
 * @n_sources: how many pools to make
 * @frame_bytes: the size of every buffer
 *
 * Where there is no limit the budget is only what counts the bytes.
 */
FrameMemory *
frame_memory_new (const Limits *limits,
                  guint         n_sources,
                  gsize         frame_bytes)
{
  FrameMemory *self = g_new0 (FrameMemory, 1);

  self->limits = *limits;
  self->frame_bytes = frame_bytes;
  self->budget = bp_budget_new (limits->budget);
  self->pools = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n_sources; i++)
    {
      /* For messages and traces */
      g_autofree char *name = g_strdup_printf ("source %u", i + 1);

      g_ptr_array_add (self->pools,
                       g_object_new (BP_TYPE_POOL,
                                     "name", name,
                                     "element-type", BP_ELEMENT_TYPE_U8,
                                     "budget", self->budget,
                                     "max-outstanding", limits->max_outstanding,
                                     NULL));
    }

  return self;
}

void
frame_memory_free (FrameMemory *self)
{
  g_ptr_array_unref (self->pools);
  g_object_unref (self->budget);
  g_free (self);
}

/**
 * frame_memory_take:
 * @self: the memory
 * @source: which source it is for
 * @cancellable: ends the wait
 *
 * Takes a buffer for one frame. Its bytes have any value: the reader overwrites
 * them. At the limit this waits as long as the limits say. So the readers become as slow
 * as the writer.
 *
 * Returns: (nullable): the buffer, or %NULL with @error set; frame_memory_is_short()
 *   tells whether that is for want of memory
 */
BpPooled *
frame_memory_take (FrameMemory   *self,
                   guint          source,
                   GCancellable  *cancellable,
                   GError       **error)
{
  BpPool *pool = g_ptr_array_index (self->pools, source);
  g_autoptr (GError) local_error = NULL;
  BpPooled *frame;
  gint64 began;

  frame = bp_pool_acquire_full (pool, self->frame_bytes, BP_ACQUIRE_UNINIT, NULL, 0,
                                cancellable, &local_error);
  if (frame != NULL)
    return frame;

  if (self->limits.max_wait_us == 0 || !frame_memory_is_short (local_error))
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  atomic_fetch_add_explicit (&self->n_waits, 1, memory_order_relaxed);
  began = g_get_monotonic_time ();
  frame = bp_pool_acquire_full (pool, self->frame_bytes, BP_ACQUIRE_UNINIT, NULL,
                                self->limits.max_wait_us, cancellable, error);
  atomic_fetch_add_explicit (&self->wait_us, g_get_monotonic_time () - began,
                             memory_order_relaxed);

  return frame;
}

/**
 * frame_memory_is_short:
 * @error: of frame_memory_take()
 *
 * Returns: whether the limits were in the way, and not what the operator did
 */
gboolean
frame_memory_is_short (const GError *error)
{
  return g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT)
      || g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
}

/**
 * frame_memory_flush:
 * @self: the memory
 *
 * Gives nothing out any more: readers that wait here wake up with an error. What
 * is out stays valid.
 */
void
frame_memory_flush (FrameMemory *self)
{
  for (guint i = 0; i < self->pools->len; i++)
    bp_pool_set_flushing (g_ptr_array_index (self->pools, i), TRUE);
}

/**
 * frame_memory_get_used:
 * @self: the memory
 *
 * Returns: the bytes of all buffers that there are now, in use and idle
 */
guint64
frame_memory_get_used (FrameMemory *self)
{
  return bp_budget_get_used_bytes (self->budget);
}

guint64
frame_memory_get_peak (FrameMemory *self)
{
  return bp_budget_get_peak_bytes (self->budget);
}

/**
 * frame_memory_get_waits:
 * @self: the memory
 * @wait_us: (out) (optional): how long they took together
 *
 * Returns: how many times a reader had to wait
 */
guint64
frame_memory_get_waits (FrameMemory *self,
                        gint64      *wait_us)
{
  if (wait_us != NULL)
    *wait_us = atomic_load_explicit (&self->wait_us, memory_order_relaxed);

  return atomic_load_explicit (&self->n_waits, memory_order_relaxed);
}
