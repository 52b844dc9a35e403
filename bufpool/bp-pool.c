/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-misuse-private.h"
#include "bp-pool-private.h"

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

G_DEFINE_FINAL_TYPE (BpPool, bp_pool, G_TYPE_OBJECT)

GParamSpec *bp_pool_properties[BP_POOL_N_PROPS];

#define DEFAULT_MAX_BUFFERS 256
#define MAX_AUTO_SHARDS 32
#define MIN_BUFFERS_PER_AUTO_SHARD 16
#define MAX_ALIGNMENT (1u << 21)
#define TOO_MANY_SHARDS "%u shards are more than %d: 0 lets the pool choose"

GTypeClass *bp_pool_class;

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
      /* U8 is the default: then it was not asked for. */
      if (config->element_type != BP_ELEMENT_TYPE_U8 &&
          config->element_type != BP_ELEMENT_TYPE_NONE)
        {
          g_critical ("A pool holds either items of a type or elements of one: "
                      "item-type and element-type cannot both be set");
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
      /* As above. */
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
    case BP_POOL_PROP_NAME:
      g_value_set_string (value, bp_pool_get_name (self));
      break;

    case BP_POOL_PROP_ELEMENT_TYPE:
      g_value_set_enum (value, bp_pool_get_element_type (self));
      break;

    case BP_POOL_PROP_ELEMENT_SIZE:
      g_value_set_uint64 (value, bp_pool_get_element_size (self));
      break;

    case BP_POOL_PROP_ITEM_TYPE:
      g_value_set_gtype (value, bp_pool_get_item_type (self));
      break;

    case BP_POOL_PROP_ALIGNMENT:
      g_value_set_uint64 (value, bp_pool_get_alignment (self));
      break;

    case BP_POOL_PROP_SHARDS:
      g_value_set_uint (value, bp_pool_get_shards (self));
      break;

    case BP_POOL_PROP_MAX_BUFFERS:
      g_value_set_uint (value, bp_pool_get_max_buffers (self));
      break;

    case BP_POOL_PROP_TRIM_CAPACITY:
      g_value_set_uint64 (value, bp_pool_get_trim_capacity (self));
      break;

    case BP_POOL_PROP_THREAD_CACHE:
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
    case BP_POOL_PROP_NAME:
      self->name = g_value_dup_string (value);
      break;

    case BP_POOL_PROP_ELEMENT_TYPE:
      config->element_type = g_value_get_enum (value);
      break;

    case BP_POOL_PROP_ELEMENT_SIZE:
      config->element_size = (gsize) g_value_get_uint64 (value);
      break;

    case BP_POOL_PROP_ITEM_TYPE:
      config->item_type = g_value_get_gtype (value);
      break;

    case BP_POOL_PROP_ALIGNMENT:
      config->alignment = (gsize) g_value_get_uint64 (value);
      break;

    case BP_POOL_PROP_SHARDS:
      config->n_shards = g_value_get_uint (value);
      break;

    case BP_POOL_PROP_MAX_BUFFERS:
      if (self->core == NULL)
        config->max_buffers = g_value_get_uint (value);
      else
        bp_pool_set_max_buffers (self, g_value_get_uint (value));
      break;

    case BP_POOL_PROP_TRIM_CAPACITY:
      if (self->core == NULL)
        config->trim_capacity = (gsize) g_value_get_uint64 (value);
      else
        bp_pool_set_trim_capacity (self, (gsize) g_value_get_uint64 (value));
      break;

    case BP_POOL_PROP_THREAD_CACHE:
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

  bp_pool_class = (GTypeClass *) klass;
  bp_debug_init ();
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
  bp_pool_properties[BP_POOL_PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL, fixed);

  /**
   * BpPool:element-type:
   *
   * What the elements of the buffers are; %BP_ELEMENT_TYPE_NONE in a pool of
   * items, or of elements of another size.
   *
   * Since: 1.0
   */
  bp_pool_properties[BP_POOL_PROP_ELEMENT_TYPE] =
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
  bp_pool_properties[BP_POOL_PROP_ELEMENT_SIZE] =
    g_param_spec_uint64 ("element-size", NULL, NULL, 0, G_MAXSSIZE, 0, fixed);

  /**
   * BpPool:item-type:
   *
   * The type of the items, an object type that implements [iface@Reusable];
   * %G_TYPE_NONE in any other pool.
   *
   * Since: 1.0
   */
  bp_pool_properties[BP_POOL_PROP_ITEM_TYPE] =
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
  bp_pool_properties[BP_POOL_PROP_ALIGNMENT] =
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
  bp_pool_properties[BP_POOL_PROP_SHARDS] =
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
  bp_pool_properties[BP_POOL_PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", NULL, NULL, 0, G_MAXUINT, DEFAULT_MAX_BUFFERS, writable);

  /**
   * BpPool:trim-capacity:
   *
   * What a buffer that comes back with more than twice this capacity is shrunk
   * to, in elements; 0 never shrinks. Items are given it and shrink themselves.
   *
   * Since: 1.0
   */
  bp_pool_properties[BP_POOL_PROP_TRIM_CAPACITY] =
    g_param_spec_uint64 ("trim-capacity", NULL, NULL, 0, G_MAXSIZE, 0, writable);

  /**
   * BpPool:thread-cache:
   *
   * How many idle buffers one thread may keep at hand without a lock. -1 adapts
   * to the buffers' size, up to 32 buffers and 256 KiB, or more than that where
   * buffers grow while they are out; 0 makes every idle buffer visible to all
   * threads at once; more than 64 is not possible.
   *
   * At most half of a shard's part of [property@Pool:max-buffers] is cached by
   * one thread. What threads cache counts as idle.
   *
   * Since: 1.0
   */
  bp_pool_properties[BP_POOL_PROP_THREAD_CACHE] =
    g_param_spec_int ("thread-cache", NULL, NULL, -1, BP_FRONT_PLACES, -1, writable);

  g_object_class_install_properties (object_class, BP_POOL_N_PROPS, bp_pool_properties);
}

static void
bp_pool_init (BpPool *self)
{
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
  bp_require (element_type > BP_ELEMENT_TYPE_NONE && element_type <= BP_ELEMENT_TYPE_F64, NULL,
              "%d is no type of elements: BP_ELEMENT_TYPE_U8 is one", element_type);
  bp_require (shards <= BP_MAX_SHARDS, NULL, TOO_MANY_SHARDS, shards, BP_MAX_SHARDS);

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
  bp_require (element_size > 0 && element_size <= G_MAXSSIZE, NULL,
              "Elements of %" G_GSIZE_FORMAT " bytes: an element has at least 1, and fits in memory",
              element_size);
  bp_require (shards <= BP_MAX_SHARDS, NULL, TOO_MANY_SHARDS, shards, BP_MAX_SHARDS);

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
  bp_require (G_TYPE_IS_OBJECT (item_type) && g_type_is_a (item_type, BP_TYPE_REUSABLE) &&
              !G_TYPE_IS_ABSTRACT (item_type), NULL,
              "%s is no class of GObject that implements BpReusable and can be instantiated",
              item_type != G_TYPE_INVALID ? g_type_name (item_type) : "G_TYPE_INVALID");
  bp_require (shards <= BP_MAX_SHARDS, NULL, TOO_MANY_SHARDS, shards, BP_MAX_SHARDS);

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
  bp_require (shards <= BP_MAX_SHARDS, NULL, TOO_MANY_SHARDS, shards, BP_MAX_SHARDS);

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
