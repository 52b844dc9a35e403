/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-sync.h"

struct _TestQueue
{
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  GQueue items;
  guint capacity;
  gboolean is_closed;
};

TestQueue *
test_queue_new (guint capacity)
{
  TestQueue *queue = g_new0 (TestQueue, 1);

  pthread_mutex_init (&queue->mutex, NULL);
  pthread_cond_init (&queue->changed, NULL);
  g_queue_init (&queue->items);
  queue->capacity = capacity;

  return queue;
}

void
test_queue_free (TestQueue *queue)
{
  g_assert_cmpuint (queue->items.length, ==, 0);

  pthread_cond_destroy (&queue->changed);
  pthread_mutex_destroy (&queue->mutex);
  g_free (queue);
}

void
test_queue_push (TestQueue *queue,
                 gpointer   item)
{
  pthread_mutex_lock (&queue->mutex);
  while (queue->capacity > 0 && queue->items.length >= queue->capacity)
    pthread_cond_wait (&queue->changed, &queue->mutex);
  g_queue_push_tail (&queue->items, item);
  pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->mutex);
}

gpointer
test_queue_pop (TestQueue *queue)
{
  gpointer item;

  pthread_mutex_lock (&queue->mutex);
  while (queue->items.length == 0 && !queue->is_closed)
    pthread_cond_wait (&queue->changed, &queue->mutex);
  item = g_queue_pop_head (&queue->items);
  pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->mutex);

  return item;
}

gpointer
test_queue_try_pop (TestQueue *queue)
{
  gpointer item;

  pthread_mutex_lock (&queue->mutex);
  item = g_queue_pop_head (&queue->items);
  if (item != NULL)
    pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->mutex);

  return item;
}

void
test_queue_close (TestQueue *queue)
{
  pthread_mutex_lock (&queue->mutex);
  queue->is_closed = TRUE;
  pthread_cond_broadcast (&queue->changed);
  pthread_mutex_unlock (&queue->mutex);
}

void
test_barrier_init (TestBarrier *barrier,
                   guint        n_threads)
{
  pthread_mutex_init (&barrier->mutex, NULL);
  pthread_cond_init (&barrier->cond, NULL);
  barrier->n_threads = n_threads;
  barrier->n_waiting = 0;
  barrier->round = 0;
}

void
test_barrier_clear (TestBarrier *barrier)
{
  pthread_cond_destroy (&barrier->cond);
  pthread_mutex_destroy (&barrier->mutex);
}

gboolean
test_barrier_wait (TestBarrier *barrier)
{
  gboolean is_last;

  pthread_mutex_lock (&barrier->mutex);
  is_last = ++barrier->n_waiting == barrier->n_threads;
  if (is_last)
    {
      barrier->n_waiting = 0;
      barrier->round++;
      pthread_cond_broadcast (&barrier->cond);
    }
  else
    {
      guint round = barrier->round;

      while (barrier->round == round)
        pthread_cond_wait (&barrier->cond, &barrier->mutex);
    }
  pthread_mutex_unlock (&barrier->mutex);

  return is_last;
}

void
test_gate_init (TestGate *gate)
{
  pthread_mutex_init (&gate->mutex, NULL);
  pthread_cond_init (&gate->cond, NULL);
  gate->is_open = FALSE;
}

void
test_gate_clear (TestGate *gate)
{
  pthread_cond_destroy (&gate->cond);
  pthread_mutex_destroy (&gate->mutex);
}

static void
gate_set (TestGate *gate,
          gboolean  is_open)
{
  pthread_mutex_lock (&gate->mutex);
  gate->is_open = is_open;
  pthread_cond_broadcast (&gate->cond);
  pthread_mutex_unlock (&gate->mutex);
}

void
test_gate_open (TestGate *gate)
{
  gate_set (gate, TRUE);
}

void
test_gate_shut (TestGate *gate)
{
  gate_set (gate, FALSE);
}

void
test_gate_wait (TestGate *gate)
{
  pthread_mutex_lock (&gate->mutex);
  while (!gate->is_open)
    pthread_cond_wait (&gate->cond, &gate->mutex);
  pthread_mutex_unlock (&gate->mutex);
}
