/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpbufferpool.h"

#include "gstbpallocator-private.h"
#include "gstbpitems-private.h"
#include "gstbpvideo-private.h"

/**
 * GstBpBufferPool:
 *
 * A #GstBufferPool whose idle buffers are items of a #BpPool.
 *
 * It behaves as the stock pool does, from configuration to the tests that decide
 * whether a buffer that comes back can be used again, with these differences:
 *
 * - threads don't share a queue, so many of them can use one pool;
 * - the buffer that came back last is the next to be handed out, while its memory
 *   is still in a cache;
 * - without a maximum of buffers it keeps at most as many idle ones as the pool
 *   under its allocator, so it shrinks after a burst;
 * - a thread that waits for a buffer sleeps until there is one, also when the buffer
 *   that came back had to be thrown away;
 * - memory is that of a [class@Allocator] where the configuration names no other;
 * - on an [class@Allocator] with limits it keeps no idle buffers: their memory goes back
 *   to the allocator, where every thread that waits for memory finds it;
 * - for raw video it understands the options of #GstVideoBufferPool, so that buffers have a
 *   #GstVideoMeta, and lines that are aligned and padded. Then the size of a buffer is what
 *   frames need, and may be more than was asked for: gst_buffer_pool_get_config() has it.
 *
 * Without a maximum of buffers no thread ever waits; that is also the fastest way to
 * use it: idle buffers of up to 64 KiB lie in caches of threads then. In place of such a
 * small buffer that came back and could not be used again a new one is made at the next
 * acquire, although others may be idle.
 *
 * Each buffer has a locked meta of the pool's, `GstBpHandleMeta`, which is not copied.
 *
 * Tracers of GStreamer 1.28 see nothing of it in the hooks `pool-buffer-queued` and
 * `pool-buffer-dequeued`: only the stock implementation can emit these, since GStreamer
 * has no public function for it. gst_bp_buffer_pool_get_stats() has the figures.
 *
 * Since: 0.2
 */

GST_DEBUG_CATEGORY (gst_bp_buffer_pool_debug);
#define GST_CAT_DEFAULT gst_bp_buffer_pool_debug

typedef struct
{
  GstBpAllocator *allocator;

  /* The configuration. */
  guint size;
  guint min_buffers;
  guint max_buffers;
  /* NULL where it names none. */
  GstAllocator *config_allocator;
  GstAllocationParams params;
  GstBpVideo video;
  /* Where memory comes from, if that is one of ours. No reference: it is one of the two. */
  GstBpAllocator *bp_allocator;

  /* While started. */
  GstBpItems *items;

  /* Since the pool was made; the first two without those of `items`. */
  guint64 n_hits;
  guint64 n_misses;
  gsize n_discards;
} GstBpBufferPoolPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (GstBpBufferPool, gst_bp_buffer_pool, GST_TYPE_BUFFER_POOL)

enum
{
  PROP_0,
  PROP_ALLOCATOR,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* Of an instance that is known to be one. */
static inline GstBpBufferPoolPrivate *
get_priv (gpointer self)
{
  return gst_bp_buffer_pool_get_instance_private (self);
}

static GstFlowReturn
gst_bp_buffer_pool_acquire_buffer (GstBufferPool               *pool,
                                   GstBuffer                  **buffer,
                                   GstBufferPoolAcquireParams  *params)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  GstFlowReturn flow;

  if (G_UNLIKELY (GST_BUFFER_POOL_IS_FLUSHING (pool)))
    return GST_FLOW_FLUSHING;

  *buffer = gst_bp_items_take (priv->items, params, &flow);
  if (G_UNLIKELY (flow != GST_FLOW_OK))
    GST_DEBUG_OBJECT (pool, "no buffer: %s", gst_flow_get_name (flow));

  return flow;
}

static inline gboolean
has_limits (GstBpBufferPoolPrivate *priv)
{
  return priv->bp_allocator != NULL && gst_bp_allocator_is_limited (priv->bp_allocator);
}

/* Most buffers come back with their one piece of memory as large as ever, and nothing
 * added to them: then only the fields are to be reset, and all that the base class looks
 * for is not there. */
static void
gst_bp_buffer_pool_reset_buffer (GstBufferPool *pool,
                                 GstBuffer     *buffer)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  GstMemory *mem = NULL;

  if (G_LIKELY (gst_buffer_n_memory (buffer) == 1))
    mem = gst_buffer_peek_memory (buffer, 0);
  if (G_UNLIKELY (mem == NULL || mem->size != priv->size || mem->offset != 0 ||
                  GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY) ||
                  gst_bp_items_has_metas (buffer)))
    {
      GST_BUFFER_POOL_CLASS (gst_bp_buffer_pool_parent_class)->reset_buffer (pool, buffer);
      return;
    }

  GST_BUFFER_FLAGS (buffer) = 0;
  GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
}

/* What the two general functions say takes its time even for the usual single piece. */
static inline gboolean
has_its_memory (GstBuffer *buffer,
                gsize      size)
{
  if (G_LIKELY (gst_buffer_n_memory (buffer) == 1))
    {
      GstMemory *mem = gst_buffer_peek_memory (buffer, 0);

      return mem->size == size && gst_memory_is_writable (mem);
    }

  return gst_buffer_get_size (buffer) == size && gst_buffer_is_all_memory_writable (buffer);
}

/* Whether a buffer that came back is as it was when it was made; the same tests
 * as the stock pool's. */
static gboolean
is_intact (GstBufferPool *pool,
           GstBuffer     *buffer)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);

  /* Others may be waiting for its memory. */
  if (G_UNLIKELY (has_limits (priv)))
    return FALSE;

  if (G_LIKELY (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY) &&
                has_its_memory (buffer, priv->size)))
    return TRUE;

  GST_DEBUG_OBJECT (pool, "throwing buffer %p away: its memory was changed or is in use",
                    (gpointer) buffer);
  g_atomic_pointer_add (&priv->n_discards, 1);
  gst_bp_allocator_count_discard (priv->allocator);

  return FALSE;
}

static void
gst_bp_buffer_pool_release_buffer (GstBufferPool *pool,
                                   GstBuffer     *buffer)
{
  gst_bp_items_put (get_priv (pool)->items, buffer);
}

static void
gst_bp_buffer_pool_flush_start (GstBufferPool *pool)
{
  gst_bp_items_set_flushing (get_priv (pool)->items, TRUE);
}

static void
gst_bp_buffer_pool_flush_stop (GstBufferPool *pool)
{
  gst_bp_items_set_flushing (get_priv (pool)->items, FALSE);
}

static const char **
gst_bp_buffer_pool_get_options (GstBufferPool *pool)
{
  return gst_bp_video_get_options ();
}

static gboolean
gst_bp_buffer_pool_set_config (GstBufferPool *pool,
                               GstStructure  *config)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  GstAllocator *allocator;
  GstAllocationParams params;
  guint size, min_buffers, max_buffers;
  GstBpVideo video;

  if (!gst_bp_video_configure (&video, pool, config))
    return FALSE;
  if (!gst_buffer_pool_config_get_params (config, NULL, &size, &min_buffers, &max_buffers) ||
      !gst_buffer_pool_config_get_allocator (config, &allocator, &params))
    {
      GST_WARNING_OBJECT (pool, "the configuration lacks parameters or allocator: %" GST_PTR_FORMAT,
                          (gpointer) config);
      return FALSE;
    }
  if (max_buffers > 0 && min_buffers > max_buffers)
    {
      GST_WARNING_OBJECT (pool, "a minimum of %u buffers is more than the maximum of %u",
                          min_buffers, max_buffers);
      return FALSE;
    }

  if (!GST_BUFFER_POOL_CLASS (gst_bp_buffer_pool_parent_class)->set_config (pool, config))
    return FALSE;

  priv->size = size;
  priv->min_buffers = min_buffers;
  priv->max_buffers = max_buffers;
  gst_object_replace ((GstObject **) &priv->config_allocator, (GstObject *) allocator);
  priv->params = params;
  priv->video = video;
  priv->bp_allocator = allocator == NULL ? priv->allocator :
                       GST_IS_BP_ALLOCATOR (allocator) ? GST_BP_ALLOCATOR (allocator) : NULL;

  return TRUE;
}

static GstFlowReturn
alloc_within_limits (GstBpBufferPoolPrivate      *priv,
                     GstBuffer                  **buffer,
                     GstBufferPoolAcquireParams  *params)
{
  gboolean may_wait = params == NULL ||
                      (params->flags & GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT) == 0;
  const GstBpDemand demand = {
    may_wait ? GST_BP_DEMAND_NORMAL : GST_BP_DEMAND_DONT_WAIT,
    &priv->items->flush
  };
  GstFlowReturn flow;
  GstMemory *mem;

  mem = gst_bp_allocator_alloc_on_demand (priv->bp_allocator, priv->size, &priv->params, &demand,
                                          &flow);
  if (mem == NULL)
    return flow;

  *buffer = gst_buffer_new ();
  gst_buffer_append_memory (*buffer, mem);
  gst_bp_video_add_meta (&priv->video, *buffer);

  return GST_FLOW_OK;
}

/* Where the configuration names no allocator it stays so: an element that reads it back
 * may take an allocator that it finds there for its own. */
static GstFlowReturn
gst_bp_buffer_pool_alloc_buffer (GstBufferPool               *pool,
                                 GstBuffer                  **buffer,
                                 GstBufferPoolAcquireParams  *params)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  GstAllocator *allocator = priv->config_allocator;

  if (G_UNLIKELY (has_limits (priv)) && priv->size > 0)
    return alloc_within_limits (priv, buffer, params);

  if (allocator == NULL)
    allocator = (GstAllocator *) priv->allocator;
  *buffer = gst_buffer_new_allocate (allocator, priv->size, &priv->params);
  if (*buffer == NULL)
    return GST_FLOW_ERROR;

  gst_bp_video_add_meta (&priv->video, *buffer);

  return GST_FLOW_OK;
}

/* Frees all buffers; FALSE if some are in use. */
static gboolean
gst_bp_buffer_pool_stop (GstBufferPool *pool)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  GstBpItems *items = priv->items;
  guint64 n_hits, n_misses;

  if (!gst_bp_items_drain (items))
    return FALSE;

  gst_bp_items_get_hits (items, &n_hits, &n_misses);
  GST_OBJECT_LOCK (pool);
  priv->n_hits += n_hits;
  priv->n_misses += n_misses;
  priv->items = NULL;
  GST_OBJECT_UNLOCK (pool);
  gst_bp_items_free (items);

  return TRUE;
}

/* Makes the minimum of buffers, all of them or none. */
static gboolean
preallocate (GstBufferPool *pool)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  g_autofree GstBuffer **buffers = g_new (GstBuffer *, priv->min_buffers);
  GstFlowReturn flow = GST_FLOW_OK;
  guint n_buffers = 0;

  while (flow == GST_FLOW_OK && n_buffers < priv->min_buffers)
    {
      GstBuffer *buffer = gst_bp_items_take (priv->items, NULL, &flow);

      if (buffer != NULL)
        buffers[n_buffers++] = buffer;
    }
  for (guint i = 0; i < n_buffers; i++)
    gst_bp_items_put (priv->items, buffers[i]);

  /* The array is freed at the end of its scope. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
  if (flow != GST_FLOW_OK)
    GST_WARNING_OBJECT (pool, "could not allocate buffer %u of %u: %s", n_buffers + 1,
                        priv->min_buffers, gst_flow_get_name (flow));

  return flow == GST_FLOW_OK;
}

static gboolean
gst_bp_buffer_pool_start (GstBufferPool *pool)
{
  GstBpBufferPoolPrivate *priv = get_priv (pool);
  guint max_idle = gst_bp_allocator_get_max_buffers (priv->allocator);
  GstBpItems *items = gst_bp_items_new (pool, is_intact, priv->size, priv->max_buffers,
                                        MAX (max_idle, priv->min_buffers));

  GST_OBJECT_LOCK (pool);
  priv->items = items;
  GST_OBJECT_UNLOCK (pool);

  /* Within limits none would be kept, and waiting for all at once may be for ever. */
  if (has_limits (priv) || preallocate (pool))
    return TRUE;

  gst_bp_buffer_pool_stop (pool);

  return FALSE;
}

static void
gst_bp_buffer_pool_constructed (GObject *object)
{
  GstBpBufferPoolPrivate *priv = get_priv (object);

  G_OBJECT_CLASS (gst_bp_buffer_pool_parent_class)->constructed (object);

  if (priv->allocator == NULL)
    priv->allocator = GST_BP_ALLOCATOR (gst_bp_allocator_new (NULL));
}

static void
gst_bp_buffer_pool_finalize (GObject *object)
{
  GstBpBufferPoolPrivate *priv = get_priv (object);

  gst_object_unref (priv->allocator);
  gst_clear_object (&priv->config_allocator);

  G_OBJECT_CLASS (gst_bp_buffer_pool_parent_class)->finalize (object);
}

static void
gst_bp_buffer_pool_get_property (GObject    *object,
                                 guint       prop_id,
                                 GValue     *value,
                                 GParamSpec *pspec)
{
  GstBpBufferPoolPrivate *priv = get_priv (object);

  switch (prop_id)
    {
    case PROP_ALLOCATOR:
      g_value_set_object (value, priv->allocator);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gst_bp_buffer_pool_set_property (GObject      *object,
                                 guint         prop_id,
                                 const GValue *value,
                                 GParamSpec   *pspec)
{
  GstBpBufferPoolPrivate *priv = get_priv (object);

  switch (prop_id)
    {
    case PROP_ALLOCATOR:
      priv->allocator = g_value_dup_object (value);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gst_bp_buffer_pool_class_init (GstBpBufferPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_bp_buffer_pool_debug, "bpbufferpool", 0, "buffer pool on a bufpool");
  gst_bp_items_init_once ();

  object_class->constructed = gst_bp_buffer_pool_constructed;
  object_class->finalize = gst_bp_buffer_pool_finalize;
  object_class->get_property = gst_bp_buffer_pool_get_property;
  object_class->set_property = gst_bp_buffer_pool_set_property;

  pool_class->get_options = gst_bp_buffer_pool_get_options;
  pool_class->set_config = gst_bp_buffer_pool_set_config;
  pool_class->alloc_buffer = gst_bp_buffer_pool_alloc_buffer;
  pool_class->start = gst_bp_buffer_pool_start;
  pool_class->stop = gst_bp_buffer_pool_stop;
  pool_class->acquire_buffer = gst_bp_buffer_pool_acquire_buffer;
  pool_class->reset_buffer = gst_bp_buffer_pool_reset_buffer;
  pool_class->release_buffer = gst_bp_buffer_pool_release_buffer;
  pool_class->flush_start = gst_bp_buffer_pool_flush_start;
  pool_class->flush_stop = gst_bp_buffer_pool_flush_stop;

  /**
   * GstBpBufferPool:allocator:
   *
   * Where the buffers' memory comes from if the configuration names no
   * allocator. By default the pool makes one of its own.
   *
   * Since: 0.2
   */
  properties[PROP_ALLOCATOR] =
    g_param_spec_object ("allocator", NULL, NULL, GST_TYPE_BP_ALLOCATOR,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_bp_buffer_pool_init (GstBpBufferPool *self)
{
}

/**
 * gst_bp_buffer_pool_new:
 * @allocator: (nullable): where memory comes from if the configuration names no
 *   allocator; %NULL for one of the pool's own
 *
 * Makes a buffer pool. It is configured and used as any other.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 0.2
 */
GstBufferPool *
gst_bp_buffer_pool_new (GstBpAllocator *allocator)
{
  g_return_val_if_fail (allocator == NULL || GST_IS_BP_ALLOCATOR (allocator), NULL);

  return gst_object_ref_sink (g_object_new (GST_TYPE_BP_BUFFER_POOL, "allocator", allocator, NULL));
}

/**
 * gst_bp_buffer_pool_get_allocator: (get-property allocator)
 * @self: a pool
 *
 * Gets [property@BufferPool:allocator].
 *
 * Returns: (transfer none): the allocator
 *
 * Since: 0.2
 */
GstBpAllocator *
gst_bp_buffer_pool_get_allocator (GstBpBufferPool *self)
{
  g_return_val_if_fail (GST_IS_BP_BUFFER_POOL (self), NULL);

  return get_priv (self)->allocator;
}

/**
 * gst_bp_buffer_pool_get_stats:
 * @self: a pool
 *
 * What the pool has done and holds. The fields, each of type #guint64:
 *
 * - `hits`: acquires that found an idle buffer
 * - `misses`: acquires for which a buffer was made, and those made in advance
 * - `discards`: buffers that came back and could not be used again
 * - `buffers`: buffers there are, idle or in use
 *
 * Returns: (transfer full): a structure
 *
 * Since: 0.2
 */
GstStructure *
gst_bp_buffer_pool_get_stats (GstBpBufferPool *self)
{
  GstBpBufferPoolPrivate *priv;
  guint64 n_hits = 0, n_misses = 0;
  guint n_buffers = 0;

  g_return_val_if_fail (GST_IS_BP_BUFFER_POOL (self), NULL);

  priv = get_priv (self);
  GST_OBJECT_LOCK (self);
  if (priv->items != NULL)
    {
      gst_bp_items_get_hits (priv->items, &n_hits, &n_misses);
      n_buffers = gst_bp_items_count (priv->items);
    }
  n_hits += priv->n_hits;
  n_misses += priv->n_misses;
  GST_OBJECT_UNLOCK (self);

  return gst_structure_new ("bufpool-pool-stats",
    "hits", G_TYPE_UINT64, n_hits,
    "misses", G_TYPE_UINT64, n_misses,
    "discards", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&priv->n_discards),
    "buffers", G_TYPE_UINT64, (guint64) n_buffers,
    NULL);
}
