/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpitems-private.h"

/* What a take wants of create_item(), which runs inside it. */
typedef struct
{
  GstBufferPoolAcquireParams *params;
  GstFlowReturn flow;
  gboolean is_new;
} Making;

static GQuark handle_quark;

void
gst_bp_items_init_once (void)
{
  handle_quark = g_quark_from_static_string ("gst-bp-items-handle");
}

/* Metas that the buffer is made with stay, and nobody can take them off. */
static gboolean
keep_meta (GstBuffer  *buffer,
           GstMeta   **meta,
           gpointer    user_data)
{
  GST_META_FLAG_SET (*meta, GST_META_FLAG_POOLED);
  GST_META_FLAG_SET (*meta, GST_META_FLAG_LOCKED);

  return TRUE;
}

static gpointer
create_item (gpointer   acquire_data,
             gpointer   user_data,
             GError   **error)
{
  GstBpItems *self = user_data;
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_GET_CLASS (self->owner);
  Making *making = acquire_data;
  GstBuffer *buffer = NULL;

  making->flow = pool_class->alloc_buffer (self->owner, &buffer, making->params);
  if (making->flow != GST_FLOW_OK)
    return NULL;

  gst_buffer_foreach_meta (buffer, keep_meta, NULL);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
  making->is_new = TRUE;

  return buffer;
}

static gboolean
reuse_item (gpointer item,
            gsize    trim,
            gpointer user_data)
{
  GstBpItems *self = user_data;

  return self->is_intact (self->owner, item);
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  GstBpItems *self = user_data;

  GST_BUFFER_POOL_GET_CLASS (self->owner)->free_buffer (self->owner, item);
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
  /* All threads have to see all idle buffers, because it is seldom the thread that takes
   * them that gives them back. With a maximum they lie in one ring: who may have a buffer
   * finds an idle one there, or there are not so many yet. */
  funcs.user_data = self;
  self->pool = g_object_new (BP_TYPE_POOL,
                             "name", "GstBpBufferPool",
                             "item-funcs", &funcs,
                             "max-buffers", max_buffers > 0 ? max_buffers : max_idle,
                             "max-outstanding", max_buffers,
                             "shards", max_buffers > 0 ? 1 : 0,
                             "thread-cache", 0,
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
get_flow (const GError  *error,
          GstFlowReturn  flow)
{
  if (flow != GST_FLOW_OK)
    return flow;
  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING))
    return GST_FLOW_FLUSHING;
  /* As the stock pool says it. */
  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT))
    return GST_FLOW_EOS;

  return GST_FLOW_ERROR;
}

GstBuffer *
gst_bp_items_take (GstBpItems                 *self,
                   GstBufferPoolAcquireParams *params,
                   GstFlowReturn              *flow)
{
  gboolean may_wait = params == NULL ||
                      (params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT) == 0;
  Making making = { params, GST_FLOW_OK, FALSE };
  g_autoptr (GError) error = NULL;
  BpPooled *handle;

  handle = bp_pool_acquire_full (self->pool, 0, BP_ACQUIRE_NONE, &making, may_wait ? -1 : 0, NULL,
                                 &error);
  if (G_UNLIKELY (handle == NULL))
    {
      *flow = get_flow (error, making.flow);
      return NULL;
    }

  *flow = GST_FLOW_OK;
  if (G_UNLIKELY (making.is_new))
    gst_mini_object_set_qdata (bp_pooled_get_item (handle), handle_quark, handle, NULL);

  return bp_pooled_get_item (handle);
}

void
gst_bp_items_put (GstBpItems *self,
                  GstBuffer  *buffer)
{
  bp_pooled_unref (gst_mini_object_get_qdata (GST_MINI_OBJECT_CAST (buffer), handle_quark));
}

guint
gst_bp_items_count (GstBpItems *self)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pool);

  return (guint) (bp_pool_stats_get_outstanding (stats) + bp_pool_stats_get_idle (stats));
}

void
gst_bp_items_get_hits (GstBpItems *self,
                       guint64    *n_hits,
                       guint64    *n_misses)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pool);

  *n_hits = bp_pool_stats_get_hits (stats);
  *n_misses = bp_pool_stats_get_misses (stats);
}
