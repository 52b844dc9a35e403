/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-limit-set-private.h"

#include "bp-limit-private.h"
#include "bp-realtime-private.h"
#include "bp-trim-private.h"

/* With revoking held, and all shards locked. What is in caches counts as out. */
static void
begin_counting (BpCore *core)
{
  guint64 n_made = atomic_fetch_or (&core->n_made, 1) / 2;
  guint64 n_gone = atomic_fetch_or (&core->n_gone, 1) / 2;
  guint64 n_idle = 0;

  for (guint i = 0; i < core->n_shards; i++)
    {
      n_idle += bp_peek (core->shards[i].n);
      bp_count (core->idle_bytes, bp_shard_sum_bytes (&core->shards[i]));
    }
  bp_quota_add (&core->out, n_made - n_gone - n_idle);
  bp_poke (core->is_controlled, TRUE);
  atomic_store (&core->is_counting, TRUE);
}

/* With revoking held: what the properties amount to. The caller empties the caches then. */
static void
update (BpCore *core)
{
  guint max = bp_peek (core->max_outstanding);
  gboolean has_limit = max > 0 || bp_peek (core->max_idle_bytes) > 0;

  if (has_limit && !bp_peek (core->is_counting))
    {
      for (guint i = 0; i < core->n_shards; i++)
        bp_mutex_lock (&core->shards[i].mutex);
      begin_counting (core);
      for (guint i = 0; i < core->n_shards; i++)
        bp_shard_unlock (&core->shards[i]);
    }
  atomic_store (&core->is_limited, has_limit || bp_peek (core->is_flushing));
  bp_core_update_limits (core);
  bp_quota_set_max (&core->out, max > 0 ? max : BP_NO_MAX);
}

/* What a look brought from a cache to a ring in the meantime has served no waiter. */
static void
empty_caches (BpCore *core)
{
  bp_trim_run (core, BP_TRIM_EMPTIES_CACHES, BP_ANY_NUMBER);
  bp_quota_serve (&core->out);
}

gboolean
bp_limit_set_max_outstanding (BpCore *core, guint max_outstanding)
{
  gboolean is_change;

  if (max_outstanding > 0 && bp_realtime_refuses (core, "max-outstanding"))
    return FALSE;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->max_outstanding) != max_outstanding;
  bp_poke (core->max_outstanding, max_outstanding);
  update (core);
  bp_mutex_unlock (&core->revoking);
  empty_caches (core);

  return is_change;
}

gboolean
bp_limit_set_max_idle_bytes (BpCore *core, guint64 max_idle_bytes)
{
  gboolean is_change;

  if (max_idle_bytes > 0 && bp_realtime_refuses (core, "max-idle-bytes"))
    return FALSE;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->max_idle_bytes) != max_idle_bytes;
  bp_poke (core->max_idle_bytes, max_idle_bytes);
  update (core);
  bp_mutex_unlock (&core->revoking);
  /* A thread that locks a shard from now on sees the new limit. */
  for (guint i = 0; i < core->n_shards; i++)
    {
      bp_mutex_lock (&core->shards[i].mutex);
      bp_shard_unlock (&core->shards[i]);
    }
  empty_caches (core);

  return is_change;
}

gboolean
bp_limit_set_flushing (BpCore *core, gboolean is_flushing)
{
  gboolean is_change;

  if (is_flushing && bp_realtime_refuses (core, "flushing"))
    return FALSE;

  bp_mutex_lock (&core->revoking);
  is_change = bp_peek (core->is_flushing) != is_flushing;
  atomic_store (&core->is_flushing, is_flushing);
  update (core);
  bp_mutex_unlock (&core->revoking);
  if (is_flushing)
    bp_limit_flush (core, BP_WAITER_FLUSHED);
  empty_caches (core);

  return is_change;
}
