/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpitems-private.h"

/* Of looking for an idle buffer that must be there, until it goes to sleep. */
#define QUICK_TRIES 16
#define RETRY_MICROSECONDS 50

/* What a take wants of create_item(), which runs inside it. */
typedef struct
{
  GstBufferPoolAcquireParams *params;
  GstFlowReturn flow;
  gboolean is_new;
} Making;

static _Thread_local Making *making;

static GQuark handle_quark;

void
gst_bp_items_init_once (void)
{
  handle_quark = g_quark_from_static_string ("gst-bp-items-handle");
}

static gboolean
add_live (GstBpItems *self)
{
  gint n_live = g_atomic_int_get (&self->n_live);

  do
    {
      if (self->max_buffers > 0 && (guint) n_live >= self->max_buffers)
        return FALSE;
    }
  while (!g_atomic_int_compare_and_exchange_full (&self->n_live, n_live, n_live + 1, &n_live));

  return TRUE;
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
  GstBuffer *buffer = NULL;

  if (!add_live (self))
    return NULL;

  making->flow = pool_class->alloc_buffer (self->owner, &buffer, making->params);
  if (making->flow != GST_FLOW_OK)
    {
      g_atomic_int_add (&self->n_live, -1);
      return NULL;
    }

  gst_buffer_foreach_meta (buffer, keep_meta, NULL);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
  making->is_new = TRUE;

  return buffer;
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  GstBpItems *self = user_data;

  g_atomic_int_add (&self->n_live, -1);
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
  .free = free_item,
  .get_byte_size = get_item_size,
};

GstBpItems *
gst_bp_items_new (GstBufferPool *owner,
                  gsize          buffer_size,
                  guint          max_buffers,
                  guint          max_idle)
{
  GstBpItems *self = g_new0 (GstBpItems, 1);
  BpItemFuncs funcs = item_funcs;

  self->owner = owner;
  self->buffer_size = buffer_size;
  self->max_buffers = max_buffers;
  /* All threads have to see all idle buffers: where there is a limit, and because
   * it is seldom the thread that takes them that gives them back. */
  funcs.user_data = self;
  self->idle = g_object_new (BP_TYPE_POOL,
                             "name", "GstBpBufferPool",
                             "item-funcs", &funcs,
                             "max-buffers", max_buffers > 0 ? max_buffers : max_idle,
                             "thread-cache", 0,
                             NULL);

  return self;
}

gboolean
gst_bp_items_drain (GstBpItems *self)
{
  bp_pool_drop_idle (self->idle, 0);

  return gst_bp_items_count (self) == 0;
}

void
gst_bp_items_free (GstBpItems *self)
{
  g_object_unref (self->idle);
  g_free (self);
}

/* NULL with GST_FLOW_OK if there must be an idle buffer that could not be reached
 * just now. */
static BpPooled *
try_take (GstBpItems                 *self,
          GstBufferPoolAcquireParams *params,
          GstFlowReturn              *flow)
{
  g_autoptr (GError) error = NULL;
  Making own = { params, GST_FLOW_OK, FALSE };
  Making *outer = making;
  BpPooled *handle;

  making = &own;
  handle = bp_pool_try_acquire (self->idle, &error);
  making = outer;

  *flow = own.flow;
  if (G_UNLIKELY (own.is_new))
    gst_mini_object_set_qdata (bp_pooled_get_item (handle), handle_quark, handle, NULL);
  else if (G_UNLIKELY (handle == NULL) && own.flow == GST_FLOW_OK &&
           !g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED))
    *flow = GST_FLOW_ERROR;

  return handle;
}

GstBuffer *
gst_bp_items_take (GstBpItems                 *self,
                   GstBufferPoolAcquireParams *params,
                   GstFlowReturn              *flow)
{
  for (guint n_tries = 1;; n_tries++)
    {
      BpPooled *handle = try_take (self, params, flow);

      if (G_LIKELY (handle != NULL))
        return bp_pooled_get_item (handle);
      if (*flow != GST_FLOW_OK)
        return NULL;

      if (n_tries < QUICK_TRIES)
        g_thread_yield ();
      else
        g_usleep (RETRY_MICROSECONDS);
    }
}

static BpPooled *
get_handle (GstBuffer *buffer)
{
  return gst_mini_object_get_qdata (GST_MINI_OBJECT_CAST (buffer), handle_quark);
}

void
gst_bp_items_put (GstBpItems *self,
                  GstBuffer  *buffer)
{
  bp_pooled_unref (get_handle (buffer));
}

void
gst_bp_items_discard (GstBpItems *self,
                      GstBuffer  *buffer)
{
  g_autoptr (BpPooled) handle = get_handle (buffer);

  free_item (bp_pooled_steal_item (handle, NULL), self);
}

guint
gst_bp_items_count (GstBpItems *self)
{
  return (guint) g_atomic_int_get (&self->n_live);
}

void
gst_bp_items_get_hits (GstBpItems *self,
                       guint64    *n_hits,
                       guint64    *n_misses)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->idle);

  *n_hits = bp_pool_stats_get_hits (stats);
  *n_misses = bp_pool_stats_get_misses (stats);
}
