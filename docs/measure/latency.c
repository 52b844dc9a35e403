/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Measures what a real-time thread pays for one buffer, time by time: from a real-time pool,
 * from a plain one, from malloc(), and for memory that it has anyway. Meanwhile other threads
 * use the same source and drop what is idle, and caches of another pool are revoked. It also
 * measures what a revocation costs a thread that only computes. Prints JSON for
 * plot-latency.py.
 *
 * Each is measured in a process of its own, so that none inherits the heap of another. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bufpool.h>

#include "bench-machine.h"
#include "latency-work.h"

#define DEFAULT_SECONDS 60
#define MAX_SECONDS 3600
/* Of the gaps, each half. */
#define INTERRUPT_SHARE 0.1

static const char *const subject_names[N_SUBJECTS] = { "nothing", "realtime", "plain", "malloc" };

static double seconds = DEFAULT_SECONDS;

static void
print_head (const char *subject,
            double      taken,
            gboolean    has_priority)
{
  g_autofree char *model = bench_machine_dup_cpu ();
  g_autofree char *cpu = g_strescape (model, NULL);
  g_autofree char *date = bench_machine_dup_date ();
  char time[G_ASCII_DTOSTR_BUF_SIZE], load[G_ASCII_DTOSTR_BUF_SIZE];

  printf ("{\"subject\": \"%s\", \"cpu\": \"%s\", \"cores\": %u, \"date\": \"%s\", "
          "\"bufpool\": \"%s\", \"seconds\": %s, \"load\": %s, \"policy\": \"%s\",\n ",
          subject, cpu, g_get_num_processors (), date, BP_VERSION_S,
          g_ascii_formatd (time, sizeof time, "%.1f", taken),
          g_ascii_formatd (load, sizeof load, "%.1f", bench_machine_get_load ()),
          has_priority ? "SCHED_FIFO" : "SCHED_OTHER");
}

static void
measure (guint subject)
{
  g_autofree LatencyResult *result = g_new0 (LatencyResult, 1);

  mlockall (MCL_CURRENT);
  latency_measure ((Subject) subject, seconds, result);

  print_head (subject_names[subject], seconds, result->has_priority);
  printf ("\"none\": %" G_GUINT64_FORMAT ", \"faults\": %" G_GUINT64_FORMAT
          ", \"preempted\": %" G_GUINT64_FORMAT ", \"disturbed\": %" G_GUINT64_FORMAT ",\n ",
          result->n_none, result->n_faults, result->n_preempted, result->n_disturbed);
  test_latency_print_json (&result->latency, &result->ticks, stdout);
  printf ("}");
}

static void
measure_interrupts (guint unused)
{
  g_autofree InterruptResult *result = g_new0 (InterruptResult, 1);

  latency_interrupts (seconds * INTERRUPT_SHARE, result);

  print_head ("interrupts", seconds * INTERRUPT_SHARE, result->has_priority);
  printf ("\"barriers\": %" G_GUINT64_FORMAT ",\n \"without\": {", result->n_barriers);
  test_latency_print_json (&result->without, &result->ticks, stdout);
  printf ("},\n \"with\": {");
  test_latency_print_json (&result->with, &result->ticks, stdout);
  printf ("}}");
}

static void
run_in_child (void  (*func) (guint subject),
              guint   subject)
{
  int status = 0;
  pid_t child;

  fflush (stdout);
  child = fork ();
  if (child == 0)
    {
      func (subject);
      fflush (stdout);
      _exit (EXIT_SUCCESS);
    }
  if (child < 0 || waitpid (child, &status, 0) != child || status != 0)
    {
      fprintf (stderr, "bufpool-latency: it could not be measured\n");
      exit (EXIT_FAILURE);
    }
}

int
main (int    argc,
      char **argv)
{
  gboolean quick = FALSE;
  const GOptionEntry entries[] = {
    { "quick", 0, 0, G_OPTION_ARG_NONE, &quick,
      "Measure too briefly for the figures to mean much", NULL },
    { "seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "How long each is measured", "S" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      fprintf (stderr, "bufpool-latency: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (quick)
    seconds = 0.5;
  if (!(seconds > 0 && seconds <= MAX_SECONDS))
    {
      fprintf (stderr, "bufpool-latency: --seconds must be more than 0, and %d at most\n",
               MAX_SECONDS);
      return EXIT_FAILURE;
    }

  printf ("[");
  for (guint i = 0; i < N_SUBJECTS; i++)
    {
      printf ("%s\n", i > 0 ? "," : "");
      run_in_child (measure, i);
    }
  printf (",\n");
  run_in_child (measure_interrupts, 0);
  printf ("\n]\n");

  return EXIT_SUCCESS;
}
