/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * Limits: how many buffers may be out, and how many bytes may lie idle.
 *
 * While one of them is set, or the pool is flushing, the caches are off, so that every
 * acquire and every return comes along here. A pool that never had one counts nothing.
 *
 * From the first limit on, the quota `out` is the number of buffers that exist and are
 * not in a ring. It changes where a buffer is made, destroyed, stolen, pushed or popped,
 * each in the moment in which the number it is derived from changes: for made and gone
 * that is one atomic number with a flag in it, for rings their mutex. So counting can begin
 * while others work, and is exact from the first moment.
 *
 * A PERMIT is a share of `out` that an acquire takes before it looks for a buffer. It goes
 * over to the buffer that is handed out. A buffer that leaves a ring to be destroyed, or
 * that was made to lie idle, is `is_uncounted`: it is not out.
 *
 * A push looks for waiters, and for an alarm that is asleep, before it unlocks, since
 * afterwards the core may be gone.
 */

/* With the shard locked, where the pool is controlled. */
void bp_limit_count_pushed (BpCore *core, BpPooled **batch, guint n_batch) BP_COLD;
void bp_limit_count_popped (BpCore *core, BpPooled **batch, guint n_batch,
                            gboolean has_permit) BP_COLD;
void bp_limit_count_dropped (BpCore *core, BpPooled *pooled) BP_COLD;
void bp_limit_unlock_slow (BpCore *core, BpShard *shard) BP_COLD;

static inline void
bp_limit_push (BpCore *core, BpShard *shard, BpPooled **batch, guint n_batch)
{
  bp_shard_push (shard, batch, n_batch);
  if (bp_core_is_controlled (core))
    bp_limit_count_pushed (core, batch, n_batch);
}

gboolean bp_limit_try_count (BpCore *core, BpPooled *pooled) BP_COLD;

/* FALSE if it would be too much in bytes. */
static inline gboolean
bp_limit_try_push (BpCore *core, BpShard *shard, BpPooled *pooled)
{
  if (bp_core_is_controlled (core) && !bp_limit_try_count (core, pooled))
    return FALSE;
  bp_shard_push (shard, &pooled, 1);

  return TRUE;
}

/* To be handed out, or for a cache. */
static inline void
bp_limit_pop_newest (BpCore    *core,
                     BpShard   *shard,
                     BpPooled **batch,
                     guint      n_batch,
                     gboolean   has_permit)
{
  bp_shard_pop_newest (shard, batch, n_batch);
  if (bp_core_is_controlled (core))
    bp_limit_count_popped (core, batch, n_batch, has_permit);
}

/* To be destroyed. */
static inline BpPooled *
bp_limit_pop_oldest (BpCore *core, BpShard *shard)
{
  BpPooled *pooled = bp_shard_pop_oldest (shard);

  if (bp_core_is_controlled (core))
    bp_limit_count_dropped (core, pooled);

  return pooled;
}

/* After a push, with nothing else locked: serves waiters, and wakes the alarm. */
static inline void
bp_limit_unlock (BpCore *core, BpShard *shard)
{
  if (!bp_core_is_controlled (core))
    bp_shard_unlock (shard);
  else
    bp_limit_unlock_slow (core, shard);
}

/* Bytes of idle buffers that are too much if there are so many more. */
guint64 bp_limit_get_surplus (BpCore *core, gsize n_more);

/* Takes a permit into the request, if one is needed; FALSE and LIMIT or FLUSHING. */
gboolean bp_limit_admit (BpCore *core, BpRequest *request, GError **error);
/* What the request did not need. */
void bp_limit_end_request (BpCore *core, BpRequest *request);

/* All that wait for something of the pool's leave. */
void bp_limit_flush (BpCore *core, BpWaiterState state);
