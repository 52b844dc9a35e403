/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-report.h"

#include <json-glib/json-glib.h>

#include "bench-machine.h"

/* A list with one object a line, each complete in itself. json-glib writes
 * 3.41 as 3.4100000000000001, so the numbers are written here.
 */

static void
add_name (GString    *line,
          const char *name)
{
  g_string_append_printf (line, "%s\"%s\": ", line->len > 1 ? ", " : "", name);
}

static void
add_string (GString    *line,
            const char *name,
            const char *value)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_VALUE);
  g_autofree char *quoted = NULL;

  add_name (line, name);
  if (value == NULL)
    {
      g_string_append (line, "null");
      return;
    }
  json_node_set_string (node, value);
  quoted = json_to_string (node, FALSE);
  g_string_append (line, quoted);
}

static void
add_integer (GString    *line,
             const char *name,
             guint64     value)
{
  add_name (line, name);
  g_string_append_printf (line, "%" G_GUINT64_FORMAT, value);
}

static void
append_figure (GString *line,
               double   value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (line, g_ascii_formatd (text, sizeof text, "%.3f", value));
}

static void
add_figure (GString      *line,
            const char   *name,
            const GArray *samples,
            double      (*figure) (const GArray *samples))
{
  add_name (line, name);
  if (samples->len > 0)
    append_figure (line, figure (samples));
  else
    g_string_append (line, "null");
}

static void
add_samples (GString      *line,
             const char   *name,
             const GArray *samples)
{
  add_name (line, name);
  g_string_append_c (line, '[');
  for (guint i = 0; i < samples->len; i++)
    {
      if (i > 0)
        g_string_append (line, ", ");
      append_figure (line, g_array_index (samples, double, i));
    }
  g_string_append_c (line, ']');
}

static char *
describe_result (const BenchResult *result,
                 const BenchReport *report,
                 const char        *cpu,
                 const char        *date)
{
  GString *line = g_string_new ("{");

  add_string (line, "workload", result->workload->name);
  add_string (line, "subject", result->subject->name);
  if (report->that_version != NULL)
    add_string (line, "build", result->is_that ? "that" : "this");
  add_integer (line, "threads", result->n_threads);
  add_integer (line, "size", result->size);
  add_figure (line, "ns_per_op", result->samples, bench_median);
  add_figure (line, "min", result->samples, bench_minimum);
  add_figure (line, "max", result->samples, bench_maximum);
  add_integer (line, "runs", result->samples->len);
  add_string (line, "status", bench_result_get_status (result));
  if (result->note != NULL)
    add_string (line, "note", result->note);
  add_samples (line, "samples", result->samples);
  add_figure (line, "page_faults", result->page_faults, bench_median);
  if (result->samples->len > 0)
    add_integer (line, "peak_kib", (guint64) result->peak_kib);
  if (result->samples->len > 0)
    add_integer (line, "acquires", (guint64) result->acquires);
  if (result->samples->len > 0 && result->misses >= 0)
    add_integer (line, "misses", (guint64) result->misses);
  if (result->subject->kind &
      BENCH_KINDS_BUFPOOL)
    add_integer (line, "max_buffers",
                 bench_workload_get_max_buffers (result->workload, report->max_buffers));
  add_string (line, "library", result->subject->library);
  add_string (line, "version", result->version);
  add_string (line, "cpu", cpu);
  add_integer (line, "cores", g_get_num_processors ());
  if (report->load >= 0)
    {
      add_name (line, "load");
      append_figure (line, report->load);
    }
  add_string (line, "date", date);
  g_string_append_c (line, '}');

  return g_string_free (line, FALSE);
}

char *
bench_report_dup_json (const BenchReport *report)
{
  g_autofree char *cpu = bench_machine_dup_cpu ();
  g_autofree char *date = bench_machine_dup_date ();
  GString *text = g_string_new ("[\n");

  for (guint i = 0; i < report->results->len; i++)
    {
      g_autofree char *line = describe_result (g_ptr_array_index (report->results, i),
                                               report, cpu, date);

      g_string_append_printf (text, "  %s%s\n", line, i + 1 < report->results->len ? "," : "");
    }
  g_string_append (text, "]\n");

  return g_string_free (text, FALSE);
}
