/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <pthread.h>

#include <glib.h>

/*
 * What threads of a test meet at. All of it is made of pthread mutexes and
 * conditions: ThreadSanitizer sees those, and does not see GMutex, GCond and
 * GAsyncQueue, which are futexes inside a GLib that it did not compile.
 */

/* A queue of pointers between threads. */
typedef struct _TestQueue TestQueue;

/* With a capacity of 0 pushing never waits. */
TestQueue *test_queue_new     (guint      capacity);
void       test_queue_free    (TestQueue *queue);
void       test_queue_push    (TestQueue *queue,
                               gpointer   item);
/* Waits; NULL once the queue is closed and empty. */
gpointer   test_queue_pop     (TestQueue *queue);
/* NULL if it is empty now. */
gpointer   test_queue_try_pop (TestQueue *queue);
void       test_queue_close   (TestQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestQueue, test_queue_free)

/* Where n threads wait for each other, as often as they like. */
typedef struct
{
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  guint n_threads;
  guint n_waiting;
  guint round;
} TestBarrier;

void     test_barrier_init  (TestBarrier *barrier,
                             guint        n_threads);
void     test_barrier_clear (TestBarrier *barrier);
/* TRUE for exactly one of the threads, the last that came. */
gboolean test_barrier_wait  (TestBarrier *barrier);

/* What threads wait before until another opens it. */
typedef struct
{
  pthread_mutex_t mutex;
  pthread_cond_t cond;
  gboolean is_open;
} TestGate;

void     test_gate_init     (TestGate    *gate);
void     test_gate_clear    (TestGate    *gate);
void     test_gate_open     (TestGate    *gate);
void     test_gate_shut     (TestGate    *gate);
void     test_gate_wait     (TestGate    *gate);
