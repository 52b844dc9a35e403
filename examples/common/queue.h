/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A bounded queue between two threads. Items are moved in and out by value, so
 * a push allocates nothing. A full queue makes the producer wait, which is
 * what keeps a fast reader from filling the memory before a slow writer. */
typedef struct _Queue Queue;

Queue    *queue_new     (guint           n_slots,
                         gsize           item_size,
                         GDestroyNotify  clear_item);
void      queue_free    (Queue          *self);
gboolean  queue_push    (Queue          *self,
                         gpointer        item);
gboolean  queue_pop     (Queue          *self,
                         gpointer        item);
gboolean  queue_try_pop (Queue          *self,
                         gpointer        item);
void      queue_finish  (Queue          *self);
void      queue_cancel  (Queue          *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Queue, queue_free)

G_END_DECLS
