/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-properties.h"

#include "bp-limit-set-private.h"
#include "bp-pool-private.h"
#include "bp-trim-private.h"

/* The properties, as functions. */

/**
 * bp_pool_get_name: (get-property name)
 * @self: a pool
 *
 * Gets [property@Pool:name].
 *
 * Returns: (transfer none) (nullable): the name, valid for the life of the process
 *
 * Since: 0.9
 */
const char *
bp_pool_get_name (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), NULL);

  return bp_peek (self->name);
}

/**
 * bp_pool_set_name: (set-property name)
 * @self: a pool
 * @name: (nullable): a name
 *
 * Sets [property@Pool:name]. The name is kept for the life of the process, as
 * g_intern_string() does.
 *
 * Since: 0.9
 */
void
bp_pool_set_name (BpPool     *self,
                  const char *name)
{
  const char *interned;

  g_return_if_fail (bp_pool_check (self));

  interned = g_intern_string (name);
  bp_poke (self->core->config.name, interned);
  if (atomic_exchange (&self->name, interned) != interned)
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_NAME]);
}

/**
 * bp_pool_get_element_type: (get-property element-type)
 * @self: a pool
 *
 * Gets [property@Pool:element-type].
 *
 * Returns: the type
 *
 * Since: 0.9
 */
BpElementType
bp_pool_get_element_type (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), BP_ELEMENT_TYPE_NONE);

  return self->core->config.element_type;
}

/**
 * bp_pool_get_element_size: (get-property element-size)
 * @self: a pool
 *
 * Gets [property@Pool:element-size].
 *
 * Returns: a number of bytes, 0 in a pool of items
 *
 * Since: 0.9
 */
gsize
bp_pool_get_element_size (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return self->core->config.element_size;
}

/**
 * bp_pool_get_item_type: (get-property item-type)
 * @self: a pool
 *
 * Gets [property@Pool:item-type].
 *
 * Returns: the type; %G_TYPE_NONE in a pool that is not one of objects
 *
 * Since: 0.9
 */
GType
bp_pool_get_item_type (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), G_TYPE_NONE);

  return self->core->config.kind == BP_KIND_OBJECT ? self->core->config.item_type : G_TYPE_NONE;
}

/**
 * bp_pool_get_alignment: (get-property alignment)
 * @self: a pool
 *
 * Gets [property@Pool:alignment].
 *
 * Returns: a number of bytes; 0 for as `malloc()` does
 *
 * Since: 0.9
 */
gsize
bp_pool_get_alignment (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return self->core->config.alignment;
}

/**
 * bp_pool_get_shards: (get-property shards)
 * @self: a pool
 *
 * Gets [property@Pool:shards].
 *
 * Returns: the number of shards there are, at least 1
 *
 * Since: 0.9
 */
guint
bp_pool_get_shards (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return self->core->n_shards;
}

/**
 * bp_pool_get_realtime: (get-property realtime)
 * @self: a pool
 *
 * Gets [property@Pool:realtime].
 *
 * Returns: whether the pool is for threads that must not wait
 *
 * Since: 0.9
 */
gboolean
bp_pool_get_realtime (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), FALSE);

  return bp_core_is_realtime (self->core);
}

/**
 * bp_pool_get_max_buffers: (get-property max-buffers)
 * @self: a pool
 *
 * Gets [property@Pool:max-buffers].
 *
 * Returns: a number of buffers
 *
 * Since: 0.9
 */
guint
bp_pool_get_max_buffers (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return bp_peek (self->core->max_buffers);
}

/**
 * bp_pool_set_max_buffers: (set-property max-buffers)
 * @self: a pool
 * @max_buffers: the most idle buffers to keep
 *
 * Sets [property@Pool:max-buffers]. When it is lowered, what is too much has been
 * freed when the call returns: the oldest of each shard first, those in threads'
 * caches last.
 *
 * It cannot be set in a pool that is [property@Pool:realtime].
 *
 * Since: 0.9
 */
void
bp_pool_set_max_buffers (BpPool *self,
                         guint   max_buffers)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_trim_set_max_buffers (self->core, max_buffers))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_MAX_BUFFERS]);
}

/**
 * bp_pool_get_trim_capacity: (get-property trim-capacity)
 * @self: a pool
 *
 * Gets [property@Pool:trim-capacity].
 *
 * Returns: a number of elements; 0 for never
 *
 * Since: 0.9
 */
gsize
bp_pool_get_trim_capacity (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return bp_peek (self->core->trim_capacity);
}

/**
 * bp_pool_set_trim_capacity: (set-property trim-capacity)
 * @self: a pool
 * @trim_capacity: a number of elements; 0 for never
 *
 * Sets [property@Pool:trim-capacity], for buffers that come back from now on.
 *
 * Since: 0.9
 */
void
bp_pool_set_trim_capacity (BpPool *self,
                           gsize   trim_capacity)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_trim_set_trim_capacity (self->core, trim_capacity))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_TRIM_CAPACITY]);
}

/**
 * bp_pool_get_thread_cache: (get-property thread-cache)
 * @self: a pool
 *
 * Gets [property@Pool:thread-cache].
 *
 * Returns: a number of buffers, or -1
 *
 * Since: 0.9
 */
int
bp_pool_get_thread_cache (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return bp_peek (self->core->thread_cache);
}

/**
 * bp_pool_set_thread_cache: (set-property thread-cache)
 * @self: a pool
 * @thread_cache: a number of buffers up to 64; -1 for automatic
 *
 * Sets [property@Pool:thread-cache]. What the threads' caches held lies in the shards
 * when the call returns.
 *
 * Since: 0.9
 */
void
bp_pool_set_thread_cache (BpPool *self,
                          int     thread_cache)
{
  g_return_if_fail (bp_pool_check (self));
  bp_require (thread_cache >= -1 && thread_cache <= BP_CACHE_MAX, ,
              "A thread cache of %d: it must be -1, which is automatic, or from 0 to %d",
              thread_cache, BP_CACHE_MAX);

  if (bp_trim_set_thread_cache (self->core, thread_cache))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_THREAD_CACHE]);
}

/**
 * bp_pool_get_budget: (get-property budget)
 * @self: a pool
 *
 * Gets [property@Pool:budget].
 *
 * Returns: (transfer none) (nullable): the budget, which the pool keeps
 *
 * Since: 0.9
 */
BpBudget *
bp_pool_get_budget (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), NULL);

  return self->budget;
}

/**
 * bp_pool_get_max_outstanding: (get-property max-outstanding)
 * @self: a pool
 *
 * Gets [property@Pool:max-outstanding].
 *
 * Returns: a number of buffers; 0 for any number
 *
 * Since: 0.9
 */
guint
bp_pool_get_max_outstanding (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return bp_peek (self->core->max_outstanding);
}

/**
 * bp_pool_set_max_outstanding: (set-property max-outstanding)
 * @self: a pool
 * @max_outstanding: a number of buffers; 0 for any number
 *
 * Sets [property@Pool:max-outstanding]. When it is raised, waiters get what is free now.
 * When it is lowered, buffers that are out stay out, and count.
 *
 * Since: 0.9
 */
void
bp_pool_set_max_outstanding (BpPool *self,
                             guint   max_outstanding)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_limit_set_max_outstanding (self->core, max_outstanding))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_MAX_OUTSTANDING]);
}

/**
 * bp_pool_get_max_idle_bytes: (get-property max-idle-bytes)
 * @self: a pool
 *
 * Gets [property@Pool:max-idle-bytes].
 *
 * Returns: a number of bytes; 0 for any number
 *
 * Since: 0.9
 */
guint64
bp_pool_get_max_idle_bytes (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), 0);

  return bp_peek (self->core->max_idle_bytes);
}

/**
 * bp_pool_set_max_idle_bytes: (set-property max-idle-bytes)
 * @self: a pool
 * @max_idle_bytes: a number of bytes; 0 for any number
 *
 * Sets [property@Pool:max-idle-bytes]. When it is lowered, what is too much has been
 * freed when the call returns, the oldest of each shard first.
 *
 * Since: 0.9
 */
void
bp_pool_set_max_idle_bytes (BpPool  *self,
                            guint64  max_idle_bytes)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_limit_set_max_idle_bytes (self->core, max_idle_bytes))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_MAX_IDLE_BYTES]);
}

/**
 * bp_pool_get_flushing: (get-property flushing)
 * @self: a pool
 *
 * Gets [property@Pool:flushing].
 *
 * Returns: whether every acquire fails
 *
 * Since: 0.9
 */
gboolean
bp_pool_get_flushing (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), FALSE);

  return bp_peek (self->core->is_flushing);
}

/**
 * bp_pool_set_flushing: (set-property flushing)
 * @self: a pool
 * @flushing: whether every acquire is to fail
 *
 * Sets [property@Pool:flushing]. When it is set, all waiters have been woken when the
 * call returns.
 *
 * Since: 0.9
 */
void
bp_pool_set_flushing (BpPool   *self,
                      gboolean  flushing)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_limit_set_flushing (self->core, flushing != FALSE))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_FLUSHING]);
}

/**
 * bp_pool_get_clear_on_release: (get-property clear-on-release)
 * @self: a pool
 *
 * Gets [property@Pool:clear-on-release].
 *
 * Returns: whether contents are wiped
 *
 * Since: 0.9
 */
gboolean
bp_pool_get_clear_on_release (BpPool *self)
{
  g_return_val_if_fail (bp_pool_check (self), FALSE);

  return bp_peek (self->core->config.clears);
}

/**
 * bp_pool_set_clear_on_release: (set-property clear-on-release)
 * @self: a pool of element buffers
 * @clears: whether contents are to be wiped
 *
 * Sets [property@Pool:clear-on-release]. When it is set, all idle buffers have been wiped
 * when the call returns. A buffer that is out is wiped when it comes back. If another
 * thread's call gives a buffer other memory at this moment, its old memory may not be
 * wiped.
 *
 * It is a programming error, and changes nothing, to set it in a pool of items, or to
 * change it in a pool that is [property@Pool:realtime] and has buffers.
 *
 * May be called from any thread.
 *
 * Since: 0.9
 */
void
bp_pool_set_clear_on_release (BpPool   *self,
                              gboolean  clears)
{
  g_return_if_fail (bp_pool_check (self));

  if (bp_trim_set_clear_on_release (self->core, clears != FALSE))
    g_object_notify_by_pspec (G_OBJECT (self), bp_pool_properties[BP_POOL_PROP_CLEAR_ON_RELEASE]);
}
