/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpsummary-private.h"

#include "gstbpaccount-private.h"

typedef struct
{
  guint64 n_allocations;
  guint64 n_hits;
  guint64 n_fallbacks;
} Counts;

static Counts
get_counts (const GstBpSummary *self,
            GArray             *usages)
{
  g_autoptr (GstStructure) stats = gst_bp_allocator_get_stats (self->allocator);
  Counts counts = { 0 };

  gst_structure_get (stats,
                     "hits", G_TYPE_UINT64, &counts.n_hits,
                     "fallbacks", G_TYPE_UINT64, &counts.n_fallbacks,
                     NULL);
  for (guint i = 0; i < usages->len; i++)
    counts.n_allocations += g_array_index (usages, GstBpUsage, i).n_allocations;

  return counts;
}

static void
append_usage (GValue           *users,
              const GstBpUsage *usage)
{
  GValue value = G_VALUE_INIT;

  g_value_init (&value, GST_TYPE_STRUCTURE);
  g_value_take_boxed (&value, gst_structure_new ("user",
    "name", G_TYPE_STRING, usage->name,
    "type", G_TYPE_STRING, usage->type,
    "allocations", G_TYPE_UINT64, usage->n_allocations,
    "peak-bytes", G_TYPE_UINT64, usage->peak_bytes,
    "outstanding", G_TYPE_UINT64, usage->n_outstanding,
    "outstanding-bytes", G_TYPE_UINT64, usage->n_bytes,
    NULL));
  gst_value_array_append_and_take_value (users, &value);
}

GstStructure *
gst_bp_summary_to_structure (const GstBpSummary *self)
{
  g_autoptr (GArray) usages = gst_bp_account_list_usages ();
  GstBpUsage plain = gst_bp_account_get_plain_usage ();
  Counts counts = get_counts (self, usages);
  GValue users = G_VALUE_INIT;
  GstStructure *structure;

  structure = gst_structure_new ("bufpool-summary",
    "allocations", G_TYPE_UINT64, counts.n_allocations,
    "hits", G_TYPE_UINT64, counts.n_hits,
    "fallbacks", G_TYPE_UINT64, counts.n_fallbacks,
    "max-bytes", G_TYPE_UINT64, self->max_bytes,
    "held-bytes", G_TYPE_UINT64, bp_budget_get_used_bytes (self->budget),
    "peak-bytes", G_TYPE_UINT64, bp_budget_get_peak_bytes (self->budget),
    "fallback-bytes", G_TYPE_UINT64, plain.n_bytes,
    "fallback-peak-bytes", G_TYPE_UINT64, plain.peak_bytes,
    "replaced", G_TYPE_BOOLEAN, self->is_replaced,
    NULL);

  g_value_init (&users, GST_TYPE_ARRAY);
  for (guint i = 0; i < usages->len; i++)
    append_usage (&users, &g_array_index (usages, GstBpUsage, i));
  gst_structure_take_value (structure, "users", &users);

  return structure;
}

static void
append_total (GString            *text,
              const GstBpSummary *self,
              GArray             *usages)
{
  GstBpUsage plain = gst_bp_account_get_plain_usage ();
  Counts counts = get_counts (self, usages);
  g_autofree char *peak = g_format_size (bp_budget_get_peak_bytes (self->budget));

  g_string_append_printf (text, "bufpool: %" G_GUINT64_FORMAT " allocations, %" G_GUINT64_FORMAT
                          " of them of memory used before; at most %s held",
                          counts.n_allocations, counts.n_hits, peak);
  if (self->max_bytes > 0)
    {
      g_autofree char *limit = g_format_size (self->max_bytes);

      g_string_append_printf (text, " of %s", limit);
    }
  g_string_append_c (text, '\n');

  if (counts.n_fallbacks > 0)
    {
      g_autofree char *plain_peak = g_format_size (plain.peak_bytes);

      g_string_append_printf (text, "bufpool: %" G_GUINT64_FORMAT " allocations found no room in "
                              "the limit, or no memory in the pool, and were of plain memory: "
                              "at most %s\n",
                              counts.n_fallbacks, plain_peak);
    }
  if (self->is_replaced)
    g_string_append (text, "bufpool: the program made another allocator its default, and what "
                     "that allocated is not in here\n");
}

static char *
get_title (const GstBpUsage *usage)
{
  return g_strdup_printf ("%s (%s)", usage->name, usage->type);
}

/* In characters, not bytes; to the left if the width is negative. */
static void
append_padded (GString    *text,
               const char *what,
               int         width)
{
  int n_missing = MAX (ABS (width) - (int) g_utf8_strlen (what, -1), 0);

  g_string_append_printf (text, "%*s%s%*s", width > 0 ? n_missing : 0, "", what,
                          width < 0 ? n_missing : 0, "");
}

static void
append_user (GString          *text,
             const GstBpUsage *usage,
             int               title_width)
{
  g_autofree char *title = get_title (usage);
  g_autofree char *peak = g_format_size (usage->peak_bytes);

  g_string_append (text, "bufpool: ");
  append_padded (text, title, -title_width);
  g_string_append_printf (text, "  %11" G_GUINT64_FORMAT "  ", usage->n_allocations);
  append_padded (text, peak, 12);
  if (usage->n_outstanding > 0)
    {
      g_autofree char *size = g_format_size (usage->n_bytes);

      g_string_append_printf (text, "  %" G_GUINT64_FORMAT " blocks, %s\n",
                              usage->n_outstanding, size);
    }
  else
    {
      g_string_append (text, "  -\n");
    }
}

static void
append_users (GString *text,
              GArray  *usages)
{
  int width = 0;

  for (guint i = 0; i < usages->len; i++)
    {
      g_autofree char *title = get_title (&g_array_index (usages, GstBpUsage, i));

      width = MAX (width, (int) g_utf8_strlen (title, -1));
    }

  g_string_append (text, "bufpool: ");
  append_padded (text, "", -width);
  g_string_append (text, "  allocations  most at once  not given back\n");
  for (guint i = 0; i < usages->len; i++)
    append_user (text, &g_array_index (usages, GstBpUsage, i), width);
}

char *
gst_bp_summary_to_text (const GstBpSummary *self)
{
  g_autoptr (GArray) usages = gst_bp_account_list_usages ();
  GString *text = g_string_new (NULL);

  append_total (text, self, usages);
  if (usages->len > 0)
    append_users (text, usages);

  return g_string_free (text, FALSE);
}

static GstStructure *
describe_count (const char *description)
{
  return gst_structure_new ("value",
    "type", G_TYPE_GTYPE, G_TYPE_UINT64,
    "description", G_TYPE_STRING, description,
    "flags", GST_TYPE_TRACER_VALUE_FLAGS, GST_TRACER_VALUE_FLAGS_AGGREGATED,
    "min", G_TYPE_UINT64, G_GUINT64_CONSTANT (0),
    "max", G_TYPE_UINT64, G_MAXUINT64,
    NULL);
}

static GstStructure *
describe_type (void)
{
  return gst_structure_new ("value",
    "type", G_TYPE_GTYPE, G_TYPE_STRING,
    "description", G_TYPE_STRING, "type of the element",
    NULL);
}

static GstStructure *
describe_scope (void)
{
  return gst_structure_new ("scope",
    "type", G_TYPE_GTYPE, G_TYPE_STRING,
    "related-to", GST_TYPE_TRACER_VALUE_SCOPE, GST_TRACER_VALUE_SCOPE_ELEMENT,
    NULL);
}

/* It takes the structures. */
static GstTracerRecord *
make_user_record (void)
{
  return gst_tracer_record_new ("bufpool-user.class",
    "name", GST_TYPE_STRUCTURE, describe_scope (),
    "type", GST_TYPE_STRUCTURE, describe_type (),
    "allocations", GST_TYPE_STRUCTURE, describe_count ("allocations"),
    "peak-bytes", GST_TYPE_STRUCTURE, describe_count ("most bytes in use at once"),
    "outstanding", GST_TYPE_STRUCTURE, describe_count ("blocks not given back"),
    "outstanding-bytes", GST_TYPE_STRUCTURE, describe_count ("bytes not given back"),
    NULL);
}

void
gst_bp_summary_log (const GstBpSummary *self)
{
  g_autoptr (GArray) usages = gst_bp_account_list_usages ();
  g_autoptr (GstTracerRecord) record = make_user_record ();

  for (guint i = 0; i < usages->len; i++)
    {
      const GstBpUsage *usage = &g_array_index (usages, GstBpUsage, i);

      gst_tracer_record_log (record, usage->name, usage->type, usage->n_allocations,
                             usage->peak_bytes, usage->n_outstanding, usage->n_bytes);
    }
}
