/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "queue.h"

#include <string.h>

struct _Queue
{
  GMutex          mutex;
  GCond           not_full;
  GCond           not_empty;

  guint8         *slots;        /* a ring */
  gsize           item_size;
  guint           n_slots;
  guint           first;
  guint           n_items;
  GDestroyNotify  clear_item;

  gboolean        finished;     /* nothing more will be pushed */
};

/**
 * queue_new:
 * @n_slots: how many items it holds before a push has to wait
 * @item_size: the size of one item in bytes
 * @clear_item: (nullable): clears an item that was not taken
 */
Queue *
queue_new (guint          n_slots,
           gsize          item_size,
           GDestroyNotify clear_item)
{
  Queue *self = g_new0 (Queue, 1);

  g_mutex_init (&self->mutex);
  g_cond_init (&self->not_full);
  g_cond_init (&self->not_empty);
  self->slots = g_malloc0_n (n_slots, item_size);
  self->item_size = item_size;
  self->n_slots = n_slots;
  self->clear_item = clear_item;

  return self;
}

static gpointer
nth_item (Queue *self,
          guint  n)
{
  return self->slots + ((self->first + n) % self->n_slots) * self->item_size;
}

static void
take_first (Queue    *self,
            gpointer  item)
{
  memcpy (item, nth_item (self, 0), self->item_size);
  self->first = (self->first + 1) % self->n_slots;
  self->n_items--;

  g_cond_signal (&self->not_full);
}

void
queue_free (Queue *self)
{
  queue_cancel (self);

  g_free (self->slots);
  g_cond_clear (&self->not_empty);
  g_cond_clear (&self->not_full);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/**
 * queue_push:
 * @self: the queue
 * @item: what to push; it is moved: on success @item is all zeroes after it
 *
 * Waits while the queue is full.
 *
 * Returns: %FALSE if the queue has ended; the item stays the caller's
 */
gboolean
queue_push (Queue    *self,
            gpointer  item)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  while (self->n_items == self->n_slots && !self->finished)
    g_cond_wait (&self->not_full, &self->mutex);

  if (self->finished)
    return FALSE;

  memcpy (nth_item (self, self->n_items), item, self->item_size);
  memset (item, 0, self->item_size);
  self->n_items++;

  g_cond_signal (&self->not_empty);

  return TRUE;
}

/**
 * queue_pop:
 * @self: the queue
 * @item: (out caller-allocates): where to move the oldest item
 *
 * Waits while the queue is empty.
 *
 * Returns: %FALSE if there is nothing left and nothing will come
 */
gboolean
queue_pop (Queue    *self,
           gpointer  item)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  while (self->n_items == 0 && !self->finished)
    g_cond_wait (&self->not_empty, &self->mutex);

  if (self->n_items == 0)
    return FALSE;

  take_first (self, item);

  return TRUE;
}

/**
 * queue_try_pop:
 * @self: the queue
 * @item: (out caller-allocates): where to move the oldest item
 *
 * Returns: %FALSE if there is nothing at the moment
 */
gboolean
queue_try_pop (Queue    *self,
               gpointer  item)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  if (self->n_items == 0)
    return FALSE;

  take_first (self, item);

  return TRUE;
}

static void
finish_locked (Queue *self)
{
  self->finished = TRUE;
  g_cond_broadcast (&self->not_full);
  g_cond_broadcast (&self->not_empty);
}

/**
 * queue_finish:
 * @self: the queue
 *
 * Says that nothing more will be pushed. What is in the queue can still be
 * popped.
 */
void
queue_finish (Queue *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  finish_locked (self);
}

/**
 * queue_cancel:
 * @self: the queue
 *
 * Like queue_finish(), but what is in the queue is cleared. Both ends wake up
 * if they wait.
 */
void
queue_cancel (Queue *self)
{
  g_autoptr (GMutexLocker) locker G_GNUC_UNUSED = g_mutex_locker_new (&self->mutex);

  finish_locked (self);

  for (; self->n_items > 0; self->n_items--)
    {
      if (self->clear_item != NULL)
        self->clear_item (nth_item (self, 0));
      self->first = (self->first + 1) % self->n_slots;
    }
}
