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

#include "gstbpalloc-private.h"

GST_DEBUG_CATEGORY_STATIC (gst_bp_alloc_debug);
#define GST_CAT_DEFAULT gst_bp_alloc_debug

/* After so many buffers the element looks whether memory of some size lies idle and is not
 * asked for: then most of it goes, and all of it after so many looks. Frames that change
 * their size more often find theirs again. */
#define TIDY_INTERVAL 16
#define N_LOOKS 8

/* What a change of caps leaves of the frames of before, in bytes: enough for a stream that
 * changes back and forth, and little where a queue was full of them. */
#define MAX_BYTES_AFTER_CHANGE (16 << 20)

static GstStaticPadTemplate sink_template =
  GST_STATIC_PAD_TEMPLATE ("sink", GST_PAD_SINK, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

static GstStaticPadTemplate src_template =
  GST_STATIC_PAD_TEMPLATE ("src", GST_PAD_SRC, GST_PAD_ALWAYS, GST_STATIC_CAPS_ANY);

G_DEFINE_FINAL_TYPE (GstBpAlloc, gst_bp_alloc, GST_TYPE_BASE_TRANSFORM)
GST_ELEMENT_REGISTER_DEFINE (bpalloc, "bpalloc", GST_RANK_NONE, GST_TYPE_BP_ALLOC)

GstAllocator *
gst_bp_alloc_ref_allocator (GstBpAlloc *self)
{
  GstAllocator *allocator = NULL;

  GST_OBJECT_LOCK (self);
  if (self->allocator != NULL)
    allocator = gst_object_ref (self->allocator);
  GST_OBJECT_UNLOCK (self);

  return allocator;
}

GstStructure *
gst_bp_alloc_get_stats (GstBpAlloc *self)
{
  g_autoptr (GstAllocator) allocator = gst_bp_alloc_ref_allocator (self);
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
  GstStructure *stats = gst_bp_alloc_get_stats (self);

  GST_INFO_OBJECT (self, "%" GST_PTR_FORMAT, (gpointer) stats);

  GST_OBJECT_LOCK (self);
  allocator = g_steal_pointer (&self->allocator);
  self->last_stats = stats;
  GST_OBJECT_UNLOCK (self);

  /* Buffers may be out for long. Where the memory is this element's alone they would
   * not be used again, so what comes back late is to be freed. Others take new memory if they
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

  allocator = gst_bp_alloc_ref_allocator (self);
  if (allocator == NULL)
    return;

  if (self->is_changed)
    {
      gst_bp_allocator_drop_idle (GST_BP_ALLOCATOR (allocator), MAX_BYTES_AFTER_CHANGE);
      self->is_changed = FALSE;
    }
  if (self->n_passed >= TIDY_INTERVAL)
    {
      gst_bp_allocator_drop_unused (GST_BP_ALLOCATOR (allocator), N_LOOKS);
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
  g_autoptr (GstAllocator) allocator = gst_bp_alloc_ref_allocator (self);
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
  g_autoptr (GstAllocator) allocator = gst_bp_alloc_ref_allocator (self);

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
                                  gst_message_new_element (GST_OBJECT (self), gst_bp_alloc_get_stats (self)));
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
gst_bp_alloc_class_init (GstBpAllocClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);
  GstBaseTransformClass *trans_class = GST_BASE_TRANSFORM_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_bp_alloc_debug, "bpalloc", 0, "bpalloc element");

  object_class->finalize = gst_bp_alloc_finalize;
  gst_bp_alloc_install_properties (object_class);

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
  self->max_buffers = GST_BP_ALLOC_DEFAULT_MAX_BUFFERS;
  gst_bp_limiter_init (&self->limiter);
  self->offer = GST_BP_QUERY_BESIDE_POOLS;
  gst_pad_set_chain_list_function (GST_BASE_TRANSFORM_SINK_PAD (trans), chain_list);
  gst_base_transform_set_passthrough (trans, TRUE);
  gst_base_transform_set_gap_aware (trans, TRUE);
  gst_base_transform_set_prefer_passthrough (trans, TRUE);
}
