/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "report.h"

#include <json-glib/json-glib.h>

#include "bench-machine.h"

#define KIB_PER_MIB 1024
#define BUSY 0.5

static const char *const status_names[] = { "ok", "gave-up", "failed" };

static char *
dup_gstreamer_version (void)
{
  guint major, minor, micro, nano;

  gst_version (&major, &minor, &micro, &nano);

  return g_strdup_printf ("%u.%u.%u", major, minor, micro);
}

gboolean
report_has_failed (const Report *self)
{
  for (guint i = 0; i < self->results->len; i++)
    {
      const Result *result = g_ptr_array_index (self->results, i);

      if (result->status == STATUS_FAILED)
        return TRUE;
    }

  return FALSE;
}

static void
print_row (const Result *result)
{
  if (result->status != STATUS_OK)
    {
      g_print ("  %-13s %s: %s\n", result->subject->name, status_names[result->status],
               result->note);
      return;
    }

  g_print ("  %-13s %12.1f %12.1f %12.1f %12.1f %10.3f %9.1f %9.1f %4.0f\n", result->subject->name,
           result_get_median (result, FIGURE_NS),
           result_get_least (result, FIGURE_NS),
           result_get_most (result, FIGURE_NS),
           result_get_median (result, FIGURE_CPU_NS),
           result_get_median (result, FIGURE_PAGE_FAULTS),
           result_get_median (result, FIGURE_PEAK_KIB) / KIB_PER_MIB,
           result_get_median (result, FIGURE_RSS_KIB) / KIB_PER_MIB,
           result_get_median (result, FIGURE_DESCRIPTORS));
}

void
report_print_text (const Report *self)
{
  g_autofree char *cpu = bench_machine_dup_cpu ();
  g_autofree char *date = bench_machine_dup_date ();
  g_autofree char *gstreamer = dup_gstreamer_version ();
  const Result *before = NULL;

  g_print ("GStreamer %s, bufpool %s, %s, %u cores, %s\n", gstreamer, BP_VERSION_S, cpu,
           g_get_num_processors (), date);
  if (self->load > BUSY)
    g_print ("The machine was busy before this (load %.2f): the figures may be disturbed.\n",
             self->load);

  for (guint i = 0; i < self->results->len; i++)
    {
      const Result *result = g_ptr_array_index (self->results, i);

      if (before == NULL || !result_is_beside (before, result))
        {
          g_print ("\n%s, %" G_GSIZE_FORMAT " bytes, %u thread%s: ns per %s\n", result->workload->name,
                   result->size, result->n_threads, result->n_threads == 1 ? "" : "s",
                   result->workload->operation);
          g_print ("  %-13s %12s %12s %12s %12s %10s %9s %9s %4s\n", "", "median", "min", "max",
                   "CPU", "faults/op", "peak MiB", "end MiB", "fds");
        }
      print_row (result);
      before = result;
    }
}

static void
add_double (JsonBuilder *builder,
            const char  *name,
            double       value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_int (JsonBuilder *builder,
         const char  *name,
         gint64       value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_string (JsonBuilder *builder,
            const char  *name,
            const char  *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
add_figures (JsonBuilder  *builder,
             const Result *result)
{
  for (guint i = 0; i < N_FIGURES; i++)
    add_double (builder, figure_names[i], result_get_median (result, i));
  add_double (builder, "min", result_get_least (result, FIGURE_NS));
  add_double (builder, "max", result_get_most (result, FIGURE_NS));

  json_builder_set_member_name (builder, "samples");
  json_builder_begin_array (builder);
  for (guint i = 0; i < result->figures[FIGURE_NS]->len; i++)
    json_builder_add_double_value (builder, g_array_index (result->figures[FIGURE_NS], double, i));
  json_builder_end_array (builder);
}

/* A list with one object for each row, complete in itself. */
void
report_print_json (const Report *self)
{
  g_autofree char *cpu = bench_machine_dup_cpu ();
  g_autofree char *date = bench_machine_dup_date ();
  g_autofree char *gstreamer = dup_gstreamer_version ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < self->results->len; i++)
    {
      const Result *result = g_ptr_array_index (self->results, i);

      json_builder_begin_object (builder);
      add_string (builder, "workload", result->workload->name);
      add_string (builder, "subject", result->subject->name);
      add_int (builder, "size", (gint64) result->size);
      add_int (builder, "threads", result->n_threads);
      add_string (builder, "status", status_names[result->status]);
      if (result->note != NULL)
        add_string (builder, "note", result->note);
      if (result->status == STATUS_OK)
        add_figures (builder, result);
      add_int (builder, "runs", result->figures[FIGURE_NS]->len);
      add_string (builder, "gstreamer", gstreamer);
      add_string (builder, "bufpool", BP_VERSION_S);
      add_string (builder, "cpu", cpu);
      add_int (builder, "cores", g_get_num_processors ());
      add_double (builder, "load", self->load);
      add_string (builder, "date", date);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);

  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
}
