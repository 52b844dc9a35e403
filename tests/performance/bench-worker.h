/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-options.h"

int bench_worker_main       (const BenchOptions *options);
int bench_worker_probe      (const BenchOptions *options);
int bench_worker_iterations (const BenchOptions *options);
