/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include <glib.h>

/* Threads of a test, and how much work they are given. */

typedef void (*TestThreadFunc) (guint    index,
                                gpointer data);

/* Runs n threads, which begin together, and waits for all of them. */
void     test_run_threads (guint           n_threads,
                           TestThreadFunc  func,
                           gpointer        data);

/* Where n threads meet, and go on within nanoseconds of each other: for races. */
typedef struct
{
  atomic_uint n_waiting;
  atomic_uint round;
} TestRace;

void     test_race_meet   (TestRace       *race,
                           guint           n_threads);

/* One thread that is joined later. */
typedef struct _TestThread TestThread;

TestThread *test_thread_start (TestThreadFunc  func,
                               guint           index,
                               gpointer        data);
void        test_thread_join  (TestThread     *thread);

/* A thread that calls the functions it is given, one after the other, so that a test can
 * say which thread does what, and when. */
typedef struct _TestWorker TestWorker;

TestWorker *test_worker_new  (void);
/* Lets the thread exit. */
void        test_worker_free (TestWorker     *worker);
/* Returns when it is done. */
void        test_worker_call (TestWorker     *worker,
                              void          (*func) (gpointer data),
                              gpointer        data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestWorker, test_worker_free)

/* How often to repeat something: n in a plain run, fewer times where every
 * instruction costs many, 20 times as often with -m slow. At least once. */
guint    test_scale       (guint           n);

/* How long a test goes on: so many rounds, scaled as above; or, with -m slow, for its
 * share of BUFPOOL_TEST_MINUTES, which are 4 if not set, in a program of so many such
 * tests. */
typedef struct
{
  guint n_left;
  /* In microseconds; 0 if rounds are what counts. */
  gint64 end;
} TestEffort;

void     test_effort_init    (TestEffort *effort,
                              guint       n_rounds,
                              guint       n_tests);
gboolean test_effort_goes_on (TestEffort *effort);
