/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-worker.h"

#include <stdio.h>
#include <string.h>
#ifdef __linux__
# include <signal.h>
# include <sys/prctl.h>
#endif

#include "bench-machine.h"

/* The process that measures: one workload, subject, size and number of threads.
 * It finds out how often it has to go round, says that it is ready, and then
 * makes one run for every line that it reads, until there are no more. What it
 * says is one JSON object a line.
 */

#define LINE_MAX_BYTES 64
#define GROWTH_MAX 16
#define GROWTH_MIN 2
#define SETTLED 4
#define DEFAULT_SIZE 4096

static int
fail (const GError *error)
{
  g_printerr ("bufpool-bench: %s\n", error->message);

  return 1;
}

/* Goes round more and more often, until that takes a good part of the time a
 * run should take; the rest is proportion. This warms up everything, too.
 */
static void
calibrate (const BenchWorkload *workload,
           BenchRun            *run,
           double               target_ns)
{
  run->iterations = 1;

  for (;;)
    {
      double growth;

      workload->run (run);
      growth = target_ns / (double) MAX (run->time.ns, 1);
      if (growth <= SETTLED)
        {
          run->iterations = MAX ((guint64) ((double) run->iterations * growth), 1);
          return;
        }
      run->iterations = (guint64) ((double) run->iterations * CLAMP (growth, GROWTH_MIN, GROWTH_MAX));
    }
}

/* JSON has decimal points in every locale (GStreamer sets it). */
static void
print_number (const char *name,
              double      number,
              const char *after)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_print ("\"%s\": %s%s", name, g_ascii_dtostr (text, sizeof text, number), after);
}

static void
make_run (const BenchWorkload *workload,
          BenchRun            *run)
{
  const BenchDriver *driver = run->driver;
  guint64 misses = driver->count_misses != NULL ? driver->count_misses (run->pool) : 0;
  double n;

  workload->run (run);
  n = (double) run->n_operations;

  g_print ("{");
  print_number ("ns_per_op", (double) run->time.ns / n, ", ");
  print_number ("acquires", n + (double) run->n_untimed, ", ");
  print_number ("page_faults", (double) run->time.page_faults / n, ", ");
  if (driver->count_misses != NULL)
    print_number ("misses", (double) (driver->count_misses (run->pool) - misses), ", ");
  print_number ("peak_kib", (double) bench_machine_get_peak (), "}\n");
  fflush (stdout);
}

/* When the parent is gone, nothing is left to stop a run that does not end. */
static void
die_with_parent (void)
{
#ifdef __linux__
  prctl (PR_SET_PDEATHSIG, SIGKILL);
#endif
}

int
bench_worker_main (const BenchOptions *options)
{
  const BenchWorkload *workload = g_ptr_array_index (options->workloads, 0);
  const BenchSubject *subject = g_ptr_array_index (options->subjects, 0);
  const BenchDriver *driver = subject->drivers[workload->thing];
  BenchRun run = {
    .workload = workload,
    .driver = driver,
    .loops = workload->steady && driver->steady != NULL ? driver->steady : driver->loops,
    .size = g_array_index (options->sizes, gsize, 0),
    .n_threads = g_array_index (options->threads, guint, 0),
  };
  g_autoptr (GError) error = NULL;
  g_autofree char *version = bench_subject_dup_version (subject, &error);
  char line[LINE_MAX_BYTES];

  die_with_parent ();

  if (version == NULL)
    return fail (error);
  run.pool = bench_workload_open (workload, driver, run.size, run.n_threads,
                                  options->max_buffers, &error);
  if (run.pool == NULL)
    return fail (error);

  if (workload->prepare != NULL)
    workload->prepare (&run);
  calibrate (workload, &run, options->run_ms * 1e6);
  g_print ("{\"iterations\": %" G_GUINT64_FORMAT "}\n", run.iterations);
  fflush (stdout);

  while (fgets (line, sizeof line, stdin) != NULL)
    make_run (workload, &run);

  if (workload->finish != NULL)
    workload->finish (&run);
  driver->close (run.pool);

  return 0;
}

/* Says whether the subject can be had in this process, and in which version */
int
bench_worker_probe (const BenchOptions *options)
{
  const BenchSubject *subject = g_ptr_array_index (options->subjects, 0);
  g_autoptr (GError) error = NULL;
  g_autofree char *version = bench_subject_dup_version (subject, &error);

  if (version == NULL)
    return fail (error);
  g_print ("{\"version\": \"%s\"}\n", version);

  return 0;
}

/* For tools that count instructions: nothing but the cycles, in this thread */
int
bench_worker_iterations (const BenchOptions *options)
{
  const BenchSubject *subject = g_ptr_array_index (options->subjects, 0);
  const BenchDriver *driver = subject->drivers[BENCH_THING_BUFFER];
  gsize size = options->sizes->len > 0 ? g_array_index (options->sizes, gsize, 0) : DEFAULT_SIZE;
  g_autoptr (GError) error = NULL;
  g_autofree char *version = bench_subject_dup_version (subject, &error);
  gpointer pool;

  if (version == NULL)
    return fail (error);
  pool = bench_workload_open (&bench_workload_cycle, driver, size, 1, options->max_buffers, &error);
  if (pool == NULL)
    return fail (error);

  (driver->steady != NULL ? driver->steady : driver->loops)->cycle (pool, options->iterations);
  driver->close (pool);

  return 0;
}
