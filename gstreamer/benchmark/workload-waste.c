/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "workload.h"

/* Where a stock pool cannot use again what it gets back, or keeps what is not needed
 * any more. */

/* Behind a tee one branch makes a buffer of its own around the memory, and holds
 * it for as long as its queue is. */
#define BRANCH_LENGTH 4

static void
work_tee (Run *run)
{
  GstBuffer *branch[BRANCH_LENGTH] = { NULL };

  run_begin (run);
  for (guint64 i = 0; i < run->n_rounds; i++)
    {
      GstBuffer *buffer = source_acquire (&run->source);
      GstBuffer **place = &branch[i % BRANCH_LENGTH];

      buffer_fill (buffer);
      gst_clear_buffer (place);
      *place = gst_buffer_copy (buffer);
      gst_buffer_unref (buffer);
    }
  for (guint i = 0; i < BRANCH_LENGTH; i++)
    gst_clear_buffer (&branch[i]);
  run_end (run, run->n_rounds);
}

const Workload workload_tee = {
  .name = "tee",
  .about = "the memory of each buffer is in use when the buffer comes back, as behind a tee",
  .operation = "buffer",
  .sizes = workload_all_sizes,
  .threads = workload_one_thread,
  .work = work_tee,
};

#define BUFFERS_PER_CAPS 4

/* As elements do, with a new pool each time the caps change. */
static void
work_renegotiate (Run *run)
{
  /* 1280 x 720 is that much of 1920 x 1080. */
  const gsize sizes[] = { run->size, run->size * 4 / 9 };

  run_begin (run);
  for (guint64 i = 0; i < run->n_rounds; i++)
    {
      GstBuffer *buffers[BUFFERS_PER_CAPS];
      Source source;

      source_open (&source, run->subject, run->allocator, sizes[i % 2], 0);
      for (guint j = 0; j < BUFFERS_PER_CAPS; j++)
        {
          buffers[j] = source_acquire (&source);
          buffer_fill (buffers[j]);
        }
      for (guint j = 0; j < BUFFERS_PER_CAPS; j++)
        gst_buffer_unref (buffers[j]);
      source_close (&source);
    }
  run_end (run, run->n_rounds);
}

static const gsize one_picture[] = { 3110400, 0 };

const Workload workload_renegotiate = {
  .name = "renegotiate",
  .about = "caps that change between 1080p and 720p after every 4 buffers",
  .operation = "change of caps, with its 4 buffers",
  .sizes = one_picture,
  .threads = workload_one_thread,
  .work = work_renegotiate,
};

#define BURST_LENGTH 32
#define STEADY_PER_BURST 64

static void
burst (Run *run)
{
  GstBuffer *buffers[BURST_LENGTH];

  for (guint i = 0; i < BURST_LENGTH; i++)
    {
      buffers[i] = source_acquire (&run->source);
      buffer_fill (buffers[i]);
    }
  for (guint i = 0; i < BURST_LENGTH; i++)
    gst_buffer_unref (buffers[i]);
}

/* The burst is not in the time, what it leaves behind is. */
static void
work_burst (Run *run)
{
  burst (run);

  run_begin (run);
  for (guint64 i = 0; i < run->n_rounds * STEADY_PER_BURST; i++)
    {
      GstBuffer *buffer = source_acquire (&run->source);

      buffer_fill (buffer);
      gst_buffer_unref (buffer);
    }
  run_end (run, run->n_rounds * STEADY_PER_BURST);
}

const Workload workload_burst = {
  .name = "burst",
  .about = "32 buffers at once, then one after the other",
  .operation = "buffer after the burst",
  .sizes = workload_all_sizes,
  .threads = workload_one_thread,
  .work = work_burst,
};
