/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "frames.h"

#include <bufpool.h>
#include <stdatomic.h>
#include <stdlib.h>

/* What the pool keeps and was not needed for so long goes back to the system */
#define IDLE_TIMEOUT_MS 250

#define NO_TIMEOUT (-1)

struct _FrameSource
{
  gsize            frame_bytes;
  BpPool          *pool;        /* (nullable): none for malloc() and free() */
  BpBudget        *budget;      /* (nullable) */

  /* Only the thread that takes frames writes these */
  _Atomic guint64  n_taken;
  _Atomic guint64  n_waits;
  _Atomic guint64  peak;

  _Atomic guint64  n_given_back;
};

/**
 * frame_source_new:
 * @kind: where the memory comes from
 * @frame_bytes: the size of every frame
 * @budget: the most bytes that all frames may take, for %FRAME_KIND_BUDGET
 *
 * The pool's settings are those that it has by itself, but for one, which costs nothing
 * before the work is over: memory that lies idle goes back to the system.
 */
FrameSource *
frame_source_new (FrameKind kind,
                  gsize     frame_bytes,
                  guint64   budget)
{
  FrameSource *self = g_new0 (FrameSource, 1);

  self->frame_bytes = frame_bytes;

  if (kind == FRAME_KIND_BUDGET)
    self->budget = bp_budget_new (budget);

  if (kind != FRAME_KIND_PLAIN)
    self->pool = g_object_new (BP_TYPE_POOL,
                               "element-type", BP_ELEMENT_TYPE_U8,
                               "budget", self->budget,
                               "idle-timeout", IDLE_TIMEOUT_MS,
                               NULL);

  return self;
}

void
frame_source_free (FrameSource *self)
{
  g_clear_object (&self->pool);
  g_clear_object (&self->budget);
  g_free (self);
}

static gboolean
take_pooled (FrameSource   *self,
             Frame         *frame,
             GCancellable  *cancellable,
             GError       **error)
{
  g_autoptr (GError) local_error = NULL;
  BpPooled *pooled;

  pooled = bp_pool_acquire_full (self->pool, self->frame_bytes, BP_ACQUIRE_UNINIT, NULL, 0,
                                 cancellable, &local_error);

  if (g_error_matches (local_error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET))
    {
      g_clear_error (&local_error);
      atomic_fetch_add_explicit (&self->n_waits, 1, memory_order_relaxed);
      pooled = bp_pool_acquire_full (self->pool, self->frame_bytes, BP_ACQUIRE_UNINIT, NULL,
                                     NO_TIMEOUT, cancellable, &local_error);
    }

  if (pooled == NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  frame->data = bp_pooled_data (guint8, pooled, NULL);
  frame->owner = pooled;

  return TRUE;
}

static gboolean
take_plain (FrameSource  *self,
            Frame        *frame,
            GError      **error)
{
  frame->data = malloc (self->frame_bytes);
  frame->owner = frame->data;

  if (frame->data == NULL)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE,
                 "there is no memory for a frame of %" G_GSIZE_FORMAT " bytes", self->frame_bytes);

  return frame->data != NULL;
}

static guint64
count_out (FrameSource *self)
{
  /* Read in this order, what comes back meanwhile makes it too many, and not too few */
  guint64 n_given_back = atomic_load_explicit (&self->n_given_back, memory_order_acquire);

  return atomic_load_explicit (&self->n_taken, memory_order_relaxed) - n_given_back;
}

/**
 * frame_source_take:
 * @self: the source; frames are taken by one thread, and given back by any
 * @frame: (out caller-allocates): an empty frame
 * @cancellable: ends a wait for the budget
 *
 * Takes memory for one frame. Its bytes have any value. Where there is a budget and it is
 * used up, this waits until another thread gives a frame back.
 *
 * Returns: %FALSE with @error set if there is no memory, or the wait was ended
 */
gboolean
frame_source_take (FrameSource   *self,
                   Frame         *frame,
                   GCancellable  *cancellable,
                   GError       **error)
{
  guint64 bytes;

  if (self->pool != NULL ? !take_pooled (self, frame, cancellable, error)
                         : !take_plain (self, frame, error))
    return FALSE;

  frame->source = self;
  atomic_fetch_add_explicit (&self->n_taken, 1, memory_order_relaxed);

  bytes = count_out (self) * self->frame_bytes;
  if (bytes > atomic_load_explicit (&self->peak, memory_order_relaxed))
    atomic_store_explicit (&self->peak, bytes, memory_order_relaxed);

  return TRUE;
}

/**
 * frame_clear:
 * @self: a frame, or an empty one
 *
 * Gives its memory back, to the pool or to free(), in any thread.
 */
void
frame_clear (Frame *self)
{
  FrameSource *source = self->source;

  if (source == NULL)
    return;

  /* Counted first: the memory may be taken again before the next line */
  atomic_fetch_add_explicit (&source->n_given_back, 1, memory_order_release);
  if (source->pool != NULL)
    bp_pooled_unref (self->owner);
  else
    free (self->owner);

  *self = (Frame) { 0 };
}

/**
 * frame_source_get_counts:
 * @self: the source
 * @counts: (out caller-allocates): what it did so far
 */
void
frame_source_get_counts (FrameSource *self,
                         FrameCounts *counts)
{
  *counts = (FrameCounts) {
    .now = count_out (self) * self->frame_bytes,
    .handed_out = atomic_load_explicit (&self->n_taken, memory_order_relaxed),
    .waits = atomic_load_explicit (&self->n_waits, memory_order_relaxed),
    .peak = atomic_load_explicit (&self->peak, memory_order_relaxed),
  };

  if (self->pool != NULL)
    {
      g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pool);

      counts->reused = bp_pool_stats_get_hits (stats);
    }

  if (self->budget != NULL)
    counts->budget_peak = bp_budget_get_peak_bytes (self->budget);
}
