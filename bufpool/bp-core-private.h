/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-front-private.h"
#include "bp-shard-private.h"

/*
 * The core: all of a pool but its GObject.
 *
 * It lives until the pool is finalized and the last handle is gone. Handles are
 * counted where they are created and destroyed, so a return's last touch of the
 * core is whatever publishes the returned buffer: after that another thread may
 * take it, destroy it and free the core. The functions below that take a
 * buffer back keep to this.
 *
 * No lock is held and no cell is busy whenever something of GLib or of the
 * user's is called that may call back, allocate, free or wait.
 */

#define BP_MAX_SHARDS 1024
#define BP_CHUNK_SLOTS 64
#define BP_N_CHUNKS (BP_MAX_SLOTS / BP_CHUNK_SLOTS)

/* The most that one front moves at a time. */
#define BP_BATCH 16

/* What a thread has to begin with, and at most: see bp-sweep.c. */
#define BP_SWEEP_MAX_CREDIT 512

typedef enum
{
  BP_KIND_ELEMENTS,
  BP_KIND_FUNCS,
  BP_KIND_OBJECT
} BpKind;

/* What a core is made of. */
typedef struct
{
  BpKind kind;
  gsize element_size;
  BpElementType element_type;
  gsize alignment;
  GType item_type;
  BpItemFuncs funcs;
  guint n_shards;
  guint max_buffers;
  gsize trim_capacity;
  gint thread_cache;
} BpCoreConfig;

/* The fronts of BP_CHUNK_SLOTS neighbouring slots. */
typedef struct
{
  _Atomic (BpFront *) front[BP_CHUNK_SLOTS];
} BpFrontChunk;

struct _BpCore
{
  /* The fronts of the near slots: the first chunk of the table below. */
  _Alignas (BP_CACHE_PAIR) BpFrontChunk near_fronts;
  /* A returned buffer of more elements than this, or of none, does not go
   * straight to a front; 0 for items. */
  _Atomic gsize keep_limit;
  /* The fronts of all slots, by chunks that are made when they are needed. */
  _Atomic (BpFrontChunk *) chunks[BP_N_CHUNKS];

  BpCoreConfig config;
  atomic_uint max_buffers;
  _Atomic gsize trim_capacity;
  atomic_int thread_cache;
  atomic_bool closed;
  /* Serializes what changes parts and reservations of all shards. */
  GMutex config_mutex;
  /* The list of all cores, for fork(). */
  BpCore *prev_core;
  BpCore *next_core;

  /* 1 for the pool and 1 for each handle. */
  _Alignas (BP_CACHE_PAIR) _Atomic gsize refs;
  /* Objects that were dropped where destroying them was not allowed. */
  _Atomic (BpPooled *) doomed;
  /* How many buffers there are, out and idle, and the most there were at a time. */
  _Atomic gsize n_buffers;
  _Atomic gsize peak_buffers;

  BpShard shards[];
};

G_STATIC_ASSERT (BP_NEAR_SLOTS == BP_CHUNK_SLOTS);

BP_INLINE BpFront *
bp_core_get_near_front (BpCore *core)
{
  return bp_peek (core->near_fronts.front[bp_near_slot]);
}

static inline BpFront *
bp_core_get_front_of_slot (BpCore *core,
                           guint   slot)
{
  BpFrontChunk *chunk = atomic_load_explicit (&core->chunks[slot / BP_CHUNK_SLOTS],
                                              memory_order_acquire);

  if (chunk == NULL)
    return NULL;

  return atomic_load_explicit (&chunk->front[slot % BP_CHUNK_SLOTS], memory_order_acquire);
}

/* Where the fronts of a slot are at home. Those of a shard are those of the slots
 * shard + 1, shard + 1 + n_shards and so on. */
static inline guint
bp_core_get_shard_of_slot (BpCore *core,
                           guint   slot)
{
  return (slot - 1) % core->config.n_shards;
}

static inline BpFront *
bp_core_get_front (BpCore *core)
{
  return bp_core_get_front_of_slot (core, bp_slot);
}

/* bp-core.c: lifetime. */
BpCore   *bp_core_new             (const BpCoreConfig *config);
BpCore   *bp_core_ref             (BpCore             *core);
void      bp_core_unref           (BpCore             *core);
BpFront  *bp_core_find_front      (BpCore             *core);
gboolean  bp_core_put_spare       (BpPooled           *spare);
BpPooled *bp_core_take_spare      (BpCore             *core);
void      bp_core_free_spares     (BpCore             *core);
guint     bp_core_get_home        (BpCore             *core,
                                   BpFront            *front);
gboolean  bp_core_keeps_nothing   (BpCore             *core);
guint     bp_core_get_part        (BpCore             *core,
                                   guint               shard);
void      bp_core_update_keep_limit (BpCore           *core);
void      bp_core_set_reserve     (BpShard            *home,
                                   BpFront            *front,
                                   guint               reserve);
guint     bp_core_get_front_limit (BpCore             *core,
                                   BpShard            *shard,
                                   gsize               n_bytes);

/* The calling thread's front, made on first use; NULL if there is none to be
 * had, which costs nothing but speed. */
static inline BpFront *
bp_core_ensure_front (BpCore *core)
{
  BpFront *front = bp_core_get_near_front (core);

  return G_LIKELY (front != NULL) ? front : bp_core_find_front (core);
}

/* bp-fork.c: what makes a child of fork() whole. */
extern BpCore *bp_all_cores;
void      bp_cores_lock           (void);
void      bp_cores_unlock         (void);
void      bp_fork_init            (void);

/* bp-items.c: what the kinds of item do differently. */
BpPooled *bp_items_new_handle     (BpCore             *core);
void      bp_items_free_handle    (BpPooled           *pooled);
void      bp_items_count_buffer   (BpCore             *core);
BpPooled *bp_items_create         (BpCore             *core,
                                   GError            **error);
gboolean  bp_items_reset          (BpPooled           *pooled,
                                   gboolean            may_call);
gboolean  bp_items_revive         (BpPooled           *pooled);
void      bp_items_destroy        (BpPooled           *pooled,
                                   gboolean            may_call);
void      bp_items_discard        (BpPooled           *pooled);
void      bp_items_destroy_list   (BpPooled           *list,
                                   gboolean            may_call);
void      bp_items_destroy_doomed (BpCore             *core);
gboolean  bp_items_check_size     (BpCore             *core,
                                   gsize               capacity,
                                   gsize              *n_bytes,
                                   GError            **error);
gboolean  bp_items_reallocate     (BpPooled           *pooled,
                                   gsize               capacity,
                                   gsize               n_kept,
                                   gboolean            zeroed,
                                   GError            **error);
void      bp_items_adopt          (BpPooled           *pooled,
                                   gpointer            data,
                                   gsize               capacity);
void      bp_items_measure        (BpPooled           *pooled);
void      bp_items_measure_object (BpPooled           *pooled);
gpointer  bp_items_get_no_data    (BpCore             *core);
guint8   *bp_items_copy_data      (gconstpointer       data,
                                   gsize               n_bytes,
                                   GError            **error);

/* bp-acquire.c, bp-return.c: the slow paths. */
BpPooled *bp_core_acquire_slow    (BpCore             *core,
                                   GError            **error);
BpPooled *bp_core_revive          (BpCore             *core,
                                   BpPooled           *pooled,
                                   GError            **error);
void      bp_core_return_slow     (BpPooled           *pooled,
                                   gboolean            may_call);
void      bp_core_put_slow        (BpPooled           *pooled,
                                   gboolean            may_call);
void      bp_core_place           (BpCore             *core,
                                   guint               home,
                                   BpPooled          **batch,
                                   guint               n_batch,
                                   gboolean            may_wait,
                                   gboolean            may_call);
void      bp_core_place_anywhere  (BpCore             *core,
                                   guint               home,
                                   BpPooled          **batch,
                                   guint              *n_batch,
                                   gboolean            may_wait);
void      bp_core_recycle         (BpCore             *core,
                                   BpPooled           *pooled,
                                   gboolean            may_call);

/* bp-sweep.c: taking from the fronts of others. */
guint     bp_sweep_collect        (BpCore             *core,
                                   BpFront            *own,
                                   BpPooled          **batch,
                                   guint               max);
gboolean  bp_sweep_reclaim        (BpCore             *core,
                                   BpFront            *own,
                                   guint               n_places);
void      bp_sweep_earn           (BpCore             *core,
                                   BpFront            *own,
                                   guint               n_buffers);

/* bp-bound.c: what changes the bound, and what empties the pool;
 * bp-prefill.c: what fills it. */
/* Whether it was a change. */
gboolean  bp_core_set_max_buffers   (BpCore           *core,
                                     guint             max_buffers);
gboolean  bp_core_set_trim_capacity (BpCore           *core,
                                     gsize             trim_capacity);
gboolean  bp_core_set_thread_cache  (BpCore           *core,
                                     gint              thread_cache);
gboolean  bp_core_free_reserves     (BpCore           *core);
gboolean  bp_core_prefill           (BpCore           *core,
                                     guint             n_buffers,
                                     gsize             n_elements,
                                     GError          **error);
void      bp_core_drop_idle         (BpCore           *core,
                                     guint             max_idle);
void      bp_core_close             (BpCore           *core);
void      bp_core_unstick_front     (BpCore           *core,
                                     BpFront          *front,
                                     gboolean          may_call);

/* bp-validate.c: the whole structure, at rest; what is wrong, or NULL. */
char     *bp_core_validate          (BpCore           *core);
