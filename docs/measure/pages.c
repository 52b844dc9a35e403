/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Measures what it costs to give the pages of freed blocks back to the system, and what
 * it brings, for blocks of each size: the curve of the guide to giving memory back. Prints
 * JSON for plot-curves.py.
 *
 * A round takes blocks of 32 MiB together, writes to each page, and frees them. That is
 * done with malloc() alone, as a pool does it for blocks that are large enough.
 *
 * Each point is measured in a process of its own, so that none inherits the heap of
 * another.
 */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench-loops.h"
#include "runs.h"

#define MIB ((gsize) 1 << 20)
#define ROUND_BYTES (32 * MIB)
#define MIN_SIZE ((gsize) 8 << 10)
#define MAX_SIZE (16 * MIB)
#define MAX_BLOCKS (ROUND_BYTES / MIN_SIZE)
/* Small blocks between the others keep the heap from shrinking at its end; mappings have
 * no heap that could */
#define BETWEEN 200

typedef enum
{
  KEPT,
  GIVEN_BACK,
  MAPPED,
  N_WAYS
} Way;

static const char *const way_names[N_WAYS] = {
  "kept by malloc",
  "given back before they are freed",
  "a mapping for each block",
};

typedef struct
{
  Way way;
  gsize size;
} Point;

static Runs runs = { .n = 9, .ms = 100 };

static gsize
get_page_size (void)
{
  return (gsize) sysconf (_SC_PAGESIZE);
}

static gsize
get_resident (void)
{
  g_autofree char *text = NULL;
  gulong n_all, n_resident;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) ||
      sscanf (text, "%lu %lu", &n_all, &n_resident) != 2)
    g_error ("how much memory is resident is not known here");

  return n_resident * get_page_size ();
}

static void
give_back (gpointer block,
           gsize    size)
{
  gsize page = get_page_size ();
  gsize start = (GPOINTER_TO_SIZE (block) + page - 1) & ~(page - 1);
  gsize end = (GPOINTER_TO_SIZE (block) + size) & ~(page - 1);

  madvise (GSIZE_TO_POINTER (start), end - start, MADV_DONTNEED);
}

/* As a process is that has freed a larger block, or as a fresh one that never learns */
static void
prepare_heap (Way way)
{
  mallopt (M_MMAP_THRESHOLD, way == MAPPED ? (int) MIN_SIZE / 2 : (int) (2 * MAX_SIZE));
  mallopt (M_MMAP_MAX, 2 * (int) MAX_BLOCKS);
  mallopt (M_TRIM_THRESHOLD, G_MAXINT);
}

static void
run_round (Way   way,
           gsize size)
{
  static gpointer blocks[MAX_BLOCKS];
  static gpointer between[MAX_BLOCKS];
  gsize n_blocks = ROUND_BYTES / size;

  for (gsize i = 0; i < n_blocks; i++)
    {
      blocks[i] = malloc (size);
      if (between[i] == NULL && way != MAPPED)
        between[i] = malloc (BETWEEN);
      if (blocks[i] == NULL)
        g_error ("no memory for %" G_GSIZE_FORMAT " bytes", size);
      bench_touch_pages (blocks[i], size);
    }
  for (gsize i = 0; i < n_blocks; i++)
    {
      if (way == GIVEN_BACK)
        give_back (blocks[i], size);
      free (blocks[i]);
    }
}

/* Per MiB, of as many rounds as a run has time for */
static double
run_once (Way   way,
          gsize size)
{
  gint64 begin = g_get_monotonic_time (), end = begin;
  guint n_rounds = 0;

  while (n_rounds == 0 || (double) (end - begin) < runs.ms * 1000)
    {
      run_round (way, size);
      n_rounds++;
      end = g_get_monotonic_time ();
    }

  return (double) (end - begin) * 1000 * (double) MIB / (double) ROUND_BYTES / n_rounds;
}

static void
measure (gconstpointer data)
{
  const Point *point = data;
  gsize resident_before, resident;
  double samples[RUNS_MOST];

  prepare_heap (point->way);
  resident_before = get_resident ();
  run_round (point->way, point->size);
  for (int i = 0; i < runs.n; i++)
    samples[i] = run_once (point->way, point->size);
  resident = get_resident ();

  g_print ("{\"setting\": \"size\", \"work\": \"%s\", \"value\": %" G_GSIZE_FORMAT,
           way_names[point->way], point->size);
  runs_print_origin ();
  runs_print (&runs, samples);
  runs_print_number ("left_mib",
                     resident > resident_before ? (double) (resident - resident_before) / MIB : 0);
  g_print ("}");
}

int
main (int    argc,
      char **argv)
{
  const char *separator = "\n";

  if (!runs_parse (&runs, &argc, &argv))
    return EXIT_FAILURE;

  g_print ("[");
  for (guint way = 0; way < N_WAYS; way++)
    for (gsize size = MIN_SIZE; size <= MAX_SIZE; size *= 2)
      {
        const Point point = { way, size };

        g_print ("%s", separator);
        separator = ",\n";
        if (!runs_in_child (measure, &point))
          {
            g_printerr ("bufpool-pages: %" G_GSIZE_FORMAT " bytes, %s, could not be measured\n",
                        size, way_names[way]);
            return EXIT_FAILURE;
          }
      }
  g_print ("\n]\n");

  return EXIT_SUCCESS;
}
