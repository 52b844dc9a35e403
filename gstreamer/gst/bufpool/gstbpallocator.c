/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

#include "gstbpactivity-private.h"

#include <string.h>

/**
 * GstBpAllocator:
 *
 * A #GstAllocator whose memory comes from a #BpPool and goes back there.
 *
 * It works wherever GStreamer takes an allocator: in gst_buffer_new_allocate(),
 * in the configuration of a #GstBufferPool of any kind, in the answer to an
 * ALLOCATION query. A stock pool throws a buffer away when it was shared or
 * copied, when caps change and when it is stopped; with this allocator the
 * memory under the buffer is kept all the same.
 *
 * The memory is plain memory of the process, with as much room behind it as that of the
 * system allocator has, and can be shared, copied, merged and mapped like that.
 * Freeing it only gives it back to the pool. Any thread may free it, also when
 * allocator and pool are gone.
 *
 * Blocks are kept by size, so that a small request is never given a large block: when
 * frames become small, they leave the memory of the large ones alone, and that can go. An
 * allocator on a pool of yours has that one pool for all sizes.
 *
 * Idle blocks of up to 64 KiB lie in caches of threads, within what
 * [property@Allocator:max-buffers] allows: then a block costs less than one of the system
 * allocator. With more than four pairs of threads a `max-buffers` of 128 or more helps, since
 * all the caches together have half of it. Larger ones are where every thread finds them.
 *
 * Allocating does not wait, but for an allocator with limits: a [property@Allocator:budget]
 * or [property@Allocator:max-outstanding]. What the pool cannot give is allocated in the
 * plain way, and counted as a fallback in [method@Allocator.get_stats].
 *
 * Since: 0.2
 */

GST_DEBUG_CATEGORY (gst_bp_allocator_debug);
#define GST_CAT_DEFAULT gst_bp_allocator_debug

#define DEFAULT_MAX_BUFFERS 64

/* Sizes asked of the pool are rounded up to an eighth of their power of two, so
 * that a stream of sizes that vary finds a buffer large enough. */
#define SMALLEST_STEP 64
#define STEPS_PER_OCTAVE 8

/* The head of a block; data follows in the same block. A share is a head of its
 * own. */
typedef struct
{
  GstMemory mem;

  /* Where prefix, data and padding begin; aligned as was asked for. */
  guint8 *data;
  /* The block; NULL when it is plain memory, and in a share. */
  BpPooled *pooled;
  /* Whose it is, where that is counted. */
  GstBpAccount *account;
} GstBpMemory;

G_DEFINE_FINAL_TYPE (GstBpAllocator, gst_bp_allocator, GST_TYPE_ALLOCATOR)

static GParamSpec *properties[GST_BP_ALLOCATOR_N_PROPS];

enum
{
  SIGNAL_REFUSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* How gst_allocator_alloc() asks, and how a copy is asked for: the thread that makes one
 * holds a memory already, and may be the one that gives others back. */
static const GstBpDemand normal_demand = { GST_BP_DEMAND_NORMAL, NULL };
static const GstBpDemand copy_demand = { GST_BP_DEMAND_GO_BEYOND, NULL };

static gsize
round_up (gsize size)
{
  gsize step = SMALLEST_STEP;

  if (size > step * STEPS_PER_OCTAVE)
    step = ((gsize) 1 << (g_bit_storage (size) - 1)) / STEPS_PER_OCTAVE;

  /* A step is a power of two, too. */
  return size > G_MAXSSIZE - step ? size : (size + step - 1) & ~(step - 1);
}

static GstBpMemory *
allocate_plain (GstBpAllocator *self,
                gsize           n_bytes)
{
  GstBpMemory *block = g_try_malloc (n_bytes);

  if (block == NULL)
    {
      GST_WARNING_OBJECT (self, "no memory for a block of %" G_GSIZE_FORMAT " bytes", n_bytes);
      return NULL;
    }

  GST_INFO_OBJECT (self, "the pool has no %" G_GSIZE_FORMAT " bytes, falling back to plain memory",
                   n_bytes);
  g_atomic_pointer_add (&self->n_fallbacks, 1);
  block->pooled = NULL;

  return block;
}

/* Of what has no room even in a budget that is not in use. */
static gboolean
is_hopeless (GstBpAllocator *self,
             gsize           n_bytes)
{
  return self->limits.budget != NULL && n_bytes > bp_budget_get_max_bytes (self->limits.budget);
}

static GstBpMemory *
allocate_within_limits (GstBpAllocator     *self,
                        BpPool             *pool,
                        gsize               n_rounded,
                        gsize               n_bytes,
                        const GstBpDemand  *demand,
                        GstMemoryFlags     *flags,
                        GstFlowReturn      *flow)
{
  g_autoptr (GError) error = NULL;
  gpointer data = NULL;
  BpPooled *handle = NULL;
  GstBpVerdict verdict;
  GstBpMemory *block;

  verdict = gst_bp_limits_take (&self->limits, pool, n_rounded, demand, &data, &handle, flags,
                                &error);
  *flow = gst_bp_verdict_to_flow (verdict);
  if (G_LIKELY (verdict == GST_BP_VERDICT_GRANTED))
    {
      block = data;
      block->pooled = handle;
      return block;
    }

  GST_INFO_OBJECT (self, "no block of %" G_GSIZE_FORMAT " bytes within the limits: %s",
                   n_rounded, error->message);
  if (verdict == GST_BP_VERDICT_REFUSED || is_hopeless (self, n_rounded))
    g_signal_emit (self, signals[SIGNAL_REFUSED], 0, error);
  if (verdict != GST_BP_VERDICT_BEYOND)
    return NULL;

  *flags |= GST_BP_MEMORY_FLAG_OVERFLOW;
  block = allocate_plain (self, n_bytes);
  if (block == NULL)
    *flow = GST_FLOW_ERROR;

  return block;
}

/* A block of at least n_bytes; NULL without memory. */
static GstBpMemory *
allocate_block (GstBpAllocator     *self,
                gsize               n_bytes,
                const GstBpDemand  *demand,
                GstMemoryFlags     *flags,
                GstFlowReturn      *flow)
{
  gsize n_rounded = round_up (n_bytes);
  BpPool *pool = self->pool != NULL ? self->pool : gst_bp_sizes_get (self->sizes, n_rounded);
  BpPooled *pooled;
  GstBpMemory *block;

  if (G_UNLIKELY (gst_bp_limits_are_set (&self->limits)))
    return allocate_within_limits (self, pool, n_rounded, n_bytes, demand, flags, flow);

  pooled = bp_pool_acquire_uninit (pool, n_rounded, NULL);
  if (G_LIKELY (pooled != NULL))
    {
      block = bp_pooled_get_data (pooled, NULL);
      block->pooled = pooled;
      return block;
    }

  block = allocate_plain (self, n_bytes);
  if (block == NULL)
    *flow = GST_FLOW_ERROR;

  return block;
}

static gboolean
add_sizes (gsize *total,
           gsize  first,
           gsize  second,
           gsize  third)
{
  return g_size_checked_add (total, first, second) &&
         g_size_checked_add (total, *total, third) &&
         *total <= G_MAXSSIZE;
}

GstMemory *
gst_bp_allocator_alloc_on_demand (GstBpAllocator             *self,
                                  gsize                       size,
                                  const GstAllocationParams  *params,
                                  const GstBpDemand          *demand,
                                  GstFlowReturn              *flow)
{
  gsize align = params->align | gst_memory_alignment;
  gsize maxsize, n_bytes, n_skipped, n_behind;
  GstMemoryFlags flags = params->flags & ~GST_BP_MEMORY_FLAGS;
  GstBpMemory *block;

  if (!add_sizes (&maxsize, size, params->prefix, params->padding) ||
      !add_sizes (&n_bytes, maxsize, sizeof (GstBpMemory), align))
    {
      GST_WARNING_OBJECT (self, "%" G_GSIZE_FORMAT " bytes with a prefix of %" G_GSIZE_FORMAT
                          " and a padding of %" G_GSIZE_FORMAT " do not fit the address space",
                          size, params->prefix, params->padding);
      *flow = GST_FLOW_ERROR;
      return NULL;
    }

  *flow = GST_FLOW_OK;
  block = allocate_block (self, n_bytes, demand, &flags, flow);
  if (block == NULL)
    return NULL;

  /* What alignment did not need belongs to the padding, as it does in memory of the system
   * allocator: elements resize into it. */
  n_skipped = -((guintptr) block + sizeof (GstBpMemory)) & align;
  maxsize += align - n_skipped;
  n_behind = maxsize - params->prefix - size;

  block->data = (guint8 *) block + sizeof (GstBpMemory) + n_skipped;
  if (params->prefix > 0 && (params->flags & GST_MEMORY_FLAG_ZERO_PREFIXED))
    memset (block->data, 0, params->prefix);
  if (n_behind > 0 && (params->flags & GST_MEMORY_FLAG_ZERO_PADDED))
    memset (block->data + params->prefix + size, 0, n_behind);

  /* Without the check of a cast macro: this is where a small buffer spends its time. */
  gst_memory_init (&block->mem, flags, (GstAllocator *) self, NULL, maxsize, align,
                   params->prefix, size);

  block->account = NULL;
  if (G_UNLIKELY (self->is_counting))
    {
      block->account = gst_bp_activity_get_account ();
      gst_bp_account_charge (block->account, maxsize, block->pooled == NULL);
    }

  return &block->mem;
}

static GstMemory *
gst_bp_allocator_alloc (GstAllocator        *allocator,
                        gsize                size,
                        GstAllocationParams *params)
{
  GstFlowReturn flow;

  return gst_bp_allocator_alloc_on_demand ((GstBpAllocator *) allocator, size, params,
                                           &normal_demand, &flow);
}

/* On any thread and under foreign locks: nothing here may call back. */
static void
gst_bp_allocator_free (GstAllocator *allocator,
                       GstMemory    *mem)
{
  GstBpMemory *block = (GstBpMemory *) mem;

  if (G_UNLIKELY (block->account != NULL))
    gst_bp_account_credit (block->account, mem->maxsize, block->pooled == NULL);

  if (mem->parent != NULL || block->pooled == NULL)
    g_free (block);
  else if (G_UNLIKELY (GST_MEMORY_FLAG_IS_SET (mem, GST_BP_MEMORY_FLAG_PERMIT)))
    gst_bp_limits_give_permit (block->pooled);
  else
    bp_pooled_unref (block->pooled);
}

static gpointer
map_memory (GstMemory   *mem,
            gsize        maxsize,
            GstMapFlags  flags)
{
  return ((GstBpMemory *) mem)->data;
}

static void
unmap_memory (GstMemory *mem)
{
}

static GstMemory *
copy_memory (GstMemory *mem,
             gssize     offset,
             gssize     size)
{
  GstAllocationParams params = { .align = mem->align };
  GstFlowReturn flow;
  GstBpMemory *copy;

  if (size == -1)
    size = (gssize) mem->size > offset ? (gssize) mem->size - offset : 0;

  copy = (GstBpMemory *) gst_bp_allocator_alloc_on_demand ((GstBpAllocator *) mem->allocator,
                                                           (gsize) size, &params, &copy_demand,
                                                           &flow);
  if (copy == NULL)
    return NULL;

  memcpy (copy->data, ((GstBpMemory *) mem)->data + mem->offset + offset, (gsize) size);

  return &copy->mem;
}

static GstMemory *
share_memory (GstMemory *mem,
              gssize     offset,
              gssize     size)
{
  GstMemory *parent = mem->parent != NULL ? mem->parent : mem;
  GstBpMemory *share = g_new (GstBpMemory, 1);

  if (size == -1)
    size = (gssize) mem->size - offset;

  share->data = ((GstBpMemory *) mem)->data;
  share->pooled = NULL;
  share->account = NULL;
  gst_memory_init (&share->mem,
                   (GstMemoryFlags) (GST_MINI_OBJECT_FLAGS (parent) |
                                     GST_MINI_OBJECT_FLAG_LOCK_READONLY),
                   mem->allocator, parent, mem->maxsize, mem->align,
                   mem->offset + offset, (gsize) size);

  return &share->mem;
}

static gboolean
is_span (GstMemory *mem1,
         GstMemory *mem2,
         gsize     *offset)
{
  const guint8 *end = ((GstBpMemory *) mem1)->data + mem1->offset + mem1->size;

  if (offset != NULL)
    *offset = mem1->offset - mem1->parent->offset;

  return end == ((GstBpMemory *) mem2)->data + mem2->offset;
}

static void
gst_bp_allocator_constructed (GObject *object)
{
  GstBpAllocator *self = GST_BP_ALLOCATOR (object);

  G_OBJECT_CLASS (gst_bp_allocator_parent_class)->constructed (object);

  if (self->pool != NULL && bp_pool_get_element_size (self->pool) != 1)
    {
      g_critical ("A GstBpAllocator needs a pool of bytes, with an element size of 1 and not %"
                  G_GSIZE_FORMAT "; it makes pools of its own",
                  bp_pool_get_element_size (self->pool));
      g_clear_object (&self->pool);
    }
  if (self->pool != NULL && self->limits.budget != NULL)
    {
      g_critical ("A GstBpAllocator on a pool of yours cannot have a budget of its own: give the "
                  "budget to the pool; the allocator goes on without it");
      gst_bp_limits_set_budget (&self->limits, NULL);
    }

  if (self->source != NULL)
    {
      g_set_object (&self->pool, self->source->pool);
      self->sizes = self->source->sizes;
      gst_bp_limits_set_budget (&self->limits, self->source->limits.budget);
    }
  else if (self->pool == NULL)
    {
      self->sizes = gst_bp_sizes_new ("GstBpAllocator", DEFAULT_MAX_BUFFERS, self->limits.budget);
    }
}

static void
gst_bp_allocator_finalize (GObject *object)
{
  GstBpAllocator *self = GST_BP_ALLOCATOR (object);

  g_clear_object (&self->pool);
  if (self->source == NULL)
    g_clear_pointer (&self->sizes, gst_bp_sizes_free);
  gst_clear_object (&self->source);
  gst_bp_limits_clear (&self->limits);

  G_OBJECT_CLASS (gst_bp_allocator_parent_class)->finalize (object);
}

static void
gst_bp_allocator_get_property (GObject    *object,
                               guint       prop_id,
                               GValue     *value,
                               GParamSpec *pspec)
{
  GstBpAllocator *self = GST_BP_ALLOCATOR (object);

  switch (prop_id)
    {
    case GST_BP_ALLOCATOR_PROP_POOL:
      g_value_set_object (value, self->pool);
      break;

    case GST_BP_ALLOCATOR_PROP_SOURCE:
      g_value_set_object (value, self->source);
      break;

    case GST_BP_ALLOCATOR_PROP_MAX_BUFFERS:
      g_value_set_uint (value, gst_bp_allocator_get_max_buffers (self));
      break;

    default:
      if (!gst_bp_allocator_get_limit (self, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gst_bp_allocator_set_property (GObject      *object,
                               guint         prop_id,
                               const GValue *value,
                               GParamSpec   *pspec)
{
  GstBpAllocator *self = GST_BP_ALLOCATOR (object);

  switch (prop_id)
    {
    case GST_BP_ALLOCATOR_PROP_POOL:
      self->pool = g_value_dup_object (value);
      break;

    case GST_BP_ALLOCATOR_PROP_SOURCE:
      self->source = g_value_dup_object (value);
      break;

    case GST_BP_ALLOCATOR_PROP_MAX_BUFFERS:
      gst_bp_allocator_set_max_buffers (self, g_value_get_uint (value));
      break;

    default:
      if (!gst_bp_allocator_set_limit (self, prop_id, value))
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gst_bp_allocator_class_init (GstBpAllocatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GstAllocatorClass *allocator_class = GST_ALLOCATOR_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (gst_bp_allocator_debug, "bpallocator", 0, "allocator on a bufpool");

  object_class->constructed = gst_bp_allocator_constructed;
  object_class->finalize = gst_bp_allocator_finalize;
  object_class->get_property = gst_bp_allocator_get_property;
  object_class->set_property = gst_bp_allocator_set_property;

  allocator_class->alloc = gst_bp_allocator_alloc;
  allocator_class->free = gst_bp_allocator_free;

  /**
   * GstBpAllocator:pool:
   *
   * The pool of bytes that memory comes from, for all sizes. By default the allocator
   * makes pools of its own, one for each range of sizes.
   *
   * Since: 0.2
   */
  properties[GST_BP_ALLOCATOR_PROP_POOL] =
    g_param_spec_object ("pool", NULL, NULL, BP_TYPE_POOL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * GstBpAllocator:max-buffers:
   *
   * The most idle blocks that it keeps of each range of sizes; or of all, on a pool that was
   * given, whose `max-buffers` this is.
   *
   * Since: 0.2
   */
  properties[GST_BP_ALLOCATOR_PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_BUFFERS,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  /**
   * GstBpAllocator:source:
   *
   * Another allocator whose pools and budget this one uses, with limits, flushing and
   * statistics of its own; %NULL for one that stands alone.
   *
   * Since: 0.2
   */
  properties[GST_BP_ALLOCATOR_PROP_SOURCE] =
    g_param_spec_object ("source", NULL, NULL, GST_TYPE_BP_ALLOCATOR,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  gst_bp_allocator_make_limit_specs (properties);

  g_object_class_install_properties (object_class, GST_BP_ALLOCATOR_N_PROPS, properties);

  /**
   * GstBpAllocator::refused:
   * @self: the allocator
   * @error: why
   *
   * Memory was refused at a limit: time ran out, waiting was not allowed, or the whole
   * budget is too small for it. For the last reason the signal is emitted with
   * [property@Allocator:overflow] too.
   *
   * It is emitted in the thread that asked for memory, without locks.
   *
   * Since: 0.2
   */
  signals[SIGNAL_REFUSED] =
    g_signal_new ("refused", GST_TYPE_BP_ALLOCATOR, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
gst_bp_allocator_init (GstBpAllocator *self)
{
  GstAllocator *allocator = GST_ALLOCATOR (self);

  gst_bp_limits_init (&self->limits);

  allocator->mem_type = GST_BP_MEMORY_TYPE;
  allocator->mem_map = map_memory;
  allocator->mem_unmap = unmap_memory;
  allocator->mem_copy = copy_memory;
  allocator->mem_share = share_memory;
  allocator->mem_is_span = is_span;
}

/**
 * gst_bp_allocator_new:
 * @pool: (nullable): a pool of bytes, shared with all its other users; %NULL for pools of
 *   the allocator's own
 *
 * Makes an allocator.
 *
 * Streams whose buffers differ much in size should not share a pool of yours: a small
 * request may be given a large block of it.
 *
 * Returns: (transfer full): an allocator
 *
 * Since: 0.2
 */
GstAllocator *
gst_bp_allocator_new (BpPool *pool)
{
  g_return_val_if_fail (pool == NULL || BP_IS_POOL (pool), NULL);

  return gst_object_ref_sink (g_object_new (GST_TYPE_BP_ALLOCATOR, "pool", pool, NULL));
}

GstAllocator *
gst_bp_allocator_new_counting (const char *name,
                               guint       max_buffers,
                               BpBudget   *budget)
{
  GstAllocator *allocator = gst_bp_allocator_new (NULL);
  GstBpAllocator *self = GST_BP_ALLOCATOR (allocator);

  gst_bp_sizes_set_up (self->sizes, name, max_buffers);
  self->sizes->budget = g_object_ref (budget);
  self->is_counting = TRUE;

  return allocator;
}
