/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-limit-private.h"

#include "bp-alarm-private.h"

static gsize
sum_bytes (BpPooled **batch, guint n_batch)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < n_batch; i++)
    n_bytes += batch[i]->bytes;

  return n_bytes;
}

static void
count_back (BpCore *core, BpPooled **batch, guint n_batch)
{
  guint n_counted = 0;

  for (guint i = 0; i < n_batch; i++)
    n_counted += !batch[i]->is_uncounted;

  bp_quota_lower (&core->out, n_counted);
}

void
bp_limit_count_pushed (BpCore *core, BpPooled **batch, guint n_batch)
{
  if (!bp_peek (core->is_counting))
    return;

  bp_count (core->idle_bytes, sum_bytes (batch, n_batch));
  count_back (core, batch, n_batch);
}

void
bp_limit_count_popped (BpCore *core, BpPooled **batch, guint n_batch, gboolean has_permit)
{
  if (!bp_peek (core->is_counting))
    return;

  bp_count (core->idle_bytes, -(guint64) sum_bytes (batch, n_batch));
  for (guint i = 0; i < n_batch; i++)
    batch[i]->is_uncounted = FALSE;
  if (!has_permit && n_batch > 0)
    bp_quota_add (&core->out, n_batch);
}

void
bp_limit_count_dropped (BpCore *core, BpPooled *pooled)
{
  if (!bp_peek (core->is_counting))
    return;

  bp_count (core->idle_bytes, -(guint64) pooled->bytes);
  pooled->is_uncounted = TRUE;
}

static gboolean
fits (BpCore *core, guint64 n_idle, gsize n_more)
{
  guint64 max = bp_peek (core->max_idle_bytes);

  return max == 0 || (n_more <= max && n_idle <= max - n_more);
}

gboolean
bp_limit_try_count (BpCore *core, BpPooled *pooled)
{
  guint64 n_idle = bp_peek (core->idle_bytes);

  if (!bp_peek (core->is_counting))
    return TRUE;

  do
    {
      if (!fits (core, n_idle, pooled->bytes))
        return FALSE;
    }
  while (!atomic_compare_exchange_weak (&core->idle_bytes, &n_idle, n_idle + pooled->bytes));
  count_back (core, &pooled, 1);

  return TRUE;
}

/* The buffer that was pushed keeps the core until the shard is unlocked. */
void
bp_limit_unlock_slow (BpCore *core, BpShard *shard)
{
  BpBudgetCore *budget = core->config.budget;
  gboolean serves_out = bp_quota_has_waiters (&core->out);
  gboolean serves_budget = budget != NULL && bp_budget_core_is_short (budget);
  gboolean wakes = atomic_load (&core->is_asleep);

  if (G_LIKELY (!serves_out && !serves_budget && !wakes) || bp_in_fork)
    {
      bp_shard_unlock (shard);
      return;
    }

  bp_core_ref (core);
  bp_shard_unlock (shard);
  if (serves_out)
    bp_quota_serve (&core->out);
  if (serves_budget)
    bp_budget_core_serve (budget);
  if (wakes)
    bp_alarm_wake (core);
  bp_core_unref (core);
}

guint64
bp_limit_get_surplus (BpCore *core, gsize n_more)
{
  guint64 max = bp_peek (core->max_idle_bytes), n_idle = bp_peek (core->idle_bytes);

  return max == 0 || n_idle + n_more <= max ? 0 : n_idle + n_more - max;
}

static gboolean
fail_limit (BpCore *core, BpRequest *request, GError **error)
{
  request->blocked = &core->out;
  request->n_wanted = 1;
  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT,
               "All %u buffers of max-outstanding are out%s: give one back, or wait with "
               "acquire_wait()", bp_peek (core->max_outstanding),
               bp_quota_has_waiters (&core->out) ? ", and others wait for one" : "");

  return FALSE;
}

gboolean
bp_limit_admit (BpCore *core, BpRequest *request, GError **error)
{
  if (bp_peek (core->is_flushing))
    {
      g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING,
                           "The pool is flushing: nothing can be acquired until that is unset");
      return FALSE;
    }
  /* Before the count has begun a permit would be counted twice. */
  if (request->has_permit || !atomic_load (&core->is_counting) ||
      bp_peek (core->max_outstanding) == 0)
    return TRUE;
  if (bp_in_fork || !bp_quota_take (&core->out, 1))
    return fail_limit (core, request, error);
  request->has_permit = TRUE;

  return TRUE;
}

void
bp_limit_end_request (BpCore *core, BpRequest *request)
{
  if (request->has_permit)
    bp_quota_give (&core->out, 1);
  bp_item_discharge (&core->config, request->n_reserved);
  request->has_permit = FALSE;
  request->n_reserved = 0;
}

void
bp_limit_flush (BpCore *core, BpWaiterState state)
{
  bp_quota_flush (&core->out, core, state);
  if (core->config.budget != NULL)
    bp_quota_flush (&core->config.budget->bytes, core, state);
}
