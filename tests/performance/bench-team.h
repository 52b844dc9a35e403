/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Threads that start together. */

typedef struct
{
  guint64 ns;             /* from the first start to the last end */
  guint64 page_faults;    /* between them, of all threads */
} BenchTime;

typedef void (*BenchTeamFunc) (guint    index,
                               gpointer data);

BenchTime bench_team_run (guint         n_threads,
                          BenchTeamFunc warm_up,
                          BenchTeamFunc work,
                          gpointer      data);

guint64   bench_team_now (void);
