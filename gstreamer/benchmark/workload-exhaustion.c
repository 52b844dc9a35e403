/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <time.h>

#include "workload.h"

/* A thread that waits for a buffer, in a pool that has had to throw one away. */

#define MAX_BUFFERS 2
#define WAIT_US (100 * 1000)

typedef struct
{
  Source *source;
  guint64 cpu_ns;
} Waiter;

static guint64
get_thread_ns (void)
{
  struct timespec used;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used);

  return (guint64) used.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) used.tv_nsec;
}

static gpointer
wait_for_buffer (gpointer data)
{
  Waiter *waiter = data;
  guint64 begin = get_thread_ns ();

  gst_buffer_unref (source_acquire (waiter->source));
  waiter->cpu_ns = get_thread_ns () - begin;

  return NULL;
}

static void
work_exhaustion (Run *run)
{
  Waiter waiter = { .source = &run->source };
  GstBuffer *buffers[MAX_BUFFERS];
  GThread *thread;

  for (guint i = 0; i < MAX_BUFFERS; i++)
    buffers[i] = source_acquire (&run->source);
  gst_buffer_remove_all_memory (buffers[0]);
  gst_buffer_unref (buffers[0]);
  buffers[0] = source_acquire (&run->source);

  run_begin (run);
  thread = g_thread_new ("waiter", wait_for_buffer, &waiter);
  g_usleep (WAIT_US);
  for (guint i = 0; i < MAX_BUFFERS; i++)
    gst_buffer_unref (buffers[i]);
  g_thread_join (thread);
  run_end (run, 1);

  run->cpu_ns = waiter.cpu_ns;
}

const Workload workload_exhaustion = {
  .name = "exhaustion",
  .about = "a thread waits 100 ms for a buffer, after one was thrown away; its processor time",
  .operation = "wait",
  .sizes = workload_one_packet,
  .threads = workload_one_thread,
  .needs_pool = TRUE,
  .max_buffers = MAX_BUFFERS,
  .is_fixed = TRUE,
  .work = work_exhaustion,
};
