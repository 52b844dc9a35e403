/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

#include "bench-ring.h"

/* The work whose cost is measured while one setting of a pool changes. */

#define CURVE_BURST 64
#define CURVE_TURN_BUFFERS 16

#define CURVE_SMALL 4096
#define CURVE_MEDIUM (64 * 1024)
#define CURVE_MIXED_USUAL (16 * 1024)
#define CURVE_MIXED_LARGE (1024 * 1024)
#define CURVE_MIXED_SELDOM 64

typedef struct
{
  BpPool *pool;
  guint n_threads;

  /* Of each thread */
  guint64 n_rounds;

  BenchRing *ring;

  /* Whose turn it is, for work that takes turns */
  GMutex mutex;
  GCond cond;
  guint64 turn;
} CurveBench;

typedef struct
{
  const char *name;
  guint n_threads;

  /* In one round of all threads together */
  guint n_buffers;

  void (*work) (guint    index,
                gpointer bench);
} CurveWork;

void curve_work_pairs  (guint    index,
                        gpointer bench);
void curve_work_burst  (guint    index,
                        gpointer bench);
void curve_work_hand   (guint    index,
                        gpointer bench);
void curve_work_turns  (guint    index,
                        gpointer bench);
void curve_work_medium (guint    index,
                        gpointer bench);
void curve_work_mixed  (guint    index,
                        gpointer bench);
