/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "runs.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench-machine.h"

gboolean
runs_parse (Runs   *self,
            int    *argc,
            char ***argv)
{
  gboolean quick = FALSE;
  const GOptionEntry entries[] = {
    { "quick", 0, 0, G_OPTION_ARG_NONE, &quick,
      "Measure too briefly for the figures to mean much", NULL },
    { "run-ms", 0, 0, G_OPTION_ARG_DOUBLE, &self->ms, "How long a run takes", "MS" },
    { "runs", 0, 0, G_OPTION_ARG_INT, &self->n, "How many runs", "N" },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      g_printerr ("%s: %s\n", g_get_prgname (), error->message);
      return FALSE;
    }
  if (quick)
    *self = (Runs) { .n = 3, .ms = 2 };
  if (self->n >= 1 && self->n <= RUNS_MOST && self->ms > 0)
    return TRUE;

  g_printerr ("%s: between 1 and %d runs, of more than 0 ms\n", g_get_prgname (), RUNS_MOST);

  return FALSE;
}

void
runs_print_origin (void)
{
  g_autofree char *model = bench_machine_dup_cpu ();
  g_autofree char *cpu = g_strescape (model, NULL);
  g_autofree char *date = bench_machine_dup_date ();

  g_print (", \"cpu\": \"%s\", \"cores\": %u, \"date\": \"%s\"", cpu, g_get_num_processors (),
           date);
}

static int
compare (gconstpointer a,
         gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

void
runs_print (const Runs *self,
            double     *samples)
{
  qsort (samples, (gsize) self->n, sizeof samples[0], compare);

  g_print (", \"runs\": %d", self->n);
  runs_print_number ("ns", samples[self->n / 2]);
  runs_print_number ("min", samples[0]);
  runs_print_number ("max", samples[self->n - 1]);
}

void
runs_print_number (const char *name,
                   double      value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_print (", \"%s\": %s", name, g_ascii_formatd (text, sizeof text, "%.3f", value));
}

gboolean
runs_in_child (void          (*func) (gconstpointer point),
               gconstpointer   point)
{
  int status = 0;
  pid_t child;

  fflush (stdout);
  child = fork ();
  if (child == 0)
    {
      func (point);
      fflush (stdout);
      _exit (EXIT_SUCCESS);
    }

  return child > 0 && waitpid (child, &status, 0) == child && status == 0;
}
