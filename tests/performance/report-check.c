/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-report.h"

#include <math.h>

/* The bars that bufpool is built to clear, read off one run. What is not in the
 * run is not judged. A bar missed is said and is no error: on a busy or unusual
 * machine that means little. Those that hold one build against another are in
 * compare.py.
 */

#define PRINTED 100
#define USUAL_SIZE 4096
#define SMALL_SIZE 256
#define LARGE_SIZE 1048576

typedef struct
{
  const char *workload;
  const char *subject;
  gsize size;
  guint n_threads;
} Figure;

typedef struct
{
  const char *about;
  Figure over;       /* the ratio is this by the other */
  Figure under;
  double bar;
  gboolean at_most;
} Bar;

/* How many times as long another subject takes */
#define AHEAD(words, workload, other, size, threads, times)                   \
  {                                                                           \
    words, { workload, other, size, threads },                                \
    { workload, "bufpool", size, threads }, times, FALSE                      \
  }

/* How many times as long bufpool takes */
#define WITHIN(words, workload, other, size, threads, times)                  \
  {                                                                           \
    words, { workload, "bufpool", size, threads },                            \
    { workload, other, size, threads }, times, TRUE                           \
  }

/* How many times as long it takes bufpool under worse conditions */
#define GROWTH(words, workload, threads, easy_workload, easy_threads, times)  \
  {                                                                           \
    words, { workload, "bufpool", USUAL_SIZE, threads },                      \
    { easy_workload, "bufpool", USUAL_SIZE, easy_threads }, times, TRUE       \
  }

#define FEW(number)                                                           \
  AHEAD (#number " under way, against malloc",                                \
         "handoff-" #number, "malloc", USUAL_SIZE, 2, 1),                     \
  WITHIN (#number " under way, max-buffers 8, against malloc",                \
          "handoff-" #number "-max8", "malloc", USUAL_SIZE, 2,                \
          number == 1 ? 1.2 : 1),                                             \
  AHEAD ("objects, " #number " under way, against making them",               \
         "objects-" #number, "malloc", SMALL_SIZE, 2, 1),                     \
  AHEAD ("items, " #number " under way, against making them",                 \
         "items-" #number, "malloc", SMALL_SIZE, 2, 1),                       \
  AHEAD ("items of 1000 ns, " #number " under way, the same",                    \
         "costly-" #number, "malloc", SMALL_SIZE, 2, 1)

static const Bar bars[] = {
  AHEAD ("acquire and release, against malloc", "cycle", "malloc", USUAL_SIZE, 1, 5),
  AHEAD ("acquire and release, against jemalloc", "cycle", "jemalloc", USUAL_SIZE, 1, 1),
  AHEAD ("the same with 1 MiB, against malloc", "cycle", "malloc", LARGE_SIZE, 1, 1),
  AHEAD ("64 out and 64 back, against malloc", "hold", "malloc", USUAL_SIZE, 1, 4),
  {
    "throughput of two threads, against one",
    { "threads", "bufpool", USUAL_SIZE, 1 }, { "threads", "bufpool", USUAL_SIZE, 2 }, 1.8, FALSE
  },
  {
    "two threads on one shard, against malloc",
    { "threads", "malloc", USUAL_SIZE, 2 }, { "threads-one-shard", "bufpool", USUAL_SIZE, 2 }, 2, FALSE
  },
  GROWTH ("32 threads, against two, per operation", "threads", 32, "threads", 2, 1.5),
  GROWTH ("the same, 64 out and 64 back", "threads-hold", 32, "threads-hold", 2, 1.5),
  AHEAD ("hand-over through a ring, against malloc", "handoff", "malloc", USUAL_SIZE, 2, 8),
  FEW (1),
  FEW (2),
  FEW (4),
  FEW (8),
  WITHIN ("wandering, 2 threads, against jemalloc", "bleed", "jemalloc", USUAL_SIZE, 2, 1.15),
  WITHIN ("wandering, 8 threads, against jemalloc", "bleed", "jemalloc", USUAL_SIZE, 8, 1.15),
  GROWTH ("a burst after 1000 threads by turns", "burst-after-turns", 1, "burst", 1, 1.3),
  GROWTH ("a burst after 1000 threads at once", "burst-after-crowd", 1, "burst", 1, 1.3),
  GROWTH ("a burst after 1000 of another pool", "burst-after-others", 1, "burst", 1, 1.3),
  WITHIN ("too small by half, against malloc", "too-small", "malloc", SMALL_SIZE, 1, 2.5),
  WITHIN ("the same with 2 threads", "too-small", "malloc", SMALL_SIZE, 2, 2.5),
  WITHIN ("the same with 8 threads", "too-small", "malloc", SMALL_SIZE, 8, 2.5),
  WITHIN ("one that keeps nothing, against malloc", "keeps-nothing", "malloc", SMALL_SIZE, 1, 2.5),
  WITHIN ("the same with 2 threads", "keeps-nothing", "malloc", SMALL_SIZE, 2, 2.5),
  WITHIN ("the same, one at a time", "keeps-nothing-cycle", "malloc", SMALL_SIZE, 1, 2.5),
};

static const BenchResult *
find_figure (const BenchReport *report,
             const Figure      *figure)
{
  const BenchResult *result = bench_report_find (report, figure->workload, figure->subject,
                                                 figure->size, figure->n_threads);

  return result != NULL && result->samples->len > 0 ? result : NULL;
}

/* FALSE when the figures are not in this run */
static gboolean
append_bar (GString           *text,
            const BenchReport *report,
            const Bar         *bar)
{
  const BenchResult *over = find_figure (report, &bar->over);
  const BenchResult *under = find_figure (report, &bar->under);
  double ratio;
  gboolean cleared;

  if (over == NULL || under == NULL)
    return FALSE;

  /* Two digits are judged, as they are printed: what is beyond them is noise. */
  ratio = bench_median (over->samples) / bench_median (under->samples);
  ratio = floor (ratio * PRINTED + 0.5) / PRINTED;
  cleared = bar->at_most ? ratio <= bar->bar : ratio >= bar->bar;
  g_string_append_printf (text, "  %s  %-44s %s %4.2f, is %5.2f (%.2f by %.2f ns)\n",
                          cleared ? "clears" : "MISSES", bar->about,
                          bar->at_most ? "at most" : "at least", bar->bar, ratio,
                          bench_median (over->samples), bench_median (under->samples));

  return TRUE;
}

char *
bench_report_check (const BenchReport *report)
{
  static const Figure alone = { "handoff", "ring", USUAL_SIZE, 2 };
  const BenchResult *ring = find_figure (report, &alone);
  GString *text = g_string_new ("Bars:\n");
  guint n_absent = 0;

  for (guint i = 0; i < G_N_ELEMENTS (bars); i++)
    {
      if (!append_bar (text, report, &bars[i]))
        n_absent++;
    }

  if (n_absent > 0)
    g_string_append_printf (text, "  ------  %u more: not in this run\n", n_absent);
  if (ring != NULL)
    g_string_append_printf (text, "The ring alone took %.1f ns: that is how far apart this machine "
                            "placed the two threads.\n", bench_median (ring->samples));
  g_string_append (text, "Machine instructions are counted by count-instructions.sh.\n");

  return g_string_free (text, FALSE);
}
