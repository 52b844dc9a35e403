/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-report.h"

/* The bars that bufpool is built to clear, read off one run. What is not in the
 * run is not judged. A bar missed is said and is no error: on a busy or unusual
 * machine that means little.
 */

#define BAR_SIZE 4096

typedef struct
{
  const char *workload;
  const char *subject;
  guint n_threads;
} Figure;

typedef struct
{
  const char *about;
  Figure slow;       /* the ratio is slow by fast */
  Figure fast;
  double bar;
  gboolean at_most;
} Bar;

static const Bar bars[] = {
  {
    "acquire and release, against malloc",
    { "cycle", "malloc", 1 }, { "cycle", "bufpool", 1 }, 5, FALSE
  },
  {
    "64 out and 64 back, against malloc",
    { "hold", "malloc", 1 }, { "hold", "bufpool", 1 }, 4, FALSE
  },
  {
    "hand-over through a ring, against malloc",
    { "handoff", "malloc", 2 }, { "handoff", "bufpool", 2 }, 8, FALSE
  },
  {
    "throughput of two threads, against one",
    { "threads", "bufpool", 1 }, { "threads", "bufpool", 2 }, 1.8, FALSE
  },
  {
    "two threads on one shard, against malloc",
    { "threads", "malloc", 2 }, { "threads-one-shard", "bufpool", 2 }, 2, FALSE
  },
  {
    "32 threads, against two, per operation",
    { "threads", "bufpool", 32 }, { "threads", "bufpool", 2 }, 1.5, TRUE
  },
};

static const BenchResult *
find_figure (const BenchReport *report,
             const Figure      *figure)
{
  const BenchResult *result = bench_report_find (report, figure->workload, figure->subject,
                                                 BAR_SIZE, figure->n_threads);

  return result != NULL && result->samples->len > 0 ? result : NULL;
}

static void
append_bar (GString           *text,
            const BenchReport *report,
            const Bar         *bar)
{
  const BenchResult *slow = find_figure (report, &bar->slow);
  const BenchResult *fast = find_figure (report, &bar->fast);
  double ratio;
  gboolean cleared;

  if (slow == NULL || fast == NULL)
    {
      g_string_append_printf (text, "  ------  %-42s not in this run\n", bar->about);
      return;
    }

  ratio = bench_median (slow->samples) / bench_median (fast->samples);
  cleared = bar->at_most ? ratio <= bar->bar : ratio >= bar->bar;
  g_string_append_printf (text, "  %s  %-42s %s %3.1f, is %5.2f (%.2f by %.2f ns)\n",
                          cleared ? "clears" : "MISSES", bar->about,
                          bar->at_most ? "at most" : "at least", bar->bar, ratio,
                          bench_median (slow->samples), bench_median (fast->samples));
}

char *
bench_report_check (const BenchReport *report)
{
  static const Figure alone = { "handoff", "ring", 2 };
  const BenchResult *ring = find_figure (report, &alone);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "Bars, at %d bytes:\n", BAR_SIZE);
  for (guint i = 0; i < G_N_ELEMENTS (bars); i++)
    append_bar (text, report, &bars[i]);

  if (ring != NULL)
    g_string_append_printf (text, "The ring alone took %.1f ns: that is how far apart this machine "
                            "placed the two threads.\n", bench_median (ring->samples));
  g_string_append (text, "Machine instructions are counted by count-instructions.sh.\n");

  return g_string_free (text, FALSE);
}
