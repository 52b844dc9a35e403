/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

/*
 * Prefilling, all or nothing: first the places are claimed, then the buffers
 * are made, then they are put in. Whatever fails, what was done is undone
 * before anybody could see it.
 */

typedef struct
{
  guint *claims;
  BpPooled **batch;
} Prefill;

static void
prefill_clear (Prefill *prefill)
{
  g_free (prefill->claims);
  g_free (prefill->batch);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Prefill, prefill_clear)

/* As many as there are; says whether memory was wanting for more. */
static guint
claim_places (BpCore   *core,
              guint    *claims,
              guint     wanted,
              gboolean *has_memory)
{
  guint home = bp_core_get_home (core, bp_core_ensure_front (core));
  guint n_shards = core->config.n_shards;
  guint n_claimed = 0;

  for (guint i = 0; i < n_shards && n_claimed < wanted; i++)
    {
      guint index = (home + i) % n_shards;
      BpShard *shard = &core->shards[index];
      guint n_taken, n_places;

      if (!bp_shard_prepare (shard, claims[index] + (wanted - n_claimed), TRUE))
        *has_memory = FALSE;
      bp_shard_lock (shard);
      n_taken = bp_peek (shard->count) + claims[index];
      n_places = bp_peek (shard->size) - MIN (bp_peek (shard->size), n_taken);
      n_places = MIN (n_places, bp_shard_peek_free (shard));
      n_places = MIN (n_places, wanted - n_claimed);
      bp_bump (shard->reserved, n_places);
      bp_shard_unlock (shard);

      claims[index] += n_places;
      n_claimed += n_places;
    }

  return n_claimed;
}

static void
give_up_claims (BpCore *core,
                guint  *claims)
{
  for (guint i = 0; i < core->config.n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      if (claims[i] == 0)
        continue;
      bp_shard_lock (shard);
      bp_bump (shard->reserved, -claims[i]);
      bp_shard_unlock (shard);
    }
}

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
  if (bp_peek (core->closed))
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%u idle buffers were asked for, but the pool keeps nothing: it has been "
                 "disposed", n_buffers);
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                 "%u more idle buffers were asked for, but the pool has room for %u: "
                 "max-buffers is %u", n_buffers, n_free, bp_peek (core->max_buffers));

  return FALSE;
}

static gboolean
claim_all_places (BpCore  *core,
                  guint   *claims,
                  guint    n_buffers,
                  GError **error)
{
  gboolean has_memory = TRUE;
  guint n_claimed = claim_places (core, claims, n_buffers, &has_memory);

  /* Places that are only reserved for fronts count as free. */
  while (n_claimed < n_buffers && bp_core_free_reserves (core))
    n_claimed += claim_places (core, claims, n_buffers - n_claimed, &has_memory);

  if (n_claimed == n_buffers)
    return TRUE;

  give_up_claims (core, claims);

  if (!has_memory && !bp_peek (core->closed))
    return fail_memory (n_buffers, error);

  return fail_room (core, n_buffers, n_claimed, error);
}

static BpPooled *
create_filled (BpCore  *core,
               gsize    n_elements,
               GError **error)
{
  BpPooled *pooled = bp_items_create (core, error);

  if (pooled == NULL)
    return NULL;

  if (core->config.kind == BP_KIND_ELEMENTS &&
      !bp_items_reallocate (pooled, n_elements, 0, FALSE, error))
    {
      bp_items_destroy (pooled, TRUE);
      return NULL;
    }
  bp_items_measure (pooled);

  return pooled;
}

/* Comes locked, with an array that has room for the claim: others may have filled
 * the one that had when it was made. */
static void
lock_for_claim (BpShard *shard,
                guint    n_claimed)
{
  gboolean is_prepared;

  for (;;)
    {
      is_prepared = bp_shard_prepare (shard, n_claimed, TRUE);
      bp_shard_lock (shard);
      if (!is_prepared ||
          bp_peek (shard->size) - bp_peek (shard->count) >= n_claimed ||
          bp_peek (shard->size) >= bp_peek (shard->part))
        return;
      bp_shard_unlock (shard);
    }
}

/* Puts in what the shard still has room for: max-buffers may have been lowered,
 * or the pool disposed, since the places were claimed. */
static guint
put_claimed (BpShard   *shard,
             BpPooled **batch,
             guint      n_claimed)
{
  guint n_put;

  lock_for_claim (shard, n_claimed);
  bp_bump (shard->reserved, -n_claimed);
  n_put = MIN (n_claimed, bp_shard_get_room (shard));
  bp_count (shard->added, n_put);
  bp_shard_push (shard, batch, n_put);
  bp_shard_unlock (shard);

  return n_put;
}

gboolean
bp_core_prefill (BpCore  *core,
                 guint    n_buffers,
                 gsize    n_elements,
                 GError **error)
{
  g_auto (Prefill) prefill = { NULL, NULL };
  guint n_made, n_done;

  bp_items_destroy_doomed (core);

  if (n_buffers == 0)
    return TRUE;

  if (core->config.kind == BP_KIND_ELEMENTS && n_elements == 0)
    {
      g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
                           "Buffers of 0 elements were asked for, but the pool keeps none "
                           "without capacity: ask for 1 or more");
      return FALSE;
    }

  /* A program must not fail where it is only to be watched. */
  if ((bp_debug_flags & BP_DEBUG_DISABLE) && n_buffers <= bp_peek (core->max_buffers))
    return TRUE;

  prefill.claims = g_try_new0 (guint, core->config.n_shards);
  if (prefill.claims == NULL)
    return fail_memory (n_buffers, error);
  if (!claim_all_places (core, prefill.claims, n_buffers, error))
    return FALSE;

  prefill.batch = g_try_new (BpPooled *, n_buffers);
  if (prefill.batch == NULL)
    {
      give_up_claims (core, prefill.claims);
      return fail_memory (n_buffers, error);
    }

  for (n_made = 0; n_made < n_buffers; n_made++)
    {
      prefill.batch[n_made] = create_filled (core, n_elements, error);
      if (prefill.batch[n_made] == NULL)
        {
          give_up_claims (core, prefill.claims);
          while (n_made > 0)
            bp_items_destroy (prefill.batch[--n_made], TRUE);
          return FALSE;
        }
    }

  for (guint i = 0; i < n_buffers; i++)
    bp_record_mark_idle (prefill.batch[i]);

  n_done = 0;
  for (guint i = 0; i < core->config.n_shards; i++)
    {
      guint n_claimed = prefill.claims[i];
      guint n_put;

      if (n_claimed == 0)
        continue;
      n_put = put_claimed (&core->shards[i], prefill.batch + n_done, n_claimed);
      for (guint j = n_put; j < n_claimed; j++)
        bp_items_destroy (prefill.batch[n_done + j], TRUE);
      n_done += n_claimed;
    }

  return TRUE;
}
