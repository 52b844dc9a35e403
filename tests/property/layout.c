/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "layout.h"

#include "bp-pool-private.h"
#include "test-items.h"

static void
add_idle (Layout   *self,
          BpPooled *pooled,
          guint     slot,
          guint     shard,
          guint     n_older)
{
  Idle idle = {
    .data = bp_peek (pooled->data),
    .bytes = pooled->bytes,
    .slot = slot,
    .shard = shard,
    .n_older = n_older,
  };

  if (pooled->core->config.kind == BP_KIND_OBJECT &&
      (bp_peek (pooled->word) & ~BP_WORD_SAMPLE) == BP_WORD_DIRTY)
    {
      TestObject *object = idle.data;

      idle.refuses = object->refuse;
      idle.n_more = object->byte_size > idle.bytes ? object->byte_size - idle.bytes : 0;
    }
  g_array_append_val (self->idle, idle);
}

static int
compare_idle (gconstpointer a,
              gconstpointer b)
{
  guintptr first = (guintptr) ((const Idle *) a)->data;
  guintptr second = (guintptr) ((const Idle *) b)->data;

  return first < second ? -1 : first > second;
}

static gint64
add_rings (Layout *self,
           BpCore *core)
{
  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      for (guint j = 0; j < bp_peek (shard->n); j++)
        add_idle (self, shard->ring[(shard->first + j) & (shard->size - 1)], 0, i, j);
    }

  return self->idle->len;
}

/* How many places they hold. */
static gint64
add_caches (Layout *self,
            BpCore *core)
{
  gint64 n_places = 0;

  bp_mutex_lock (&bp_slots_mutex);
  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    {
      guint slot = (guint) (cache->cell - bp_cells);
      guint n = bp_peek (cache->n);
      Cache added = {
        .slot = slot,
        .n_idle = n,
        .n_vacant = bp_peek (cache->places) - n,
        .is_ended = (bp_slots_taken[slot / 64] >> slot % 64 & 1) == 0,
      };

      g_array_append_val (self->caches, added);
      for (guint i = 0; i < n; i++)
        add_idle (self, cache->buffers[i], slot, 0, i);
      n_places += bp_peek (cache->places);
    }
  bp_mutex_unlock (&bp_slots_mutex);

  return n_places;
}

Layout *
layout_new (BpPool *pool)
{
  BpCore *core = pool->core;
  Layout *self = g_new0 (Layout, 1);
  gboolean has_cache = bp_peek (core->cache_max) > 0 && bp_slot > 0;
  gint64 n_places;

  self->idle = g_array_new (FALSE, FALSE, sizeof (Idle));
  self->caches = g_array_new (FALSE, FALSE, sizeof (Cache));
  self->n_shards = core->n_shards;
  self->slot = bp_slot;
  self->home = bp_core_get_own_shard (core, has_cache ? bp_core_get_cache (core, bp_slot) : NULL);
  self->n_free = bp_peek (core->free);
  self->recent_bytes = bp_peek (core->recent_bytes);
  n_places = add_rings (self, core);
  n_places += add_caches (self, core);

  /* No place is lost, and none is there twice. */
  g_assert_cmpint (self->n_free, >=, 0);
  g_assert_cmpint (self->n_free + n_places, ==, bp_peek (core->max));

  g_array_sort (self->idle, compare_idle);
  for (guint i = 1; i < self->idle->len; i++)
    g_assert_cmpuint ((guintptr) layout_get (self, i - 1)->data, <,
                      (guintptr) layout_get (self, i)->data);

  return self;
}

void
layout_free (Layout *self)
{
  g_array_unref (self->idle);
  g_array_unref (self->caches);
  g_free (self);
}

const Idle *
layout_get (const Layout *self,
            guint         index)
{
  return &g_array_index (self->idle, Idle, index);
}

const Idle *
layout_find (const Layout *self,
             gpointer      data)
{
  const Idle wanted = { .data = data };
  guint index;

  if (!g_array_binary_search (self->idle, &wanted, compare_idle, &index))
    return NULL;

  return layout_get (self, index);
}

const Cache *
layout_find_cache (const Layout *self,
                   guint         slot)
{
  for (guint i = 0; i < self->caches->len; i++)
    {
      const Cache *cache = &g_array_index (self->caches, Cache, i);

      if (cache->slot == slot)
        return cache;
    }

  return NULL;
}

void
layout_look_back (Layout       *self,
                  const Layout *later)
{
  self->slot = later->slot;
  self->home = later->home;
  for (guint i = 0; i < self->caches->len; i++)
    {
      Cache *cache = &g_array_index (self->caches, Cache, i);

      cache->is_ended = layout_find_cache (later, cache->slot)->is_ended;
    }
}

gboolean
layout_is_others (const Layout *self,
                  guint         slot)
{
  return slot != 0 && slot != self->slot && !layout_find_cache (self, slot)->is_ended;
}

guint
layout_count_ring (const Layout *self,
                   guint         shard)
{
  guint n = 0;

  for (guint i = 0; i < self->idle->len; i++)
    n += layout_get (self, i)->slot == 0 && layout_get (self, i)->shard == shard;

  return n;
}

guint
layout_count_rings (const Layout *self)
{
  guint n = 0;

  for (guint i = 0; i < self->idle->len; i++)
    n += layout_get (self, i)->slot == 0;

  return n;
}

guint
layout_count_vacant (const Layout *self,
                     gboolean      of_others)
{
  guint n = 0;

  for (guint i = 0; i < self->caches->len; i++)
    {
      const Cache *cache = &g_array_index (self->caches, Cache, i);

      if (layout_is_others (self, cache->slot) == of_others)
        n += cache->n_vacant;
    }

  return n;
}

guint64
layout_sum_bytes (const Layout *self)
{
  guint64 n_bytes = 0;

  for (guint i = 0; i < self->idle->len; i++)
    n_bytes += layout_get (self, i)->bytes;

  return n_bytes;
}

static gboolean
is_still_there (const Idle   *idle,
                const Layout *after)
{
  const Idle *same = layout_find (after, idle->data);

  return same != NULL && same->bytes == idle->bytes;
}

void
layout_check_oldest (const Layout *self,
                     const Idle   *idle,
                     const Layout *after)
{
  for (guint i = 0; i < self->idle->len; i++)
    {
      const Idle *other = layout_get (self, i);

      if (idle->slot == 0 && other->slot == 0 && other->shard == idle->shard &&
          other->n_older < idle->n_older)
        g_assert_false (is_still_there (other, after));
    }
}

static guint
count_steps (const Layout *self,
             guint         shard)
{
  return (shard + self->n_shards - self->home) % self->n_shards;
}

void
layout_check_turn (const Layout *self,
                   const Idle   *idle,
                   const Layout *after)
{
  for (guint i = 0; i < self->idle->len; i++)
    {
      const Idle *other = layout_get (self, i);

      if (other->slot == 0 && count_steps (self, other->shard) < count_steps (self, idle->shard))
        g_assert_false (is_still_there (other, after));
    }
}

void
layout_remove_larger (GArray *buffers,
                      gsize   n_bytes)
{
  for (guint i = 0; i < buffers->len; i++)
    {
      if (g_array_index (buffers, Idle, i).bytes <= n_bytes)
        continue;
      g_array_remove_index (buffers, i);
      return;
    }

  g_assert_not_reached ();
}

GArray *
layout_subtract (const Layout *self,
                 const Layout *other)
{
  GArray *rest = g_array_new (FALSE, FALSE, sizeof (Idle));

  for (guint i = 0; i < self->idle->len; i++)
    {
      const Idle *idle = layout_get (self, i);
      const Idle *same = layout_find (other, idle->data);

      /* Another at the same address is not the same. */
      if (same == NULL || same->bytes != idle->bytes)
        g_array_append_vals (rest, idle, 1);
    }

  return rest;
}
