/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-loops.h"

/* What is measured: allocators and pools behind the same few functions. */

typedef enum
{
  BENCH_KIND_BUFPOOL       = 1 << 0,  /* a bufpool */
  BENCH_KIND_BUFPOOL_SIZED = 1 << 1,  /* one asked for a size where "bufpool" need not be */
  BENCH_KIND_ALLOCATOR     = 1 << 2,  /* malloc() and what takes its place */
  BENCH_KIND_OTHER         = 1 << 3,  /* what else a program could use */
  BENCH_KIND_BASELINE      = 1 << 4,  /* no allocator: what the rest of the work costs */
  BENCH_KIND_BUFPOOL_BULK  = 1 << 5,  /* a bufpool that is asked for many at once */
  BENCH_KIND_BUFPOOL_REALTIME = 1 << 6  /* a bufpool for threads that must not wait */
} BenchKind;

/* What is acquired: each needs a driver of its own. */
typedef enum
{
  BENCH_THING_BUFFER,
  BENCH_THING_OBJECT,       /* a GObject */
  BENCH_THING_ITEM,         /* a structure */
  BENCH_THING_COSTLY_ITEM   /* one that takes a while to make */
} BenchThing;

#define BENCH_N_THINGS (BENCH_THING_COSTLY_ITEM + 1)

#define BENCH_DEFAULT_MAX_BUFFERS 256

typedef struct
{
  BenchThing thing;
  gsize size;          /* bytes of a buffer */
  guint n_threads;     /* that use the pool at once */
  guint n_buffers;     /* that are out at once, at most */
  guint max_buffers;   /* the most idle ones; only bufpool has that bound */
  gboolean steady;     /* no acquire may find the pool empty */
  gboolean one_shard;  /* everything in one shard */
} BenchSetup;

typedef struct
{
  void       (*cycle)          (gpointer    pool,
                                guint64     n);
  void       (*early)          (gpointer    pool,
                                guint64     n);
  void       (*hold)           (gpointer    pool,
                                guint64     n);
  void       (*bulk)           (gpointer    pool,
                                guint       n_buffers,
                                guint64     n);
  void       (*burst)          (gpointer    pool,
                                guint64     n);
  void       (*produce)        (gpointer    pool,
                                BenchRing  *ring,
                                guint64     n);
  void       (*consume)        (gpointer    pool,
                                BenchRing  *ring,
                                guint64     n);
  void       (*produce_few)    (gpointer    pool,
                                BenchRing  *ring,
                                guint       under_way,
                                guint64     n);
  void       (*consume_few)    (gpointer    pool,
                                BenchRing  *ring,
                                guint64     n);
  gpointer * (*bleed)          (gpointer    pool,
                                BenchTable *table,
                                gpointer   *batch,
                                guint       seed,
                                guint64     n);
  void       (*live)           (gpointer    pool,
                                BenchTable *table,
                                guint       seed,
                                guint64     n);
  void       (*frames)         (gpointer    pool,
                                gsize       size,
                                guint64     n);
  void       (*frames_touched) (gpointer    pool,
                                gsize       size,
                                guint64     n);
} BenchLoops;

typedef struct
{
  char             * (*dup_version)  (GError           **error);
  gpointer           (*open)         (const BenchSetup  *setup,
                                      GError           **error);
  void               (*close)        (gpointer           pool);
  guint64            (*count_misses) (gpointer           pool);
  const BenchOps    *ops;      /* for what is not timed */
  const BenchLoops  *loops;
  const BenchLoops  *steady;   /* the shortest way, for steady work; or NULL */
} BenchDriver;

typedef struct
{
  const char *name;
  const char *about;
  const char *library;           /* whose version is printed */
  BenchKind kind;
  const char *const *preloads;   /* libraries to run under, the first that loads; or NULL */
  const char *tunables;          /* GLIBC_TUNABLES to run under; or NULL */

  /* NULL where this program was built without it, or where there is no such thing */
  const BenchDriver *drivers[BENCH_N_THINGS];
} BenchSubject;

#define BENCH_TUNABLES "GLIBC_TUNABLES"

extern const BenchSubject bench_subjects[];
extern const guint bench_n_subjects;

const BenchSubject *bench_subject_find        (const char          *name);
char               *bench_subject_dup_version (const BenchSubject  *subject,
                                               GError             **error);

extern const BenchDriver bench_driver_bufpool;
extern const BenchDriver bench_driver_bufpool_strict;
extern const BenchDriver bench_driver_bufpool_sized;
extern const BenchDriver bench_driver_bufpool_bulk;
extern const BenchDriver bench_driver_bufpool_realtime;
extern const BenchDriver bench_driver_bufpool_objects;
extern const BenchDriver bench_driver_bufpool_items;
extern const BenchDriver bench_driver_bufpool_strict_objects;
extern const BenchDriver bench_driver_bufpool_strict_items;
extern const BenchDriver bench_driver_malloc;
extern const BenchDriver bench_driver_malloc_tuned;
extern const BenchDriver bench_driver_mimalloc;
extern const BenchDriver bench_driver_jemalloc;
extern const BenchDriver bench_driver_new_objects;
extern const BenchDriver bench_driver_new_items;
extern const BenchDriver bench_driver_g_slice;
extern const BenchDriver bench_driver_avbufferpool;
extern const BenchDriver bench_driver_gstbufferpool;
extern const BenchDriver bench_driver_ring;

/* The timed functions for a constant BenchOps of the same file: all that work on
 * buffers, or the two that hand things over with few under way
 */
#define BENCH_DEFINE_FEW(name, ops)                                           \
static void                                                                   \
name##_produce_few (gpointer pool, BenchRing *ring, guint under_way,          \
                    guint64 n)                                                \
{                                                                             \
  bench_loop_produce_few (&ops, pool, ring, under_way, n);                    \
}                                                                             \
static void                                                                   \
name##_consume_few (gpointer pool, BenchRing *ring, guint64 n)                \
{                                                                             \
  bench_loop_consume_few (&ops, pool, ring, n);                               \
}

#define BENCH_DEFINE_LOOPS(name, ops)                                         \
static void                                                                   \
name##_cycle (gpointer pool, guint64 n)                                       \
{                                                                             \
  bench_loop_cycle (&ops, pool, n);                                           \
}                                                                             \
static void                                                                   \
name##_early (gpointer pool, guint64 n)                                       \
{                                                                             \
  bench_loop_early (&ops, pool, n);                                           \
}                                                                             \
static void                                                                   \
name##_hold (gpointer pool, guint64 n)                                        \
{                                                                             \
  bench_loop_hold (&ops, pool, n);                                            \
}                                                                             \
static void                                                                   \
name##_bulk (gpointer pool, guint n_buffers, guint64 n)                       \
{                                                                             \
  bench_loop_bulk (&ops, pool, n_buffers, n);                                 \
}                                                                             \
static void                                                                   \
name##_burst (gpointer pool, guint64 n)                                       \
{                                                                             \
  bench_loop_burst (&ops, pool, n);                                           \
}                                                                             \
static void                                                                   \
name##_produce (gpointer pool, BenchRing *ring, guint64 n)                    \
{                                                                             \
  bench_loop_produce (&ops, pool, ring, n);                                   \
}                                                                             \
static void                                                                   \
name##_consume (gpointer pool, BenchRing *ring, guint64 n)                    \
{                                                                             \
  bench_loop_consume (&ops, pool, ring, n);                                   \
}                                                                             \
BENCH_DEFINE_FEW (name, ops)                                                  \
static gpointer *                                                             \
name##_bleed (gpointer pool, BenchTable *table, gpointer *batch,              \
              guint seed, guint64 n)                                          \
{                                                                             \
  return bench_loop_bleed (&ops, pool, table, batch, seed, n);                \
}                                                                             \
static void                                                                   \
name##_live (gpointer pool, BenchTable *table, guint seed, guint64 n)         \
{                                                                             \
  bench_loop_live (&ops, pool, table, seed, n);                               \
}                                                                             \
static void                                                                   \
name##_frames (gpointer pool, gsize size, guint64 n)                          \
{                                                                             \
  bench_loop_frames (&ops, pool, size, n);                                    \
}                                                                             \
static void                                                                   \
name##_frames_touched (gpointer pool, gsize size, guint64 n)                  \
{                                                                             \
  bench_loop_frames_touched (&ops, pool, size, n);                            \
}

#define BENCH_FEW(name)                                                       \
  {                                                                           \
    .produce_few = name##_produce_few,                                        \
    .consume_few = name##_consume_few,                                        \
  }

#define BENCH_LOOPS(name)                                                     \
  {                                                                           \
    .cycle = name##_cycle,                                                    \
    .early = name##_early,                                                    \
    .hold = name##_hold,                                                      \
    .bulk = name##_bulk,                                                      \
    .burst = name##_burst,                                                    \
    .produce = name##_produce,                                                \
    .consume = name##_consume,                                                \
    .produce_few = name##_produce_few,                                        \
    .consume_few = name##_consume_few,                                        \
    .bleed = name##_bleed,                                                    \
    .live = name##_live,                                                      \
    .frames = name##_frames,                                                  \
    .frames_touched = name##_frames_touched,                                  \
  }
