/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-team.h"

#include <pthread.h>
#include <time.h>

#include "bench-machine.h"

typedef struct
{
  pthread_barrier_t *barrier;
  BenchTeamFunc warm_up;
  BenchTeamFunc work;
  gpointer data;
  guint index;
  guint64 start;
  guint64 end;
  guint64 page_faults;
} Member;

/* In ns; g_get_monotonic_time() counts only microseconds. */
guint64
bench_team_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return (guint64) now.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) now.tv_nsec;
}

static gpointer
member_main (gpointer data)
{
  Member *self = data;
  guint64 page_faults;

  if (self->warm_up != NULL)
    self->warm_up (self->index, self->data);

  page_faults = bench_machine_get_thread_faults ();
  pthread_barrier_wait (self->barrier);
  self->start = bench_team_now ();
  self->work (self->index, self->data);
  self->end = bench_team_now ();
  self->page_faults = bench_machine_get_thread_faults () - page_faults;

  return NULL;
}

/* Creating the threads, warming up and joining are not in the time. */
BenchTime
bench_team_run (guint         n_threads,
                BenchTeamFunc warm_up,
                BenchTeamFunc work,
                gpointer      data)
{
  g_autofree Member *members = g_new0 (Member, n_threads);
  g_autofree GThread **threads = g_new0 (GThread *, n_threads);
  pthread_barrier_t barrier;
  guint64 start = G_MAXUINT64;
  guint64 end = 0;
  guint64 page_faults = 0;

  pthread_barrier_init (&barrier, NULL, n_threads);

  for (guint i = 0; i < n_threads; i++)
    {
      members[i] = (Member) {
        .barrier = &barrier,
        .warm_up = warm_up,
        .work = work,
        .data = data,
        .index = i,
      };
      threads[i] = g_thread_new ("bench", member_main, &members[i]);
    }

  for (guint i = 0; i < n_threads; i++)
    {
      g_thread_join (threads[i]);
      start = MIN (start, members[i].start);
      end = MAX (end, members[i].end);
      page_faults += members[i].page_faults;
    }

  pthread_barrier_destroy (&barrier);

  return (BenchTime) { .ns = end - start, .page_faults = page_faults };
}
