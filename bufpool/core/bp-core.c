/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include <stdlib.h>

#include "bp-poison-private.h"
#include "bp-slab-private.h"
#include "bp-trace-private.h"

/* How much an automatic cache hides at most; of larger buffers it holds one. */
#define AUTO_CACHE_BYTES ((gsize) 256 * 1024)
#define AUTO_CACHE_BUFFERS 32

/* What the fast path reads of a core is at its beginning. */
#define HOT_BYTES G_STRUCT_OFFSET (BpCore, config.funcs)

GMutex bp_cores_mutex;
BpCore *bp_cores;

static void
link_core (BpCore *core)
{
  bp_mutex_lock (&bp_cores_mutex);
  core->next_core = bp_cores;
  if (bp_cores != NULL)
    bp_cores->prev_core = core;
  bp_cores = core;
  bp_mutex_unlock (&bp_cores_mutex);
}

static void
unlink_core (BpCore *core)
{
  bp_mutex_lock (&bp_cores_mutex);
  if (core->next_core != NULL)
    core->next_core->prev_core = core->prev_core;
  if (core->prev_core != NULL)
    core->prev_core->next_core = core->next_core;
  else
    bp_cores = core->next_core;
  bp_mutex_unlock (&bp_cores_mutex);
}

void
bp_core_update_limits (BpCore *core)
{
  gsize trim_capacity = bp_peek (core->trim_capacity);
  gint thread_cache = bp_peek (core->thread_cache);
  gsize keep_limit = G_MAXSIZE;

  if (!bp_core_is_of_elements (core))
    keep_limit = 0;
  else if (thread_cache < 0)
    keep_limit = AUTO_CACHE_BYTES / core->config.element_size;
  if (trim_capacity != 0 && trim_capacity <= G_MAXSIZE / 2)
    keep_limit = MIN (keep_limit, 2 * trim_capacity);
  bp_poke (core->keep_limit, keep_limit);

  if (bp_debug_sees_all () || bp_peek (core->is_limited) ||
      bp_peek (core->watch) > 0 || bp_core_is_realtime (core))
    bp_poke (core->cache_max, 0);
  else
    bp_poke (core->cache_max, thread_cache < 0 ? AUTO_CACHE_BUFFERS : (guint) thread_cache);
}

static void
make_homes (BpCore *core, guint n_buffers)
{
  core->homes = bp_homes_new (n_buffers);
  core->config.stock = bp_stock_new (n_buffers * BP_LINES_PER_BUFFER);
  if (core->homes == NULL || core->config.stock == NULL)
    g_error ("No memory for a realtime pool of %u buffers: lower max-buffers", n_buffers);
}

BpCore *
bp_core_new (const BpCoreConfig *config)
{
  gsize size = sizeof (BpCore) + config->n_shards * sizeof (BpShard);
  BpCore *core = bp_address_alloc (size, HOT_BYTES, &bp_slab_first_lines, 1);

  if (core == NULL)
    g_error ("%s: failed to allocate %" G_GSIZE_FORMAT " bytes", G_STRLOC, size);

  memset (core, 0, size);
  core->config = config->item;
  core->n_shards = config->n_shards;
  if (config->is_realtime)
    make_homes (core, config->max_buffers);
  bp_poke (core->max_buffers, config->max_buffers);
  bp_poke (core->trim_capacity, config->trim_capacity);
  bp_poke (core->thread_cache, config->thread_cache);
  bp_core_update_limits (core);
  /* A realtime pool keeps its buffers even with DISABLE: it would have none otherwise. */
  bp_poke (core->max, (bp_debug_flags & BP_DEBUG_DISABLE) && !config->is_realtime ?
                      0 : config->max_buffers);
  bp_poke (core->free, bp_peek (core->max));
  bp_poke (core->refs, 1);
  g_mutex_init (&core->revoking);
  for (guint i = 0; i < core->n_shards; i++)
    g_mutex_init (&core->shards[i].mutex);
  bp_quota_init (&core->out, BP_NO_MAX);

  link_core (core);

  return core;
}

BpCore *
bp_core_ref (BpCore *core)
{
  bp_count (core->refs, 1);

  return core;
}

gboolean
bp_core_try_ref (BpCore *core)
{
  gsize refs = bp_peek (core->refs);

  while (refs > 0)
    {
      if (atomic_compare_exchange_weak (&core->refs, &refs, refs + 1))
        return TRUE;
    }

  return FALSE;
}

static void
free_core (BpCore *core)
{
  BpBudgetCore *budget = core->config.budget;

  unlink_core (core);
  if (core->member.funcs != NULL)
    {
      bp_budget_core_remove_member (budget, &core->member);
      bp_budget_core_unref (budget);
    }

  for (BpCache *cache = core->caches, *next; cache != NULL; cache = next)
    {
      next = cache->next;
      bp_cache_free (cache);
    }
  g_free (bp_peek (core->more_caches));
  for (guint i = 0; i < core->n_shards; i++)
    bp_shard_clear (&core->shards[i]);
  g_mutex_clear (&core->revoking);
  bp_quota_clear (&core->out);
  if (bp_core_is_realtime (core))
    {
      bp_homes_free (core->homes);
      bp_stock_free (core->config.stock);
    }

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

/* Those of a shard are the slots shard + 1, shard + 1 + n_shards and so on. A thread
 * without a slot gets its shard by an address that no other thread has; stacks lie a power
 * of two apart, hence the multiplication. */
guint
bp_core_get_own_shard (BpCore *core, BpCache *cache)
{
  static BP_THREAD_LOCAL char own;
  guint slot;

  if (G_LIKELY (cache != NULL))
    return cache->shard;
  slot = bp_slots_get ();
  if (slot != 0)
    return (slot - 1) % core->n_shards;

  return (guint32) (GPOINTER_TO_SIZE (&own) >> 12) * 2654435769u / 65536 % core->n_shards;
}

/* The entry of a slot in the tables; NULL without memory for the second one. */
static _Atomic (BpCache *) *
get_entry (BpCore *core, guint slot)
{
  BpMoreCaches *more, *expected = NULL;

  if (slot < BP_INLINE_SLOTS)
    return &core->first_caches[slot];

  more = atomic_load (&core->more_caches);
  if (more == NULL)
    {
      more = g_try_new0 (BpMoreCaches, 1);
      if (more != NULL && !atomic_compare_exchange_strong (&core->more_caches, &expected, more))
        {
          g_free (more);
          more = expected;
        }
    }

  return more != NULL ? &more->caches[slot - BP_INLINE_SLOTS] : NULL;
}

static BpCache *
make_cache (BpCore *core, guint slot, gconstpointer entry)
{
  const BpSpan spans[] = {
    { entry, sizeof (gpointer) },
    { &core->keep_limit, HOT_BYTES - G_STRUCT_OFFSET (BpCore, keep_limit) },
    { &bp_cells[slot], sizeof (gpointer) },
    bp_slab_first_lines,
  };

  return bp_cache_new (slot, spans, G_N_ELEMENTS (spans));
}

/* A setter that has revoked all caches must not overlook one, hence the mutex. */
static BpCache *
make_own_cache (BpCore *core, guint slot)
{
  _Atomic (BpCache *) *entry = get_entry (core, slot);
  BpCache *cache = entry != NULL ? make_cache (core, slot, entry) : NULL;

  if (cache == NULL)
    return NULL;

  cache->shard = (slot - 1) % core->n_shards;
  cache->n_asked = 1;
  cache->n_dry_flushes = cache->n_dry_refills = BP_DRY;

  if (!bp_mutex_try_lock (&core->revoking))
    {
      bp_cache_free (cache);
      return NULL;
    }
  cache->next = core->caches;
  core->caches = cache;
  atomic_store (entry, cache);
  bp_mutex_unlock (&core->revoking);

  return cache;
}

BpCache *
bp_core_get_own_cache (BpCore *core)
{
  BpCache *cache;
  guint slot;

  if (bp_peek (core->cache_max) == 0 || G_UNLIKELY (bp_in_fork))
    return NULL;
  slot = bp_slots_get ();
  if (slot == 0)
    return NULL;

  cache = bp_core_get_cache (core, slot);

  return G_LIKELY (cache != NULL) ? cache : make_own_cache (core, slot);
}

/* A fair share: what all caches in use may hold together is half of what the pool keeps. */
guint
bp_core_get_limit (BpCore *core, gsize n_bytes)
{
  guint n_holders = bp_peek (core->n_holders);
  guint share = bp_peek (core->max) / (2 * MAX (n_holders, 1));
  guint limit = bp_peek (core->cache_max);

  if (bp_peek (core->thread_cache) < 0 && limit > 0)
    limit = (guint) CLAMP (AUTO_CACHE_BYTES / MAX (n_bytes, 1), 1, limit);

  return MIN (limit, MAX (share, 1));
}

/* Next to nothing of a small pool; items are dear. */
guint
bp_core_get_fair_batch (BpCore *core)
{
  guint part = bp_peek (core->max) / (bp_core_is_of_elements (core) ? 4 : 16);

  return CLAMP (part, 1, BP_BATCH);
}

guint
bp_core_take_places (BpCore *core, guint n_wanted)
{
  gint64 n_free = bp_peek (core->free);

  while (n_free > 0)
    {
      gint64 n_taken = MIN (n_free, n_wanted);

      if (atomic_compare_exchange_weak (&core->free, &n_free, n_free - n_taken))
        return (guint) n_taken;
    }

  return 0;
}

void
bp_core_give_places (BpCore *core, guint n_places)
{
  if (n_places > 0)
    atomic_fetch_add (&core->free, n_places);
}

guint
bp_core_pay (BpCore *core, guint n_places)
{
  gint64 n_free = atomic_load (&core->free);

  while (n_free < 0)
    {
      gint64 n_paid = MIN (-n_free, n_places);

      if (atomic_compare_exchange_weak (&core->free, &n_free, n_free + n_paid))
        return n_places - (guint) n_paid;
    }

  return n_places;
}

void
bp_core_set_places (BpCore *core, BpCache *cache, guint n_places)
{
  guint slot = bp_cache_get_slot (cache);
  guint n_before = bp_peek (cache->places);

  bp_poke (cache->places, n_places);
  bp_poke (cache->room, bp_peek (core->config.clears) ? 0 : MIN (n_places, cache->limit));

  if ((n_before == 0) == (n_places == 0))
    return;
  atomic_fetch_xor (&core->holders[slot / 64], (guint64) 1 << slot % 64);
  atomic_fetch_add (&core->n_holders, n_places > 0 ? 1 : -1);
}

/* Its owner begins with few again. */
guint
bp_core_take_vacant (BpCore *core, BpCache *cache)
{
  guint n_vacant = bp_peek (cache->places) - (guint) bp_peek (cache->n);

  bp_core_set_places (core, cache, (guint) bp_peek (cache->n));
  cache->n_asked = 1;

  return n_vacant;
}

void
bp_core_take_oldest (BpCore *core, BpCache *cache, BpPooled **to, guint n_taken)
{
  bp_cache_take_oldest (cache, to, n_taken);
  bp_core_set_places (core, cache, bp_peek (cache->places) - n_taken);
}

gboolean
bp_core_count_made (BpCore *core)
{
  gint64 n_live, n_peak = bp_peek (core->n_peak);
  guint64 n_made;

  bp_core_ref (core);
  n_made = atomic_fetch_add (&core->n_made, 2);
  n_live = (gint64) (n_made / 2 + 1 - bp_core_get_n_gone (core));
  while (n_live > n_peak &&
         !atomic_compare_exchange_weak (&core->n_peak, &n_peak, n_live))
    ;

  return n_made % 2 != 0;
}

void
bp_core_count_gone (BpCore *core, gboolean is_uncounted)
{
  if (atomic_fetch_add (&core->n_gone, 2) % 2 != 0 && !is_uncounted)
    bp_quota_give (&core->out, 1);
}

BpPooled *
bp_core_make (BpCore *core, BpRequest *request, GError **error)
{
  gint64 begin = bp_trace_begin (&core->config, make, 0);
  BpPooled *pooled = bp_item_make (&core->config, core, request, error);

  bp_trace_end (&core->config, make, begin, pooled != NULL);
  if (pooled != NULL && bp_core_count_made (core) && !request->has_permit)
    bp_quota_add (&core->out, 1);

  return pooled;
}

void
bp_core_destroy (BpCore *core, BpPooled *pooled)
{
  gboolean is_uncounted = pooled->is_uncounted;

  bp_trace_event (&core->config, bp_trace_get_name (&core->config), destroy, pooled->bytes);
  bp_poison_mark_used (&core->config, pooled);
  bp_item_destroy (&core->config, pooled);
  bp_core_count_gone (core, is_uncounted);
  bp_core_unref (core);
}

void
bp_core_destroy_list (BpCore *core, BpPooled *list)
{
  while (list != NULL)
    {
      BpPooled *next = list->next;

      /* Each has a reference. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
      bp_core_destroy (core, list);
      list = next;
    }
}
