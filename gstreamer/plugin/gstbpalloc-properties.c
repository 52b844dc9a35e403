/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpalloc-private.h"

enum
{
  PROP_0,
  PROP_MODE,
  PROP_POOL_NAME,
  PROP_MAX_BUFFERS,
  PROP_FILL_ALLOCATOR,
  PROP_POST_STATS,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

GType
gst_bp_alloc_mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_BP_ALLOC_MODE_ALLOCATOR, "An allocator, for any pool that upstream makes", "allocator" },
    { GST_BP_ALLOC_MODE_POOL, "A buffer pool too, for raw video", "pool" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstBpAllocMode", values));

  return type;
}

/* Elements upstream ask again, as soon as they can. */
static void
set_offer (GstBpAlloc      *self,
           GstBpQueryFlags  flag,
           gboolean         is_offered)
{
  GstBpQueryFlags before, after;

  GST_OBJECT_LOCK (self);
  before = self->offer;
  after = is_offered ? before | flag : before & ~flag;
  self->offer = after;
  GST_OBJECT_UNLOCK (self);

  if (after != before)
    gst_base_transform_reconfigure_sink (GST_BASE_TRANSFORM (self));
}

static void
set_max_buffers (GstBpAlloc *self,
                 guint       max_buffers)
{
  g_autoptr (GstAllocator) allocator = gst_bp_alloc_ref_allocator (self);

  GST_OBJECT_LOCK (self);
  self->max_buffers = max_buffers;
  GST_OBJECT_UNLOCK (self);

  if (allocator != NULL)
    gst_bp_allocator_set_max_buffers (GST_BP_ALLOCATOR (allocator), max_buffers);
}

static gboolean
set_limit (GstBpAlloc   *self,
           guint         prop_id,
           const GValue *value)
{
  g_autoptr (GstAllocator) allocator = gst_bp_alloc_ref_allocator (self);
  gboolean is_found;

  GST_OBJECT_LOCK (self);
  is_found = gst_bp_limiter_set_property (&self->limiter, prop_id, value);
  GST_OBJECT_UNLOCK (self);

  if (is_found && allocator != NULL)
    gst_bp_limiter_apply (&self->limiter, GST_ELEMENT (self), allocator);

  return is_found;
}

static void
gst_bp_alloc_get_property (GObject    *object,
                           guint       prop_id,
                           GValue     *value,
                           GParamSpec *pspec)
{
  GstBpAlloc *self = GST_BP_ALLOC (object);

  if (prop_id == PROP_STATS)
    {
      g_value_take_boxed (value, gst_bp_alloc_get_stats (self));
      return;
    }

  GST_OBJECT_LOCK (self);
  switch (prop_id)
    {
    case PROP_MODE:
      g_value_set_enum (value, (self->offer & GST_BP_QUERY_WITH_POOL) != 0
                                 ? GST_BP_ALLOC_MODE_POOL : GST_BP_ALLOC_MODE_ALLOCATOR);
      break;

    case PROP_POOL_NAME:
      g_value_set_string (value, self->pool_name);
      break;

    case PROP_MAX_BUFFERS:
      g_value_set_uint (value, self->max_buffers);
      break;

    case PROP_FILL_ALLOCATOR:
      g_value_set_boolean (value, (self->offer & GST_BP_QUERY_BESIDE_POOLS) != 0);
      break;

    case PROP_POST_STATS:
      g_value_set_boolean (value, self->post_stats);
      break;

    default:
      if (!gst_bp_limiter_get_property (&self->limiter, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
  GST_OBJECT_UNLOCK (self);
}

static void
gst_bp_alloc_set_property (GObject      *object,
                           guint         prop_id,
                           const GValue *value,
                           GParamSpec   *pspec)
{
  GstBpAlloc *self = GST_BP_ALLOC (object);

  switch (prop_id)
    {
    case PROP_MODE:
      set_offer (self, GST_BP_QUERY_WITH_POOL,
                 g_value_get_enum (value) == GST_BP_ALLOC_MODE_POOL);
      break;

    case PROP_POOL_NAME:
      GST_OBJECT_LOCK (self);
      g_free (self->pool_name);
      self->pool_name = g_value_dup_string (value);
      GST_OBJECT_UNLOCK (self);
      break;

    case PROP_MAX_BUFFERS:
      set_max_buffers (self, g_value_get_uint (value));
      break;

    case PROP_FILL_ALLOCATOR:
      set_offer (self, GST_BP_QUERY_BESIDE_POOLS, g_value_get_boolean (value));
      break;

    case PROP_POST_STATS:
      GST_OBJECT_LOCK (self);
      self->post_stats = g_value_get_boolean (value);
      GST_OBJECT_UNLOCK (self);
      break;

    default:
      if (!set_limit (self, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

void
gst_bp_alloc_install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * GstBpAlloc:mode:
   *
   * What is offered to the element upstream.
   *
   * An allocator works with every kind of stream and pool; what a stock pool
   * throws away keeps its memory. A buffer pool, offered with the allocator, replaces
   * the stock pool too. It is offered for raw video, where the size of a buffer follows
   * from the caps, and has no maximum unless downstream wants one.
   *
   * Since: 0.2
   */
  properties[PROP_MODE] =
    g_param_spec_enum ("mode", "Mode", "What to offer to the element upstream",
                       GST_TYPE_BP_ALLOC_MODE, GST_BP_ALLOC_MODE_ALLOCATOR,
                       flags | GST_PARAM_MUTABLE_PLAYING);

  /**
   * GstBpAlloc:pool-name:
   *
   * Elements of one name share their memory, in the whole process. Without a name
   * it is the element's own. What is idle is freed whenever one of them stops.
   *
   * Since: 0.2
   */
  properties[PROP_POOL_NAME] =
    g_param_spec_string ("pool-name", "Pool name",
                         "Name of a pool to share in the process; none for a pool of its own",
                         NULL, flags | GST_PARAM_MUTABLE_READY);

  /**
   * GstBpAlloc:max-buffers:
   *
   * The most idle buffers that are kept, of each range of sizes. It does not limit how
   * many are in use. What is shared by name keeps the most that any element asked for when
   * it started, or what was set last since.
   *
   * Since: 0.2
   */
  properties[PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", "Maximum buffers",
                       "The most idle buffers to keep; how many are in use is not limited",
                       0, G_MAXUINT, GST_BP_ALLOC_DEFAULT_MAX_BUFFERS, flags | GST_PARAM_MUTABLE_PLAYING);

  /**
   * GstBpAlloc:fill-allocator:
   *
   * Whether to name the allocator also where downstream offers a pool.
   *
   * Many elements offer a stock pool, and name no allocator with it: converters,
   * scalers, mixers, encoders. Upstream configures that pool, with the allocator that
   * the answer names or else with system memory, so this decides where the memory of the
   * frames comes from and nothing more.
   *
   * It is done only if every pool in the answer is a #GstBufferPool or a
   * #GstVideoBufferPool itself, and not of a class derived from one; if neither the answer
   * nor the configuration of a pool names an allocator; and if no pool is active, since it
   * could not be configured then. A pool with memory of its own, of shared memory, of a
   * screen, of a camera or of a GPU, is of a class of its own or comes with an allocator,
   * and is left alone.
   *
   * An element upstream that does not look at the allocator goes on as without it.
   *
   * Since: 0.2
   */
  properties[PROP_FILL_ALLOCATOR] =
    g_param_spec_boolean ("fill-allocator", "Fill allocator",
                          "Name the allocator also where downstream offers a stock pool",
                          TRUE, flags | GST_PARAM_MUTABLE_PLAYING);

  /**
   * GstBpAlloc:post-stats:
   *
   * Whether to post [property@BpAlloc:stats] as an element message at the end of
   * the stream.
   *
   * Since: 0.2
   */
  properties[PROP_POST_STATS] =
    g_param_spec_boolean ("post-stats", "Post statistics",
                          "Post the statistics as an element message at the end of the stream",
                          FALSE, flags | GST_PARAM_MUTABLE_PLAYING);

  /**
   * GstBpAlloc:stats:
   *
   * What the pool has done and holds, as from gst_bp_allocator_get_stats(). In
   * the mode `pool` there is a field `buffer-pool` with those of the buffer pool
   * that was offered last, as from gst_bp_buffer_pool_get_stats().
   *
   * After the element has stopped these are the figures of the run, and %NULL
   * if there was none.
   *
   * Since: 0.2
   */
  properties[PROP_STATS] =
    g_param_spec_boxed ("stats", "Statistics",
                        "Hits, misses, fallbacks, buffers and bytes held",
                        GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  object_class->get_property = gst_bp_alloc_get_property;
  object_class->set_property = gst_bp_alloc_set_property;
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gst_bp_limiter_install_properties (object_class);
}
