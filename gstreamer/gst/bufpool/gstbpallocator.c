/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

#include "gstbpsizes-private.h"

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
 * The memory is plain memory of the process, with as much room behind it as that of the
 * system allocator has, and can be shared, copied, merged and mapped like that.
 * Freeing it only gives it back to the pool, from whatever thread that happens
 * in, and works when allocator and pool are gone.
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
 * Allocating never waits. What the pool cannot give is allocated in the plain
 * way, and counted as a fallback in [method@Allocator.get_stats].
 *
 * Since: 0.2
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

  /* Somebody's pool, or else pools of our own. */
  BpPool *pool;
  GstBpSizes sizes;

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
  PROP_MAX_BUFFERS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static gsize
round_up (gsize size)
{
  gsize step = SMALLEST_STEP;

  if (size > SMALLEST_STEP * STEPS_PER_OCTAVE)
    step = ((gsize) 1 << (g_bit_storage (size) - 1)) / STEPS_PER_OCTAVE;

  /* A step is a power of two, too. */
  return size > G_MAXSSIZE - step ? size : (size + step - 1) & ~(step - 1);
}

/* A block of at least n_bytes; NULL without memory. */
static GstBpMemory *
allocate_block (GstBpAllocator *self,
                gsize           n_bytes)
{
  gsize n_rounded = round_up (n_bytes);
  BpPool *pool = self->pool != NULL ? self->pool : gst_bp_sizes_get (&self->sizes, n_rounded);
  BpPooled *pooled = bp_pool_acquire_uninit (pool, n_rounded, NULL);
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
  gsize maxsize, n_bytes, n_skipped, n_behind;
  GstBpMemory *block;

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
                  G_GSIZE_FORMAT "; it makes pools of its own",
                  bp_pool_get_element_size (self->pool));
      g_clear_object (&self->pool);
    }
}

static void
gst_bp_allocator_finalize (GObject *object)
{
  GstBpAllocator *self = GST_BP_ALLOCATOR (object);

  g_clear_object (&self->pool);
  gst_bp_sizes_clear (&self->sizes);

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

    case PROP_MAX_BUFFERS:
      g_value_set_uint (value, gst_bp_allocator_get_max_buffers (self));
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

    case PROP_MAX_BUFFERS:
      gst_bp_allocator_set_max_buffers (self, g_value_get_uint (value));
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
   * The pool of bytes that memory comes from, for all sizes. By default the allocator
   * makes pools of its own, one for each range of sizes.
   *
   * Since: 0.2
   */
  properties[PROP_POOL] =
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
  properties[PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_BUFFERS,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_bp_allocator_init (GstBpAllocator *self)
{
  GstAllocator *allocator = GST_ALLOCATOR (self);

  gst_bp_sizes_init (&self->sizes, "GstBpAllocator", DEFAULT_MAX_BUFFERS);

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
 * Streams whose buffers differ much in size had better not share a pool of yours: a small
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
gst_bp_allocator_new_named (const char *name,
                            guint       max_buffers)
{
  GstAllocator *allocator = gst_bp_allocator_new (NULL);
  GstBpSizes *sizes = &GST_BP_ALLOCATOR (allocator)->sizes;

  g_free (sizes->name);
  sizes->name = g_strdup (name);
  sizes->max_buffers = max_buffers;

  return allocator;
}

/**
 * gst_bp_allocator_get_pool: (get-property pool)
 * @self: an allocator
 *
 * Gets [property@Allocator:pool].
 *
 * Returns: (transfer none) (nullable): the pool that was given; %NULL if the allocator has
 *   pools of its own
 *
 * Since: 0.2
 */
BpPool *
gst_bp_allocator_get_pool (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  return self->pool;
}

/**
 * gst_bp_allocator_get_max_buffers: (get-property max-buffers)
 * @self: an allocator
 *
 * Gets [property@Allocator:max-buffers].
 *
 * Returns: how many idle blocks are kept at most
 *
 * Since: 0.2
 */
guint
gst_bp_allocator_get_max_buffers (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), 0);

  if (self->pool != NULL)
    return bp_pool_get_max_buffers (self->pool);

  return g_atomic_int_get (&self->sizes.max_buffers);
}

/**
 * gst_bp_allocator_set_max_buffers: (set-property max-buffers)
 * @self: an allocator
 * @max_buffers: how many idle blocks to keep at most
 *
 * Sets [property@Allocator:max-buffers]. What is too much is freed. May be called from any
 * thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_set_max_buffers (GstBpAllocator *self,
                                  guint           max_buffers)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  if (self->pool != NULL)
    bp_pool_set_max_buffers (self->pool, max_buffers);
  else
    gst_bp_sizes_set_max_buffers (&self->sizes, max_buffers);
}

typedef struct
{
  guint64 n_hits;
  guint64 n_misses;
  guint64 n_outstanding;
  guint64 n_idle;
  guint64 n_idle_bytes;
  guint64 n_dropped;
} Sums;

static void
add_stats (BpPool   *pool,
           gpointer  data)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);
  Sums *sums = data;

  sums->n_hits += bp_pool_stats_get_hits (stats);
  sums->n_misses += bp_pool_stats_get_misses (stats);
  sums->n_outstanding += bp_pool_stats_get_outstanding (stats);
  sums->n_idle += bp_pool_stats_get_idle (stats);
  sums->n_idle_bytes += bp_pool_stats_get_idle_bytes (stats);
  sums->n_dropped += bp_pool_stats_get_dropped (stats);
}

static void
foreach_pool (GstBpAllocator *self,
              void          (*func) (BpPool   *pool,
                                     gpointer  data),
              gpointer        data)
{
  if (self->pool != NULL)
    func (self->pool, data);
  else
    gst_bp_sizes_foreach (&self->sizes, func, data);
}

static void
add_pool (BpPool   *pool,
          gpointer  pools)
{
  g_ptr_array_add (pools, g_object_ref (pool));
}

/**
 * gst_bp_allocator_get_pools:
 * @self: an allocator
 *
 * Gets the pools that memory comes from, the smallest blocks first: the one that was given,
 * or those that the allocator has made so far. With [method@Bufpool.Pool.dump_outstanding]
 * they tell who holds memory.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full) (element-type Bufpool.Pool): pools, new references
 *
 * Since: 0.2
 */
GPtrArray *
gst_bp_allocator_get_pools (GstBpAllocator *self)
{
  g_autoptr (GPtrArray) pools = g_ptr_array_new_with_free_func (g_object_unref);

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  foreach_pool (self, add_pool, pools);

  return g_steal_pointer (&pools);
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
 * All but `fallbacks` and `discards` are those of its pools, together; on a pool that was
 * given, allocators that share it see the same.
 *
 * Returns: (transfer full): a structure
 *
 * Since: 0.2
 */
GstStructure *
gst_bp_allocator_get_stats (GstBpAllocator *self)
{
  Sums sums = { 0 };

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  foreach_pool (self, add_stats, &sums);

  return gst_structure_new ("bufpool-stats",
    "hits", G_TYPE_UINT64, sums.n_hits,
    "misses", G_TYPE_UINT64, sums.n_misses,
    "fallbacks", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_fallbacks),
    "outstanding", G_TYPE_UINT64, sums.n_outstanding,
    "idle", G_TYPE_UINT64, sums.n_idle,
    "idle-bytes", G_TYPE_UINT64, sums.n_idle_bytes,
    "drops", G_TYPE_UINT64, sums.n_dropped,
    "discards", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_discards),
    NULL);
}

/**
 * gst_bp_allocator_drop_idle:
 * @self: an allocator
 *
 * Frees all idle blocks. May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_drop_idle (GstBpAllocator *self)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  if (self->pool != NULL)
    bp_pool_drop_idle (self->pool, 0);
  else
    gst_bp_sizes_drop_idle (&self->sizes, FALSE);
}

/**
 * gst_bp_allocator_drop_unused:
 * @self: an allocator
 *
 * Frees the idle blocks of those sizes of which nobody has taken one since this was last
 * called. A stream whose frames have changed their size calls it now and then, as the
 * element bpalloc does; an allocator on a pool that was given does nothing.
 *
 * May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_drop_unused (GstBpAllocator *self)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  if (self->pool == NULL)
    gst_bp_sizes_drop_idle (&self->sizes, TRUE);
}

void
gst_bp_allocator_count_discard (GstBpAllocator *self)
{
  g_atomic_pointer_add (&self->n_discards, 1);
}
