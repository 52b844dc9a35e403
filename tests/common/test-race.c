/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-race.h"

#include "bp-debug-private.h"
#include "test-utils.h"

/* Some microseconds: as long as what is raced takes. */
#define MOST_SPINS 300

typedef struct
{
  const TestRaceKind *kind;
  guint n_racers;
  guint n_rounds;
  TestRace race;
  TestRound *round;
} Run;

static void
spin (TestRound *round,
      guint      index)
{
  TestRandom random;

  test_random_init (&random, round->seed + 2 * TEST_MOST_RACERS * round->n + index);
  for (guint i = test_random_below (&random, MOST_SPINS); i > 0; i--)
    bp_cpu_relax ();
}

static void
run_racer (guint    index,
           gpointer data)
{
  Run *run = data;

  for (guint i = 0; i < run->n_rounds; i++)
    {
      if (index == 0)
        {
          run->round->n = i;
          run->kind->begin (run->round);
        }
      test_race_meet (&run->race, run->n_racers);
      spin (run->round, index);
      run->kind->act[index] (run->round);
      test_race_meet (&run->race, run->n_racers);
      if (index == 0)
        run->kind->end (run->round);
    }
}

void
test_race_run (const TestRaceKind *kind,
               guint               n_rounds,
               TestRound          *round)
{
  Run run = { .kind = kind, .n_rounds = n_rounds, .round = round };

  while (run.n_racers < TEST_MOST_RACERS && kind->act[run.n_racers] != NULL)
    run.n_racers++;
  test_run_threads (run.n_racers, run_racer, &run);
}

void
test_race_add (const char         *path,
               const TestRaceKind *kinds,
               guint               n_kinds,
               GTestDataFunc       func)
{
  for (guint i = 0; i < n_kinds; i++)
    {
      g_autofree char *own_path = g_strconcat (path, kinds[i].name, NULL);

      g_test_add_data_func (own_path, &kinds[i], func);
    }
}

void
test_round_meet (TestRound *round,
                 guint      index)
{
  test_race_meet (&round->actors, 2);
  spin (round, TEST_MOST_RACERS + index);
}
