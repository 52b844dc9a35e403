/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/**
 * SECTION:element-bpalloc
 *
 * Offers memory from a #BpPool to the element upstream of it. Buffers pass through
 * untouched.
 *
 * In its answer to the ALLOCATION query it asks downstream first and then fills
 * only what was left empty: an element downstream that has an allocator of its own, a pool
 * with memory of its own, or wants memory of a special kind, gets what it wants. A stock
 * pool for plain memory stays where it is; see #GstBpAlloc:fill-allocator. Prefix, padding
 * and alignment that downstream asks for are kept.
 *
 * It belongs right behind the element that allocates, upstream of a tee: that is
 * where buffers get shared, copied and thrown away.
 *
 * |[
 * gst-launch-1.0 -m videotestsrc num-buffers=300 ! bpalloc post-stats=true ! \
 *     tee name=t ! queue ! videobalance ! fakesink  t. ! queue ! fakesink
 * ]|
 *
 * prints what the pool did when the stream ends.
 *
 * It also bounds how much memory there may be. Elements of one budget, in any number of
 * pipelines, never have more than that together:
 *
 * |[
 * gst-launch-1.0 v4l2src device=/dev/video0 ! jpegdec ! \
 *         bpalloc budget-name=cameras max-bytes=200000000 ! queue ! fakesink \
 *     v4l2src device=/dev/video1 ! jpegdec ! \
 *         bpalloc budget-name=cameras leaky=upstream ! queue ! fakesink
 * ]|
 *
 * At the limit the first of them waits, and the second drops what is new.
 */

#include "gstbpalloc.h"

#include "gstbplimiter.h"
#include "gstbpquery.h"

GST_DEBUG_CATEGORY_STATIC (gst_bp_alloc_debug);
#define GST_CAT_DEFAULT gst_bp_alloc_debug

#define DEFAULT_MAX_BUFFERS 64

/* After so many buffers idle memory of sizes that were not asked for since goes: frames
 * that change their size more often find it again. */
#define TIDY_INTERVAL 128

/* What a change of caps leaves of the frames of before, in bytes: enough for a stream that
 * changes back and forth, and little where a queue was full of them. */
#define MAX_BYTES_AFTER_CHANGE (16 << 20)

struct _GstBpAlloc
{
  GstBaseTransform parent_instance;

  /* All below but the weak reference under the object lock. */
  /* What is offered: the properties mode and fill-allocator. */
  GstBpQueryFlags offer;
  char *pool_name;
  guint max_buffers;
  gboolean post_stats;
  GstBpLimiter limiter;

  /* While started; whether others may have it too. */
  GstAllocator *allocator;
  gboolean is_shared;
  /* Of the last run, while stopped. */
  GstStructure *last_stats;

  /* By the streaming thread: buffers since memory was last tidied, and whether caps have
   * changed since the last buffer. */
  guint n_passed;
  gboolean is_changed;

  /* The buffer pool that was offered last. */
  GWeakRef buffer_pool;
};

static GstStaticPadTemplate sink_template =
  GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstStaticPadTemplate src_template =
  GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE (GstBpAlloc, gst_bp_alloc, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (bpalloc, "bpalloc", GST_RANK_NONE, GST_TYPE_BP_ALLOC)

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
    { GST_BP_ALLOC_MODE_ALLOCATOR, "An allocator, for whatever pool upstream makes", "allocator" },
    { GST_BP_ALLOC_MODE_POOL, "A buffer pool too, for raw video", "pool" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstBpAllocMode", values));

  return type;
}

static GstAllocator *
ref_allocator (GstBpAlloc *self)
{
  GstAllocator *allocator = NULL;

  GST_OBJECT_LOCK (self);
  if (self->allocator != NULL)
    allocator = gst_object_ref (self->allocator);
  GST_OBJECT_UNLOCK (self);

  return allocator;
}

static GstStructure *
get_stats (GstBpAlloc *self)
{
  g_autoptr (GstAllocator) allocator = ref_allocator (self);
  GstStructure *stats = NULL;

  if (allocator != NULL)
    {
      g_autoptr (GstBpBufferPool) buffer_pool = g_weak_ref_get (&self->buffer_pool);

      stats = gst_bp_allocator_get_stats (GST_BP_ALLOCATOR (allocator));
      if (buffer_pool != NULL)
        {
          g_autoptr (GstStructure) pool_stats = gst_bp_buffer_pool_get_stats (buffer_pool);

          gst_structure_set (stats, "buffer-pool", GST_TYPE_STRUCTURE, pool_stats, NULL);
        }
      return stats;
    }

  GST_OBJECT_LOCK (self);
  if (self->last_stats != NULL)
    stats = gst_structure_copy (self->last_stats);
  GST_OBJECT_UNLOCK (self);

  return stats;
}

static gboolean
gst_bp_alloc_start (GstBaseTransform *trans)
{
  GstBpAlloc *self = GST_BP_ALLOC (trans);
  g_autofree char *name = NULL;
  GstAllocator *allocator;
  guint max_buffers;

  GST_OBJECT_LOCK (self);
  name = g_strdup (self->pool_name);
  max_buffers = self->max_buffers;
  GST_OBJECT_UNLOCK (self);

  allocator = gst_bp_limiter_make_allocator (&self->limiter, GST_ELEMENT (self), name, max_buffers);
  self->n_passed = 0;
  self->is_changed = FALSE;

  GST_OBJECT_LOCK (self);
  self->allocator = allocator;
  self->is_shared = name != NULL;
  gst_clear_structure (&self->last_stats);
  GST_OBJECT_UNLOCK (self);

  return TRUE;
}

static gboolean
gst_bp_alloc_stop (GstBaseTransform *trans)
{
  GstBpAlloc *self = GST_BP_ALLOC (trans);
  g_autoptr (GstAllocator) allocator = NULL;
  GstStructure *stats = get_stats (self);

  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT, (gpointer) stats);

  GST_OBJECT_LOCK (self);
  allocator = g_steal_pointer (&self->allocator);
  self->last_stats = stats;
  GST_OBJECT_UNLOCK (self);

  /* Buffers may be out for long. Where the memory is this element's alone nobody would
   * use them again, so what comes back late is to be freed. Others take new memory if they
   * still need some. */
  if (self->is_shared)
    gst_bp_allocator_drop_idle (GST_BP_ALLOCATOR (allocator), 0);
  else
    gst_bp_allocator_set_max_buffers (GST_BP_ALLOCATOR (allocator), 0);

  return TRUE;
}

/* Frames may have become small, and the large ones have come back since. When the first
 * of the new ones passes, upstream has given up its buffers of before. */
static void
tidy (GstBpAlloc *self,
      guint       n_buffers)
{
  g_autoptr (GstAllocator) allocator = NULL;

  self->n_passed += n_buffers;
  if (G_LIKELY (self->n_passed < TIDY_INTERVAL && !self->is_changed))
    return;

  allocator = ref_allocator (self);
  if (allocator == NULL)
    return;

  if (self->is_changed)
    {
      gst_bp_allocator_drop_idle (GST_BP_ALLOCATOR (allocator), MAX_BYTES_AFTER_CHANGE);
      self->is_changed = FALSE;
    }
  if (self->n_passed >= TIDY_INTERVAL)
    {
      gst_bp_allocator_drop_unused (GST_BP_ALLOCATOR (allocator));
      self->n_passed = 0;
    }
}

static void
gst_bp_alloc_before_transform (GstBaseTransform *trans,
                               GstBuffer        *buffer)
{
  tidy (GST_BP_ALLOC (trans), 1);
}

/* The allocator stays as long as buffers pass. */
static GstFlowReturn
gst_bp_alloc_generate_output (GstBaseTransform  *trans,
                              GstBuffer        **buffer)
{
  GstBpAlloc *self = GST_BP_ALLOC (trans);
  GstBaseTransformClass *parent_class = GST_BASE_TRANSFORM_CLASS (gst_bp_alloc_parent_class);
  GstFlowReturn flow = parent_class->generate_output (trans, buffer);

  if (flow == GST_FLOW_OK && *buffer != NULL &&
      !gst_bp_limiter_pass (&self->limiter, self->allocator, buffer))
    return GST_BASE_TRANSFORM_FLOW_DROPPED;

  return flow;
}

static GstBpQueryFlags
get_offer (GstBpAlloc *self)
{
  GstBpQueryFlags offer;

  GST_OBJECT_LOCK (self);
  offer = self->offer;
  GST_OBJECT_UNLOCK (self);

  return offer;
}

static gboolean
gst_bp_alloc_propose_allocation (GstBaseTransform *trans,
                                 GstQuery         *decide_query,
                                 GstQuery         *query)
{
  GstBpAlloc *self = GST_BP_ALLOC (trans);
  GstBaseTransformClass *parent_class = GST_BASE_TRANSFORM_CLASS (gst_bp_alloc_parent_class);
  g_autoptr (GstAllocator) allocator = ref_allocator (self);
  g_autoptr (GstBufferPool) buffer_pool = NULL;
  gboolean is_answered;

  is_answered = parent_class->propose_allocation (trans, decide_query, query);
  if (allocator == NULL || !gst_bp_query_fill (query, GST_BP_ALLOCATOR (allocator),
                                               get_offer (self), &buffer_pool))
    {
      GST_DEBUG_OBJECT (self, "leaving the allocation to downstream: %" GST_PTR_FORMAT,
                        (gpointer) query);
      return is_answered;
    }

  if (buffer_pool != NULL)
    g_weak_ref_set (&self->buffer_pool, buffer_pool);
  GST_DEBUG_OBJECT (self, "filled what was empty: %" GST_PTR_FORMAT, (gpointer) query);

  return TRUE;
}

static gboolean
gst_bp_alloc_set_caps (GstBaseTransform *trans,
                       GstCaps          *in_caps,
                       GstCaps          *out_caps)
{
  GST_BP_ALLOC (trans)->is_changed = TRUE;

  return TRUE;
}

static void
set_flushing (GstBpAlloc *self,
              gboolean    is_flushing)
{
  g_autoptr (GstAllocator) allocator = ref_allocator (self);

  if (allocator != NULL)
    gst_bp_allocator_set_flushing (GST_BP_ALLOCATOR (allocator), is_flushing);
}

static gboolean
gst_bp_alloc_sink_event (GstBaseTransform *trans,
                         GstEvent         *event)
{
  GstBpAlloc *self = GST_BP_ALLOC (trans);
  gboolean post_stats;

  if (GST_EVENT_TYPE (event) == GST_EVENT_EOS)
    {
      GST_OBJECT_LOCK (self);
      post_stats = self->post_stats;
      GST_OBJECT_UNLOCK (self);

      if (post_stats)
        gst_element_post_message (GST_ELEMENT (self),
                                  gst_message_new_element (GST_OBJECT (self), get_stats (self)));
    }
  else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_START)
    set_flushing (self, TRUE);
  else if (GST_EVENT_TYPE (event) == GST_EVENT_FLUSH_STOP)
    set_flushing (self, FALSE);

  return GST_BASE_TRANSFORM_CLASS (gst_bp_alloc_parent_class)->sink_event (trans, event);
}

/* A thread that waits for memory has the locks that the change of state needs. The allocator
 * of the next run is another one. */
static GstStateChangeReturn
gst_bp_alloc_change_state (GstElement     *element,
                           GstStateChange  transition)
{
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    set_flushing (GST_BP_ALLOC (element), TRUE);

  return GST_ELEMENT_CLASS (gst_bp_alloc_parent_class)->change_state (element, transition);
}

/* The base class would take it apart. Here buffers pass as they are, so a list does too. */
static GstFlowReturn
chain_list (GstPad        *pad,
            GstObject     *parent,
            GstBufferList *list)
{
  GstBpAlloc *self = GST_BP_ALLOC (parent);
  GstPad *src_pad = GST_BASE_TRANSFORM_SRC_PAD (parent);

  tidy (self, gst_buffer_list_length (list));
  list = gst_bp_limiter_pass_list (&self->limiter, self->allocator, list);
  if (list == NULL)
    return GST_FLOW_OK;

  /* Upstream was told, since the event that asked for it went there as well. */
  gst_pad_check_reconfigure (src_pad);

  return gst_pad_push_list (src_pad, list);
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
  g_autoptr (GstAllocator) allocator = ref_allocator (self);

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
  g_autoptr (GstAllocator) allocator = ref_allocator (self);
  gboolean is_found;

  GST_OBJECT_LOCK (self);
  is_found = gst_bp_limiter_set_property (&self->limiter, prop_id, value);
  GST_OBJECT_UNLOCK (self);

  if (is_found && allocator != NULL)
    gst_bp_limiter_apply (&self->limiter, GST_ELEMENT (self), allocator);

  return is_found;
}

static void
gst_bp_alloc_finalize (GObject *object)
{
  GstBpAlloc *self = GST_BP_ALLOC (object);

  g_weak_ref_clear (&self->buffer_pool);
  g_free (self->pool_name);
  gst_bp_limiter_clear (&self->limiter);
  gst_clear_structure (&self->last_stats);

  G_OBJECT_CLASS (gst_bp_alloc_parent_class)->finalize (object);
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
      g_value_take_boxed (value, get_stats (self));
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

static void
install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * GstBpAlloc:mode:
   *
   * What is offered to the element upstream.
   *
   * An allocator works with every kind of stream and pool; what a stock pool
   * throws away keeps its memory. A buffer pool beside it replaces the stock
   * pool too; it is offered for raw video, where the size of a buffer follows
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
                       0, G_MAXUINT, DEFAULT_MAX_BUFFERS, flags | GST_PARAM_MUTABLE_PLAYING);

  /**
   * GstBpAlloc:fill-allocator:
   *
   * Whether to name the allocator also where downstream offers a pool.
   *
   * Many elements offer a stock pool, and name no allocator beside it: converters,
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

  g_object_class_install_properties (object_class, N_PROPS, properties);
  gst_bp_limiter_install_properties (object_class);
}

static void
gst_bp_alloc_class_init (GstBpAllocClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_bp_alloc_debug, "bpalloc", 0, "bpalloc element");

  object_class->finalize = gst_bp_alloc_finalize;
  object_class->get_property = gst_bp_alloc_get_property;
  object_class->set_property = gst_bp_alloc_set_property;
  install_properties (object_class);

  element_class->change_state = gst_bp_alloc_change_state;
  trans_class->start = gst_bp_alloc_start;
  trans_class->stop = gst_bp_alloc_stop;
  trans_class->propose_allocation = gst_bp_alloc_propose_allocation;
  trans_class->before_transform = gst_bp_alloc_before_transform;
  trans_class->set_caps = gst_bp_alloc_set_caps;
  trans_class->generate_output = gst_bp_alloc_generate_output;
  trans_class->sink_event = gst_bp_alloc_sink_event;

  gst_element_class_add_static_pad_template (element_class, &sink_template);
  gst_element_class_add_static_pad_template (element_class, &src_template);
  gst_element_class_set_static_metadata (element_class,
                                         "Bufpool allocation",
                                         "Generic",
                                         "Offers memory from a pool to the element upstream",
                                         "The bufpool authors");
}

static void
gst_bp_alloc_init (GstBpAlloc *self)
{
  GstBaseTransform *trans = GST_BASE_TRANSFORM (self);

  g_weak_ref_init (&self->buffer_pool, NULL);
  self->max_buffers = DEFAULT_MAX_BUFFERS;
  gst_bp_limiter_init (&self->limiter);
  self->offer = GST_BP_QUERY_BESIDE_POOLS;
  gst_pad_set_chain_list_function (GST_BASE_TRANSFORM_SINK_PAD (trans), chain_list);
  gst_base_transform_set_passthrough (trans, TRUE);
  gst_base_transform_set_gap_aware (trans, TRUE);
  gst_base_transform_set_prefer_passthrough (trans, TRUE);
}
