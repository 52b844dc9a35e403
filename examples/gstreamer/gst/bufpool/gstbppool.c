/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbppool.h"

/* In a pipeline the thread that frees memory is seldom the one that allocates it, and
 * frames are large: every idle one is to be found by every thread, and none dropped
 * while there is room for it. A lock for each is nothing compared with filling it. */
#define THREAD_CACHE 0

/* Pools by name, as weak references; both under the lock. */
static GMutex pools_mutex;
static GHashTable *pools;

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gboolean
is_dead (gpointer name,
         gpointer weak_ref,
         gpointer user_data)
{
  g_autoptr (GObject) pool = g_weak_ref_get (weak_ref);

  return pool == NULL;
}

static BpPool *
make_pool (const char *name,
           guint       max_buffers)
{
  return g_object_new (BP_TYPE_POOL,
                       "name", name,
                       "max-buffers", max_buffers,
                       "thread-cache", THREAD_CACHE,
                       NULL);
}

static BpPool *
look_up (const char *name)
{
  GWeakRef *weak_ref = g_hash_table_lookup (pools, name);

  return weak_ref != NULL ? g_weak_ref_get (weak_ref) : NULL;
}

static BpPool *
add (const char *name,
     guint       max_buffers)
{
  BpPool *pool = make_pool (name, max_buffers);
  GWeakRef *weak_ref = g_new (GWeakRef, 1);

  g_weak_ref_init (weak_ref, pool);
  g_hash_table_foreach_remove (pools, is_dead, NULL);
  g_hash_table_replace (pools, g_strdup (name), weak_ref);

  return pool;
}

/**
 * gst_bp_new_pool:
 * @max_buffers: the most idle buffers to keep
 *
 * Makes a pool of bytes that is set up for pipelines: without caches of threads,
 * since there the thread that frees memory is seldom the one that allocates it.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.9
 */
BpPool *
gst_bp_new_pool (guint max_buffers)
{
  return make_pool (NULL, max_buffers);
}

/**
 * gst_bp_get_shared_pool:
 * @name: a name, of any form
 * @max_buffers: the most idle buffers to keep
 *
 * Gets the pool of bytes that all callers in the process that ask for @name have in
 * common, set up as by [func@new_pool]. It is made for the first caller and lives as
 * long as there are references to it.
 *
 * The pool keeps as many idle buffers as the most that any caller asked for.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the pool
 *
 * Since: 0.9
 */
BpPool *
gst_bp_get_shared_pool (const char *name,
                        guint       max_buffers)
{
  BpPool *pool;

  g_return_val_if_fail (name != NULL, NULL);

  g_mutex_lock (&pools_mutex);
  if (pools == NULL)
    pools = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_weak_ref);
  pool = look_up (name);
  if (pool == NULL)
    pool = add (name, max_buffers);
  g_mutex_unlock (&pools_mutex);

  if (bp_pool_get_max_buffers (pool) < max_buffers)
    bp_pool_set_max_buffers (pool, max_buffers);

  return pool;
}
