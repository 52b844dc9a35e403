/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-search-private.h"

#include "bp-limit-private.h"
#include "bp-trace-private.h"

/* Caches, and buffers, of one look. */
#define LOOK_MAX 64
/* It doubles with every look that did not pay for itself, up to the most. */
#define LOOK_COST_MAX (16 * BP_LOOK_COST)
/* What making an item costs; a buffer costs 1, and 1 for each page. */
#define ITEM_COST 8
#define PAGE_BYTES 4096
/* Without credit, one in so many drops has a glance at what is vacant elsewhere. */
#define GLANCE 8

static guint
get_worth (BpCore *core, guint n_buffers)
{
  gsize cost = 1 + bp_peek (core->recent_bytes) / PAGE_BYTES;

  return n_buffers * (bp_core_is_of_elements (core) ? (guint) MIN (cost, BP_LOOK_COST) : ITEM_COST);
}

void
bp_search_earn (BpCore *core, BpCache *own, BpWant want, guint n_buffers)
{
  if (own != NULL)
    {
      BpRation *ration = &own->rations[want];

      ration->credit = MIN (ration->credit + get_worth (core, n_buffers), 4 * ration->cost);
    }
}

/* The ring cannot grow with revoking held. */
static gboolean
prepare (BpShard *shard, gboolean may_wait)
{
  if (!bp_shard_lock_with_room (shard, LOOK_MAX, may_wait))
    return FALSE;
  bp_shard_unlock (shard);

  return TRUE;
}

/* With revoking held: takes buffers, all or so many that its owner keeps half, from a
 * cache that no other thread may touch, as far as the own ring has room. */
static guint
gather_buffers (BpCore *core, BpShard *shard, BpCache *cache, gboolean all)
{
  BpPooled *batch[BP_CACHE_MAX];
  guint n = (guint) bp_peek (cache->n);
  guint n_taken = all ? n : MAX (n / 2, MIN (n, BP_BATCH / 2));

  if (n_taken == 0)
    return 0;

  /* An acquire comes along here as well: it does not wait. */
  if (!bp_mutex_spin_lock (&shard->mutex))
    return 0;
  n_taken = MIN (n_taken, bp_shard_get_room (shard));
  bp_core_take_oldest (core, cache, batch, n_taken);
  bp_limit_push (core, shard, batch, n_taken);
  core->n_gathered += n_taken;
  bp_shard_unlock (shard);

  return n_taken;
}

static guint
gather_vacant (BpCore *core, BpCache *cache)
{
  guint n_vacant = bp_core_take_vacant (core, cache);

  bp_core_give_places (core, n_vacant);

  return n_vacant;
}

guint
bp_search_ended (BpCore *core, guint own_shard, gboolean may_wait)
{
  BpShard *shard = &core->shards[own_shard];
  guint n_exits = bp_peek (bp_slots_n_exits);
  guint n_found = 0, n_left = 0;
  gint64 begin;

  if (G_LIKELY (n_exits == bp_peek (core->n_exits_seen)) || !prepare (shard, may_wait))
    return 0;
  if (!bp_mutex_lock_soon (&core->revoking, may_wait))
    return 0;
  if (!bp_mutex_lock_soon (&bp_slots_mutex, may_wait))
    {
      bp_mutex_unlock (&core->revoking);
      return 0;
    }
  begin = bp_trace_begin (&core->config, search, 0);
  for (guint i = 0; i < BP_SLOT_WORDS && n_found < LOOK_MAX / 2; i++)
    {
      guint64 slots = bp_peek (core->holders[i]) & ~bp_slots_taken[i];

      for (; slots != 0 && n_found < LOOK_MAX / 2; slots &= slots - 1)
        {
          BpCache *cache = bp_core_get_made_cache (core, i * 64 + (guint) __builtin_ctzll (slots));

          n_found += gather_buffers (core, shard, cache, TRUE);
          n_found += gather_vacant (core, cache);
          n_left += (guint) bp_peek (cache->n);
        }
    }
  if (n_found < LOOK_MAX / 2 && n_left == 0)
    bp_poke (core->n_exits_seen, n_exits);
  bp_mutex_unlock (&bp_slots_mutex);
  bp_mutex_unlock (&core->revoking);
  bp_trace_end (&core->config, search, begin, n_found);

  return n_found;
}

/* Caches that hold what is wanted, and how much that is; n_seen are those that were
 * looked at. */
static guint
find_caches (BpCore   *core,
             BpCache  *own,
             BpWant    want,
             BpCache **caches,
             guint    *n_there,
             guint    *n_seen)
{
  guint n_caches = 0;

  for (guint i = 0; i < BP_SLOT_WORDS && i * 64 < bp_peek (bp_slots_end); i++)
    {
      guint64 slots = bp_peek (core->holders[i]);

      for (; slots != 0 && n_caches < LOOK_MAX; slots &= slots - 1)
        {
          BpCache *cache = bp_core_get_made_cache (core, i * 64 + (guint) __builtin_ctzll (slots));
          guint n = (guint) bp_peek (cache->n);
          gint n_wanted = (gint) (want == BP_WANT_BUFFERS ? n : bp_peek (cache->places) - n);

          (*n_seen)++;
          /* One that is revoked already waits for its owner to settle what is due. */
          if (cache == own || n_wanted <= 0 || bp_peek (cache->bias) != 0 ||
              (want == BP_WANT_BUFFERS && *n_there >= BP_BATCH))
            continue;
          caches[n_caches++] = cache;
          *n_there += (guint) n_wanted;
        }
    }

  return n_caches;
}

static void
pay_for_look (BpCore *core, BpRation *ration, guint n_found)
{
  ration->credit -= MIN (ration->credit, ration->cost);
  if (get_worth (core, n_found) >= BP_LOOK_COST)
    ration->cost = BP_LOOK_COST;
  else
    ration->cost = MIN (2 * ration->cost, LOOK_COST_MAX);
}

guint
bp_search_living (BpCore *core, BpCache *own, guint own_shard, BpWant want, gboolean is_last)
{
  BpRation none = { 0, BP_LOOK_COST, 1 };
  BpRation *ration = own != NULL ? &own->rations[want] : &none;
  gboolean has_credit = is_last || ration->credit >= ration->cost;
  BpShard *shard = &core->shards[own_shard];
  BpCache *caches[LOOK_MAX];
  guint n_there = 0, n_seen = 0, n_found = 0;
  guint n_caches;
  gint64 begin;

  if (!has_credit && (want == BP_WANT_BUFFERS || ration->skipped++ % GLANCE != 0))
    return 0;
  if (bp_fence_has_failed () || bp_in_fork)
    return 0;

  if ((want == BP_WANT_BUFFERS && !prepare (shard, FALSE)) ||
      !bp_mutex_lock_soon (&core->revoking, want == BP_WANT_PLACES))
    return 0;

  begin = bp_trace_begin (&core->config, search, 1);
  n_caches = find_caches (core, own, want, caches, &n_there, &n_seen);
  ration->credit -= MIN (ration->credit, 1 + n_seen / 4);
  /* Many vacant places are worth a look in any case. */
  if (n_caches > 0 &&
      (has_credit || (want == BP_WANT_PLACES && get_worth (core, n_there) >= BP_LOOK_COST)))
    {
      n_caches = bp_cache_revoke (caches, n_caches);
      for (guint i = 0; i < n_caches; i++)
        {
          if (want == BP_WANT_PLACES)
            n_found += gather_vacant (core, caches[i]);
          else if (n_found < LOOK_MAX / 2)
            n_found += gather_buffers (core, shard, caches[i], FALSE);
          bp_cache_hand_back (caches[i]);
        }
      pay_for_look (core, ration, n_found);
      bp_search_earn (core, own, want, n_found);
    }
  bp_mutex_unlock (&core->revoking);
  bp_trace_end (&core->config, search, begin, n_found);
  if (G_UNLIKELY (bp_fence_has_failed ()))
    bp_fence_warn ();

  return n_found;
}
