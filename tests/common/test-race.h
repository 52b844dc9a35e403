/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "test-team.h"

/* Things that happen at the same moment, many times, with a little luck in every order that
 * there is. */

#define TEST_MOST_RACERS 4

typedef struct
{
  const char *name;
  /* Alone; all of them at once, each in a thread of its own; alone again. */
  void (*begin) (gpointer round);
  void (*act[TEST_MOST_RACERS]) (gpointer round);
  void (*end) (gpointer round);
} TestRaceKind;

/* What a round begins with: a structure of the test's that is given to all of the above. */
typedef struct
{
  /* From 0. */
  guint n;
  guint64 seed;
  /* Where two of the racers meet once more. */
  TestRace actors;
} TestRound;

void     test_race_run         (const TestRaceKind *kind,
                                guint               n_rounds,
                                TestRound          *round);
/* A test for each kind, behind the path: its function is given the kind. */
void     test_race_add         (const char         *path,
                                const TestRaceKind *kinds,
                                guint               n_kinds,
                                GTestDataFunc       func);
/* For the two of them, each with an index of its own. */
void     test_round_meet       (TestRound          *round,
                                guint               index);
