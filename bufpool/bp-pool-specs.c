/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-specs-private.h"

#include "bp-budget.h"
#include "bp-core-private.h"

/* The specifications of the properties. */

#define MAX_ALIGNMENT (1u << 21)

GParamSpec *bp_pool_properties[BP_POOL_N_PROPS];

void
bp_pool_install_properties (GObjectClass *object_class, guint default_max_buffers)
{
  const GParamFlags fixed = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;
  const GParamFlags writable = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS |
                               G_PARAM_EXPLICIT_NOTIFY;

  /**
   * BpPool:name:
   *
   * A name for debugging. It can be set at any time, and read from any
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
   * How the buffers' memory is aligned, in bytes, a power of two; 0 is as `malloc()` does. A
   * pool with an alignment of its own neither lets its memory be stolen nor takes memory
   * from outside.
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
    g_param_spec_uint ("max-buffers", NULL, NULL, 0, G_MAXUINT, default_max_buffers,
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
   * is not set, so that an idle process does not wake up. Where no thread runs the context,
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
   * Whether every acquire fails with %BP_POOL_ERROR_FLUSHING, those that wait when it is set
   * as well. So threads that may wait for a buffer can be ended. Buffers that are out come
   * back as usual.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_FLUSHING] =
    g_param_spec_boolean ("flushing", NULL, NULL, FALSE, writable);

  /**
   * BpPool:clear-on-release:
   *
   * Whether contents are wiped when a buffer comes back. They are then found neither in the
   * pool nor in memory that it has freed. For keys, passwords, and what people say.
   *
   * The whole capacity of the buffer is overwritten with zeroes, and so is the old memory of
   * a buffer that grows or is trimmed. It takes as long as to write the buffer. Stolen
   * memory keeps its contents. Copies that other code has made, swap and core dumps are not
   * reached.
   *
   * It is for pools of elements: an item is wiped by its own functions. In a pool that is
   * [property@Pool:realtime] it is fixed once there are buffers.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_CLEAR_ON_RELEASE] =
    g_param_spec_boolean ("clear-on-release", NULL, NULL, FALSE, writable);

  /**
   * BpPool:realtime:
   *
   * Whether the pool is for threads that must not wait. Acquiring, giving back, and slices
   * and views of its buffers neither allocate nor free, lock nor enter the kernel, in the
   * first call of a thread as in any other. Errors are allocated: these threads pass %NULL.
   *
   * Only [method@Pool.prefill] makes buffers, and they do not grow. A call of
   * [method@Pool.drop_idle] in another thread frees what was not kept.
   * [property@Pool:max-buffers], up to 65536, is fixed. A realtime pool has no limits,
   * budget, waiters, shards, caches or objects.
   *
   * Since: 0.9
   */
  bp_pool_properties[BP_POOL_PROP_REALTIME] =
    g_param_spec_boolean ("realtime", NULL, NULL, FALSE, fixed);

  g_object_class_install_properties (object_class, BP_POOL_N_PROPS, bp_pool_properties);
}
