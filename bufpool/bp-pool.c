/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool.h"

#include "bp-age-private.h"
#include "bp-budget-private.h"
#include "bp-dump-private.h"
#include "bp-fork-private.h"
#include "bp-limit-set-private.h"
#include "bp-pool-kind-private.h"
#include "bp-pool-private.h"
#include "bp-pool-specs-private.h"
#include "bp-pressure-private.h"
#include "bp-reclaim-private.h"
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
 * [property@Pool:budget], with [method@Pool.acquire_wait] for calls that wait. A pool
 * that is [property@Pool:realtime] makes nothing while it works.
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

#define MAX_AUTO_SHARDS 32
#define MIN_BUFFERS_PER_AUTO_SHARD 16

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
  bp_poke (config->item.name, bp_peek (self->name));
  self->core = bp_core_new (config);
  if (config->clears_on_release)
    bp_trim_set_clear_on_release (self->core, TRUE);
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

  bp_dump_leaks (self->core);
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

    case BP_POOL_PROP_CLEAR_ON_RELEASE:
      g_value_set_boolean (value, bp_peek (self->core->config.clears));
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
      if (self->core != NULL)
        bp_poke (self->core->config.name, name);
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

    case BP_POOL_PROP_CLEAR_ON_RELEASE:
      if (self->core == NULL)
        config->clears_on_release = g_value_get_boolean (value);
      else if (bp_trim_set_clear_on_release (self->core, g_value_get_boolean (value)))
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

  bp_pool_class = (GTypeClass *) klass;
  bp_debug_init ();
  bp_thread_init (&bp_fork_hooks);

  object_class->constructed = bp_pool_constructed;
  object_class->dispose = bp_pool_dispose;
  object_class->finalize = bp_pool_finalize;
  object_class->get_property = bp_pool_get_property;
  object_class->set_property = bp_pool_set_property;

  bp_pool_install_properties (object_class, BP_DEFAULT_MAX_BUFFERS);
}

static void
bp_pool_init (BpPool *self)
{
}
