/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <sched.h>
#include <stdatomic.h>

#include "workload.h"

/* Buffers on their way through a pipeline: in one thread, and from thread to
 * thread. */

static gpointer
cycle (gpointer data)
{
  Run *run = data;

  for (guint64 i = 0; i < run->n_rounds; i++)
    {
      GstBuffer *buffer = source_acquire (&run->source);

      buffer_fill (buffer);
      gst_buffer_unref (buffer);
    }

  return NULL;
}

static void
work_cycle (Run *run)
{
  run_begin (run);
  cycle (run);
  run_end (run, run->n_rounds);
}

const Workload workload_cycle = {
  .name = "cycle",
  .about = "one thread: acquire, write all of it, release",
  .operation = "buffer",
  .sizes = workload_all_sizes,
  .threads = workload_one_thread,
  .work = work_cycle,
};

/* As in a queue element, only so many are under way. */
#define QUEUE_LENGTH 8
#define LINE_BYTES 128

/* Where there are more threads than cores, the other side has to be let in soon. */
#define SPINS 64

typedef struct
{
  _Alignas (LINE_BYTES) atomic_size_t n_pushed;
  _Alignas (LINE_BYTES) atomic_size_t n_popped;
  GstBuffer *slots[QUEUE_LENGTH];
  Run *run;
} Queue;

static void
wait (guint *spins)
{
  if (++*spins > SPINS)
    sched_yield ();
}

static gpointer
produce (gpointer data)
{
  Queue *queue = data;

  for (guint64 i = 0; i < queue->run->n_rounds; i++)
    {
      GstBuffer *buffer = source_acquire (&queue->run->source);
      guint spins = 0;

      buffer_fill (buffer);
      while (i - atomic_load (&queue->n_popped) == QUEUE_LENGTH)
        wait (&spins);
      queue->slots[i % QUEUE_LENGTH] = buffer;
      atomic_store (&queue->n_pushed, i + 1);
    }

  return NULL;
}

static gpointer
consume (gpointer data)
{
  Queue *queue = data;

  for (guint64 i = 0; i < queue->run->n_rounds; i++)
    {
      GstBuffer *buffer;
      guint spins = 0;

      while (atomic_load (&queue->n_pushed) == i)
        wait (&spins);
      buffer = queue->slots[i % QUEUE_LENGTH];
      atomic_store (&queue->n_popped, i + 1);
      buffer_look_at (buffer);
      gst_buffer_unref (buffer);
    }

  return NULL;
}

static void
work_pairs (Run *run)
{
  guint n_pairs = run->n_threads / 2;
  g_autofree GThread **threads = g_new (GThread *, run->n_threads);
  Queue *queues = g_aligned_alloc0 (n_pairs, sizeof (Queue), LINE_BYTES);

  run_begin (run);
  for (guint i = 0; i < n_pairs; i++)
    {
      queues[i].run = run;
      threads[2 * i] = g_thread_new ("producer", produce, &queues[i]);
      threads[2 * i + 1] = g_thread_new ("consumer", consume, &queues[i]);
    }
  for (guint i = 0; i < 2 * n_pairs; i++)
    g_thread_join (threads[i]);
  run_end (run, run->n_rounds * n_pairs);

  g_aligned_free (queues);
}

static const guint pairs_of_threads[] = { 2, 4, 8, 16, 0 };

const Workload workload_pairs = {
  .name = "pairs",
  .about = "pairs of a producer and a consumer, all on one pool, with a queue of 8 in between",
  .operation = "buffer",
  .sizes = workload_all_sizes,
  .threads = pairs_of_threads,
  .work = work_pairs,
};

static void
work_crowd (Run *run)
{
  g_autofree GThread **threads = g_new (GThread *, run->n_threads);

  run_begin (run);
  for (guint i = 0; i < run->n_threads; i++)
    threads[i] = g_thread_new ("member", cycle, run);
  for (guint i = 0; i < run->n_threads; i++)
    g_thread_join (threads[i]);
  run_end (run, run->n_rounds * run->n_threads);
}

static const guint crowds[] = { 2, 8, 16, 0 };

const Workload workload_crowd = {
  .name = "crowd",
  .about = "threads that each acquire, write all of it, and release, all on one pool",
  .operation = "buffer",
  .sizes = workload_one_packet,
  .threads = crowds,
  .work = work_crowd,
};
