/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool.h"

#include "bp-age-private.h"
#include "bp-budget-private.h"
#include "bp-fork-private.h"
#include "bp-limit-set-private.h"
#include "bp-pool-kind-private.h"
#include "bp-pool-private.h"
#include "bp-pressure-private.h"
#include "bp-reclaim-private.h"
#include "bp-reusable.h"
#include "bp-trim-private.h"

/**
 * BpPool:
 *
 * A thread-safe pool of buffers or objects.
 *
 * A pool keeps what has been used and hands it out again, so that a hot path
 * neither allocates nor faults in fresh pages:
 *
 * ```c
 * g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_F32);
 * g_autoptr (BpPooled) buffer = bp_pool_acquire (pool);
 * float *pcm = bp_pooled_resize_data (float, buffer, 4096);
 * ```
 *
 * It holds one of these:
 *
 * - buffers of elements of a numeric type, or of any size ([ctor@Pool.new],
 *   [ctor@Pool.new_for_size]);
 * - objects that implement [iface@Reusable] ([ctor@Pool.new_for_type]);
 * - C items of any type ([ctor@Pool.new_with_funcs]).
 *
 * The constructors leave everything else as the properties' defaults are; what
 * should differ is set afterwards, or together with the rest by g_object_new():
 *
 * ```c
 * g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
 *                                         "name", "frames",
 *                                         "element-type", BP_ELEMENT_TYPE_F32,
 *                                         "alignment", 64,
 *                                         "max-buffers", 1024,
 *                                         "trim-capacity", G_GUINT64_CONSTANT (65536),
 *                                         NULL);
 * ```
 *
 * Acquiring never waits and never fails for want of idle buffers: what the pool
 * does not have it makes. [property@Pool:max-buffers] bounds what the pool
 * *keeps*, not what it hands out. For that there are [property@Pool:max-outstanding] and
 * [property@Pool:budget], with [method@Pool.acquire_wait] for those who wait.
 *
 * All functions of a pool may be called from any thread. Handles may outlive
 * the pool: after it is disposed nothing is kept any more, and what comes back is
 * freed.
 *
 * In a child of `fork()` a pool is whole. If the program has threads, the child may use
 * pools of buffers, and pools of C items as far as their functions allow it; but not
 * pools of objects, since locks of GLib's own may be held for ever there.
 *
 * Since: 0.9
 */

G_DEFINE_FINAL_TYPE (BpPool, bp_pool, G_TYPE_OBJECT)

GParamSpec *bp_pool_properties[BP_POOL_N_PROPS];

#define MAX_AUTO_SHARDS 32
#define MIN_BUFFERS_PER_AUTO_SHARD 16
#define MAX_ALIGNMENT (1u << 21)

GTypeClass *bp_pool_class;

/* Twice the processors is plenty, since the caches carry the load. */
static guint
get_auto_shards (guint max_buffers)
{
  guint n_shards = MIN (2 * g_get_num_processors (), MAX_AUTO_SHARDS);

  return CLAMP (max_buffers / MIN_BUFFERS_PER_AUTO_SHARD, 1, n_shards);
}

static void
bp_pool_constructed (GObject *object)
{
  BpPool *self = BP_POOL (object);
  BpCoreConfig *config = &self->config;

  G_OBJECT_CLASS (bp_pool_parent_class)->constructed (object);

  bp_pool_kind_resolve (&config->item, self->has_item_funcs);
  if (config->is_realtime)
    bp_pool_kind_resolve_realtime (config, &self->budget);
  if (config->n_shards == 0)
    config->n_shards = get_auto_shards (config->max_buffers);

  if (self->budget != NULL)
    config->item.budget = bp_budget_get_core (self->budget);
  self->core = bp_core_new (config);
  bp_reclaim_init (self->core);
  if (config->max_outstanding > 0)
    bp_limit_set_max_outstanding (self->core, config->max_outstanding);
  if (config->max_idle_bytes > 0)
    bp_limit_set_max_idle_bytes (self->core, config->max_idle_bytes);
  if (config->is_flushing)
    bp_limit_set_flushing (self->core, TRUE);
  bp_age_set_timeout (self->core, config->idle_timeout);
  bp_pressure_set_monitor (self->core, config->memory_monitor);
  g_clear_object (&config->memory_monitor);
}

static void
bp_pool_dispose (GObject *object)
{
  BpPool *self = BP_POOL (object);

  bp_trim_close (self->core);
  bp_age_close (self->core);
  bp_pressure_close (self->core);

  G_OBJECT_CLASS (bp_pool_parent_class)->dispose (object);
}

static void
bp_pool_finalize (GObject *object)
{
  BpPool *self = BP_POOL (object);

  bp_core_unref (self->core);
  g_clear_object (&self->budget);

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
      g_value_set_string (value, bp_peek (self->name));
      break;

    case BP_POOL_PROP_ELEMENT_TYPE:
      g_value_set_enum (value, self->core->config.element_type);
      break;

    case BP_POOL_PROP_ELEMENT_SIZE:
      g_value_set_uint (value, (guint) self->core->config.element_size);
      break;

    case BP_POOL_PROP_ITEM_TYPE:
      g_value_set_gtype (value, self->core->config.kind == BP_KIND_OBJECT ?
                                self->core->config.item_type : G_TYPE_NONE);
      break;

    case BP_POOL_PROP_ALIGNMENT:
      g_value_set_uint (value, (guint) self->core->config.alignment);
      break;

    case BP_POOL_PROP_SHARDS:
      g_value_set_uint (value, self->core->n_shards);
      break;

    case BP_POOL_PROP_MAX_BUFFERS:
      g_value_set_uint (value, bp_peek (self->core->max_buffers));
      break;

    case BP_POOL_PROP_TRIM_CAPACITY:
      g_value_set_uint64 (value, bp_peek (self->core->trim_capacity));
      break;

    case BP_POOL_PROP_THREAD_CACHE:
      g_value_set_int (value, bp_peek (self->core->thread_cache));
      break;

    case BP_POOL_PROP_BUDGET:
      g_value_set_object (value, self->budget);
      break;

    case BP_POOL_PROP_MAX_OUTSTANDING:
      g_value_set_uint (value, bp_peek (self->core->max_outstanding));
      break;

    case BP_POOL_PROP_MAX_IDLE_BYTES:
      g_value_set_uint64 (value, bp_peek (self->core->max_idle_bytes));
      break;

    case BP_POOL_PROP_IDLE_TIMEOUT:
      g_value_set_uint (value, bp_peek (self->core->idle_timeout));
      break;

    case BP_POOL_PROP_MEMORY_MONITOR:
      g_value_take_object (value, bp_pressure_dup_monitor (self->core));
      break;

    case BP_POOL_PROP_FLUSHING:
      g_value_set_boolean (value, bp_peek (self->core->is_flushing));
      break;

    case BP_POOL_PROP_REALTIME:
      g_value_set_boolean (value, bp_core_is_realtime (self->core));
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
  const char *name;

  switch (prop_id)
    {
    case BP_POOL_PROP_NAME:
      name = g_intern_string (g_value_get_string (value));
      if (atomic_exchange (&self->name, name) != name)
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_ELEMENT_TYPE:
      config->item.element_type = g_value_get_enum (value);
      break;

    case BP_POOL_PROP_ELEMENT_SIZE:
      config->item.element_size = g_value_get_uint (value);
      break;

    case BP_POOL_PROP_ITEM_TYPE:
      config->item.item_type = g_value_get_gtype (value);
      break;

    case BP_POOL_PROP_ITEM_FUNCS:
      self->has_item_funcs = g_value_get_boxed (value) != NULL;
      if (self->has_item_funcs)
        config->item.funcs = *(const BpItemFuncs *) g_value_get_boxed (value);
      break;

    case BP_POOL_PROP_ALIGNMENT:
      config->item.alignment = g_value_get_uint (value);
      break;

    case BP_POOL_PROP_SHARDS:
      config->n_shards = g_value_get_uint (value);
      break;

    case BP_POOL_PROP_MAX_BUFFERS:
      if (self->core == NULL)
        config->max_buffers = g_value_get_uint (value);
      else if (bp_trim_set_max_buffers (self->core, g_value_get_uint (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_TRIM_CAPACITY:
      if (self->core == NULL)
        config->trim_capacity = (gsize) g_value_get_uint64 (value);
      else if (bp_trim_set_trim_capacity (self->core, (gsize) g_value_get_uint64 (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_THREAD_CACHE:
      if (self->core == NULL)
        config->thread_cache = g_value_get_int (value);
      else if (bp_trim_set_thread_cache (self->core, g_value_get_int (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_BUDGET:
      self->budget = g_value_dup_object (value);
      break;

    case BP_POOL_PROP_MAX_OUTSTANDING:
      if (self->core == NULL)
        config->max_outstanding = g_value_get_uint (value);
      else if (bp_limit_set_max_outstanding (self->core, g_value_get_uint (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_MAX_IDLE_BYTES:
      if (self->core == NULL)
        config->max_idle_bytes = g_value_get_uint64 (value);
      else if (bp_limit_set_max_idle_bytes (self->core, g_value_get_uint64 (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_IDLE_TIMEOUT:
      if (self->core == NULL)
        config->idle_timeout = g_value_get_uint (value);
      else if (bp_age_set_timeout (self->core, g_value_get_uint (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_MEMORY_MONITOR:
      if (self->core == NULL)
        g_set_object (&config->memory_monitor, g_value_get_object (value));
      else if (bp_pressure_set_monitor (self->core, g_value_get_object (value)))
        g_object_notify_by_pspec (object, pspec);
      break;

    case BP_POOL_PROP_REALTIME:
      config->is_realtime = g_value_get_boolean (value);
      break;

    case BP_POOL_PROP_FLUSHING:
      if (self->core == NULL)
        config->is_flushing = g_value_get_boolean (value);
      else if (bp_limit_set_flushing (self->core, g_value_get_boolean (value)))
        g_object_notify_by_pspec (object, pspec);
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
  bp_thread_init (&bp_fork_hooks);

  object_class->constructed = bp_pool_constructed;
  object_class->dispose = bp_pool_dispose;
  object_class->finalize = bp_pool_finalize;
  object_class->get_property = bp_pool_get_property;
  object_class->set_property = bp_pool_set_property;

  /**
   * BpPool:name:
   *
   * A name for people who debug. It can be set at any time, and read from any
   * thread. Names are never freed: use few different ones.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_NAME] =
    g_param_spec_string ("name", NULL, NULL, NULL,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * BpPool:element-type:
   *
   * What the elements of the buffers are; %BP_ELEMENT_TYPE_NONE in a pool of
   * items, or of elements of another size.
   *
   * Since: 0.9
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
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_ELEMENT_SIZE] =
    g_param_spec_uint ("element-size", NULL, NULL, 0, BP_MAX_ELEMENT_SIZE, 0, fixed);

  /**
   * BpPool:item-type:
   *
   * The type of the items, an object type that implements [iface@Reusable];
   * %G_TYPE_NONE in any other pool.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_ITEM_TYPE] =
    g_param_spec_gtype ("item-type", NULL, NULL, G_TYPE_NONE, fixed);

  /**
   * BpPool:item-funcs: (skip)
   *
   * What to do with C items of any type; its `create` and `free` must be set. The
   * pool takes a copy, and calls `destroy` for `user_data` once, when neither it nor
   * a handle needs them any more.
   *
   * [ctor@Pool.new_with_funcs] sets it.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_ITEM_FUNCS] =
    g_param_spec_boxed ("item-funcs", NULL, NULL, BP_TYPE_ITEM_FUNCS,
                        G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * BpPool:alignment:
   *
   * How the buffers' memory is aligned, in bytes, a power of two; 0 is as
   * `malloc()` does. Memory of a pool with an alignment of its own cannot be
   * stolen, nor memory from outside be put in.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_ALIGNMENT] =
    g_param_spec_uint ("alignment", NULL, NULL, 0, MAX_ALIGNMENT, 0, fixed);

  /**
   * BpPool:shards:
   *
   * How many lists with a lock each stand behind the threads' caches. 0 chooses: a
   * few suffice, since most threads find what they need in a cache of their own.
   * Reading it gives the number there are.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_SHARDS] =
    g_param_spec_uint ("shards", NULL, NULL, 0, BP_MAX_SHARDS, 0, fixed);

  /**
   * BpPool:max-buffers:
   *
   * The most idle buffers that the pool keeps, in all of its shards and threads'
   * caches together. It is not divided among them, and does not bound how many are
   * out.
   *
   * When a buffer comes back and no place is vacant, the oldest one of a shard is
   * dropped. With 0 nothing is kept.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", NULL, NULL, 0, G_MAXUINT, BP_DEFAULT_MAX_BUFFERS,
                       writable);

  /**
   * BpPool:trim-capacity:
   *
   * What a buffer that comes back with more than twice this capacity is shrunk
   * to, in elements; 0 never shrinks. Items are given it and shrink themselves.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_TRIM_CAPACITY] =
    g_param_spec_uint64 ("trim-capacity", NULL, NULL, 0, G_MAXSIZE, 0, writable);

  /**
   * BpPool:thread-cache:
   *
   * How many idle buffers one thread may keep at hand without a lock. -1 adapts
   * to the buffers' size: up to 32 buffers, or some 256 KiB of them, and one of
   * larger ones. 0 makes every idle buffer visible to all threads at once; more than
   * 64 is not possible.
   *
   * The caches that hold anything share half of [property@Pool:max-buffers] evenly.
   * What threads cache counts as idle.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_THREAD_CACHE] =
    g_param_spec_int ("thread-cache", NULL, NULL, -1, BP_CACHE_MAX, -1, writable);

  /**
   * BpPool:budget:
   *
   * The budget in bytes that this pool shares with others.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_BUDGET] =
    g_param_spec_object ("budget", NULL, NULL, BP_TYPE_BUDGET, fixed);

  /**
   * BpPool:max-outstanding:
   *
   * The most buffers that are out at a time, acquired, attached and read ones together;
   * 0 is any number.
   *
   * At the limit [method@Pool.acquire] returns %NULL, calls with an error fail with
   * %BP_POOL_ERROR_LIMIT, and [method@Pool.acquire_wait] and its like wait. A pool with a
   * limit keeps no thread caches, so every acquire and return takes a lock.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_MAX_OUTSTANDING] =
    g_param_spec_uint ("max-outstanding", NULL, NULL, 0, G_MAXUINT, 0, writable);

  /**
   * BpPool:max-idle-bytes:
   *
   * The most bytes that idle buffers hold together; 0 is any number. It is to bytes what
   * [property@Pool:max-buffers] is to buffers, and both hold. Items count for what they
   * say of their size.
   *
   * When a buffer comes back and would be too much, the oldest are dropped. A pool with
   * this limit keeps no thread caches.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_MAX_IDLE_BYTES] =
    g_param_spec_uint64 ("max-idle-bytes", NULL, NULL, 0, G_MAXUINT64, 0, writable);

  /**
   * BpPool:idle-timeout:
   *
   * How long a buffer may lie idle without being needed, in milliseconds; 0 is for ever.
   *
   * What was not needed for that time is freed, at the latest after twice that time: of a
   * shard the oldest buffers, those that it did not go below; of a thread's cache all, if
   * the thread neither acquired nor returned any.
   *
   * The time is kept by a source of low priority in the main context that was the default
   * of the thread that set this; setting it again in another thread moves the source there.
   * Items are freed in the thread that runs the context. While nothing is idle the source
   * is not set, so that an idle process does not wake up. Where nobody runs the context,
   * returns that take a lock look themselves, half as often; so they do in the child of a
   * `fork()`, until it runs the context or sets this again.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_IDLE_TIMEOUT] =
    g_param_spec_uint ("idle-timeout", NULL, NULL, 0, G_MAXUINT, 0, writable);

  /**
   * BpPool:memory-monitor:
   *
   * What says that the system is short of memory, such as
   * [func@Gio.MemoryMonitor.dup_default] returns: at a low level half of the idle buffers
   * are freed, at a medium one three quarters, at a critical one all, in the thread in which
   * the monitor emits its signal. A pool that is disposed has none.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_MEMORY_MONITOR] =
    g_param_spec_object ("memory-monitor", NULL, NULL, G_TYPE_MEMORY_MONITOR, writable);

  /**
   * BpPool:flushing:
   *
   * Whether every acquire fails with %BP_POOL_ERROR_FLUSHING, those that wait when it is
   * set as well: so that threads can be ended that may wait for a buffer. Buffers that are
   * out come back as usual.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_FLUSHING] =
    g_param_spec_boolean ("flushing", NULL, NULL, FALSE, writable);

  /**
   * BpPool:realtime:
   *
   * Whether the pool is for threads that must not wait: acquiring, giving back and the
   * slices of its buffers neither allocate nor free, take no lock and make no system call.
   *
   * Its buffers come from [method@Pool.prefill] alone, up to [property@Pool:max-buffers],
   * which is fixed: 65536 at most. An acquire that finds none idle returns %NULL, or
   * %BP_POOL_ERROR_LIMIT. There are no shards, caches or limits, and no objects.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_REALTIME] =
    g_param_spec_boolean ("realtime", NULL, NULL, FALSE, fixed);

  g_object_class_install_properties (object_class, BP_POOL_N_PROPS, bp_pool_properties);
}

static void
bp_pool_init (BpPool *self)
{
}
