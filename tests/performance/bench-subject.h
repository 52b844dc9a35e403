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
  BENCH_KIND_BUFPOOL       = 1 << 0,  /* a bufpool that hands out what it has */
  BENCH_KIND_BUFPOOL_SIZED = 1 << 1,  /* a bufpool that is asked for a size each time */
  BENCH_KIND_OTHER         = 1 << 2,  /* what a program could use instead */
  BENCH_KIND_BASELINE      = 1 << 3   /* no allocator: what the rest of the work costs */
} BenchKind;

typedef struct
{
  gsize size;          /* bytes of a buffer */
  guint n_threads;     /* that use the pool at once */
  guint n_buffers;     /* that are out at once, at most */
  gboolean one_shard;  /* everything in one shard */
} BenchSetup;

typedef struct
{
  void       (*cycle)   (gpointer    pool,
                         guint64     n);
  void       (*hold)    (gpointer    pool,
                         guint64     n);
  void       (*produce) (gpointer    pool,
                         BenchRing  *ring,
                         guint64     n);
  void       (*consume) (gpointer    pool,
                         BenchRing  *ring,
                         guint64     n);
  gpointer * (*bleed)   (gpointer    pool,
                         BenchTable *table,
                         gpointer   *batch,
                         guint       seed,
                         guint64     n);
  void       (*live)    (gpointer    pool,
                         BenchTable *table,
                         guint       seed,
                         guint64     n);
  void       (*frames)  (gpointer    pool,
                         gsize       size,
                         guint64     n);
} BenchLoops;

typedef struct
{
  char     * (*dup_version)  (GError           **error);
  gpointer   (*open)         (const BenchSetup  *setup,
                              GError           **error);
  void       (*close)        (gpointer           pool);
  guint64    (*count_misses) (gpointer           pool);
  const BenchOps *ops;    /* for what is not timed */
  BenchLoops loops;
} BenchDriver;

typedef struct
{
  const char *name;
  const char *about;
  const char *library;           /* whose version is printed */
  BenchKind kind;
  const char *const *preloads;   /* libraries to run under, the first that loads; or NULL */
  const BenchDriver *driver;     /* NULL where this program was built without it */
} BenchSubject;

extern const BenchSubject bench_subjects[];
extern const guint bench_n_subjects;

const BenchSubject *bench_subject_find        (const char          *name);
char               *bench_subject_dup_version (const BenchSubject  *subject,
                                               GError             **error);

extern const BenchDriver bench_driver_bufpool;
extern const BenchDriver bench_driver_bufpool_strict;
extern const BenchDriver bench_driver_bufpool_sized;
extern const BenchDriver bench_driver_malloc;
extern const BenchDriver bench_driver_mimalloc;
extern const BenchDriver bench_driver_jemalloc;
extern const BenchDriver bench_driver_g_slice;
extern const BenchDriver bench_driver_avbufferpool;
extern const BenchDriver bench_driver_gstbufferpool;
extern const BenchDriver bench_driver_ring;

/* Defines the seven timed functions for a constant BenchOps of the same file */
#define BENCH_DEFINE_LOOPS(name, ops)                                         \
G_GNUC_UNUSED static void                                                     \
name##_cycle (gpointer pool, guint64 n)                                       \
{                                                                             \
  bench_loop_cycle (&ops, pool, n);                                           \
}                                                                             \
G_GNUC_UNUSED static void                                                     \
name##_hold (gpointer pool, guint64 n)                                        \
{                                                                             \
  bench_loop_hold (&ops, pool, n);                                            \
}                                                                             \
G_GNUC_UNUSED static void                                                     \
name##_produce (gpointer pool, BenchRing *ring, guint64 n)                    \
{                                                                             \
  bench_loop_produce (&ops, pool, ring, n);                                   \
}                                                                             \
G_GNUC_UNUSED static void                                                     \
name##_consume (gpointer pool, BenchRing *ring, guint64 n)                    \
{                                                                             \
  bench_loop_consume (&ops, pool, ring, n);                                   \
}                                                                             \
G_GNUC_UNUSED static gpointer *                                               \
name##_bleed (gpointer pool, BenchTable *table, gpointer *batch,              \
              guint seed, guint64 n)                                          \
{                                                                             \
  return bench_loop_bleed (&ops, pool, table, batch, seed, n);                \
}                                                                             \
G_GNUC_UNUSED static void                                                     \
name##_live (gpointer pool, BenchTable *table, guint seed, guint64 n)         \
{                                                                             \
  bench_loop_live (&ops, pool, table, seed, n);                               \
}                                                                             \
G_GNUC_UNUSED static void                                                     \
name##_frames (gpointer pool, gsize size, guint64 n)                          \
{                                                                             \
  bench_loop_frames (&ops, pool, size, n);                                    \
}

#define BENCH_LOOPS(name)                                                     \
  {                                                                           \
    .cycle = name##_cycle,                                                    \
    .hold = name##_hold,                                                      \
    .produce = name##_produce,                                                \
    .consume = name##_consume,                                                \
    .bleed = name##_bleed,                                                    \
    .live = name##_live,                                                      \
    .frames = name##_frames,                                                  \
  }
