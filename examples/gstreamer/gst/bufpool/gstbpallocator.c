/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

#include "gstbppool.h"

#include <string.h>

/**
 * GstBpAllocator:
 *
 * A #GstAllocator whose memory comes from a #BpPool and goes back there.
 *
 * It works wherever GStreamer takes an allocator: in gst_buffer_new_allocate(),
 * in the configuration of a #GstBufferPool of any kind, in the answer to an
 * ALLOCATION query. A stock pool throws a buffer away when somebody shared or
 * copied it, when caps change and when it is stopped; with this allocator the
 * memory under the buffer is kept all the same.
 *
 * The memory is plain memory of the process, of exactly the size asked for, and
 * can be shared, copied, merged and mapped like that of the system allocator.
 * Freeing it only gives it back to the pool, from whatever thread that happens
 * in, and works when allocator and pool are gone.
 *
 * Allocating never waits. What the pool cannot give is allocated in the plain
 * way, and counted as a fallback in [method@Allocator.get_stats].
 *
 * Since: 0.9
 */

GST_DEBUG_CATEGORY_STATIC (gst_bp_allocator_debug);
#define GST_CAT_DEFAULT gst_bp_allocator_debug

#define DEFAULT_MAX_BUFFERS 64

/* Sizes asked of the pool are rounded up to an eighth of their power of two, so
 * that a stream of sizes that vary finds a buffer large enough. */
#define SMALLEST_STEP 64
#define STEPS_PER_OCTAVE 8

struct _GstBpAllocator
{
  GstAllocator parent_instance;

  BpPool *pool;

  /* Both rare, and atomic. */
  gsize n_fallbacks;
  gsize n_discards;
};

/* The head of a block; data follows in the same block. A share is a head of its
 * own. */
typedef struct
{
  GstMemory mem;

  /* Where prefix, data and padding begin; aligned as was asked for. */
  guint8 *data;
  /* The block; NULL when it is plain memory, and in a share. */
  BpPooled *pooled;
} GstBpMemory;

G_DEFINE_FINAL_TYPE (GstBpAllocator, gst_bp_allocator, GST_TYPE_ALLOCATOR)

enum
{
  PROP_0,
  PROP_POOL,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static gsize
round_up (gsize size)
{
  gsize step = SMALLEST_STEP;

  if (size > SMALLEST_STEP * STEPS_PER_OCTAVE)
    step = ((gsize) 1 << (g_bit_storage (size) - 1)) / STEPS_PER_OCTAVE;

  return size > G_MAXSSIZE - step ? size : (size + step - 1) / step * step;
}

/* A block of at least n_bytes; NULL without memory. */
static GstBpMemory *
allocate_block (GstBpAllocator *self,
                gsize           n_bytes)
{
  BpPooled *pooled = bp_pool_acquire_uninit (self->pool, round_up (n_bytes), NULL);
  GstBpMemory *block;

  if (G_LIKELY (pooled != NULL))
    {
      block = bp_pooled_get_data (pooled, NULL);
      block->pooled = pooled;
      return block;
    }

  block = g_try_malloc (n_bytes);
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

static GstMemory *
gst_bp_allocator_alloc (GstAllocator        *allocator,
                        gsize                size,
                        GstAllocationParams *params)
{
  GstBpAllocator *self = (GstBpAllocator *) allocator;
  gsize align = params->align | gst_memory_alignment;
  gsize maxsize, n_bytes;
  GstBpMemory *block;
  guintptr start;

  if (!add_sizes (&maxsize, size, params->prefix, params->padding) ||
      !add_sizes (&n_bytes, maxsize, sizeof (GstBpMemory), align))
    {
      GST_WARNING_OBJECT (self, "%" G_GSIZE_FORMAT " bytes with a prefix of %" G_GSIZE_FORMAT
                          " and a padding of %" G_GSIZE_FORMAT " do not fit the address space",
                          size, params->prefix, params->padding);
      return NULL;
    }

  block = allocate_block (self, n_bytes);
  if (block == NULL)
    return NULL;

  start = (guintptr) block + sizeof (GstBpMemory);
  block->data = (guint8 *) block + sizeof (GstBpMemory) + (-start & align);
  if (params->prefix > 0 && (params->flags & GST_MEMORY_FLAG_ZERO_PREFIXED))
    memset (block->data, 0, params->prefix);
  if (params->padding > 0 && (params->flags & GST_MEMORY_FLAG_ZERO_PADDED))
    memset (block->data + params->prefix + size, 0, params->padding);

  gst_memory_init (&block->mem, params->flags, allocator, NULL, maxsize, align,
                   params->prefix, size);

  return &block->mem;
}

/* On any thread and under anybody's locks: nothing here may call back. */
static void
gst_bp_allocator_free (GstAllocator *allocator,
                       GstMemory    *mem)
{
  GstBpMemory *block = (GstBpMemory *) mem;

  if (mem->parent == NULL && block->pooled != NULL)
    bp_pooled_unref (block->pooled);
  else
    g_free (block);
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
  GstBpMemory *copy;

  if (size == -1)
    size = (gssize) mem->size > offset ? (gssize) mem->size - offset : 0;

  copy = (GstBpMemory *) gst_bp_allocator_alloc (mem->allocator, (gsize) size, &params);
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
                  G_GSIZE_FORMAT "; it makes one of its own",
                  bp_pool_get_element_size (self->pool));
      g_clear_object (&self->pool);
    }
  if (self->pool == NULL)
    self->pool = gst_bp_new_pool (DEFAULT_MAX_BUFFERS);
}

static void
gst_bp_allocator_finalize (GObject *object)
{
  GstBpAllocator *self = GST_BP_ALLOCATOR (object);

  g_object_unref (self->pool);

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
    case PROP_POOL:
      g_value_set_object (value, self->pool);
      break;

    default:
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
    case PROP_POOL:
      self->pool = g_value_dup_object (value);
      break;

    default:
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
   * The pool of bytes that memory comes from. By default the allocator makes
   * one of its own.
   *
   * Since: 0.9
   */
  properties[PROP_POOL] =
    g_param_spec_object ("pool", NULL, NULL, BP_TYPE_POOL,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_bp_allocator_init (GstBpAllocator *self)
{
  GstAllocator *allocator = GST_ALLOCATOR (self);

  allocator->mem_type = GST_BP_MEMORY_TYPE;
  allocator->mem_map = map_memory;
  allocator->mem_unmap = unmap_memory;
  allocator->mem_copy = copy_memory;
  allocator->mem_share = share_memory;
  allocator->mem_is_span = is_span;
}

/**
 * gst_bp_allocator_new:
 * @pool: (nullable): a pool of bytes, shared with all its other users; %NULL for one of
 *   the allocator's own, as from [func@new_pool]
 *
 * Makes an allocator.
 *
 * Streams whose buffers differ much in size had better not share a pool: it
 * keeps buffers, and a small request may be given a large one.
 *
 * Returns: (transfer full): an allocator
 *
 * Since: 0.9
 */
GstAllocator *
gst_bp_allocator_new (BpPool *pool)
{
  g_return_val_if_fail (pool == NULL || BP_IS_POOL (pool), NULL);

  return gst_object_ref_sink (g_object_new (GST_TYPE_BP_ALLOCATOR, "pool", pool, NULL));
}

/**
 * gst_bp_allocator_get_pool: (get-property pool)
 * @self: an allocator
 *
 * Gets [property@Allocator:pool].
 *
 * Returns: (transfer none): the pool
 *
 * Since: 0.9
 */
BpPool *
gst_bp_allocator_get_pool (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  return self->pool;
}

/**
 * gst_bp_allocator_get_stats:
 * @self: an allocator
 *
 * What the allocator and its pool have done and hold. The fields, each of type
 * #guint64:
 *
 * - `hits`: allocations that found an idle block in the pool
 * - `misses`: allocations for which the pool had to make one
 * - `fallbacks`: allocations that the pool could not serve, of plain memory
 * - `outstanding`: blocks in use
 * - `idle`, `idle-bytes`: blocks that wait for their next use, and their size
 * - `drops`: blocks that came back and were freed
 * - `discards`: buffers that a [class@BufferPool] on this allocator threw away
 *
 * All but `fallbacks` and `discards` are the pool's: allocators that share it
 * see the same.
 *
 * Returns: (transfer full): a structure
 *
 * Since: 0.9
 */
GstStructure *
gst_bp_allocator_get_stats (GstBpAllocator *self)
{
  g_autoptr (BpPoolStats) stats = NULL;

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  stats = bp_pool_get_stats (self->pool);

  return gst_structure_new ("bufpool-stats",
    "hits", G_TYPE_UINT64, bp_pool_stats_get_hits (stats),
    "misses", G_TYPE_UINT64, bp_pool_stats_get_misses (stats),
    "fallbacks", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_fallbacks),
    "outstanding", G_TYPE_UINT64, bp_pool_stats_get_outstanding (stats),
    "idle", G_TYPE_UINT64, bp_pool_stats_get_idle (stats),
    "idle-bytes", G_TYPE_UINT64, bp_pool_stats_get_idle_bytes (stats),
    "drops", G_TYPE_UINT64, bp_pool_stats_get_dropped (stats),
    "discards", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_discards),
    NULL);
}

void
gst_bp_allocator_count_discard (GstBpAllocator *self)
{
  g_atomic_pointer_add (&self->n_discards, 1);
}
