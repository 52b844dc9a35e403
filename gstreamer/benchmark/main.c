/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <signal.h>
#include <stdlib.h>

#include "report.h"
#include "worker.h"

#include "bench-machine.h"

/* gst-bufpool-bench: what a GstBuffer costs, from the system, from stock pools and
 * from bufpool. */

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GPtrArray) results = NULL;
  g_autoptr (GError) error = NULL;
  Options options;
  Report report;

  /* No plugin is needed, so none need be looked for. */
  g_setenv ("GST_REGISTRY_DISABLE", "yes", TRUE);
  if (!options_parse (&options, &argc, &argv, &error))
    {
      g_printerr ("gst-bufpool-bench: %s\n", error->message);
      options_clear (&options);
      return EXIT_FAILURE;
    }

  if (options.is_worker)
    {
      int status = worker_main (&options);

      options_clear (&options);
      return status;
    }

  /* A child that ends early is found by reading from it. */
  signal (SIGPIPE, SIG_IGN);

  report.load = bench_machine_get_load ();
  results = runner_run (&options);
  report.results = results;
  if (options.format == FORMAT_JSON)
    report_print_json (&report);
  else
    report_print_text (&report);
  options_clear (&options);

  return report_has_failed (&report) ? EXIT_FAILURE : EXIT_SUCCESS;
}
