/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "replay.h"

/* What a run in a process of its own prints, as text: frames, seconds, page faults
 * and the peak of memory in KiB. */
#define REPLAY_RESULT_TYPE "(udtt)"

/* Runs the program again and again with --pool, and prints the medians. */
gboolean replay_compare (const char        *program,
                         const ReplayTask  *task,
                         int                n_runs,
                         GError           **error);
