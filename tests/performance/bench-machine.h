/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* What is known about this machine and this process. */

char    *bench_machine_dup_cpu           (void);
char    *bench_machine_dup_date          (void);
double   bench_machine_get_load          (void);
guint64  bench_machine_get_peak          (void);
guint64  bench_machine_get_faults        (void);
guint64  bench_machine_get_thread_faults (void);
