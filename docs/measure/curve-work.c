/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "curve-work.h"

#include "bench-loops.h"

static BpPooled *
take (CurveBench *self,
      gsize       size)
{
  BpPooled *buffer = bp_pool_acquire_uninit (self->pool, size, NULL);

  if (buffer == NULL)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes", size);

  return buffer;
}

static BpPooled *
take_small (CurveBench *self)
{
  BpPooled *buffer = take (self, CURVE_SMALL);

  bench_touch_byte (bp_pooled_get_data (buffer, NULL));

  return buffer;
}

/* One byte of each page is written, so that each page is there: what a page fault costs shows,
 * and the time to fill a buffer, which is the same whatever the settings are, does not */
static BpPooled *
take_touched (CurveBench *self,
              gsize       size)
{
  BpPooled *buffer = take (self, size);

  bench_touch_pages (bp_pooled_get_data (buffer, NULL), size);

  return buffer;
}

void
curve_work_pairs (guint    index,
                  gpointer bench)
{
  CurveBench *self = bench;

  for (guint64 i = 0; i < self->n_rounds; i++)
    bp_pooled_unref (take_small (self));
}

void
curve_work_burst (guint    index,
                  gpointer bench)
{
  CurveBench *self = bench;
  BpPooled *buffers[CURVE_BURST];

  for (guint64 i = 0; i < self->n_rounds; i++)
    {
      for (guint j = 0; j < CURVE_BURST; j++)
        buffers[j] = take_small (self);
      for (guint j = 0; j < CURVE_BURST; j++)
        bp_pooled_unref (buffers[j]);
    }
}

/* Two threads: one takes, the other gives back */
void
curve_work_hand (guint    index,
                 gpointer bench)
{
  CurveBench *self = bench;

  for (guint64 i = 0; i < self->n_rounds; i++)
    {
      if (index == 0)
        bench_ring_push (self->ring, take_small (self));
      else
        bp_pooled_unref (bench_ring_pop (self->ring));
    }
}

/* One thread after the other takes some and gives them back */
void
curve_work_turns (guint    index,
                  gpointer bench)
{
  CurveBench *self = bench;
  BpPooled *buffers[CURVE_TURN_BUFFERS];

  for (guint64 i = 0; i < self->n_rounds; i++)
    {
      g_mutex_lock (&self->mutex);
      while (self->turn % self->n_threads != index)
        g_cond_wait (&self->cond, &self->mutex);
      g_mutex_unlock (&self->mutex);

      for (guint j = 0; j < CURVE_TURN_BUFFERS; j++)
        buffers[j] = take_small (self);
      for (guint j = 0; j < CURVE_TURN_BUFFERS; j++)
        bp_pooled_unref (buffers[j]);

      g_mutex_lock (&self->mutex);
      self->turn++;
      g_cond_broadcast (&self->cond);
      g_mutex_unlock (&self->mutex);
    }
}

static void
burst_of_touched (CurveBench *self,
                  gsize     (*get_size) (guint32 *random))
{
  BpPooled *buffers[CURVE_BURST];
  guint32 random = bench_random_seed (0);

  for (guint64 i = 0; i < self->n_rounds; i++)
    {
      for (guint j = 0; j < CURVE_BURST; j++)
        buffers[j] = take_touched (self, get_size (&random));
      for (guint j = 0; j < CURVE_BURST; j++)
        bp_pooled_unref (buffers[j]);
    }
}

static gsize
get_medium_size (guint32 *random)
{
  return CURVE_MEDIUM;
}

/* Mostly one size, and a much larger one now and then */
static gsize
get_mixed_size (guint32 *random)
{
  return (bench_random_next (random) >> 8) % CURVE_MIXED_SELDOM == 0 ? CURVE_MIXED_LARGE
                                                                     : CURVE_MIXED_USUAL;
}

void
curve_work_medium (guint    index,
                   gpointer bench)
{
  burst_of_touched (bench, get_medium_size);
}

void
curve_work_mixed (guint    index,
                  gpointer bench)
{
  burst_of_touched (bench, get_mixed_size);
}
