/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-latency.h"

static const struct
{
  const char *name;
  double share;
} percentiles[] = {
  { "50", 0.5 },
  { "99", 0.99 },
  { "99.9", 0.999 },
  { "99.99", 0.9999 },
};

void
test_ticks_begin (TestTicks *self)
{
  self->us = g_get_monotonic_time ();
  self->ticks = test_ticks_now ();
}

void
test_ticks_end (TestTicks *self)
{
  guint64 n_ticks = test_ticks_now () - self->ticks;
  gint64 us = g_get_monotonic_time () - self->us;

  self->ns_per_tick = n_ticks == 0 ? 0 : (double) us * 1000 / (double) n_ticks;
}

/* The most that is recorded in a bucket. */
static guint64
get_upper_ticks (guint bucket)
{
  guint power;

  if (bucket < 2 * TEST_LATENCY_PARTS)
    return bucket;

  power = bucket / TEST_LATENCY_PARTS - 1;

  return ((guint64) (bucket % TEST_LATENCY_PARTS + TEST_LATENCY_PARTS + 1) << power) - 1;
}

static double
to_ns (const TestLatency *self,
       const TestTicks   *ticks,
       guint64            n_ticks)
{
  return (double) MIN (n_ticks, self->worst) * ticks->ns_per_tick;
}

double
test_latency_get_percentile (const TestLatency *self,
                             const TestTicks   *ticks,
                             double             share)
{
  guint64 n_below = 0;

  for (guint i = 0; i < TEST_LATENCY_BUCKETS; i++)
    {
      n_below += self->counts[i];
      if (n_below > 0 && (double) n_below >= share * (double) self->n)
        return to_ns (self, ticks, get_upper_ticks (i));
    }

  return test_latency_get_worst (self, ticks);
}

double
test_latency_get_worst (const TestLatency *self,
                        const TestTicks   *ticks)
{
  return to_ns (self, ticks, self->worst);
}

static void
append_time (GString *text,
             double   ns)
{
  if (ns >= 1e6)
    g_string_append_printf (text, "%.1f ms", ns / 1e6);
  else if (ns >= 1e4)
    g_string_append_printf (text, "%.1f us", ns / 1e3);
  else
    g_string_append_printf (text, "%.0f ns", ns);
}

char *
test_latency_to_string (const TestLatency *self,
                        const TestTicks   *ticks)
{
  GString *text = g_string_new (NULL);

  g_string_printf (text, "%" G_GUINT64_FORMAT " times", self->n);
  for (guint i = 0; i < G_N_ELEMENTS (percentiles); i++)
    {
      g_string_append_printf (text, "%s %s %% ", i == 0 ? ":" : ",", percentiles[i].name);
      append_time (text, test_latency_get_percentile (self, ticks, percentiles[i].share));
    }
  g_string_append (text, ", worst ");
  append_time (text, test_latency_get_worst (self, ticks));

  return g_string_free (text, FALSE);
}

static const char *
format_ns (char   *text,
           double  ns)
{
  return g_ascii_formatd (text, G_ASCII_DTOSTR_BUF_SIZE, "%.1f", ns);
}

void
test_latency_print_json (const TestLatency *self,
                         const TestTicks   *ticks,
                         FILE              *file)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  const char *separator = "";

  fprintf (file, "\"n\": %" G_GUINT64_FORMAT, self->n);
  for (guint i = 0; i < G_N_ELEMENTS (percentiles); i++)
    fprintf (file, ", \"%s\": %s", percentiles[i].name,
             format_ns (text, test_latency_get_percentile (self, ticks, percentiles[i].share)));
  fprintf (file, ", \"worst\": %s, \"histogram\": [",
           format_ns (text, test_latency_get_worst (self, ticks)));
  for (guint i = 0; i < TEST_LATENCY_BUCKETS; i++)
    {
      if (self->counts[i] == 0)
        continue;
      fprintf (file, "%s[%s, %" G_GUINT64_FORMAT "]", separator,
               format_ns (text, to_ns (self, ticks, get_upper_ticks (i))), self->counts[i]);
      separator = ", ";
    }
  fputs ("]", file);
}
