/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Measures what each setting of a pool does, while the others stay as they are:
 * the curves of the guide to choosing them. Prints JSON for plot-curves.py.
 *
 * Each point is measured in a process of its own, so that none inherits the heap
 * of another.
 */

#include <stdio.h>
#include <stdlib.h>

#include "bench-team.h"
#include "curve-work.h"
#include "runs.h"

#define MAX_POINTS 12
#define MAX_WORKS 3
#define N_TURNS 200
#define N_TRIES 5
/* After so many rounds every buffer has been a large one once */
#define N_MIXED_ROUNDS 512
#define PREFILLED 256
#define END G_MAXUINT64

typedef struct
{
  const char *setting;
  guint shards;
  guint max_buffers;
  gsize trim_capacity;
  int thread_cache;
  CurveWork works[MAX_WORKS];
  guint64 points[MAX_POINTS];
} Curve;

#define AUTOMATIC ((guint64) -2)

static const Curve curves[] = {
  {
    "thread-cache", 0, 1024, 0, -1,
    {
      { "one at a time, 1 thread", 1, 1, curve_work_pairs },
      { "64 at a time, 1 thread", 1, CURVE_BURST, curve_work_burst },
      { "handed to another thread", 2, 1, curve_work_hand },
    },
    { AUTOMATIC, 0, 1, 2, 4, 8, 16, 32, 64, END },
  },
  {
    "thread-cache-turns", 0, 1024, 0, -1,
    { { "8 threads take turns", 8, 8 * CURVE_TURN_BUFFERS, curve_work_turns } },
    { AUTOMATIC, 0, 1, 2, 4, 8, 16, 32, 64, END },
  },
  {
    "shards", 0, 1024, 0, -1,
    {
      { "one at a time, 8 threads", 8, 8, curve_work_pairs },
      { "64 at a time, 8 threads", 8, 8 * CURVE_BURST, curve_work_burst },
    },
    { 1, 2, 4, 8, 16, 32, 64, END },
  },
  {
    "shards-strict", 0, 1024, 0, 0,
    {
      { "one at a time, 8 threads, thread-cache 0", 8, 8, curve_work_pairs },
      { "64 at a time, 8 threads, thread-cache 0", 8, 8 * CURVE_BURST, curve_work_burst },
    },
    { 1, 2, 4, 8, 16, 32, 64, END },
  },
  {
    "max-buffers", 0, 256, 0, -1,
    { { "64 at a time, 64 KiB, each page touched", 1, CURVE_BURST, curve_work_medium } },
    { 0, 8, 16, 32, 48, 56, 64, 80, 96, 128, END },
  },
  {
    "trim-capacity", 0, 256, 0, -1,
    { { "16 KiB, one in 64 of 1 MiB, each page touched", 1, CURVE_BURST, curve_work_mixed } },
    { 8192, 16384, 32768, 65536, 131072, 262144, 524288, 1048576, 0, END },
  },
};

typedef struct
{
  const Curve *curve;
  const CurveWork *work;
  guint64 value;
} Point;

static Runs runs = { .n = 9, .ms = 100 };

static BpPool *
make_pool (const Curve *curve,
           guint64      point)
{
  gboolean is_cache = g_str_has_prefix (curve->setting, "thread-cache");
  gboolean is_shards = g_str_has_prefix (curve->setting, "shards");
  gboolean is_bound = g_str_equal (curve->setting, "max-buffers");
  gboolean is_trim = g_str_equal (curve->setting, "trim-capacity");
  BpPool *pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8,
                                   is_shards ? (guint) point : curve->shards,
                                   is_bound ? (guint) point : curve->max_buffers,
                                   is_trim ? point : curve->trim_capacity);

  bp_pool_set_thread_cache (pool, !is_cache ? curve->thread_cache
                                            : point == AUTOMATIC ? -1 : (int) point);

  return pool;
}

static double
run_once (CurveBench      *bench,
          const CurveWork *work,
          guint64          n_rounds)
{
  BenchTime time;

  bench->n_rounds = n_rounds;
  bench->turn = 0;
  time = bench_team_run (work->n_threads, NULL, work->work, bench);

  return (double) time.ns;
}

/* The shortest of a few runs: one that was interrupted says nothing of the work */
static double
run_undisturbed (CurveBench      *bench,
                 const CurveWork *work,
                 guint64          n_rounds)
{
  double shortest = G_MAXDOUBLE;

  for (int i = 0; i < N_TRIES; i++)
    shortest = MIN (shortest, run_once (bench, work, n_rounds));

  return shortest;
}

/* Rounds that take about as long as a run should */
static guint64
calibrate (CurveBench      *bench,
           const CurveWork *work)
{
  guint64 n_rounds = 1;
  double ns = run_undisturbed (bench, work, n_rounds);

  while (ns < runs.ms * 1e6 / 4)
    {
      n_rounds *= 2;
      ns = run_undisturbed (bench, work, n_rounds);
    }

  return MAX (1, (guint64) ((double) n_rounds * runs.ms * 1e6 / ns));
}

static void
print_point (const Point *point,
             guint        n_shards)
{
  g_print ("{\"setting\": \"%s\", \"work\": \"%s\", \"value\": ", point->curve->setting,
           point->work->name);
  if (point->value == AUTOMATIC)
    g_print ("-1");
  else
    g_print ("%" G_GUINT64_FORMAT, point->value);
  g_print (", \"shards\": %u", n_shards);
  runs_print_origin ();
}

static void
measure (gconstpointer data)
{
  const Point *point = data;
  const CurveWork *work = point->work;
  g_autoptr (BpPool) pool = make_pool (point->curve, point->value);
  CurveBench bench = { .pool = pool, .n_threads = work->n_threads };
  gboolean takes_turns = work->work == curve_work_turns;
  double samples[RUNS_MOST];
  guint64 n_rounds = N_TURNS;
  guint64 n_acquired, n_missed;

  g_mutex_init (&bench.mutex);
  g_cond_init (&bench.cond);
  bench.ring = g_aligned_alloc0 (1, sizeof (BenchRing), BENCH_RING_LINES);

  /* Those that take turns shall show how many buffers they make */
  if (!takes_turns)
    {
      if (work->work != curve_work_medium && work->work != curve_work_mixed &&
          !bp_pool_prefill (pool, PREFILLED, CURVE_SMALL, NULL))
        g_error ("cannot prefill");
      if (work->work == curve_work_mixed)
        run_once (&bench, work, N_MIXED_ROUNDS);
      n_rounds = calibrate (&bench, work);
    }

  {
    g_autoptr (BpPoolStats) before = bp_pool_get_stats (pool);
    g_autoptr (BpPoolStats) after = NULL;

    for (int i = 0; i < runs.n; i++)
      samples[i] = run_once (&bench, work, n_rounds) / (double) n_rounds / work->n_buffers;
    after = bp_pool_get_stats (pool);

    n_acquired = bp_pool_stats_get_acquired (after) - bp_pool_stats_get_acquired (before);
    n_missed = bp_pool_stats_get_misses (after) - bp_pool_stats_get_misses (before);

    print_point (point, bp_pool_get_shards (pool));
    runs_print (&runs, samples);
    runs_print_number ("missed", (double) n_missed / (double) MAX (n_acquired, 1));
    runs_print_number ("made", takes_turns ? (double) bp_pool_stats_get_misses (after) : 0);
    runs_print_number ("idle_mib", (double) bp_pool_stats_get_idle_bytes (after) / (1024 * 1024));
    g_print ("}");
  }

  g_aligned_free (bench.ring);
  g_cond_clear (&bench.cond);
  g_mutex_clear (&bench.mutex);
}

int
main (int    argc,
      char **argv)
{
  const char *between = "\n";

  if (!runs_parse (&runs, &argc, &argv))
    return EXIT_FAILURE;

  g_print ("[");
  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    for (guint j = 0; j < MAX_WORKS && curves[i].works[j].name != NULL; j++)
      for (guint k = 0; curves[i].points[k] != END; k++)
        {
          const Point point = { &curves[i], &curves[i].works[j], curves[i].points[k] };

          g_print ("%s", between);
          between = ",\n";
          if (!runs_in_child (measure, &point))
            {
              g_printerr ("bufpool-curves: %s %" G_GUINT64_FORMAT " could not be measured\n",
                          curves[i].setting, point.value);
              return EXIT_FAILURE;
            }
        }
  g_print ("\n]\n");

  return EXIT_SUCCESS;
}
