/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-reclaim-private.h"

#include "bp-counters-private.h"
#include "bp-limit-private.h"
#include "bp-slab-private.h"
#include "bp-trim-private.h"

/* How many returns a pool is watched after the last waiter has left: turning its caches off
 * and on again costs more. */
#define WATCHED_RETURNS 64
/* Two looks within a moment would find everything quiet. */
#define LOOK_MICROSECONDS 20000

/* Buffers that left their rings or caches, and what they come to. */
typedef struct
{
  BpPooled *list;
  guint64 n_bytes;
  guint64 n_wanted;
} Haul;

static void
take (Haul *haul, BpPooled *pooled)
{
  haul->n_bytes += pooled->bytes;
  pooled->next = haul->list;
  haul->list = pooled;
}

static BpCore *
get_core (BpMember *member)
{
  return (BpCore *) ((guint8 *) member - G_STRUCT_OFFSET (BpCore, member));
}

static gboolean
try_ref (BpMember *member)
{
  return bp_core_try_ref (get_core (member));
}

static void
unref (BpMember *member)
{
  bp_core_unref (get_core (member));
}

/* The oldest of each ring. */
static void
take_from_rings (BpCore *core, Haul *haul)
{
  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[i];
      guint n_taken = 0;

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      for (; bp_peek (shard->n) > 0 && haul->n_bytes < haul->n_wanted; n_taken++)
        take (haul, bp_limit_pop_oldest (core, shard));
      bp_core_give_places (core, n_taken);
      bp_shard_unlock (shard);
    }
}

/* Those that it did without since the last look. */
static void
take_quiet_from_rings (BpCore *core, Haul *haul, BpLook look, gboolean is_new)
{
  for (guint i = 0; i < core->n_shards; i++)
    {
      BpShard *shard = &core->shards[i];
      guint n_taken = 0;

      bp_mutex_lock_soon (&shard->mutex, TRUE);
      for (; shard->n_quiet[look] > 0 && haul->n_bytes < haul->n_wanted; n_taken++)
        take (haul, bp_limit_pop_oldest (core, shard));
      bp_core_give_places (core, n_taken);
      if (is_new)
        shard->n_quiet[look] = bp_peek (shard->n);
      bp_shard_unlock (shard);
    }
}

/* With revoking held: finds caches whose buffers have not moved since the last look. */
static guint
find_quiet (BpCore *core, BpCache **caches, BpLook look, gboolean is_new)
{
  guint n_found = 0;

  for (BpCache *cache = core->caches; cache != NULL && n_found < BP_CACHE_MAX; cache = cache->next)
    {
      /* All acquires and returns that there were. */
      guint64 n_moves = 2 * bp_cache_get_returned (cache) + bp_peek (cache->moved) - bp_peek (cache->n);

      if (n_moves != cache->moves_at_look[look])
        {
          if (is_new)
            cache->moves_at_look[look] = n_moves;
        }
      else if (bp_peek (cache->n) > 0 && bp_peek (cache->bias) == 0)
        {
          caches[n_found++] = cache;
        }
    }

  return n_found;
}

static void
empty_cache (BpCore *core, BpCache *cache, Haul *haul)
{
  BpPooled *batch[BP_CACHE_MAX];
  guint n = (guint) bp_peek (cache->n);

  bp_core_take_oldest (core, cache, batch, n);
  bp_core_give_places (core, n + bp_core_take_vacant (core, cache));
  while (n > 0)
    take (haul, batch[--n]);
}

/* An owner that is in the way keeps what it has. */
static void
take_quiet_caches (BpCore *core, Haul *haul, BpLook look, gboolean is_new)
{
  BpCache *caches[BP_CACHE_MAX];
  guint n_caches;

  if (bp_fence_has_failed () || bp_in_fork)
    return;

  do
    {
      bp_mutex_lock (&core->revoking);
      n_caches = find_quiet (core, caches, look, is_new);
      n_caches = haul->n_bytes < haul->n_wanted ? bp_cache_revoke (caches, n_caches) : 0;
      for (guint i = 0; i < n_caches; i++)
        {
          if (haul->n_bytes < haul->n_wanted)
            empty_cache (core, caches[i], haul);
          bp_cache_hand_back (caches[i]);
        }
      bp_mutex_unlock (&core->revoking);
    }
  while (n_caches == BP_CACHE_MAX && haul->n_bytes < haul->n_wanted);
}

static void
take_quiet (BpCore *core, Haul *haul, BpLook look, gboolean is_new)
{
  take_quiet_from_rings (core, haul, look, is_new);
  take_quiet_caches (core, haul, look, is_new);
}

static gboolean
begin_look (BpCore *core)
{
  gint64 now = g_get_monotonic_time (), last = bp_peek (core->look_time);

  return now - last >= LOOK_MICROSECONDS &&
         atomic_compare_exchange_strong (&core->look_time, &last, now);
}

/* Hands the buffer to the first waiter, if that waits in this pool and the buffer is large
 * enough. */
static gboolean
hand_over (BpCore *core, BpPooled *pooled)
{
  /* The mark is for the acquire that takes the buffer. The buffer may go back without
   * one. */
  if (bp_peek (pooled->word) == BP_WORD_SAMPLE)
    bp_poke (pooled->word, 0);

  return bp_peek (pooled->word) == 0 &&
         bp_quota_hand_over (&core->config.budget->bytes, core, pooled->bytes, pooled);
}

/* A buffer that is to go. */
static void
give_up (BpCore *core, BpPooled *pooled)
{
  if (!bp_quota_has_waiters (&core->config.budget->bytes) || !hand_over (core, pooled))
    bp_core_destroy (core, pooled);
}

static guint64
reclaim (BpMember *member, guint64 n_bytes, BpReclaim how)
{
  BpCore *core = get_core (member);
  Haul haul = { NULL, 0, n_bytes };
  gint64 begin;

  /* Items that say nothing of their size are none the better for it. */
  if (core->config.kind == BP_KIND_FUNCS && core->config.funcs.get_byte_size == NULL)
    return 0;

  begin = bp_trace_begin (&core->config, reclaim, n_bytes);
  switch (how)
    {
    case BP_RECLAIM_QUIET:
      take_quiet (core, &haul, BP_LOOK_SHORTAGE, begin_look (core));
      break;

    case BP_RECLAIM_ALL:
      if (bp_peek (core->n_holders) > 0)
        bp_trim_run (core, BP_TRIM_EMPTIES_CACHES, BP_ANY_NUMBER);
      take_from_rings (core, &haul);
      break;

    case BP_RECLAIM_OLDEST:
    default:
      take_from_rings (core, &haul);
      break;
    }

  while (haul.list != NULL)
    {
      BpPooled *pooled = haul.list;

      haul.list = pooled->next;
      give_up (core, pooled);
    }
  bp_trace_end (&core->config, reclaim, begin, haul.n_bytes);
  bp_counters_set (core);

  return haul.n_bytes;
}

void
bp_reclaim_aged (BpCore *core)
{
  Haul haul = { NULL, 0, G_MAXUINT64 };
  gint64 begin = bp_trace_begin (&core->config, timeout, 0);

  /* Where there is no barrier any more, those of threads that have ended; the others
   * settle it themselves. */
  if (bp_fence_has_failed () && !bp_in_fork)
    bp_trim_run (core, BP_TRIM_EMPTIES_CACHES, BP_ANY_NUMBER);
  take_quiet (core, &haul, BP_LOOK_AGE, TRUE);
  if (haul.list != NULL)
    {
      bp_core_destroy_list (core, haul.list);
      bp_slab_trim ();
    }
  bp_trace_end (&core->config, timeout, begin, haul.n_bytes);
  bp_counters_set (core);
}

static void
watch (BpMember *member)
{
  BpCore *core = get_core (member);

  bp_mutex_lock (&core->revoking);
  bp_poke (core->watch, WATCHED_RETURNS);
  bp_core_update_limits (core);
  bp_mutex_unlock (&core->revoking);
  bp_trim_run (core, BP_TRIM_EMPTIES_CACHES, BP_ANY_NUMBER);
}

static const BpMemberFuncs member_funcs = { try_ref, unref, reclaim, watch };

void
bp_reclaim_init (BpCore *core)
{
  BpBudgetCore *budget = core->config.budget;

  if (budget == NULL)
    return;

  bp_budget_core_ref (budget);
  bp_poke (core->is_controlled, TRUE);
  core->member.funcs = &member_funcs;
  bp_budget_core_add_member (budget, &core->member);
  /* Waiters that are there already did not find this pool. */
  if (bp_budget_core_is_short (budget))
    watch (&core->member);
}

/* With the mutex it is seen whether a waiter has come meanwhile. */
static void
end_watch (BpCore *core)
{
  if (!bp_mutex_try_lock (&core->revoking))
    {
      bp_poke (core->watch, 1);
      return;
    }
  if (bp_budget_core_is_short (core->config.budget))
    bp_poke (core->watch, WATCHED_RETURNS);
  else
    bp_poke (core->watch, 0);
  bp_core_update_limits (core);
  bp_mutex_unlock (&core->revoking);
}

gboolean
bp_reclaim_take_returned (BpCore *core, BpPooled *pooled)
{
  BpBudgetCore *budget = core->config.budget;

  if (bp_in_fork)
    return FALSE;
  if (!bp_budget_core_is_short (budget))
    {
      if (bp_peek (core->watch) > 0 && atomic_fetch_sub (&core->watch, 1) <= 1)
        end_watch (core);
      return FALSE;
    }

  bp_poke (core->watch, WATCHED_RETURNS);
  /* The waiter that gets it may free the core next, and the core its budget. */
  bp_budget_core_ref (budget);
  give_up (core, pooled);
  bp_budget_core_unref (budget);

  return TRUE;
}
