/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "worker.h"

#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bench-machine.h"

#define LINE_MAX_BYTES 16

/* How the rounds grow until a run takes as long as it should. */
#define GROWTH_MIN 2
#define GROWTH_MAX 16
#define SETTLED 4

static void
calibrate (const Workload *workload,
           Run            *run,
           double          target_ns)
{
  run->n_rounds = 1;

  for (;;)
    {
      double growth;

      workload->work (run);
      growth = target_ns / (double) MAX (run->ns, 1);
      if (workload->is_fixed)
        return;
      if (growth <= SETTLED)
        {
          run->n_rounds = MAX ((guint64) ((double) run->n_rounds * growth), 1);
          return;
        }
      run->n_rounds = (guint64) ((double) run->n_rounds * CLAMP (growth, GROWTH_MIN, GROWTH_MAX));
    }
}

static double
get_rss_kib (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    return 0;
  fields = g_strsplit (text, " ", 3);

  return (double) g_ascii_strtoull (fields[1], NULL, 10) * (double) sysconf (_SC_PAGESIZE) / 1024;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;

  return n;
}

/* JSON has decimal points in every locale. */
static void
print_figures (const double *figures)
{
  for (guint i = 0; i < N_FIGURES; i++)
    {
      char text[G_ASCII_DTOSTR_BUF_SIZE];

      g_print ("%s\"%s\": %s", i == 0 ? "{" : ", ", figure_names[i],
               g_ascii_dtostr (text, sizeof text, figures[i]));
    }
  g_print ("}\n");
  fflush (stdout);
}

static void
make_run (const Workload *workload,
          Run            *run,
          guint           n_descriptors_before)
{
  double figures[N_FIGURES];
  double n_operations;

  workload->work (run);
  n_operations = (double) run->n_operations;

  figures[FIGURE_NS] = (double) run->ns / n_operations;
  figures[FIGURE_CPU_NS] = (double) run->cpu_ns / n_operations;
  figures[FIGURE_PAGE_FAULTS] = (double) run->page_faults / n_operations;
  figures[FIGURE_PEAK_KIB] = (double) bench_machine_get_peak ();
  figures[FIGURE_RSS_KIB] = get_rss_kib ();
  figures[FIGURE_DESCRIPTORS] = count_descriptors () - n_descriptors_before;
  print_figures (figures);
}

int
worker_main (const Options *options)
{
  const Workload *workload = g_ptr_array_index (options->workloads, 0);
  const Subject *subject = g_ptr_array_index (options->subjects, 0);
  guint n_descriptors = count_descriptors ();
  Run run = {
    .subject = subject,
    .size = (gsize) g_array_index (options->sizes, guint64, 0),
    .n_threads = (guint) g_array_index (options->threads, guint64, 0),
    .allocator = subject_make_allocator (subject),
  };
  char line[LINE_MAX_BYTES];

  /* When the parent is gone, nothing else stops a run that does not end. */
  prctl (PR_SET_PDEATHSIG, SIGKILL);

  source_open (&run.source, subject, run.allocator, run.size, workload->max_buffers);
  if (options->n_rounds > 0)
    {
      run.n_rounds = options->n_rounds;
      workload->work (&run);
    }
  else
    {
      calibrate (workload, &run, options->run_ms * 1e6);
    }
  g_print ("{\"rounds\": %" G_GUINT64_FORMAT "}\n", run.n_rounds);
  fflush (stdout);

  while (fgets (line, sizeof line, stdin) != NULL)
    make_run (workload, &run, n_descriptors);

  source_close (&run.source);
  gst_clear_object (&run.allocator);

  return 0;
}
