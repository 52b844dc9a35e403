/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-fork-private.h"

#include "bp-slab-private.h"

/* How long an owner in the middle of a fast operation is waited for. */
#define MAX_YIELDS 1000

static void
wait_for_owner (BpCache *cache)
{
  for (guint i = 0; i < MAX_YIELDS && !bp_cache_wait (cache); i++)
    g_thread_yield ();
}

/* A cache that is revoked already, since a barrier failed, stays so afterwards. */
static void
lock_all (void)
{
  gboolean has_caches = FALSE;

  bp_core_lock_list ();
  for (BpCore *core = bp_core_get_first (); core != NULL; core = core->next_core)
    {
      bp_mutex_lock (&core->revoking);
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        {
          cache->is_revoked = bp_peek (cache->bias) == 0;
          bp_cache_set_bias (cache);
          has_caches = TRUE;
        }
    }
  if (has_caches)
    bp_fence_barrier ();

  for (BpCore *core = bp_core_get_first (); core != NULL; core = core->next_core)
    {
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        wait_for_owner (cache);
      for (guint i = 0; i < core->n_shards; i++)
        bp_mutex_lock (&core->shards[i].mutex);
    }
  bp_slab_lock ();
}

static void
unlock_all (void)
{
  bp_slab_unlock ();
  for (BpCore *core = bp_core_get_first (); core != NULL; core = core->next_core)
    {
      for (guint i = 0; i < core->n_shards; i++)
        bp_shard_unlock (&core->shards[i]);
      for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
        {
          if (cache->is_revoked)
            bp_cache_hand_back (cache);
        }
      bp_mutex_unlock (&core->revoking);
    }
  bp_core_unlock_list ();
}

const BpForkHooks bp_fork_hooks = { lock_all, unlock_all };
