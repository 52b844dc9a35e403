/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <string.h>

#include "bench-ring.h"
#include "bench-table.h"

/* The loops that are timed. A subject calls them with its own constant BenchOps,
 * so that the compiler puts the subject's functions straight into them: every
 * subject is called as a program would call it, without a pointer in between.
 */

#define BENCH_HOLD_BUFFERS 64
#define BENCH_BULK_BUFFERS 64
#define BENCH_BURST_BUFFERS 1000
#define BENCH_BATCH_BUFFERS 256
#define BENCH_WINDOW_BUFFERS 64
#define BENCH_WINDOW_TRADE 8
#define BENCH_FRAMES 8
#define BENCH_PAGE 4096
#define BENCH_FILL 0xa5

typedef struct
{
  gpointer (*acquire)       (gpointer pool);
  void     (*touch)         (gpointer buffer);
  void     (*touch_pages)   (gpointer buffer,
                             gsize    size);
  void     (*fill)          (gpointer buffer,
                             gsize    size);
  void     (*release)       (gpointer pool,
                             gpointer buffer);
  void     (*release_early) (gpointer pool,      /* release, where that is all there is */
                             gpointer buffer);
  void     (*acquire_many)  (gpointer  pool,     /* both NULL where there is no such call */
                             gpointer *buffers,
                             guint     n_buffers);
  void     (*release_many)  (gpointer  pool,
                             gpointer *buffers,
                             guint     n_buffers);
} BenchOps;

/* One byte; the compiler must not leave it out */
static inline void
bench_touch_byte (gpointer data)
{
  *(volatile guint8 *) data = 1;
}

/* One byte in every page */
static inline void
bench_touch_pages (gpointer data,
                   gsize    size)
{
  volatile guint8 *bytes = data;

  for (gsize i = 0; i < size; i += BENCH_PAGE)
    bytes[i] = 1;
}

/* Every byte; they are not read, which the compiler must not know */
static inline void
bench_fill (gpointer data,
            gsize    size)
{
  memset (data, BENCH_FILL, size);
  __asm__ __volatile__ ("" : : "r" (data) : "memory");
}

/* Take one buffer, use it, give it back */
static G_ALWAYS_INLINE inline void
bench_loop_cycle (const BenchOps *ops,
                  gpointer        pool,
                  guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    {
      gpointer buffer = ops->acquire (pool);

      ops->touch (buffer);
      ops->release (pool, buffer);
    }
}

/* The same for those that can give the memory back before the handle goes */
static G_ALWAYS_INLINE inline void
bench_loop_early (const BenchOps *ops,
                  gpointer        pool,
                  guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    {
      gpointer buffer = ops->acquire (pool);

      ops->touch (buffer);
      ops->release_early (pool, buffer);
    }
}

/* Take many, then give them all back, oldest first */
static G_ALWAYS_INLINE inline void
bench_loop_many (const BenchOps *ops,
                 gpointer        pool,
                 gpointer       *buffers,
                 guint           n_buffers,
                 guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    {
      for (guint j = 0; j < n_buffers; j++)
        {
          buffers[j] = ops->acquire (pool);
          ops->touch (buffers[j]);
        }
      for (guint j = 0; j < n_buffers; j++)
        ops->release (pool, buffers[j]);
    }
}

/* The same, in one call each where there is one */
static G_ALWAYS_INLINE inline void
bench_loop_bulk (const BenchOps *ops,
                 gpointer        pool,
                 guint           n_buffers,
                 guint64         n)
{
  gpointer buffers[BENCH_BULK_BUFFERS];

  if (ops->acquire_many == NULL)
    {
      bench_loop_many (ops, pool, buffers, n_buffers, n);
      return;
    }

  for (guint64 i = 0; i < n; i++)
    {
      ops->acquire_many (pool, buffers, n_buffers);
      for (guint j = 0; j < n_buffers; j++)
        ops->touch (buffers[j]);
      ops->release_many (pool, buffers, n_buffers);
    }
}

static G_ALWAYS_INLINE inline void
bench_loop_hold (const BenchOps *ops,
                 gpointer        pool,
                 guint64         n)
{
  gpointer buffers[BENCH_HOLD_BUFFERS];

  bench_loop_many (ops, pool, buffers, BENCH_HOLD_BUFFERS, n);
}

static G_ALWAYS_INLINE inline void
bench_loop_burst (const BenchOps *ops,
                  gpointer        pool,
                  guint64         n)
{
  gpointer buffers[BENCH_BURST_BUFFERS];

  bench_loop_many (ops, pool, buffers, BENCH_BURST_BUFFERS, n);
}

static G_ALWAYS_INLINE inline void
bench_loop_produce (const BenchOps *ops,
                    gpointer        pool,
                    BenchRing      *ring,
                    guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    {
      gpointer buffer = ops->acquire (pool);

      ops->touch (buffer);
      bench_ring_push (ring, buffer);
    }
}

static G_ALWAYS_INLINE inline void
bench_loop_consume (const BenchOps *ops,
                    gpointer        pool,
                    BenchRing      *ring,
                    guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    ops->release (pool, bench_ring_pop (ring));
}

/* As the two above, with few under way: a buffer is acquired only when an
 * earlier one has been released
 */
static G_ALWAYS_INLINE inline void
bench_loop_produce_few (const BenchOps *ops,
                        gpointer        pool,
                        BenchRing      *ring,
                        guint           under_way,
                        guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    {
      gpointer buffer;

      bench_ring_await_release (ring, under_way);
      buffer = ops->acquire (pool);
      ops->touch (buffer);
      bench_ring_push (ring, buffer);
    }
}

static G_ALWAYS_INLINE inline void
bench_loop_consume_few (const BenchOps *ops,
                        gpointer        pool,
                        BenchRing      *ring,
                        guint64         n)
{
  for (guint64 i = 0; i < n; i++)
    {
      ops->release (pool, bench_ring_pop (ring));
      bench_ring_say_released (ring);
    }
}

/* Replace every buffer of a batch, swap the batch for another thread's, and so on */
static G_ALWAYS_INLINE inline gpointer *
bench_loop_bleed (const BenchOps *ops,
                  gpointer        pool,
                  BenchTable     *table,
                  gpointer       *batch,
                  guint           seed,
                  guint64         n)
{
  guint32 random = bench_random_seed (seed);

  for (guint64 i = 0; i < n; i++)
    {
      batch = bench_table_exchange (table, bench_random_next (&random) >> 8, batch);

      for (guint j = 0; j < BENCH_BATCH_BUFFERS; j++)
        {
          ops->release (pool, batch[j]);
          batch[j] = ops->acquire (pool);
          ops->touch (batch[j]);
        }
    }

  return batch;
}

/* The life of one thread: replaces buffers of its own, trades some for what
 * others left in the table, and leaves what it has there when it ends
 */
static G_ALWAYS_INLINE inline void
bench_loop_live (const BenchOps *ops,
                 gpointer        pool,
                 BenchTable     *table,
                 guint           seed,
                 guint64         n)
{
  gpointer window[BENCH_WINDOW_BUFFERS] = { NULL, };
  guint32 random = bench_random_seed (seed);

  for (guint64 i = 0; i < n; i++)
    {
      guint32 dice = bench_random_next (&random) >> 8;
      gpointer *place = &window[dice % BENCH_WINDOW_BUFFERS];

      if (i % BENCH_WINDOW_TRADE == 0)
        *place = bench_table_exchange (table, dice, *place);
      if (*place != NULL)
        ops->release (pool, *place);
      *place = ops->acquire (pool);
      ops->touch (*place);
    }

  for (guint i = 0; i < BENCH_WINDOW_BUFFERS; i++)
    {
      gpointer left = bench_table_exchange (table, bench_random_next (&random) >> 8, window[i]);

      if (left != NULL)
        ops->release (pool, left);
    }
}

/* Video frames through a queue that fills and drains; the oldest leaves first */
static G_ALWAYS_INLINE inline void
bench_loop_queue (const BenchOps *ops,
                  gpointer        pool,
                  gsize           size,
                  void          (*write) (gpointer buffer,
                                          gsize    size),
                  guint64         n)
{
  gpointer frames[BENCH_FRAMES];
  guint32 random = bench_random_seed (0);
  guint64 made = 0;
  guint64 gone = 0;

  while (made < n)
    {
      gboolean make = (bench_random_next (&random) >> 16) % 2 == 0;

      if (made == gone || (make && made - gone < BENCH_FRAMES))
        {
          gpointer frame = ops->acquire (pool);

          write (frame, size);
          frames[made++ % BENCH_FRAMES] = frame;
        }
      else
        {
          ops->release (pool, frames[gone++ % BENCH_FRAMES]);
        }
    }

  while (gone < made)
    ops->release (pool, frames[gone++ % BENCH_FRAMES]);
}

/* Each frame is written completely */
static G_ALWAYS_INLINE inline void
bench_loop_frames (const BenchOps *ops,
                   gpointer        pool,
                   gsize           size,
                   guint64         n)
{
  bench_loop_queue (ops, pool, size, ops->fill, n);
}

/* One byte of each page of a frame is written */
static G_ALWAYS_INLINE inline void
bench_loop_frames_touched (const BenchOps *ops,
                           gpointer        pool,
                           gsize           size,
                           guint64         n)
{
  bench_loop_queue (ops, pool, size, ops->touch_pages, n);
}
