/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-api.h"

/* Version 1.0.0 has constructors with all settings and no constant for the default
 * of max-buffers; the constant came with the shorter constructors.
 */
#ifdef BP_DEFAULT_MAX_BUFFERS
# define HAVE_SHORT_CONSTRUCTORS 1
#else
# define HAVE_SHORT_CONSTRUCTORS 0
#endif

typedef struct
{
  gpointer (*create) (gpointer user_data);
  gboolean (*reuse)  (gpointer item);
  void     (*free)   (gpointer item);
  gpointer user_data;
} Items;

#if HAVE_SHORT_CONSTRUCTORS
static gpointer
create_item (gpointer   acquire_data G_GNUC_UNUSED,
             gpointer   user_data,
             GError   **error G_GNUC_UNUSED)
#else
static gpointer
create_item (gpointer   user_data,
             GError   **error G_GNUC_UNUSED)
#endif
{
  Items *self = user_data;

  return self->create (self->user_data);
}

static gboolean
reuse_item (gpointer item,
            gsize    trim G_GNUC_UNUSED,
            gpointer user_data)
{
  Items *self = user_data;

  return self->reuse (item);
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  Items *self = user_data;

  self->free (item);
}

static const BpItemFuncs item_funcs = {
  .create = create_item,
  .reuse = reuse_item,
  .free = free_item,
};

BpPool *
bench_api_new_pool (guint shards,
                    guint max_buffers)
{
#if HAVE_SHORT_CONSTRUCTORS
  return bp_pool_new_full (BP_ELEMENT_TYPE_U8, shards, max_buffers, 0);
#else
  return bp_pool_new (BP_ELEMENT_TYPE_U8, shards, max_buffers, 0);
#endif
}

BpPool *
bench_api_new_pool_for_type (GType item_type,
                             guint max_buffers)
{
#if HAVE_SHORT_CONSTRUCTORS
  BpPool *pool = bp_pool_new_for_type (item_type);

  bp_pool_set_max_buffers (pool, max_buffers);

  return pool;
#else
  return bp_pool_new_for_type (item_type, 0, max_buffers, 0);
#endif
}

BpPool *
bench_api_new_pool_of_items (gpointer (*create) (gpointer user_data),
                             gboolean (*reuse)  (gpointer item),
                             void     (*free)   (gpointer item),
                             gpointer   user_data,
                             guint      max_buffers)
{
  Items *items = g_new (Items, 1);

  *items = (Items) { .create = create, .reuse = reuse, .free = free, .user_data = user_data };

#if HAVE_SHORT_CONSTRUCTORS
  {
    BpPool *pool = bp_pool_new_with_funcs (&item_funcs, items, g_free);

    bp_pool_set_max_buffers (pool, max_buffers);

    return pool;
  }
#else
  return bp_pool_new_with_funcs (&item_funcs, items, g_free, 0, max_buffers, 0);
#endif
}
