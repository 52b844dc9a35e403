/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "bp-cache-private.h"
#include "bp-homes-private.h"
#include "bp-shard-private.h"

/*
 * The core: all of a pool but its GObject.
 *
 * PLACES. A place is the right to keep one idle buffer, and there are max of them. A cache
 * and a shard's ring hold one for every buffer in them; a cache may hold vacant ones. So
 *
 *   free + places of caches + buffers in rings + places in hands = max
 *
 * Places move with the buffers. Those taken from free are put down before the shard is
 * unlocked, or the cell left. Prefill holds some for longer: it looks at free again with the
 * shard locked, and pays first if that is below 0, since then max was lowered meanwhile. A
 * slow return that finds it below 0 pays as well.
 *
 * LOCKS, in this order: the list of cores; revoking, under which every bias changes; the
 * slots; a shard, and with it the busy cell; a quota. An acquire only tries them, but for
 * a quota. No lock is held and no cell is busy when the user's code is called, or memory
 * is allocated or freed.
 *
 * LIFE. The core lives until the pool is finalized and the last buffer or handle is gone.
 * They are counted where they are made and destroyed, so a return's last touch of the core
 * is what publishes the returned buffer: afterwards another thread may take it, destroy
 * it and free the core.
 */

#define BP_MAX_SHARDS 1024

/* The most that moves between a cache and a ring at a time. */
#define BP_BATCH 16

/* How many refills without a return, or flushes without an acquire, make a thread one that
 * only acquires, or only returns. */
#define BP_DRY 2

/* Those of the slots beyond the first. */
typedef struct
{
  _Atomic (BpCache *) caches[BP_MAX_SLOTS - BP_INLINE_SLOTS];
} BpMoreCaches;

typedef struct _BpAlarm BpAlarm;
typedef struct _BpPressure BpPressure;

struct _BpCore
{
  /* Of the first slots, which the inlined path serves. */
  _Alignas (BP_CACHE_PAIR) _Atomic (BpCache *) first_caches[BP_INLINE_SLOTS];
  /* A returned buffer of more elements than this, or of none, does not go straight to a
   * cache; 0 for items. */
  _Atomic gsize keep_limit;
  BpItemConfig config;
  guint n_shards;
  _Atomic (BpMoreCaches *) more_caches;
  /* Only a realtime pool has homes; NULL where there are caches and shards. */
  BpHomes *homes;

  /* The property, and what holds: 0 when the pool is disposed or keeps nothing. */
  atomic_uint max_buffers;
  atomic_uint max;
  _Atomic gsize trim_capacity;
  /* The property, and the most buffers of any cache. */
  atomic_int thread_cache;
  atomic_uint cache_max;
  atomic_bool is_closed;

  GMutex revoking;
  BpCache *caches;
  /* Slots whose cache holds places. Loaded with acquire where revoking is not locked, under
   * which caches are made: a thread that sees a bit must see the cache. */
  _Atomic guint64 holders[BP_SLOT_WORDS];
  atomic_uint n_holders;
  /* How many threads had ended when their caches were last seen to be empty. */
  atomic_uint n_exits_seen;
  /* Bytes of a buffer that came back lately. */
  _Atomic gsize recent_bytes;

  /* Buffers that came to exist, from outside among them, and that ceased to. */
  /* Each times 2, plus 1 once buffers are counted: see bp-limit.c. */
  _Atomic guint64 n_made;
  _Atomic guint64 n_gone;
  _Atomic guint64 n_added;
  _Atomic guint64 n_attached;
  _Atomic guint64 n_stolen;
  /* Taken out of a cache or a ring, and then not handed out. */
  _Atomic guint64 n_refused;
  _Atomic gint64 n_peak;

  BpCore *prev_core;
  BpCore *next_core;
  /* Those that a fork() has locked, with a reference. */
  BpCore *next_locked;

  /* What bp-limit.c has. The properties: 0 for none. */
  atomic_uint max_outstanding;
  _Atomic guint64 max_idle_bytes;
  atomic_bool is_flushing;
  /* One that every acquire and return must heed is set. */
  atomic_bool is_limited;
  /* The pool has a budget, has had a limit, or has wiped contents: buffers that move are
   * looked at more closely. */
  atomic_bool is_controlled;
  /* Buffers are counted, since a limit was set for the first time. Changed with all shards
   * locked. */
  atomic_bool is_counting;
  /* So many returns more are seen, since a call waits for the budget. */
  atomic_int watch;
  BpMember member;
  _Atomic gint64 look_time;
  /* What bp-pressure.c has, with revoking held. */
  BpPressure *pressure;
  /* What bp-age.c has: milliseconds, changed with revoking held, as the alarm is; when
   * the last look was, and whether the alarm waits for the next return. */
  atomic_uint idle_timeout;
  BpAlarm *alarm;
  _Atomic gint64 age_time;
  atomic_bool is_asleep;
  /* In the child of a fork(): how many buffers were out in the parent. */
  guint64 n_inherited;
  /* Buffers that looks brought from caches to rings, with revoking held. */
  guint n_gathered;
  /* Permits in the hands of acquires that wait without a thread. */
  atomic_uint n_held_permits;
  /* Buffers that are not in rings. */
  BpQuota out;
  /* Bytes of those that are. */
  _Atomic guint64 idle_bytes;
#ifdef BP_HAVE_SYSPROF
  /* The number of the first, see bp-counters.c; 0 for none yet. */
  atomic_uint counters;
  /* Calls that wait in this pool, for whatever it is. */
  atomic_uint n_waiting;
#endif

  _Alignas (BP_CACHE_PAIR) _Atomic gint64 free;
  /* 1 for the pool, and 1 for each buffer and each handle without one. */
  _Alignas (BP_CACHE_PAIR) _Atomic gsize refs;

  BpShard shards[];
};

/* All cores, so that fork() finds them. */
extern BP_HIDDEN GMutex bp_cores_mutex;
extern BP_HIDDEN BpCore *bp_cores;

/* What a pool is made with. */
typedef struct
{
  BpItemConfig item;
  guint n_shards;
  guint max_buffers;
  gsize trim_capacity;
  gint thread_cache;
  guint max_outstanding;
  guint64 max_idle_bytes;
  gboolean is_flushing;
  guint idle_timeout;
  GMemoryMonitor *memory_monitor;
  gboolean is_realtime;
  gboolean clears_on_release;
} BpCoreConfig;

BP_INLINE BpCache *
bp_core_get_inline_cache (BpCore *core)
{
  return bp_peek (core->first_caches[bp_inline_slot]);
}

/* The cache of a slot that has one, as those in holders do */
static inline BpCache *
bp_core_get_made_cache (BpCore *core, guint slot)
{
  BpMoreCaches *more;

  if (slot < BP_INLINE_SLOTS)
    return atomic_load_explicit (&core->first_caches[slot], memory_order_acquire);
  more = atomic_load_explicit (&core->more_caches, memory_order_acquire);

  return atomic_load_explicit (&more->caches[slot - BP_INLINE_SLOTS], memory_order_acquire);
}

static inline BpCache *
bp_core_get_cache (BpCore *core, guint slot)
{
  if (slot >= BP_INLINE_SLOTS && bp_peek (core->more_caches) == NULL)
    return NULL;

  return bp_core_get_made_cache (core, slot);
}

/* Revoked by a revoker at work, or by one whose barrier failed. In the second case this
 * thread settles what is due. */
static inline gboolean
bp_core_is_own_revoked (BpCore *core)
{
  BpCache *cache = bp_core_get_cache (core, bp_slot);

  return cache != NULL && bp_peek (cache->bias) != 0 && !bp_in_fork;
}

static inline gboolean
bp_core_keeps_nothing (BpCore *core)
{
  return bp_peek (core->max) == 0;
}

/* max was lowered, and not all has been paid. */
static inline gboolean
bp_core_is_in_debt (BpCore *core)
{
  return atomic_load (&core->free) < 0;
}

static inline gboolean
bp_core_is_controlled (BpCore *core)
{
  return G_UNLIKELY (bp_peek (core->is_controlled));
}

static inline guint64
bp_core_get_n_made (BpCore *core)
{
  return bp_peek (core->n_made) / 2;
}

static inline guint64
bp_core_get_n_gone (BpCore *core)
{
  return bp_peek (core->n_gone) / 2;
}

static inline gboolean
bp_core_is_realtime (BpCore *core)
{
  return core->homes != NULL;
}

static inline gboolean
bp_core_is_of_elements (BpCore *core)
{
  return core->config.kind == BP_KIND_ELEMENTS;
}

/* With its owner in the cell, in a slow path. Turning the caches off revokes them
 * afterwards: either the owner sees that they are off, or its cache is emptied. */
static inline gboolean
bp_core_enter (BpCore *core, BpCache *cache)
{
  if (cache == NULL || !bp_cache_enter (cache, cache->cell, FALSE))
    return FALSE;
  if (G_LIKELY (bp_peek (core->cache_max) > 0))
    return TRUE;
  bp_cache_leave (cache->cell);

  return FALSE;
}

BpCore *bp_core_new (const BpCoreConfig *config);
BpCore *bp_core_ref (BpCore *core);
/* With the list locked: FALSE if it is being freed. */
gboolean bp_core_try_ref (BpCore *core);
void bp_core_unref (BpCore *core);

/* The calling thread's cache, made on first use; NULL if it is to go without this time. */
BpCache *bp_core_get_own_cache (BpCore *core);
/* The shard behind it. */
guint bp_core_get_own_shard (BpCore *core, BpCache *cache);
/* How many buffers of that size a cache may hold. */
guint bp_core_get_limit (BpCore *core, gsize n_bytes);
/* What a thread that only returns, or only acquires, moves at a time: it may hide one less
 * from the others. */
guint bp_core_get_fair_batch (BpCore *core);
/* What the two above depend on has changed. */
void bp_core_update_limits (BpCore *core);

guint bp_core_take_places (BpCore *core, guint n_wanted);
void bp_core_give_places (BpCore *core, guint n_places);
/* With a shard locked: what is owed, from places in hand; how many are left. */
guint bp_core_pay (BpCore *core, guint n_places);
/* By the owner in its cell, or a revoker. */
void bp_core_set_places (BpCore *core, BpCache *cache, guint n_places);
guint bp_core_take_vacant (BpCore *core, BpCache *cache);
void bp_core_take_oldest (BpCore *core, BpCache *cache, BpPooled **to, guint n_taken);

/* A handle with an empty buffer or a fresh item, which exists from then on, and is out. */
BpPooled *bp_core_make (BpCore *core, BpRequest *request, GError **error);
/* One more exists that was made otherwise. Whether buffers are counted by now: then the
 * caller counts it if it is out. */
gboolean bp_core_count_made (BpCore *core);
/* It has ceased to exist, or left the pool. */
void bp_core_count_gone (BpCore *core, gboolean is_uncounted);
/* With nothing locked: this calls the user's code. */
void bp_core_destroy (BpCore *core, BpPooled *pooled);
void bp_core_destroy_list (BpCore *core, BpPooled *list);
