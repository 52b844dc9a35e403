/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include <pthread.h>

/*
 * fork(): the child has one thread, and memory as it was in the middle of
 * whatever the others were doing. So before the fork all locks are taken and
 * all fronts revoked, and afterwards, on both sides, given back: in the child
 * every pool is whole, buffers in the other threads' fronts included.
 */

/* How long an owner in the middle of a fast operation is waited for. */
#define MAX_YIELDS 1000

static void
for_each_front (void (*func) (BpFront *front))
{
  for (BpCore *core = bp_all_cores; core != NULL; core = core->next_core)
    {
      for (guint slot = 1; slot < bp_slots_end (); slot++)
        {
          BpFront *front = bp_core_get_front_of_slot (core, slot);

          if (front != NULL)
            func (front);
        }
    }
}

static void
revoke_with_patience (BpFront *front)
{
  for (guint i = 0; i < MAX_YIELDS; i++)
    {
      if (bp_front_revoke (front) != BP_REVOKE_BUSY)
        return;
      g_thread_yield ();
    }
}

static void
lock_all (void)
{
  bp_cores_lock ();
  for (BpCore *core = bp_all_cores; core != NULL; core = core->next_core)
    {
      g_mutex_lock (&core->config_mutex);
      for (guint i = 0; i < core->config.n_shards; i++)
        bp_shard_lock (&core->shards[i]);
    }
  bp_slots_lock_fork ();

  for_each_front (revoke_with_patience);
}

static void
unlock_all (void)
{
  for_each_front (bp_front_hand_back);

  bp_slots_unlock ();
  for (BpCore *core = bp_all_cores; core != NULL; core = core->next_core)
    {
      for (guint i = 0; i < core->config.n_shards; i++)
        bp_shard_unlock (&core->shards[i]);
      g_mutex_unlock (&core->config_mutex);
    }
  bp_cores_unlock ();
}

static void
unlock_all_in_child (void)
{
  bp_fence_init_child ();
  bp_slots_init_child ();
  unlock_all ();
}

void
bp_fork_init (void)
{
  pthread_atfork (lock_all, unlock_all, unlock_all_in_child);
}
