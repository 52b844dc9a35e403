/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <glib.h>

#include "queue.h"

#define N_SLOTS 4
#define N_ITEMS 100000

static int n_cleared;

static void
clear_int (gpointer data)
{
  int *item = data;

  *item = 0;
  n_cleared++;
}

static void
test_order (void)
{
  g_autoptr (Queue) queue = queue_new (N_SLOTS, sizeof (int), NULL);
  int item;

  for (int round = 0; round < 3; round++)
    {
      for (int i = 1; i <= N_SLOTS; i++)
        {
          item = i;
          g_assert_true (queue_push (queue, &item));
          g_assert_cmpint (item, ==, 0);
        }

      for (int i = 1; i <= N_SLOTS; i++)
        {
          g_assert_true (i % 2 == 0 ? queue_pop (queue, &item) : queue_try_pop (queue, &item));
          g_assert_cmpint (item, ==, i);
        }

      g_assert_false (queue_try_pop (queue, &item));
    }
}

static void
test_finish (void)
{
  g_autoptr (Queue) queue = queue_new (N_SLOTS, sizeof (int), NULL);
  int item = 7;

  g_assert_true (queue_push (queue, &item));
  queue_finish (queue);

  item = 8;
  g_assert_false (queue_push (queue, &item));
  g_assert_cmpint (item, ==, 8);

  g_assert_true (queue_pop (queue, &item));
  g_assert_cmpint (item, ==, 7);
  g_assert_false (queue_pop (queue, &item));
}

static void
test_cancel (void)
{
  Queue *queue = queue_new (N_SLOTS, sizeof (int), clear_int);
  int item;

  for (int i = 0; i < 3; i++)
    {
      item = i + 1;
      g_assert_true (queue_push (queue, &item));
    }

  n_cleared = 0;
  queue_cancel (queue);
  g_assert_cmpint (n_cleared, ==, 3);
  g_assert_false (queue_pop (queue, &item));
  item = 5;
  g_assert_false (queue_push (queue, &item));

  queue_free (queue);
  g_assert_cmpint (n_cleared, ==, 3);
}

static int n_pushed;    /* atomic */

static gpointer
push_all (gpointer data)
{
  Queue *queue = data;

  for (int i = 1; i <= N_ITEMS; i++)
    {
      int item = i;

      if (!queue_push (queue, &item))
        return GINT_TO_POINTER (i);
      g_atomic_int_set (&n_pushed, i);
    }

  queue_finish (queue);

  return NULL;
}

static void
test_bound (void)
{
  g_autoptr (Queue) queue = queue_new (N_SLOTS, sizeof (int), NULL);
  GThread *thread;
  int item;
  int n_popped = 0;

  n_pushed = 0;
  thread = g_thread_new ("producer", push_all, queue);

  while (queue_pop (queue, &item))
    {
      n_popped++;
      g_assert_cmpint (item, ==, n_popped);
      g_assert_cmpint (g_atomic_int_get (&n_pushed) - n_popped, <=, N_SLOTS);
    }

  g_assert_null (g_thread_join (thread));
  g_assert_cmpint (n_popped, ==, N_ITEMS);
}

/* Whether it waits already or not yet when it is cancelled */
static void
test_cancel_wakes_producer (void)
{
  g_autoptr (Queue) queue = queue_new (N_SLOTS, sizeof (int), NULL);
  GThread *thread = g_thread_new ("producer", push_all, queue);
  int item;

  g_assert_true (queue_pop (queue, &item));
  queue_cancel (queue);
  g_assert_cmpint (GPOINTER_TO_INT (g_thread_join (thread)), <=, N_SLOTS + 2);
}

static gpointer
pop_one (gpointer data)
{
  int item;

  return GINT_TO_POINTER (queue_pop (data, &item));
}

static void
test_cancel_wakes_consumer (void)
{
  g_autoptr (Queue) queue = queue_new (N_SLOTS, sizeof (int), NULL);
  GThread *thread = g_thread_new ("consumer", pop_one, queue);

  queue_cancel (queue);
  g_assert_false (GPOINTER_TO_INT (g_thread_join (thread)));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/queue/order", test_order);
  g_test_add_func ("/queue/finish", test_finish);
  g_test_add_func ("/queue/cancel", test_cancel);
  g_test_add_func ("/queue/bound", test_bound);
  g_test_add_func ("/queue/cancel-wakes-producer", test_cancel_wakes_producer);
  g_test_add_func ("/queue/cancel-wakes-consumer", test_cancel_wakes_consumer);

  return g_test_run ();
}
