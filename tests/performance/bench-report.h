/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-runner.h"

void  bench_report_print_text (const BenchReport *report);
char *bench_report_dup_json   (const BenchReport *report);
char *bench_report_check      (const BenchReport *report);
