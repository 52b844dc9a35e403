/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-prefill-private.h"

#include "bp-return-private.h"
#include "bp-search-private.h"
#include "bp-trim-private.h"

static gboolean
fail_memory (guint    n_buffers,
             GError **error)
{
  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
               "No memory for a list of %u buffers", n_buffers);

  return FALSE;
}

static gboolean
fail_room (BpCore  *core,
           guint    n_buffers,
           guint    n_free,
           GError **error)
{
  if (bp_peek (core->is_closed))
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%u idle buffers were asked for, but the pool keeps nothing: it has been "
                 "disposed", n_buffers);
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%u more idle buffers were asked for, but the pool has room for %u: "
                 "max-buffers is %u", n_buffers, n_free, bp_peek (core->max_buffers));

  return FALSE;
}

/* Vacant places of caches count as free. */
static gboolean
take_all_places (BpCore  *core,
                 guint    n_buffers,
                 GError **error)
{
  guint n_taken = bp_core_take_places (core, n_buffers);

  if (n_taken < n_buffers)
    {
      bp_trim_free_vacant (core);
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
               guint    home,
               guint    n_buffers,
               GError **error)
{
  guint n_batches = n_buffers / BP_BATCH + 1;
  guint n_each = (n_batches / core->n_shards + 1) * BP_BATCH;

  for (guint i = 0; i < MIN (n_batches, core->n_shards); i++)
    {
      BpShard *shard = &core->shards[(home + i) % core->n_shards];
      guint n_room;

      bp_shard_lock_with_room (shard, n_each, TRUE);
      n_room = bp_shard_get_room (shard);
      bp_shard_unlock (shard);
      if (n_room < n_each)
        return fail_memory (n_buffers, error);
    }

  return TRUE;
}

/* It does not count as made yet. */
static BpPooled *
make_filled (BpCore  *core,
             gsize    n_elements,
             GError **error)
{
  BpPooled *pooled = bp_item_new_handle (&core->config, core, error);

  if (pooled == NULL)
    return NULL;

  if (!bp_item_create (&core->config, pooled, NULL, error))
    {
      bp_item_free_handle (pooled);
      return NULL;
    }
  if (bp_core_is_of_elements (core) &&
      !bp_item_reallocate (&core->config, pooled, n_elements, 0, FALSE, error))
    {
      bp_item_destroy (&core->config, pooled);
      return NULL;
    }
  bp_item_measure (&core->config, pooled);

  return pooled;
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
          while (list != NULL)
            {
              pooled = list;
              list = pooled->next;
              bp_item_destroy (&core->config, pooled);
            }
          return NULL;
        }
      pooled->next = list;
      list = pooled;
    }

  return list;
}

gboolean
bp_core_prefill (BpCore  *core,
                 guint    n_buffers,
                 gsize    n_elements,
                 GError **error)
{
  BpCache *cache = bp_core_get_own_cache (core);
  guint home = bp_core_get_home (core, cache);
  BpPooled *list = NULL;

  if (n_buffers == 0)
    return TRUE;

  if (bp_core_is_of_elements (core) && n_elements == 0)
    {
      g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                           "Buffers of 0 elements were asked for, but the pool keeps none "
                           "without capacity: ask for 1 or more");
      return FALSE;
    }

  /* A program must not fail where it is only to be watched. */
  if ((bp_debug_flags & BP_DEBUG_DISABLE) && n_buffers <= bp_peek (core->max_buffers))
    return TRUE;

  if (!take_all_places (core, n_buffers, error))
    return FALSE;
  if (prepare_rings (core, home, n_buffers, error))
    list = make_all (core, n_buffers, n_elements, error);
  if (list == NULL)
    {
      bp_core_give_places (core, n_buffers);
      return FALSE;
    }

  for (BpPooled *pooled = list; pooled != NULL; pooled = pooled->next)
    {
      bp_core_count_made (core);
      bp_item_mark_idle (pooled);
    }
  bp_count (core->n_added, n_buffers);
  bp_trim_publish (core, home, list);

  return TRUE;
}

void
bp_core_recycle (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  bp_core_count_made (core);
  bp_count (core->n_added, 1);
  bp_core_return_slow (pooled, TRUE);
}
