/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "test-latency.h"

/* What a real-time thread pays for a buffer while other threads work, and what these
 * do. */

typedef enum
{
  SUBJECT_NOTHING,         /* memory that the thread has anyway: what the machine does */
  SUBJECT_REALTIME,
  SUBJECT_PLAIN,
  SUBJECT_MALLOC,
  N_SUBJECTS
} Subject;

typedef struct
{
  TestLatency latency;
  TestTicks ticks;
  guint64 n_none;          /* acquires that got nothing */
  guint64 n_faults;        /* of pages, in the thread that was measured */
  guint64 n_preempted;
  guint64 n_disturbed;     /* how often idle memory was dropped, and caches revoked */
  gboolean has_priority;   /* whether it ran with SCHED_FIFO */
} LatencyResult;

typedef struct
{
  TestLatency without;     /* gaps in which the thread did not run */
  TestLatency with;
  TestTicks ticks;
  guint64 n_barriers;      /* that the kernel was asked for, in the second half */
  gboolean has_priority;
} InterruptResult;

void latency_measure    (Subject          subject,
                         double           seconds,
                         LatencyResult   *result);
void latency_interrupts (double           seconds,
                         InterruptResult *result);
