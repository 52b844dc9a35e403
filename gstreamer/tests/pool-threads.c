/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

/* Many threads on one GstBpBufferPool. */

#define N_THREADS 8
#define N_ROUNDS 3000
#define BUFFER_SIZE 64
#define MAX_HELD 3

typedef struct
{
  GstBufferPool *pool;
  guint max_buffers;
  /* Buffers in use, by all threads. */
  int n_out;
  int n_flushed;
  int n_done;
} Crowd;

typedef struct
{
  Crowd *crowd;
  guint32 random;
} Member;

static guint
next_random (Member *member,
             guint   end)
{
  member->random = member->random * 1664525 + 1013904223;

  return (member->random >> 16) % end;
}

/* Each buffer belongs to one thread only, and never are there too many. */
static GstBuffer *
take (Member *member)
{
  Crowd *crowd = member->crowd;
  GstBuffer *buffer = NULL;
  GstFlowReturn flow;

  if (next_random (member, 4) == 0)
    flow = test_try_acquire (crowd->pool, &buffer);
  else
    flow = gst_buffer_pool_acquire_buffer (crowd->pool, &buffer, NULL);
  if (flow == GST_FLOW_FLUSHING)
    g_atomic_int_inc (&crowd->n_flushed);
  if (flow != GST_FLOW_OK)
    {
      g_assert_true (flow == GST_FLOW_EOS || flow == GST_FLOW_FLUSHING);
      return NULL;
    }

  if (crowd->max_buffers > 0)
    g_assert_cmpuint (g_atomic_int_add (&crowd->n_out, 1), <, crowd->max_buffers);
  else
    g_atomic_int_inc (&crowd->n_out);
  gst_buffer_memset (buffer, 0, (guint8) GPOINTER_TO_SIZE (g_thread_self ()), BUFFER_SIZE);

  return buffer;
}

static void
give (Member    *member,
      GstBuffer *buffer)
{
  guint8 expected[BUFFER_SIZE];

  memset (expected, (guint8) GPOINTER_TO_SIZE (g_thread_self ()), BUFFER_SIZE);
  g_assert_cmpint (gst_buffer_memcmp (buffer, 0, expected, BUFFER_SIZE), ==, 0);
  g_assert_cmpuint (gst_buffer_get_size (buffer), ==, BUFFER_SIZE);

  if (next_random (member, 8) == 0)
    gst_buffer_remove_all_memory (buffer);
  g_atomic_int_add (&member->crowd->n_out, -1);
  gst_buffer_unref (buffer);
}

static gpointer
run_member (gpointer data)
{
  Member *member = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      GstBuffer *held[MAX_HELD];
      guint n_held = 0;

      /* A thread that holds a buffer must not wait for another one: with a maximum, all
       * threads could hold some. */
      held[n_held] = take (member);
      n_held += held[n_held] != NULL;
      while (member->crowd->max_buffers == 0 && n_held < MAX_HELD &&
             (held[n_held] = take (member)) != NULL)
        n_held++;
      while (n_held > 0)
        give (member, held[--n_held]);
    }
  g_atomic_int_inc (&member->crowd->n_done);

  return NULL;
}

static void
run_crowd (guint    max_buffers,
           gboolean with_flushes)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  Crowd crowd = { .pool = pool, .max_buffers = max_buffers };
  Member members[N_THREADS];
  GThread *threads[N_THREADS];

  test_start_pool (pool, BUFFER_SIZE, 0, max_buffers);
  for (guint i = 0; i < N_THREADS; i++)
    {
      members[i] = (Member) { &crowd, i };
      threads[i] = g_thread_new ("member", run_member, &members[i]);
    }
  while (with_flushes && g_atomic_int_get (&crowd.n_done) < N_THREADS)
    {
      gst_buffer_pool_set_flushing (pool, TRUE);
      g_thread_yield ();
      gst_buffer_pool_set_flushing (pool, FALSE);
      g_thread_yield ();
    }
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  g_assert_cmpint (crowd.n_out, ==, 0);
  g_assert_true (with_flushes || crowd.n_flushed == 0);
  if (max_buffers > 0)
    g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), <=, max_buffers);
  test_stop_pool (pool);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
  g_assert_cmpuint (test_get_stat (GST_ALLOCATOR (gst_bp_buffer_pool_get_allocator (
                                     GST_BP_BUFFER_POOL (pool))), "outstanding"), ==, 0);
}

static void
test_without_maximum (void)
{
  run_crowd (0, FALSE);
}

static void
test_with_maximum (void)
{
  run_crowd (4, FALSE);
}

static void
test_one_buffer (void)
{
  run_crowd (1, FALSE);
}

static void
test_with_flushes (void)
{
  run_crowd (4, TRUE);
}

void
test_add_cases (void)
{
  g_test_add_func ("/pool-threads/without-maximum", test_without_maximum);
  g_test_add_func ("/pool-threads/with-maximum", test_with_maximum);
  g_test_add_func ("/pool-threads/one-buffer", test_one_buffer);
  g_test_add_func ("/pool-threads/with-flushes", test_with_flushes);
}
