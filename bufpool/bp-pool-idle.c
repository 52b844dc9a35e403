/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-idle.h"

#include "bp-limit-private.h"
#include "bp-poison-private.h"
#include "bp-pool-private.h"
#include "bp-realtime-private.h"
#include "bp-trim-private.h"

/* What the pool keeps: more of it, or less. */

static gboolean
fail_room (BpCore  *core,
           guint    n_buffers,
           guint    n_free,
           GError **error)
{
  if (bp_peek (core->is_closed))
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%u idle buffers were asked for, but the pool has been disposed and keeps "
                 "nothing: make another one", n_buffers);
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%u more idle buffers were asked for, but the pool has room for %u, since "
                 "max-buffers is %u: ask for fewer, or raise it", n_buffers, n_free,
                 bp_peek (core->max_buffers));

  return FALSE;
}

/* Vacant places of caches count as free. */
static gboolean
take_places (BpCore  *core,
             guint    n_buffers,
             GError **error)
{
  guint n_taken = bp_core_take_places (core, n_buffers);

  if (n_taken < n_buffers)
    {
      bp_trim_run (core, BP_TRIM_FREES_PLACES, BP_ANY_NUMBER);
      n_taken += bp_core_take_places (core, n_buffers - n_taken);
    }
  if (n_taken == n_buffers)
    return TRUE;

  bp_core_give_places (core, n_taken);

  return fail_room (core, n_buffers, n_taken, error);
}

/* Room in the rings, batch by batch as they will be published. */
static gboolean
prepare_rings (BpCore  *core,
               guint    own_shard,
               guint    n_buffers,
               GError **error)
{
  guint n_batches = n_buffers / BP_BATCH + 1;
  guint n_each = (n_batches / core->n_shards + 1) * BP_BATCH;

  for (guint i = 0; i < MIN (n_batches, core->n_shards); i++)
    {
      BpShard *shard = &core->shards[(own_shard + i) % core->n_shards];
      guint n_room;

      bp_shard_lock_with_room (shard, n_each, TRUE);
      n_room = bp_shard_get_room (shard);
      bp_shard_unlock (shard);
      if (n_room >= n_each)
        continue;

      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
                   "No memory for a list of %u buffers", n_buffers);
      return FALSE;
    }

  return TRUE;
}

static gboolean
fail_bytes (BpCore  *core,
            guint    n_buffers,
            guint64  n_bytes,
            GError **error)
{
  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
               "%u more idle buffers of %" G_GUINT64_FORMAT " bytes together were asked for, "
               "but there are %" G_GUINT64_FORMAT " idle and max-idle-bytes is %"
               G_GUINT64_FORMAT ": ask for less, or raise it", n_buffers, n_bytes,
               bp_peek (core->idle_bytes), bp_peek (core->max_idle_bytes));

  return FALSE;
}

/* Before anything is made, or reclaimed for it. */
static gboolean
check_bytes (BpCore  *core,
             guint    n_buffers,
             gsize    n_elements,
             GError **error)
{
  BpBudgetCore *budget = core->config.budget;
  gsize n_bytes, n_each;

  if (!bp_core_is_of_elements (core))
    return TRUE;
  if (!bp_item_check_size (&core->config, n_elements, &n_each, error))
    return FALSE;
  if (!g_size_checked_mul (&n_bytes, n_each, n_buffers))
    n_bytes = G_MAXSIZE;
  if (bp_limit_get_surplus (core, n_bytes) > 0)
    return fail_bytes (core, n_buffers, n_bytes, error);
  if (budget == NULL || n_bytes <= bp_peek (budget->bytes.max))
    return TRUE;

  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET,
               "%u buffers of %" G_GSIZE_FORMAT " bytes were asked for, and the budget has %"
               G_GUINT64_FORMAT " bytes in all: ask for less, or raise max-bytes",
               n_buffers, n_each, bp_peek (budget->bytes.max));

  return FALSE;
}

/* It does not count as made yet. */
static BpPooled *
make_filled (BpCore  *core,
             gsize    n_elements,
             GError **error)
{
  const BpItemConfig *config = &core->config;
  BpRequest request = { 0 };
  BpPooled *pooled = bp_item_make (config, core, &request, error);

  if (pooled == NULL)
    return NULL;

  if (bp_core_is_of_elements (core) &&
      !bp_item_renew (config, pooled, n_elements, FALSE, &request, error))
    {
      bp_item_destroy (config, pooled);
      return NULL;
    }
  if (config->budget == NULL)
    bp_item_measure (config, pooled);
  /* Written to, so that its pages are there. */
  if (bp_core_is_realtime (core) && bp_core_is_of_elements (core))
    memset (bp_peek (pooled->data), 0, pooled->bytes);
  bp_poison_mark_idle (pooled);

  return pooled;
}

static void
destroy_all (BpCore   *core,
             BpPooled *list)
{
  while (list != NULL)
    {
      BpPooled *next = list->next;

      bp_item_destroy (&core->config, list);
      list = next;
    }
}

/* What items come to is known only now. */
static gboolean
check_all (BpCore    *core,
           BpPooled  *list,
           guint      n_buffers,
           GError   **error)
{
  gsize n_bytes = 0;

  for (BpPooled *pooled = list; pooled != NULL; pooled = pooled->next)
    n_bytes += pooled->bytes;

  return bp_limit_get_surplus (core, n_bytes) == 0 || fail_bytes (core, n_buffers, n_bytes, error);
}

static BpPooled *
make_all (BpCore  *core,
          guint    n_buffers,
          gsize    n_elements,
          GError **error)
{
  BpPooled *list = NULL;

  for (guint i = 0; i < n_buffers; i++)
    {
      BpPooled *pooled = make_filled (core, n_elements, error);

      if (pooled == NULL)
        {
          destroy_all (core, list);
          return NULL;
        }
      pooled->next = list;
      list = pooled;
    }

  if (!check_all (core, list, n_buffers, error))
    {
      destroy_all (core, list);
      return NULL;
    }

  return list;
}

static void
count_made (BpCore   *core,
            BpPooled *list,
            guint     n_buffers)
{
  for (BpPooled *pooled = list; pooled != NULL; pooled = pooled->next)
    pooled->is_uncounted = bp_core_count_made (core);
  bp_count (core->n_added, n_buffers);
}

static gboolean
prefill_realtime (BpCore  *core,
                  guint    n_buffers,
                  gsize    n_elements,
                  GError **error)
{
  BpPooled *list = NULL;
  guint n_vacant = 0;

  if (bp_peek (core->is_closed) || !bp_homes_reserve (core->homes, n_buffers, &n_vacant))
    return fail_room (core, n_buffers, n_vacant, error);

  if (check_bytes (core, n_buffers, n_elements, error))
    list = make_all (core, n_buffers, n_elements, error);
  if (list == NULL)
    {
      bp_homes_unreserve (core->homes, n_buffers);
      return FALSE;
    }

  count_made (core, list, n_buffers);
  bp_realtime_publish (core, list);

  return TRUE;
}

/**
 * bp_pool_prefill:
 * @self: a pool
 * @n_buffers: how many idle buffers to add
 * @n_elements: their capacity in elements, at least 1; ignored for items
 * @error: return location for a #GError
 *
 * Makes buffers in advance, all of them or none.
 *
 * In a pool that is [property@Pool:realtime] nothing else makes buffers. Buffers that are
 * out keep their room there, and every page of the memory has been written to when this
 * returns.
 *
 * ```c
 * if (!bp_pool_prefill (pool, 16, 4096, &error))
 *   g_warning ("%s", error->message);
 * ```
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE if the pool does not have room for them besides
 * the idle buffers it has, in number or in bytes, %BP_POOL_ERROR_TOO_LARGE,
 * %BP_POOL_ERROR_NO_MEMORY, %BP_POOL_ERROR_BUDGET or %BP_POOL_ERROR_CREATE_FAILED, and
 * changes nothing then.
 *
 * Returns: %TRUE if they were added
 *
 * Since: 0.9
 */
gboolean
bp_pool_prefill (BpPool  *self,
                 guint    n_buffers,
                 gsize    n_elements,
                 GError **error)
{
  BpPooled *list = NULL;
  BpCore *core;
  guint own_shard;

  g_return_val_if_fail (bp_pool_check (self), FALSE);
  core = self->core;

  if (n_buffers == 0)
    return TRUE;

  if (bp_core_is_of_elements (core) && n_elements == 0)
    {
      g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                           "Buffers of 0 elements were asked for, but the pool keeps none "
                           "without capacity: ask for 1 or more");
      return FALSE;
    }

  if (bp_core_is_realtime (core))
    return prefill_realtime (core, n_buffers, n_elements, error);

  /* A program must not fail where it is only to be watched. */
  if ((bp_debug_flags & BP_DEBUG_DISABLE) && n_buffers <= bp_peek (core->max_buffers))
    return TRUE;

  if (!take_places (core, n_buffers, error))
    return FALSE;

  own_shard = bp_core_get_own_shard (core, bp_core_get_own_cache (core));
  if (prepare_rings (core, own_shard, n_buffers, error) &&
      check_bytes (core, n_buffers, n_elements, error))
    list = make_all (core, n_buffers, n_elements, error);
  if (list == NULL)
    {
      bp_core_give_places (core, n_buffers);
      return FALSE;
    }

  count_made (core, list, n_buffers);
  bp_trim_publish (core, own_shard, list);

  return TRUE;
}

/**
 * bp_pool_drop_idle:
 * @self: a pool
 * @max_idle: how many idle buffers may stay
 *
 * Frees idle buffers, those in threads' caches included, until no more than @max_idle are
 * left; with 0 all of them. For times when memory is short.
 *
 * Each shard loses the same share, its oldest buffers first. Threads' caches are the last
 * to be touched.
 *
 * A pool that is [property@Pool:realtime] loses any of its idle buffers. It also frees here
 * the buffers that came back and were not kept: those attached beyond
 * [property@Pool:max-buffers], those too large for [property@Pool:trim-capacity], and items
 * that refused to be reused.
 *
 * Since: 0.9
 */
void
bp_pool_drop_idle (BpPool *self,
                   guint   max_idle)
{
  g_return_if_fail (bp_pool_check (self));

  bp_trim_run (self->core, BP_TRIM_DEFAULT, max_idle);
}
