/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include <stdlib.h>

/* How much an automatic front hides at most. */
#define AUTO_FRONT_BYTES (256 * 1024)
#define AUTO_FRONT_BUFFERS 32

/* All cores, so that fork() can find them. */
static GMutex cores_mutex;
BpCore *bp_all_cores;

void
bp_cores_lock (void)
{
  g_mutex_lock (&cores_mutex);
  BP_TSAN_ACQUIRE (&cores_mutex);
}

void
bp_cores_unlock (void)
{
  BP_TSAN_RELEASE (&cores_mutex);
  g_mutex_unlock (&cores_mutex);
}

static void
add_to_all_cores (BpCore *core)
{
  bp_cores_lock ();
  core->next_core = bp_all_cores;
  if (bp_all_cores != NULL)
    bp_all_cores->prev_core = core;
  bp_all_cores = core;
  bp_cores_unlock ();
}

static void
remove_from_all_cores (BpCore *core)
{
  bp_cores_lock ();
  if (core->next_core != NULL)
    core->next_core->prev_core = core->prev_core;
  if (core->prev_core != NULL)
    core->prev_core->next_core = core->next_core;
  else
    bp_all_cores = core->next_core;
  bp_cores_unlock ();
}

gboolean
bp_core_keeps_nothing (BpCore *core)
{
  return bp_peek (core->closed) || bp_peek (core->max_buffers) == 0 ||
         (bp_debug_flags & BP_DEBUG_DISABLE) != 0;
}

/* Evenly, the remainder too: 4 buffers over 32 shards are 4, not 0. */
guint
bp_core_get_part (BpCore *core,
                  guint   shard)
{
  guint max_buffers = bp_peek (core->max_buffers);
  guint n_shards = core->config.n_shards;

  if (bp_core_keeps_nothing (core))
    return 0;

  return max_buffers / n_shards + (shard < max_buffers % n_shards ? 1 : 0);
}

/* In elements: what is not trimmed, and not too large for any front. What it is
 * made of changes together with it, under config_mutex. */
void
bp_core_update_keep_limit (BpCore *core)
{
  gsize trim_capacity = bp_peek (core->trim_capacity);
  gsize limit = G_MAXSIZE;

  if (core->config.kind != BP_KIND_ELEMENTS)
    limit = 0;
  else if (bp_peek (core->thread_cache) < 0)
    limit = AUTO_FRONT_BYTES / core->config.element_size;

  if (trim_capacity != 0 && trim_capacity <= G_MAXSIZE / 2)
    limit = MIN (limit, 2 * trim_capacity);

  bp_poke (core->keep_limit, limit);
}

BpCore *
bp_core_new (const BpCoreConfig *config)
{
  gsize size = sizeof (BpCore) + config->n_shards * sizeof (BpShard);
  BpCore *core = aligned_alloc (BP_CACHE_PAIR, size);

  if (core == NULL)
    g_error ("%s: failed to allocate %" G_GSIZE_FORMAT " bytes", G_STRLOC, size);

  memset (core, 0, size);
  core->config = *config;
  g_mutex_init (&core->config_mutex);
  bp_poke (core->refs, 1);
  bp_poke (core->max_buffers, config->max_buffers);
  bp_poke (core->trim_capacity, config->trim_capacity);
  bp_poke (core->thread_cache, config->thread_cache);
  bp_core_update_keep_limit (core);
  bp_poke (core->chunks[0], &core->near_fronts);
  for (guint i = 0; i < config->n_shards; i++)
    bp_shard_init (&core->shards[i], bp_core_get_part (core, i));

  add_to_all_cores (core);

  return core;
}

BpCore *
bp_core_ref (BpCore *core)
{
  bp_count (core->refs, 1);

  return core;
}

static void
free_core (BpCore *core)
{
  remove_from_all_cores (core);

  for (guint i = 0; i < G_N_ELEMENTS (core->chunks); i++)
    {
      BpFrontChunk *chunk = bp_peek (core->chunks[i]);

      if (chunk == NULL)
        continue;
      for (guint j = 0; j < BP_CHUNK_SLOTS; j++)
        bp_front_free (bp_peek (chunk->front[j]));
      if (chunk != &core->near_fronts)
        g_free (chunk);
    }
  for (guint i = 0; i < core->config.n_shards; i++)
    bp_shard_clear (&core->shards[i]);
  g_mutex_clear (&core->config_mutex);

  if (core->config.funcs.destroy != NULL)
    core->config.funcs.destroy (core->config.funcs.user_data);

  free (core);
}

void
bp_core_unref (BpCore *core)
{
  if (atomic_fetch_sub_explicit (&core->refs, 1, memory_order_acq_rel) == 1)
    free_core (core);
}

/* A thread beyond the table of slots, or one that is about to end, gets its
 * shard by an address that no other thread has. */
guint
bp_core_get_home (BpCore  *core,
                  BpFront *front)
{
  static _Thread_local char own;

  if (G_LIKELY (front != NULL))
    return front->shard;

  return (GPOINTER_TO_SIZE (&own) >> 12) % core->config.n_shards;
}

static BpFrontChunk *
ensure_chunk (BpCore *core,
              guint   index)
{
  BpFrontChunk *chunk = atomic_load (&core->chunks[index]);
  BpFrontChunk *expected = NULL;

  if (chunk != NULL)
    return chunk;

  chunk = g_try_new0 (BpFrontChunk, 1);
  if (chunk == NULL)
    return NULL;

  if (atomic_compare_exchange_strong (&core->chunks[index], &expected, chunk))
    return chunk;

  g_free (chunk);
  return expected;
}

BpFront *
bp_core_find_front (BpCore *core)
{
  BpFront *front = bp_core_get_front (core);
  BpFrontChunk *chunk;
  guint slot;

  if (G_LIKELY (front != NULL))
    return front;

  slot = bp_slots_register ();
  if (slot == 0)
    return NULL;

  /* The slot may be one that has a front here already. */
  front = bp_core_get_front (core);
  if (front != NULL)
    return front;

  chunk = ensure_chunk (core, slot / BP_CHUNK_SLOTS);
  if (chunk == NULL)
    return NULL;

  front = bp_front_new (slot, bp_core_get_shard_of_slot (core, slot));
  if (front == NULL)
    return NULL;

  front->credit = BP_SWEEP_MAX_CREDIT;
  atomic_store_explicit (&chunk->front[slot % BP_CHUNK_SLOTS], front, memory_order_release);

  return front;
}

/* Keeps a handle without a buffer for this thread's next early release; FALSE when
 * there is one already, or no place. Afterwards the core may be gone. */
gboolean
bp_core_put_spare (BpPooled *spare)
{
  BpCore *core = spare->core;
  BpFront *front = bp_core_get_front (core);
  gboolean is_put = FALSE;
  BpShard *home;

  if (front == NULL || bp_peek (front->spare) != NULL)
    return FALSE;

  home = &core->shards[front->shard];
  if (!bp_shard_try_lock (home))
    return FALSE;
  /* Dispose closes the core and then takes the spares, each under this mutex. */
  if (bp_peek (front->spare) == NULL && !atomic_load (&core->closed))
    {
      bp_poke (front->spare, spare);
      is_put = TRUE;
    }
  bp_shard_unlock (home);

  return is_put;
}

static BpPooled *
take_spare (BpFront *front)
{
  BpPooled *spare = bp_peek (front->spare);

  bp_poke (front->spare, NULL);

  return spare;
}

/* NULL when this thread has none. */
BpPooled *
bp_core_take_spare (BpCore *core)
{
  BpFront *front = bp_core_get_front (core);
  BpPooled *spare;
  BpShard *home;

  if (front == NULL || bp_peek (front->spare) == NULL)
    return NULL;

  home = &core->shards[front->shard];
  if (!bp_shard_try_lock (home))
    return NULL;
  spare = take_spare (front);
  bp_shard_unlock (home);

  return spare;
}

/* Those of all threads. */
void
bp_core_free_spares (BpCore *core)
{
  guint end = bp_slots_end ();

  for (guint slot = 1; slot < end; slot++)
    {
      BpFront *front = bp_core_get_front_of_slot (core, slot);
      BpPooled *spare;

      if (front == NULL)
        continue;

      bp_shard_lock (&core->shards[front->shard]);
      spare = take_spare (front);
      bp_shard_unlock (&core->shards[front->shard]);
      if (spare != NULL)
        bp_items_free_handle (spare);
    }
}

/* With the mutex of its home shard, by the owner or with the front revoked: how
 * many places it has, all of which the shard is charged for. */
void
bp_core_set_reserve (BpShard *home,
                     BpFront *front,
                     guint    reserve)
{
  bp_bump (home->reserved, reserve - bp_peek (front->reserve));
  bp_front_set_reserve (front, reserve);
}

/* How many buffers of that size a front of the shard may hold. */
guint
bp_core_get_front_limit (BpCore  *core,
                         BpShard *shard,
                         gsize    n_bytes)
{
  gint thread_cache = bp_peek (core->thread_cache);
  gsize limit;

  if (thread_cache >= 0)
    limit = (gsize) thread_cache;
  else
    limit = MIN (AUTO_FRONT_BUFFERS, AUTO_FRONT_BYTES / MAX (n_bytes, 1));

  if (bp_debug_flags & BP_DEBUG_MEMCHECK)
    limit = 0;

  return (guint) MIN (limit, MIN (BP_FRONT_PLACES, bp_peek (shard->part) / 2));
}
