/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpitems-private.h"

#include "gstbpsizes-private.h"

/* An item: a buffer, or the room for one. */
typedef struct
{
  GstBuffer *buffer;
  /* It is idle without a buffer, and has had one. */
  gboolean is_empty;
} Slot;

/* What leads from a buffer to its handle. Setting and getting qdata would take a lock that
 * the whole process has in common. */
typedef struct
{
  GstMeta meta;
  BpPooled *handle;
} HandleMeta;

static GType handle_api;
static const GstMetaInfo *handle_info;

static gboolean
init_handle_meta (GstMeta   *meta,
                  gpointer   params,
                  GstBuffer *buffer)
{
  ((HandleMeta *) meta)->handle = NULL;

  return TRUE;
}

void
gst_bp_items_init_once (void)
{
  static const char *tags[] = { NULL };

  handle_api = gst_meta_api_type_register ("GstBpHandleMetaAPI", tags);
  /* Without a function that transforms it, it is not copied with the buffer. */
  handle_info = gst_meta_register (handle_api, "GstBpHandleMeta", sizeof (HandleMeta),
                                   init_handle_meta, NULL, NULL);
}

/* Metas that the buffer is made with stay, and cannot be taken off. */
static gboolean
keep_meta (GstBuffer  *buffer,
           GstMeta   **meta,
           gpointer    user_data)
{
  GST_META_FLAG_SET (*meta, GST_META_FLAG_POOLED);
  GST_META_FLAG_SET (*meta, GST_META_FLAG_LOCKED);

  return TRUE;
}

static inline HandleMeta *
get_handle_meta (GstBuffer *buffer)
{
  return (HandleMeta *) gst_buffer_get_meta (buffer, handle_api);
}

static gpointer
create_item (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  return g_new0 (Slot, 1);
}

static void
free_buffer (GstBpItems *self,
             GstBuffer  *buffer)
{
  GST_BUFFER_POOL_GET_CLASS (self->owner)->free_buffer (self->owner, buffer);
}

/* A buffer that cannot be used again is gone at once. Where buffers are small it leaves the
 * room for the next one: to find out that no other is idle, and to make an item, takes
 * longer than to make the buffer. An item whose buffer could not be made goes, too. */
static gboolean
reuse_item (gpointer item,
            gsize    trim,
            gpointer user_data)
{
  GstBpItems *self = user_data;
  Slot *slot = item;

  if (G_UNLIKELY (slot->buffer == NULL))
    return FALSE;
  if (G_LIKELY (self->is_intact (self->owner, slot->buffer)))
    return TRUE;

  free_buffer (self, g_steal_pointer (&slot->buffer));
  if (!self->is_small)
    return FALSE;
  slot->is_empty = TRUE;
  g_atomic_int_inc (&self->n_empty);

  return TRUE;
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  GstBpItems *self = user_data;
  Slot *slot = item;

  if (slot->buffer != NULL)
    free_buffer (self, slot->buffer);
  if (slot->is_empty)
    g_atomic_int_add (&self->n_empty, -1);
  g_free (slot);
}

static gsize
get_item_size (gpointer item,
               gpointer user_data)
{
  return ((GstBpItems *) user_data)->buffer_size;
}

static const BpItemFuncs item_funcs = {
  .create = create_item,
  .reuse = reuse_item,
  .free = free_item,
  .get_byte_size = get_item_size,
};

GstBpItems *
gst_bp_items_new (GstBufferPool    *owner,
                  GstBpItemsIntact  is_intact,
                  gsize             buffer_size,
                  guint             max_buffers,
                  guint             max_idle)
{
  GstBpItems *self = g_new0 (GstBpItems, 1);
  BpItemFuncs funcs = item_funcs;

  self->owner = owner;
  self->is_intact = is_intact;
  self->buffer_size = buffer_size;
  gst_bp_flush_init (&self->flush);
  self->has_maximum = max_buffers > 0;
  self->is_small = gst_bp_sizes_are_cached (buffer_size);
  /* All threads have to see all idle buffers, because it is seldom the thread that takes
   * them that gives them back. With a maximum they lie in one ring: a thread that may have a
   * buffer finds an idle one there, or there are not so many yet. */
  funcs.user_data = self;
  self->pool = g_object_new (BP_TYPE_POOL,
                             "name", "GstBpBufferPool",
                             "item-funcs", &funcs,
                             "max-buffers", max_buffers > 0 ? max_buffers : max_idle,
                             "max-outstanding", max_buffers,
                             "shards", max_buffers > 0 ? 1 : 0,
                             "thread-cache", self->is_small ? -1 : 0,
                             NULL);

  return self;
}

gboolean
gst_bp_items_drain (GstBpItems *self)
{
  bp_pool_drop_idle (self->pool, 0);

  return gst_bp_items_count (self) == 0;
}

void
gst_bp_items_free (GstBpItems *self)
{
  g_object_unref (self->pool);
  gst_bp_flush_clear (&self->flush);
  g_free (self);
}

void
gst_bp_items_set_flushing (GstBpItems *self,
                           gboolean    is_flushing)
{
  bp_pool_set_flushing (self->pool, is_flushing);
  gst_bp_flush_set (&self->flush, is_flushing);
}

static GstFlowReturn
get_flow (const GError *error)
{
  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING))
    return GST_FLOW_FLUSHING;
  /* As the stock pool says it. */
  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT))
    return GST_FLOW_EOS;

  return GST_FLOW_ERROR;
}

/* Makes the buffer of an item that has none. */
static GstFlowReturn
fill (GstBpItems                 *self,
      BpPooled                   *handle,
      Slot                       *slot,
      GstBufferPoolAcquireParams *params)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_GET_CLASS (self->owner);
  GstBuffer *buffer = NULL;
  HandleMeta *meta;
  GstFlowReturn flow;

  if (slot->is_empty)
    {
      slot->is_empty = FALSE;
      g_atomic_int_add (&self->n_empty, -1);
      g_atomic_pointer_add (&self->n_refills, 1);
    }

  flow = pool_class->alloc_buffer (self->owner, &buffer, params);
  if (flow != GST_FLOW_OK)
    return flow;

  meta = (HandleMeta *) gst_buffer_add_meta (buffer, handle_info, NULL);
  meta->handle = handle;
  gst_buffer_foreach_meta (buffer, keep_meta, NULL);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
  slot->buffer = buffer;

  return GST_FLOW_OK;
}

static BpPooled *
acquire (GstBpItems                  *self,
         GstBufferPoolAcquireParams  *params,
         GError                     **error)
{
  gboolean may_wait = params == NULL ||
                      (params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT) == 0;

  /* Without a maximum there is nothing to wait for. */
  if (!self->has_maximum)
    return bp_pool_try_acquire (self->pool, error);

  return bp_pool_acquire_full (self->pool, 0, BP_ACQUIRE_NONE, NULL, may_wait ? -1 : 0, NULL,
                               error);
}

/* With an item at hand, or none. */
static G_NO_INLINE GstBuffer *
take_or_make (GstBpItems                 *self,
              BpPooled                   *handle,
              GstBufferPoolAcquireParams *params,
              GstFlowReturn              *flow)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      gboolean is_new;
      Slot *slot;

      if (handle == NULL)
        handle = acquire (self, params, &error);
      if (G_UNLIKELY (handle == NULL))
        {
          *flow = get_flow (error);
          return NULL;
        }

      slot = bp_pooled_get_item (handle);
      is_new = !slot->is_empty;
      *flow = slot->buffer != NULL ? GST_FLOW_OK : fill (self, handle, slot, params);
      if (G_LIKELY (*flow == GST_FLOW_OK))
        return slot->buffer;

      /* Below an item without a buffer there may lie one with a buffer. */
      bp_pooled_unref (g_steal_pointer (&handle));
      if (is_new)
        return NULL;
    }
}

GstBuffer *
gst_bp_items_take (GstBpItems                 *self,
                   GstBufferPoolAcquireParams *params,
                   GstFlowReturn              *flow)
{
  BpPooled *handle = G_LIKELY (!self->has_maximum) ? bp_pool_acquire (self->pool) : NULL;
  Slot *slot = G_LIKELY (handle != NULL) ? bp_pooled_get_item (handle) : NULL;

  if (G_UNLIKELY (slot == NULL || slot->buffer == NULL))
    return take_or_make (self, handle, params, flow);

  *flow = GST_FLOW_OK;

  return slot->buffer;
}

void
gst_bp_items_put (GstBpItems *self,
                  GstBuffer  *buffer)
{
  HandleMeta *meta = get_handle_meta (buffer);

  if (G_UNLIKELY (meta == NULL))
    {
      g_critical ("A buffer came back to its pool without the meta that the pool had locked on "
                  "it, and is lost: take no meta off that is locked");
      return;
    }

  bp_pooled_unref (meta->handle);
}

gboolean
gst_bp_items_has_metas (GstBuffer *buffer)
{
  gpointer state = NULL;
  GstMeta *meta = gst_buffer_iterate_meta (buffer, &state);

  return meta == NULL || meta->info != handle_info ||
         gst_buffer_iterate_meta (buffer, &state) != NULL;
}

guint
gst_bp_items_count (GstBpItems *self)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pool);

  return (guint) (bp_pool_stats_get_outstanding (stats) + bp_pool_stats_get_idle (stats)) -
         (guint) g_atomic_int_get (&self->n_empty);
}

void
gst_bp_items_get_hits (GstBpItems *self,
                       guint64    *n_hits,
                       guint64    *n_misses)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pool);
  guint64 n_refills = g_atomic_pointer_get (&self->n_refills);

  *n_hits = bp_pool_stats_get_hits (stats) - n_refills;
  *n_misses = bp_pool_stats_get_misses (stats) + n_refills;
}
