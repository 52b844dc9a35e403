/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-bulk.h"

#include "bp-acquire-private.h"
#include "bp-bulk-private.h"
#include "bp-holder-private.h"
#include "bp-limit-private.h"
#include "bp-pool-private.h"
#include "bp-pooled-private.h"
#include "bp-pooled.h"

/* Many at once. */

/* Fits a buffer whose capacity may not do; with NULL it finds one first. */
static BpPooled *
acquire_one (BpCore    *core,
             BpPooled  *pooled,
             gsize      n_elements,
             GError   **error)
{
  BpRequest request = { 0 };

  if (pooled == NULL)
    pooled = bp_core_request (core, &request, error);
  if (pooled != NULL && n_elements > 0)
    pooled = bp_core_fit (pooled, n_elements, FALSE, &request, error);
  bp_limit_end_request (core, &request);

  return pooled;
}

/* What was idle and has not been looked at goes back as well. */
static void
give_up (BpPooled **pooled,
         guint      n_done,
         guint      n_idle,
         guint      n)
{
  for (guint i = n_done + 1; i < n_idle; i++)
    bp_core_hand_out (pooled[i]);
  bp_pooled_unref_many (pooled, n_done);
  if (n_idle > n_done + 1)
    bp_pooled_unref_many (pooled + n_done + 1, n_idle - n_done - 1);

  memset (pooled, 0, n * sizeof (BpPooled *));
}

/* Marked buffers become samples. */
static BP_COLD void
hand_out_marked (BpPooled **pooled,
                 gsize      n_elements,
                 guint      n)
{
  for (guint i = 0; i < n; i++)
    {
      gboolean is_marked = bp_holder_is_sample (pooled[i]);

      bp_poke (bp_core_hand_out (pooled[i])->length, n_elements);
      if (is_marked)
        bp_holder_note (pooled[i]);
    }
}

static gboolean
acquire_many (BpCore    *core,
              gsize      n_elements,
              BpPooled **pooled,
              guint      n,
              GError   **error)
{
  guint n_idle = n > 0 && bp_core_is_of_elements (core) ? bp_bulk_take (core, pooled, n) : 0;

  guint i = 0;

  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_BACKTRACE))
    {
      while (i < n_idle && n_elements <= bp_peek (pooled[i]->capacity))
        i++;
      hand_out_marked (pooled, n_elements, i);
    }
  for (; i < n_idle && n_elements <= bp_peek (pooled[i]->capacity); i++)
    bp_poke (bp_core_hand_out (pooled[i])->length, n_elements);

  /* From the first one on that is too small. */
  for (; i < n; i++)
    {
      pooled[i] = acquire_one (core, i < n_idle ? bp_core_hand_out (pooled[i]) : NULL,
                               n_elements, error);
      if (G_UNLIKELY (pooled[i] == NULL))
        {
          give_up (pooled, i, n_idle, n);
          return FALSE;
        }
    }

  return TRUE;
}

/**
 * bp_pool_acquire_many: (skip)
 * @self: a pool
 * @n_elements: how many valid elements each buffer shall have; 0 in a pool of items
 * @pooled: (array length=n): where to store the handles
 * @n: how many
 * @error: return location for a #GError
 *
 * Takes @n buffers, all of them or none, in less time than @n calls of
 * [method@Pool.acquire_uninit]: packets for `recvmmsg()`, say, or a batch of frames.
 * Their elements are whatever their last users left.
 *
 * ```c
 * BpPooled *packets[32];
 *
 * if (bp_pool_acquire_many (pool, 2048, packets, G_N_ELEMENTS (packets), &error))
 *   bp_pooled_unref_many (packets, G_N_ELEMENTS (packets));
 * ```
 *
 * It fails as [method@Pool.acquire_uninit] does, with %BP_POOL_ERROR_CREATE_FAILED in
 * pools of items, and stores %NULL for all of them then.
 *
 * May be called from any thread.
 *
 * Returns: %TRUE if all were acquired
 *
 * Since: 0.9
 */
gboolean
bp_pool_acquire_many (BpPool     *self,
                      gsize       n_elements,
                      BpPooled  **pooled,
                      guint       n,
                      GError    **error)
{
  g_return_val_if_fail (bp_pool_check (self), FALSE);
  g_return_val_if_fail (pooled != NULL || n == 0, FALSE);
  if (n_elements > 0)
    bp_require_elements (self->core, FALSE);

  return acquire_many (self->core, n_elements, pooled, n, error);
}

#define BLOCK 1024

static void
unref_handle (gpointer pooled)
{
  if (pooled != NULL)
    bp_pooled_unref (pooled);
}

/**
 * bp_pool_acquire_array: (rename-to bp_pool_acquire_many)
 * @self: a pool
 * @n_elements: how many valid elements each buffer shall have; 0 in a pool of items
 * @n: how many
 * @error: return location for a #GError
 *
 * Takes @n buffers of @n_elements zeroes, all of them or none.
 *
 * It fails as [method@Pool.acquire_sized] does, with %BP_POOL_ERROR_CREATE_FAILED in
 * pools of items.
 *
 * May be called from any thread.
 *
 * Returns: (transfer container) (element-type BpPooled): the handles, which go with the
 *   array
 *
 * Since: 0.9
 */
GPtrArray *
bp_pool_acquire_array (BpPool  *self,
                       gsize    n_elements,
                       guint    n,
                       GError **error)
{
  g_autoptr (GPtrArray) array = g_ptr_array_new_with_free_func (unref_handle);
  gsize n_bytes;

  g_return_val_if_fail (bp_pool_check (self), NULL);
  bp_require (n <= G_MAXINT, NULL, "%u buffers at once: at most %d are possible", n, G_MAXINT);
  if (n_elements > 0)
    bp_require_elements (self->core, NULL);

  /* Block by block: a number far beyond any limit does not make an array of that size. */
  while (array->len < n)
    {
      guint n_before = array->len, n_block = MIN (n - n_before, BLOCK);

      g_ptr_array_set_size (array, (int) (n_before + n_block));
      if (!acquire_many (self->core, n_elements, (BpPooled **) array->pdata + n_before, n_block,
                         error))
        return NULL;
    }

  n_bytes = n_elements * self->core->config.element_size;
  for (guint i = 0; i < n && n_bytes > 0; i++)
    memset (bp_peek (((BpPooled *) array->pdata[i])->data), 0, n_bytes);

  return g_steal_pointer (&array);
}

/* How many from there on are of one pool, with the only reference, and neither empty, nor
 * to be trimmed, nor items: they are idle then. */
static guint
make_idle (BpPooled **pooled,
           guint      n)
{
  BpCore *core = pooled[0]->core;
  gsize keep_limit = bp_peek (core->keep_limit);
  guint i;

  for (i = 0; i < n; i++)
    {
      BpPooled *handle = pooled[i];

      if (G_UNLIKELY (handle == NULL || handle->core != core ||
                      atomic_load_explicit (&handle->word, memory_order_acquire) != BP_WORD_REF ||
                      bp_peek (handle->capacity) - 1 >= keep_limit))
        break;
      bp_item_poison (handle);
      bp_poke (handle->word, 0);
    }

  return i;
}

/**
 * bp_pooled_unref_many: (skip)
 * @pooled: (array length=n) (transfer full) (nullable): handles, of any pools
 * @n: how many
 *
 * Drops a reference of each, in less time than @n calls of [method@Pooled.unref].
 *
 * May be called from any thread.
 *
 * Since: 0.9
 */
void
bp_pooled_unref_many (BpPooled **pooled,
                      guint      n)
{
  g_return_if_fail (pooled != NULL || n == 0);

  for (guint i = 0; i < n;)
    {
      BpCore *core = pooled[i] != NULL ? pooled[i]->core : NULL;
      guint n_idle = core != NULL ? make_idle (pooled + i, n - i) : 0;

      if (G_LIKELY (n_idle > 0))
        bp_bulk_place (core, pooled + i, n_idle);
      else
        bp_pooled_unref (pooled[i++]);
      i += n_idle;
    }
}
