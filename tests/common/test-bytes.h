/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

#include "test-items.h"
#include "test-race.h"
#include "test-utils.h"

/* Races for the bytes of a budget, which three pools share: the waiter wants all of
 * them. */

#define TEST_MAX_BYTES 6400

/* The pools stay from round to round, with what they remember of the last one. */
typedef struct
{
  TestRound parent;
  BpBudget *budget;
  BpPool *own;
  BpPool *other;
  BpPool *items;
  TestCounters counters;
  BpPooled *held;
  BpPooled *got[TEST_MOST_RACERS];
  GError *errors[TEST_MOST_RACERS];
  GCancellable *cancellable;
} TestBytes;

void     test_bytes_init             (TestBytes          *round);
void     test_bytes_clear            (TestBytes          *round);
/* So many rounds, scaled. */
void     test_bytes_run              (const TestRaceKind *kind,
                                      guint               n_rounds);

/* The parts of a race; each takes a TestBytes. At the beginning nothing is out, or all
 * bytes are, in a buffer of the other pool. */
void     test_bytes_begin            (gpointer            data);
void     test_bytes_begin_with_other (gpointer            data);
/* The first racer waits for a buffer of all bytes. */
void     test_bytes_wait             (gpointer            data);
/* What is out goes back. */
void     test_bytes_return           (gpointer            data);
/* The first racer has got its buffer. */
void     test_bytes_end              (gpointer            data);

void     test_bytes_wait_for         (TestBytes          *round,
                                      guint               index,
                                      BpPool             *pool,
                                      GCancellable       *cancellable);
void     test_bytes_assert_clean     (TestBytes          *round);
