/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* What bufpool-curves and bufpool-pages have in common: each point has some runs, and is
 * measured in a process of its own, so that none inherits the heap of another. */

#define RUNS_MOST 15

typedef struct
{
  int n;
  double ms;            /* how long each takes, about */
} Runs;

/* Sets the numbers of runs by the options; FALSE, with a message printed, if they are wrong. */
gboolean  runs_parse        (Runs           *self,
                             int            *argc,
                             char         ***argv);
/* Where the figures come from, as members of a JSON object that has some. */
void      runs_print_origin (void);
/* How many runs there were, their median, the shortest and the longest; sorts the samples. */
void      runs_print        (const Runs     *self,
                             double         *samples);
void      runs_print_number (const char     *name,
                             double          value);
/* FALSE if the process of its own, which calls func, failed. */
gboolean  runs_in_child     (void          (*func) (gconstpointer point),
                             gconstpointer   point);
