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
#include <sys/wait.h>
#include <unistd.h>

#include "bench-machine.h"
#include "bench-team.h"
#include "curve-work.h"

#define MAX_POINTS 12
#define MAX_WORKS 3
#define MAX_RUNS 15
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

static double run_ms = 100;
static int n_runs = 9;

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

  while (ns < run_ms * 1e6 / 4)
    {
      n_rounds *= 2;
      ns = run_undisturbed (bench, work, n_rounds);
    }

  return MAX (1, (guint64) ((double) n_rounds * run_ms * 1e6 / ns));
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
print_number (const char *name,
              double      value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_print (", \"%s\": %s", name, g_ascii_formatd (text, sizeof text, "%.3f", value));
}

static void
print_point (const Curve     *curve,
             const CurveWork *work,
             guint64          point,
             guint            n_shards)
{
  g_autofree char *model = bench_machine_dup_cpu ();
  g_autofree char *cpu = g_strescape (model, NULL);
  g_autofree char *date = bench_machine_dup_date ();

  g_print ("{\"setting\": \"%s\", \"work\": \"%s\", \"value\": ", curve->setting, work->name);
  if (point == AUTOMATIC)
    g_print ("-1");
  else
    g_print ("%" G_GUINT64_FORMAT, point);
  g_print (", \"shards\": %u, \"cpu\": \"%s\", \"cores\": %u, \"date\": \"%s\"",
           n_shards, cpu, g_get_num_processors (), date);
}

static void
measure (const Curve     *curve,
         const CurveWork *work,
         guint64          point)
{
  g_autoptr (BpPool) pool = make_pool (curve, point);
  CurveBench bench = { .pool = pool, .n_threads = work->n_threads };
  gboolean takes_turns = work->work == curve_work_turns;
  double samples[MAX_RUNS];
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

    for (int i = 0; i < n_runs; i++)
      samples[i] = run_once (&bench, work, n_rounds) / (double) n_rounds / work->n_buffers;
    after = bp_pool_get_stats (pool);
    qsort (samples, (gsize) n_runs, sizeof samples[0], compare);

    n_acquired = bp_pool_stats_get_acquired (after) - bp_pool_stats_get_acquired (before);
    n_missed = bp_pool_stats_get_misses (after) - bp_pool_stats_get_misses (before);

    print_point (curve, work, point, bp_pool_get_shards (pool));
    g_print (", \"runs\": %d", n_runs);
    print_number ("ns", samples[n_runs / 2]);
    print_number ("min", samples[0]);
    print_number ("max", samples[n_runs - 1]);
    print_number ("missed", (double) n_missed / (double) MAX (n_acquired, 1));
    print_number ("made", takes_turns ? (double) bp_pool_stats_get_misses (after) : 0);
    print_number ("idle_mib", (double) bp_pool_stats_get_idle_bytes (after) / (1024 * 1024));
    g_print ("}");
  }

  g_aligned_free (bench.ring);
  g_cond_clear (&bench.cond);
  g_mutex_clear (&bench.mutex);
}

static void
measure_in_child (const Curve     *curve,
                  const CurveWork *work,
                  guint64          point)
{
  int status = 0;
  pid_t child;

  fflush (stdout);
  child = fork ();
  if (child == 0)
    {
      measure (curve, work, point);
      fflush (stdout);
      _exit (EXIT_SUCCESS);
    }
  if (child < 0 || waitpid (child, &status, 0) != child || status != 0)
    {
      g_printerr ("bufpool-curves: %s %" G_GUINT64_FORMAT " could not be measured\n",
                  curve->setting, point);
      exit (EXIT_FAILURE);
    }
}

int
main (int    argc,
      char **argv)
{
  gboolean quick = FALSE;
  const char *between = "\n";
  GOptionEntry entries[] = {
    { "quick", 0, 0, G_OPTION_ARG_NONE, &quick,
      "Measure too briefly for the figures to mean much", NULL },
    { "run-ms", 0, 0, G_OPTION_ARG_DOUBLE, &run_ms, "How long a run takes", "MS" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &n_runs, "How many runs", "N" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("bufpool-curves: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (quick)
    {
      run_ms = 2;
      n_runs = 3;
    }
  if (n_runs < 1 || n_runs > MAX_RUNS || run_ms <= 0)
    {
      g_printerr ("bufpool-curves: between 1 and %d runs, of more than 0 ms\n", MAX_RUNS);
      return EXIT_FAILURE;
    }

  g_print ("[");
  for (guint i = 0; i < G_N_ELEMENTS (curves); i++)
    for (guint j = 0; j < MAX_WORKS && curves[i].works[j].name != NULL; j++)
      for (guint k = 0; curves[i].points[k] != END; k++)
        {
          g_print ("%s", between);
          between = ",\n";
          measure_in_child (&curves[i], &curves[i].works[j], curves[i].points[k]);
        }
  g_print ("\n]\n");

  return EXIT_SUCCESS;
}
