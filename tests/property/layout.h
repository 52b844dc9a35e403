/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* What lies where in a pool, while no thread is using it. */

/* A buffer that lies idle: in the ring of a shard, or in the cache of a slot. */
typedef struct
{
  gpointer data;
  gsize bytes;
  /* An object that will refuse to be used again. */
  gboolean refuses;
  /* How many bytes an object has grown that are not charged yet. */
  gsize n_more;
  /* 0 for a ring. */
  guint slot;
  guint shard;
  /* How many lie there that are older. */
  guint n_older;
} Idle;

typedef struct
{
  guint slot;
  guint n_idle;
  guint n_vacant;
  /* No thread has the slot at the moment. */
  gboolean is_ended;
} Cache;

typedef struct
{
  /* Of Idle, by address; and of Cache. */
  GArray *idle;
  GArray *caches;
  gint64 n_free;
  /* Of a buffer that came back lately. */
  gsize recent_bytes;
  guint n_shards;
  /* This thread's slot, and the shard behind it. */
  guint slot;
  guint home;
} Layout;

Layout      *layout_new          (BpPool       *pool);
void         layout_free         (Layout       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Layout, layout_free)

const Idle  *layout_get          (const Layout *self,
                                  guint         index);
/* NULL if it is not idle. */
const Idle  *layout_find         (const Layout *self,
                                  gpointer      data);
/* The layout of before something, as the thread sees it that has the later one. */
void         layout_look_back    (Layout       *self,
                                  const Layout *later);
/* NULL for a slot without a cache. */
const Cache *layout_find_cache   (const Layout *self,
                                  guint         slot);
/* Whether another thread has it, which lives. */
gboolean     layout_is_others    (const Layout *self,
                                  guint         slot);
/* Buffers in a ring. */
guint        layout_count_ring   (const Layout *self,
                                  guint         shard);
guint        layout_count_rings  (const Layout *self);
/* Vacant places of others that live, or of this thread and those that have ended. */
guint        layout_count_vacant (const Layout *self,
                                  gboolean      of_others);
guint64      layout_sum_bytes    (const Layout *self);
/* Buffers that are older than a gone one in the same ring are gone as well, */
void         layout_check_oldest (const Layout *self,
                                  const Idle   *idle,
                                  const Layout *after);
/* and so are all in the rings between that ring and the thread's own. */
void         layout_check_turn   (const Layout *self,
                                  const Idle   *idle,
                                  const Layout *after);
/* Of Idle: one that is larger. */
void         layout_remove_larger (GArray      *buffers,
                                   gsize        n_bytes);
/* Of Idle: what one layout has and the other has not. */
GArray      *layout_subtract     (const Layout *self,
                                  const Layout *other);
