/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-private.h"

#include "bp-handle-private.h"
#include "bp-pool-stats-private.h"
#include "bp-pooled.h"
#include "bp-reusable.h"

/**
 * BpPool:
 *
 * A thread-safe pool of buffers or objects.
 *
 * A pool keeps what has been used and hands it out again, so that a hot path
 * neither allocates nor faults in fresh pages:
 *
 * ```c
 * g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_F32, 0, 256, 65536);
 * g_autoptr (BpPooled) buffer = bp_pool_acquire (pool);
 * float *pcm = bp_pooled_resize (buffer, 4096);
 * ```
 *
 * It holds one of these:
 *
 * - buffers of elements of a numeric type, or of any size ([ctor@Pool.new],
 *   [ctor@Pool.new_sized]);
 * - objects that implement [iface@Reusable] ([ctor@Pool.new_for_type]);
 * - C items of any type ([ctor@Pool.new_with_funcs]).
 *
 * Acquiring never waits and never fails for want of idle buffers: what the pool
 * does not have it makes. [property@Pool:max-buffers] bounds what the pool
 * *keeps*, not what it hands out.
 *
 * All functions of a pool may be called from any thread. Handles may outlive
 * the pool: after it is disposed nothing is kept any more, and what comes back is
 * freed.
 *
 * Since: 1.0
 */
struct _BpPool
{
  GObject parent_instance;

  BpCore *core;

  /* Construct properties, until the core is made of them. */
  char *name;
  BpCoreConfig config;
};

G_DEFINE_FINAL_TYPE (BpPool, bp_pool, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_ELEMENT_TYPE,
  PROP_ELEMENT_SIZE,
  PROP_ITEM_TYPE,
  PROP_ALIGNMENT,
  PROP_SHARDS,
  PROP_MAX_BUFFERS,
  PROP_TRIM_CAPACITY,
  PROP_THREAD_CACHE,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

#define DEFAULT_MAX_BUFFERS 256
#define MAX_AUTO_SHARDS 32
#define MIN_BUFFERS_PER_AUTO_SHARD 16
#define MAX_ALIGNMENT (1u << 21)

/* The type cannot be derived from, so there is one class for all pools, and
 * comparing it costs no call. */
static GTypeClass *pool_class;

BP_INLINE gboolean
is_pool (gpointer instance)
{
  return G_LIKELY (instance != NULL && ((GTypeInstance *) instance)->g_class == pool_class);
}

/* Twice the processors is plenty, since the fronts carry the load. */
static guint
get_auto_shards (guint max_buffers)
{
  guint n_shards = MIN (2 * g_get_num_processors (), MAX_AUTO_SHARDS);

  return CLAMP (max_buffers / MIN_BUFFERS_PER_AUTO_SHARD, 1, n_shards);
}

static gboolean
is_power_of_two (gsize value)
{
  return value != 0 && (value & (value - 1)) == 0;
}

/* What the construct properties amount to. A conflict is reported, and the pool
 * is then one of bytes, so that it can be used without harm. */
static gboolean
resolve_kind (BpCoreConfig *config)
{
  gsize type_size = bp_element_type_get_size (config->element_type);

  if (config->item_type != G_TYPE_NONE && config->item_type != G_TYPE_INVALID)
    {
      if (config->element_size != 0)
        {
          g_critical ("A pool holds either items of a type or elements of a size: "
                      "item-type and element-size cannot both be set");
          return FALSE;
        }
      if (!g_type_is_a (config->item_type, BP_TYPE_REUSABLE) ||
          !G_TYPE_IS_OBJECT (config->item_type) || G_TYPE_IS_ABSTRACT (config->item_type))
        {
          g_critical ("A pool cannot make items of type %s: item-type must be an object "
                      "type that is not abstract and implements BpReusable",
                      g_type_name (config->item_type));
          return FALSE;
        }
      config->kind = BP_KIND_OBJECT;
      config->element_type = BP_ELEMENT_TYPE_NONE;
      return TRUE;
    }

  config->kind = BP_KIND_ELEMENTS;
  if (config->element_size == 0)
    {
      if (type_size == 0)
        {
          g_critical ("A pool of no element type needs an element-size or an item-type");
          return FALSE;
        }
      config->element_size = type_size;
    }
  else if (config->element_size != type_size)
    {
      /* U8 is the default: then it was not asked for. */
      if (config->element_type != BP_ELEMENT_TYPE_U8 &&
          config->element_type != BP_ELEMENT_TYPE_NONE)
        {
          g_critical ("An element-size of %" G_GSIZE_FORMAT " bytes is not that of the "
                      "element-type, which is %" G_GSIZE_FORMAT ": set one of them",
                      config->element_size, type_size);
          return FALSE;
        }
      config->element_type = BP_ELEMENT_TYPE_NONE;
    }

  return TRUE;
}

static void
check_alignment (BpCoreConfig *config)
{
  if (config->alignment == 0)
    return;

  if (config->kind != BP_KIND_ELEMENTS)
    {
      g_critical ("An alignment is for buffers of elements: a pool of items has none");
      config->alignment = 0;
    }
  else if (!is_power_of_two (config->alignment))
    {
      g_critical ("An alignment of %" G_GSIZE_FORMAT " bytes is not a power of two",
                  config->alignment);
      config->alignment = 0;
    }
}

static void
bp_pool_constructed (GObject *object)
{
  BpPool *self = BP_POOL (object);
  BpCoreConfig *config = &self->config;

  G_OBJECT_CLASS (bp_pool_parent_class)->constructed (object);

  if (!resolve_kind (config))
    {
      config->kind = BP_KIND_ELEMENTS;
      config->item_type = G_TYPE_NONE;
      config->element_type = BP_ELEMENT_TYPE_U8;
      config->element_size = 1;
    }
  check_alignment (config);
  if (config->n_shards == 0)
    config->n_shards = get_auto_shards (config->max_buffers);

  self->core = bp_core_new (config);
}

static void
bp_pool_dispose (GObject *object)
{
  BpPool *self = BP_POOL (object);

  bp_core_close (self->core);

  G_OBJECT_CLASS (bp_pool_parent_class)->dispose (object);
}

static void
bp_pool_finalize (GObject *object)
{
  BpPool *self = BP_POOL (object);

  bp_core_unref (self->core);
  g_free (self->name);

  G_OBJECT_CLASS (bp_pool_parent_class)->finalize (object);
}

static void
bp_pool_get_property (GObject    *object,
                      guint       prop_id,
                      GValue     *value,
                      GParamSpec *pspec)
{
  BpPool *self = BP_POOL (object);

  switch (prop_id)
    {
    case PROP_NAME:
      g_value_set_string (value, bp_pool_get_name (self));
      break;

    case PROP_ELEMENT_TYPE:
      g_value_set_enum (value, bp_pool_get_element_type (self));
      break;

    case PROP_ELEMENT_SIZE:
      g_value_set_uint64 (value, bp_pool_get_element_size (self));
      break;

    case PROP_ITEM_TYPE:
      g_value_set_gtype (value, bp_pool_get_item_type (self));
      break;

    case PROP_ALIGNMENT:
      g_value_set_uint64 (value, bp_pool_get_alignment (self));
      break;

    case PROP_SHARDS:
      g_value_set_uint (value, bp_pool_get_shards (self));
      break;

    case PROP_MAX_BUFFERS:
      g_value_set_uint (value, bp_pool_get_max_buffers (self));
      break;

    case PROP_TRIM_CAPACITY:
      g_value_set_uint64 (value, bp_pool_get_trim_capacity (self));
      break;

    case PROP_THREAD_CACHE:
      g_value_set_int (value, bp_pool_get_thread_cache (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bp_pool_set_property (GObject      *object,
                      guint         prop_id,
                      const GValue *value,
                      GParamSpec   *pspec)
{
  BpPool *self = BP_POOL (object);
  BpCoreConfig *config = &self->config;

  switch (prop_id)
    {
    case PROP_NAME:
      self->name = g_value_dup_string (value);
      break;

    case PROP_ELEMENT_TYPE:
      config->element_type = g_value_get_enum (value);
      break;

    case PROP_ELEMENT_SIZE:
      config->element_size = (gsize) g_value_get_uint64 (value);
      break;

    case PROP_ITEM_TYPE:
      config->item_type = g_value_get_gtype (value);
      break;

    case PROP_ALIGNMENT:
      config->alignment = (gsize) g_value_get_uint64 (value);
      break;

    case PROP_SHARDS:
      config->n_shards = g_value_get_uint (value);
      break;

    case PROP_MAX_BUFFERS:
      if (self->core == NULL)
        config->max_buffers = g_value_get_uint (value);
      else
        bp_pool_set_max_buffers (self, g_value_get_uint (value));
      break;

    case PROP_TRIM_CAPACITY:
      if (self->core == NULL)
        config->trim_capacity = (gsize) g_value_get_uint64 (value);
      else
        bp_pool_set_trim_capacity (self, (gsize) g_value_get_uint64 (value));
      break;

    case PROP_THREAD_CACHE:
      if (self->core == NULL)
        config->thread_cache = g_value_get_int (value);
      else
        bp_pool_set_thread_cache (self, g_value_get_int (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bp_pool_class_init (BpPoolClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags fixed = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags writable = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS |
                               G_PARAM_EXPLICIT_NOTIFY;

  pool_class = (GTypeClass *) klass;
  bp_fence_init ();
  bp_fork_init ();

  object_class->constructed = bp_pool_constructed;
  object_class->dispose = bp_pool_dispose;
  object_class->finalize = bp_pool_finalize;
  object_class->get_property = bp_pool_get_property;
  object_class->set_property = bp_pool_set_property;

  /**
   * BpPool:name:
   *
   * A name for people who debug.
   *
   * Since: 1.0
   */
  properties[PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, fixed);

  /**
   * BpPool:element-type:
   *
   * What the elements of the buffers are; %BP_ELEMENT_TYPE_NONE in a pool of
   * items, or of elements of another size.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENT_TYPE] =
    g_param_spec_enum ("element-type", NULL, NULL,
                       BP_TYPE_ELEMENT_TYPE, BP_ELEMENT_TYPE_U8, fixed);

  /**
   * BpPool:element-size:
   *
   * The size of one element in bytes; 0 in a pool of items. When it is set, and
   * is not the size of the element type, the pool has elements of no type.
   *
   * Since: 1.0
   */
  properties[PROP_ELEMENT_SIZE] =
    g_param_spec_uint64 ("element-size", NULL, NULL, 0, G_MAXSSIZE, 0, fixed);

  /**
   * BpPool:item-type:
   *
   * The type of the items, an object type that implements [iface@Reusable];
   * %G_TYPE_NONE in any other pool.
   *
   * Since: 1.0
   */
  properties[PROP_ITEM_TYPE] =
    g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_NONE, fixed);

  /**
   * BpPool:alignment:
   *
   * How the buffers' memory is aligned, in bytes, a power of two; 0 is as
   * `malloc()` does. Memory of a pool with an alignment of its own cannot be
   * stolen, nor memory from outside be put in.
   *
   * Since: 1.0
   */
  properties[PROP_ALIGNMENT] =
    g_param_spec_uint64 ("alignment", NULL, NULL, 0, MAX_ALIGNMENT, 0, fixed);

  /**
   * BpPool:shards:
   *
   * How many independently locked parts the pool has. 0 chooses: a few suffice,
   * since most threads find what they need in a cache of their own. Reading it
   * gives the number there are.
   *
   * Since: 1.0
   */
  properties[PROP_SHARDS] =
    g_param_spec_uint ("shards", NULL, NULL, 0, BP_MAX_SHARDS, 0, fixed);

  /**
   * BpPool:max-buffers:
   *
   * The most idle buffers that the pool keeps, in all of its shards and threads'
   * caches together. It does not bound how many are out.
   *
   * A return that finds its shard full goes to another; when all are full the
   * oldest buffer of its shard is dropped. With 0 nothing is kept.
   *
   * Since: 1.0
   */
  properties[PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_BUFFERS, writable);

  /**
   * BpPool:trim-capacity:
   *
   * What a buffer that comes back with more than twice this capacity is shrunk
   * to, in elements; 0 never shrinks. Items are given it and shrink themselves.
   *
   * Since: 1.0
   */
  properties[PROP_TRIM_CAPACITY] =
    g_param_spec_uint64 ("trim-capacity", NULL, NULL, 0, G_MAXSIZE, 0, writable);

  /**
   * BpPool:thread-cache:
   *
   * How many idle buffers one thread may keep at hand without a lock. -1 adapts
   * to the buffers' size, up to 32 buffers and 256 KiB; 0 makes every idle
   * buffer visible to all threads at once; more than 64 is not possible.
   *
   * At most half of a shard's part of [property@Pool:max-buffers] is cached by
   * one thread. What threads cache counts as idle.
   *
   * Since: 1.0
   */
  properties[PROP_THREAD_CACHE] =
    g_param_spec_int ("thread-cache", NULL, NULL, -1, BP_FRONT_PLACES, -1, writable);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bp_pool_init (BpPool *self)
{
}

BpCore *
bp_pool_get_core (BpPool *self)
{
  return self->core;
}

char *
bp_pool_validate (BpPool *self)
{
  return bp_core_validate (self->core);
}

/**
 * bp_pool_new:
 * @element_type: what the elements are, not %BP_ELEMENT_TYPE_NONE
 * @shards: [property@Pool:shards], at most 1024; 0 for automatic
 * @max_buffers: [property@Pool:max-buffers], the most idle buffers to keep
 * @trim_capacity: [property@Pool:trim-capacity], in elements; 0 for never
 *
 * Makes a pool of buffers of a numeric type.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 1.0
 */
BpPool *
bp_pool_new (BpElementType element_type,
             guint         shards,
             guint         max_buffers,
             gsize         trim_capacity)
{
  g_return_val_if_fail (element_type != BP_ELEMENT_TYPE_NONE, NULL);
  g_return_val_if_fail (bp_element_type_get_size (element_type) != 0, NULL);
  g_return_val_if_fail (shards <= BP_MAX_SHARDS, NULL);

  return g_object_new (BP_TYPE_POOL,
                       "element-type", element_type,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

/**
 * bp_pool_new_sized:
 * @element_size: the size of one element in bytes, at least 1
 * @shards: [property@Pool:shards], at most 1024; 0 for automatic
 * @max_buffers: [property@Pool:max-buffers], the most idle buffers to keep
 * @trim_capacity: [property@Pool:trim-capacity], in elements; 0 for never
 *
 * Makes a pool of buffers whose elements are of any size, such as structures.
 * With a size of 1 they are bytes.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 1.0
 */
BpPool *
bp_pool_new_sized (gsize element_size,
                   guint shards,
                   guint max_buffers,
                   gsize trim_capacity)
{
  g_return_val_if_fail (element_size > 0 && element_size <= G_MAXSSIZE, NULL);
  g_return_val_if_fail (shards <= BP_MAX_SHARDS, NULL);

  return g_object_new (BP_TYPE_POOL,
                       "element-size", (guint64) element_size,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

/**
 * bp_pool_new_for_type:
 * @item_type: an object type that implements [iface@Reusable] and is not abstract
 * @shards: [property@Pool:shards], at most 1024; 0 for automatic
 * @max_buffers: [property@Pool:max-buffers], the most idle objects to keep
 * @trim_capacity: [property@Pool:trim-capacity], given to [method@Reusable.reuse]
 *
 * Makes a pool of objects. New ones are made by g_object_new() without
 * properties; floating ones are sunk.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 1.0
 */
BpPool *
bp_pool_new_for_type (GType item_type,
                      guint shards,
                      guint max_buffers,
                      gsize trim_capacity)
{
  g_return_val_if_fail (g_type_is_a (item_type, BP_TYPE_REUSABLE), NULL);
  g_return_val_if_fail (G_TYPE_IS_OBJECT (item_type), NULL);
  g_return_val_if_fail (!G_TYPE_IS_ABSTRACT (item_type), NULL);
  g_return_val_if_fail (shards <= BP_MAX_SHARDS, NULL);

  return g_object_new (BP_TYPE_POOL,
                       "item-type", item_type,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);
}

/**
 * bp_pool_new_with_funcs: (skip)
 * @funcs: what to do with the items; copied. `create` and `free` must be set
 * @user_data: data for the functions
 * @destroy: (nullable): called for @user_data when neither the pool nor a handle
 *   needs it any more, from whichever thread that is
 * @shards: [property@Pool:shards], at most 1024; 0 for automatic
 * @max_buffers: [property@Pool:max-buffers], the most idle items to keep
 * @trim_capacity: [property@Pool:trim-capacity], given to `reuse`
 *
 * Makes a pool of C items of any type.
 *
 * Returns: (transfer full): a pool
 *
 * Since: 1.0
 */
BpPool *
bp_pool_new_with_funcs (const BpItemFuncs *funcs,
                        gpointer           user_data,
                        GDestroyNotify     destroy,
                        guint              shards,
                        guint              max_buffers,
                        gsize              trim_capacity)
{
  BpPool *self;
  BpCoreConfig config;

  g_return_val_if_fail (funcs != NULL, NULL);
  g_return_val_if_fail (funcs->create != NULL, NULL);
  g_return_val_if_fail (funcs->free != NULL, NULL);
  g_return_val_if_fail (shards <= BP_MAX_SHARDS, NULL);

  self = g_object_new (BP_TYPE_POOL,
                       "shards", shards,
                       "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity,
                       NULL);

  /* Functions are no property, so the core is made anew with them. */
  config = self->core->config;
  config.kind = BP_KIND_FUNCS;
  config.element_type = BP_ELEMENT_TYPE_NONE;
  config.element_size = 0;
  config.funcs = *funcs;
  config.user_data = user_data;
  config.destroy = destroy;
  bp_core_unref (self->core);
  self->core = bp_core_new (&config);

  return self;
}

/**
 * bp_pool_get_name: (get-property name)
 * @self: a pool
 *
 * Gets [property@Pool:name].
 *
 * Returns: (transfer none) (nullable): the name
 *
 * Since: 1.0
 */
const char *
bp_pool_get_name (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), NULL);

  return self->name;
}

/**
 * bp_pool_get_element_type: (get-property element-type)
 * @self: a pool
 *
 * Gets [property@Pool:element-type].
 *
 * Returns: the type
 *
 * Since: 1.0
 */
BpElementType
bp_pool_get_element_type (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), BP_ELEMENT_TYPE_NONE);

  return self->core->config.element_type;
}

/**
 * bp_pool_get_element_size: (get-property element-size)
 * @self: a pool
 *
 * Gets [property@Pool:element-size].
 *
 * Returns: a number of bytes, 0 in a pool of items
 *
 * Since: 1.0
 */
gsize
bp_pool_get_element_size (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), 0);

  return self->core->config.element_size;
}

/**
 * bp_pool_get_item_type: (get-property item-type)
 * @self: a pool
 *
 * Gets [property@Pool:item-type].
 *
 * Returns: the type; %G_TYPE_NONE in a pool that is not one of objects
 *
 * Since: 1.0
 */
GType
bp_pool_get_item_type (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), G_TYPE_NONE);

  return self->core->config.kind == BP_KIND_OBJECT ? self->core->config.item_type : G_TYPE_NONE;
}

/**
 * bp_pool_get_alignment: (get-property alignment)
 * @self: a pool
 *
 * Gets [property@Pool:alignment].
 *
 * Returns: a number of bytes; 0 for as `malloc()` does
 *
 * Since: 1.0
 */
gsize
bp_pool_get_alignment (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), 0);

  return self->core->config.alignment;
}

/**
 * bp_pool_get_shards: (get-property shards)
 * @self: a pool
 *
 * Gets [property@Pool:shards].
 *
 * Returns: the number of shards there are, at least 1
 *
 * Since: 1.0
 */
guint
bp_pool_get_shards (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), 0);

  return self->core->config.n_shards;
}

/**
 * bp_pool_get_max_buffers: (get-property max-buffers)
 * @self: a pool
 *
 * Gets [property@Pool:max-buffers].
 *
 * Returns: a number of buffers
 *
 * Since: 1.0
 */
guint
bp_pool_get_max_buffers (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), 0);

  return bp_peek (self->core->max_buffers);
}

/**
 * bp_pool_set_max_buffers: (set-property max-buffers)
 * @self: a pool
 * @max_buffers: the most idle buffers to keep
 *
 * Sets [property@Pool:max-buffers]. When it is lowered, what is too much has been
 * freed when the call returns, the oldest of each shard first.
 *
 * Since: 1.0
 */
void
bp_pool_set_max_buffers (BpPool *self,
                         guint   max_buffers)
{
  g_return_if_fail (is_pool (self));

  if (bp_peek (self->core->max_buffers) == max_buffers)
    return;

  bp_core_set_max_buffers (self->core, max_buffers);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_BUFFERS]);
}

/**
 * bp_pool_get_trim_capacity: (get-property trim-capacity)
 * @self: a pool
 *
 * Gets [property@Pool:trim-capacity].
 *
 * Returns: a number of elements; 0 for never
 *
 * Since: 1.0
 */
gsize
bp_pool_get_trim_capacity (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), 0);

  return bp_peek (self->core->trim_capacity);
}

/**
 * bp_pool_set_trim_capacity: (set-property trim-capacity)
 * @self: a pool
 * @trim_capacity: a number of elements; 0 for never
 *
 * Sets [property@Pool:trim-capacity], for buffers that come back from now on.
 *
 * Since: 1.0
 */
void
bp_pool_set_trim_capacity (BpPool *self,
                           gsize   trim_capacity)
{
  g_return_if_fail (is_pool (self));

  if (bp_peek (self->core->trim_capacity) == trim_capacity)
    return;

  bp_core_set_trim_capacity (self->core, trim_capacity);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TRIM_CAPACITY]);
}

/**
 * bp_pool_get_thread_cache: (get-property thread-cache)
 * @self: a pool
 *
 * Gets [property@Pool:thread-cache].
 *
 * Returns: a number of buffers, or -1
 *
 * Since: 1.0
 */
int
bp_pool_get_thread_cache (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), 0);

  return bp_peek (self->core->thread_cache);
}

/**
 * bp_pool_set_thread_cache: (set-property thread-cache)
 * @self: a pool
 * @thread_cache: a number of buffers up to 64; -1 for automatic
 *
 * Sets [property@Pool:thread-cache]. When it is lowered, what is too much has left
 * the threads' caches when the call returns.
 *
 * Since: 1.0
 */
void
bp_pool_set_thread_cache (BpPool *self,
                          int     thread_cache)
{
  g_return_if_fail (is_pool (self));
  g_return_if_fail (thread_cache >= -1 && thread_cache <= BP_FRONT_PLACES);

  if (bp_peek (self->core->thread_cache) == thread_cache)
    return;

  bp_core_set_thread_cache (self->core, thread_cache);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_THREAD_CACHE]);
}

static __attribute__ ((noinline)) BpPooled *
acquire_or_abort (BpPool *self)
{
  BpPooled *pooled = bp_core_acquire_slow (self->core, NULL);

  if (G_UNLIKELY (pooled == NULL && self->core->config.kind == BP_KIND_ELEMENTS))
    g_error ("bp_pool_acquire(): no memory for a handle");

  return pooled;
}

/* Lock-free; NULL when it can't be. The handle is still an idle one. */
BP_INLINE BpPooled *
pop_near (BpCore   *core,
          BpFront **front)
{
  *front = bp_core_get_near_front (core);

  return G_LIKELY (*front != NULL) ? bp_front_pop (*front, TRUE) : NULL;
}

BP_INLINE BpPooled *
hand_out (BpFront  *front,
          BpPooled *pooled)
{
  bp_record_unpoison (pooled);
  pooled->shard = front->shard;
  bp_poke (pooled->length, 0);
  bp_poke (pooled->word, BP_WORD_REF);

  return pooled;
}

BP_INLINE gboolean
is_clean (BpPooled *pooled)
{
  return G_LIKELY (*bp_plain (pooled->word) == 0);
}

BP_INLINE BpPooled *
acquire (BpCore  *core,
         GError **error)
{
  BpFront *front;
  BpPooled *pooled = pop_near (core, &front);

  if (G_UNLIKELY (pooled == NULL))
    return bp_core_acquire_slow (core, error);
  if (!is_clean (pooled))
    return bp_core_revive (core, pooled, error);

  return hand_out (front, pooled);
}

/**
 * bp_pool_acquire:
 * @self: a pool
 *
 * Takes an idle buffer, or makes a new one. It never waits.
 *
 * A buffer has no valid elements, and the capacity that its last use left, none
 * if it is new.
 *
 * Returns: (transfer full) (nullable): a handle; %NULL only when a pool of items
 *   can't make one. Without memory for a handle the program ends, as by
 *   g_malloc()
 *
 * Since: 1.0
 */
BpPooled *
bp_pool_acquire (BpPool *self)
{
  BpPooled *pooled;
  BpFront *front;

  g_return_val_if_fail (is_pool (self), NULL);

  pooled = pop_near (self->core, &front);
  if (G_UNLIKELY (pooled == NULL))
    return acquire_or_abort (self);
  if (!is_clean (pooled))
    return bp_core_revive (self->core, pooled, NULL);

  return hand_out (front, pooled);
}

/**
 * bp_pool_try_acquire:
 * @self: a pool
 * @error: return location for a #GError
 *
 * Takes an idle buffer, or makes a new one, as [method@Pool.acquire] does, and
 * says why it can't.
 *
 * Fails with %BP_POOL_ERROR_CREATE_FAILED or %BP_POOL_ERROR_NO_MEMORY.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 1.0
 */
BpPooled *
bp_pool_try_acquire (BpPool  *self,
                     GError **error)
{
  g_return_val_if_fail (is_pool (self), NULL);

  return acquire (self->core, error);
}

/**
 * bp_pool_acquire_with: (skip)
 * @self: a pool
 * @init: (scope call): prepares the buffer
 * @user_data: data for @init
 *
 * Takes a buffer, as [method@Pool.acquire] does, and has it prepared.
 *
 * Returns: (transfer full) (nullable): a handle
 *
 * Since: 1.0
 */
BpPooled *
bp_pool_acquire_with (BpPool     *self,
                      BpInitFunc  init,
                      gpointer    user_data)
{
  BpPooled *pooled;

  g_return_val_if_fail (is_pool (self), NULL);
  g_return_val_if_fail (init != NULL, NULL);

  pooled = bp_pool_acquire (self);
  if (pooled != NULL)
    init (pooled, user_data);

  return pooled;
}

static BpPooled *
acquire_grown (BpPooled  *pooled,
               gsize      n_elements,
               gboolean   zeroed,
               GError   **error)
{
  if (!bp_items_reallocate (pooled, n_elements, 0, zeroed, error))
    {
      bp_handle_return (pooled, TRUE);
      return NULL;
    }

  bp_poke (pooled->length, n_elements);

  return pooled;
}

/**
 * bp_pool_acquire_sized:
 * @self: a pool of element buffers
 * @n_elements: how many valid elements the buffer shall have
 * @error: return location for a #GError
 *
 * Takes a buffer of @n_elements zeroes.
 *
 * Fails with %BP_POOL_ERROR_TOO_LARGE or %BP_POOL_ERROR_NO_MEMORY.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 1.0
 */
BpPooled *
bp_pool_acquire_sized (BpPool  *self,
                       gsize    n_elements,
                       GError **error)
{
  BpPooled *pooled;

  g_return_val_if_fail (is_pool (self), NULL);
  g_return_val_if_fail (self->core->config.kind == BP_KIND_ELEMENTS, NULL);

  pooled = acquire (self->core, error);
  if (G_UNLIKELY (pooled == NULL))
    return NULL;

  if (G_UNLIKELY (n_elements > bp_peek (pooled->capacity)))
    return acquire_grown (pooled, n_elements, TRUE, error);

  memset (bp_peek (pooled->data), 0, n_elements * self->core->config.element_size);
  bp_poke (pooled->length, n_elements);

  return pooled;
}

/**
 * bp_pool_acquire_uninit: (skip)
 * @self: a pool of element buffers
 * @n_elements: how many valid elements the buffer shall have
 * @error: return location for a #GError
 *
 * Takes a buffer of @n_elements elements, which are whatever its last user left.
 * For those who write all of them in any case.
 *
 * Fails with %BP_POOL_ERROR_TOO_LARGE or %BP_POOL_ERROR_NO_MEMORY.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 1.0
 */
BpPooled *
bp_pool_acquire_uninit (BpPool  *self,
                        gsize    n_elements,
                        GError **error)
{
  BpPooled *pooled;

  g_return_val_if_fail (is_pool (self), NULL);
  g_return_val_if_fail (self->core->config.kind == BP_KIND_ELEMENTS, NULL);

  pooled = acquire (self->core, error);
  if (G_UNLIKELY (pooled == NULL))
    return NULL;

  if (G_UNLIKELY (n_elements > bp_peek (pooled->capacity)))
    return acquire_grown (pooled, n_elements, FALSE, error);

  bp_poke (pooled->length, n_elements);

  return pooled;
}

/**
 * bp_pool_prefill:
 * @self: a pool
 * @n_buffers: how many idle buffers to add
 * @n_elements: their capacity in elements, at least 1; ignored for items
 * @error: return location for a #GError
 *
 * Makes buffers in advance, all of them or none.
 *
 * Fails with %BP_POOL_ERROR_OUT_OF_RANGE if the pool does not have room for them
 * beside the idle buffers it has, %BP_POOL_ERROR_TOO_LARGE,
 * %BP_POOL_ERROR_NO_MEMORY or %BP_POOL_ERROR_CREATE_FAILED, and changes nothing
 * then.
 *
 * Returns: %TRUE if they were added
 *
 * Since: 1.0
 */
gboolean
bp_pool_prefill (BpPool  *self,
                 guint    n_buffers,
                 gsize    n_elements,
                 GError **error)
{
  g_return_val_if_fail (is_pool (self), FALSE);

  return bp_core_prefill (self->core, n_buffers, n_elements, error);
}

/**
 * bp_pool_drop_idle:
 * @self: a pool
 * @max_idle: how many idle buffers may stay
 *
 * Frees idle buffers, those in threads' caches included, the oldest first, until
 * no more than @max_idle are left; with 0 all of them. For when memory is short.
 *
 * Since: 1.0
 */
void
bp_pool_drop_idle (BpPool *self,
                   guint   max_idle)
{
  g_return_if_fail (is_pool (self));

  bp_core_drop_idle (self->core, max_idle);
}

/**
 * bp_pool_get_stats:
 * @self: a pool
 *
 * What the pool has done and holds.
 *
 * Returns: (transfer full): statistics as of now
 *
 * Since: 1.0
 */
BpPoolStats *
bp_pool_get_stats (BpPool *self)
{
  g_return_val_if_fail (is_pool (self), NULL);

  return bp_pool_stats_new (self->core, G_MAXUINT);
}

/**
 * bp_pool_get_shard_stats:
 * @self: a pool
 * @shard: a number below [property@Pool:shards]
 *
 * What one shard, and the threads whose home it is, have done and hold.
 *
 * Returns: (transfer full) (nullable): statistics as of now
 *
 * Since: 1.0
 */
BpPoolStats *
bp_pool_get_shard_stats (BpPool *self,
                         guint   shard)
{
  g_return_val_if_fail (is_pool (self), NULL);
  g_return_val_if_fail (shard < self->core->config.n_shards, NULL);

  return bp_pool_stats_new (self->core, shard);
}
