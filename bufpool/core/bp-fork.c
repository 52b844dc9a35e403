/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-fork-private.h"

#include "bp-alarm-private.h"
#include "bp-dump-private.h"
#include "bp-holder-private.h"
#include "bp-slab-private.h"
#include "bp-trim-private.h"

/* How long an owner in the middle of a fast operation is waited for. */
#define MAX_YIELDS 1000

/* What handlers of others have made meanwhile is not among them. */
static BpCore *locked_cores;
/* Held from before a fork until the lists of what it has locked are empty: another thread
 * that forks meanwhile would use the same links. */
static GMutex forking;

static gboolean
wait_for_owner (BpCache *cache)
{
  for (guint i = 0; i < MAX_YIELDS; i++)
    {
      if (bp_cache_wait (cache))
        return TRUE;
      g_thread_yield ();
    }

  return FALSE;
}

static void
lock_all (void)
{
  gboolean has_caches = FALSE, has_barrier;

  bp_mutex_lock (&forking);
  bp_mutex_lock (&bp_cores_mutex);
  for (BpCore *core = bp_cores; core != NULL; core = core->next_core)
    {
      if (!bp_core_try_ref (core))
        continue;
      /* In the child it must ring once to be known. */
      bp_alarm_wake (core);
      core->next_locked = locked_cores;
      locked_cores = core;

      bp_mutex_lock (&core->revoking);
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        bp_cache_set_bias (cache);
      has_caches = has_caches || core->caches != NULL;
    }
  has_barrier = has_caches && bp_fence_barrier ();

  for (BpCore *core = locked_cores; core != NULL; core = core->next_locked)
    {
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        cache->is_revoked = has_barrier && wait_for_owner (cache);
      for (guint i = 0; i < core->n_shards; i++)
        bp_mutex_lock (&core->shards[i].mutex);
      bp_mutex_lock (&core->out.mutex);
    }
  bp_budget_core_lock_all ();
  bp_mutex_lock (&bp_slab_mutex);
  bp_holder_lock ();
}

/* Places that other threads had in their hands are not lost with them. */
static void
find_places (BpCore *core)
{
  gint64 n_free = bp_peek (core->max);

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    n_free -= bp_peek (cache->places);
  for (guint i = 0; i < core->n_shards; i++)
    n_free -= bp_peek (core->shards[i].n);
  bp_poke (core->free, n_free);
}

/* Permits are not lost either. If more buffers exist than are counted, other threads were
 * about to destroy the difference: it counts as gone. */
static void
find_permits (BpCore *core)
{
  guint64 n_out = bp_core_get_n_made (core) - bp_core_get_n_gone (core) +
                  bp_peek (core->n_held_permits);
  guint64 n_counted = bp_peek (core->out.used);

  if (!bp_peek (core->is_counting))
    return;
  for (guint i = 0; i < core->n_shards; i++)
    n_out -= bp_peek (core->shards[i].n);
  if (n_out > n_counted)
    bp_count (core->n_gone, 2 * (n_out - n_counted));
  else
    bp_poke (core->out.used, n_out);
}

static void
unlock_all (gboolean is_child)
{
  bp_holder_unlock (is_child);
  bp_mutex_unlock (&bp_slab_mutex);
  bp_budget_core_unlock_all (is_child);
  for (BpCore *core = locked_cores; core != NULL; core = core->next_locked)
    {
      if (is_child)
        {
          find_places (core);
          find_permits (core);
          if (bp_core_is_realtime (core))
            bp_homes_recount (core->homes);
          bp_quota_forget_waiters (&core->out);
          core->alarm = NULL;
        }
      bp_mutex_unlock (&core->out.mutex);
      for (guint i = 0; i < core->n_shards; i++)
        bp_shard_unlock (&core->shards[i]);
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        bp_cache_hand_back (cache);
      bp_mutex_unlock (&core->revoking);
    }
  bp_mutex_unlock (&bp_cores_mutex);

  while (locked_cores != NULL)
    {
      BpCore *core = locked_cores;

      locked_cores = core->next_locked;
      if (is_child)
        bp_dump_note_inherited (core);
      if (bp_quota_has_waiters (&core->out))
        bp_quota_serve (&core->out);
      bp_core_unref (core);
    }
  bp_budget_core_serve_all ();
  bp_mutex_unlock (&forking);
}

const BpThreadHooks bp_fork_hooks = { lock_all, unlock_all, bp_trim_thread_ended };
