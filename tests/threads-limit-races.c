/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-race.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* A thread begins to wait at the very moment at which the thing that it waits for happens,
 * or two things happen to a waiter at once. Each race is run many times, with a little luck
 * in every order that there is. If a wake-up is lost, the race never ends. */

#define N_ROUNDS 500
#define N_ELEMENTS 16
#define N_TRIES 20
/* Microseconds. */
#define SHORT 30

typedef struct
{
  TestRound parent;
  BpPool *pool;
  const TestKind *kind;
  TestCounters counters;
  /* What was there before, and what each thread got. */
  BpPooled *held[2];
  BpPooled *got[TEST_MOST_RACERS];
  GError *errors[TEST_MOST_RACERS];
  GCancellable *cancellable;
  GMainContext *context;
} Round;

static void
make_pool (Round *round,
           guint  limit)
{
  round->kind = &test_kinds[round->parent.n % TEST_N_KINDS];
  round->pool = round->kind->make (&round->counters, 2, 8, 0);
  bp_pool_set_max_outstanding (round->pool, limit);
}

static void
make_pool_of_one (gpointer data)
{
  Round *round = data;

  make_pool (round, 1);
  round->held[0] = bp_pool_acquire (round->pool);
  test_touch (round->held[0]);
}

static void
make_pool_of_two (gpointer data)
{
  Round *round = data;

  make_pool (round, 2);
  for (guint i = 0; i < 2; i++)
    {
      round->held[i] = bp_pool_acquire (round->pool);
      test_touch (round->held[i]);
    }
}

static gsize
get_n_elements (Round *round)
{
  return round->kind->is_elements ? N_ELEMENTS : 0;
}

static void
wait_as (Round        *round,
         guint         index,
         GCancellable *cancellable,
         gint64        timeout_us)
{
  round->got[index] = bp_pool_acquire_full (round->pool, get_n_elements (round), BP_ACQUIRE_UNINIT,
                                            NULL, timeout_us, cancellable, &round->errors[index]);
}

/* Each way back in its turn. */
static void
give_back (Round    *round,
           BpPooled *pooled)
{
  const TestWayBack *way;
  guint turn = round->parent.n / TEST_N_KINDS;
  gpointer thing;

  do
    way = &test_ways_back[turn++ % test_n_ways_back];
  while (!test_way_back_is_for (way, round->pool));

  thing = way->begin (pooled);
  way->end (thing);
  if (way->clear != NULL)
    way->clear (thing);
}

/* What a thread got goes back, and then nothing is left of the round. */
static void
clear (Round *round)
{
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&round->held[i], bp_pooled_unref);
  for (guint i = 0; i < TEST_MOST_RACERS; i++)
    {
      g_clear_pointer (&round->got[i], bp_pooled_unref);
      g_clear_error (&round->errors[i]);
    }
  g_assert_cmpuint (get_stat (round->pool, outstanding), ==, 0);
  assert_valid (round->pool);
  g_clear_object (&round->pool);
  g_clear_object (&round->cancellable);
  g_clear_pointer (&round->context, g_main_context_unref);
  g_assert_cmpuint (test_counters_live (&round->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

static void
assert_got (Round *round,
            guint  index)
{
  g_assert_no_error (round->errors[index]);
  g_assert_nonnull (round->got[index]);
}

static void
assert_got_or (Round  *round,
               guint   index,
               GQuark  domain,
               int     code)
{
  if (round->got[index] == NULL)
    g_assert_error (round->errors[index], domain, code);
}

static void
wait_first (gpointer round)
{
  wait_as (round, 0, NULL, -1);
}

static void
wait_second (gpointer round)
{
  wait_as (round, 1, NULL, -1);
}

static void
end_with_one (gpointer round)
{
  assert_got (round, 0);
  clear (round);
}

static void
end_with_two (gpointer round)
{
  assert_got (round, 0);
  assert_got (round, 1);
  clear (round);
}

static void
return_first (gpointer data)
{
  Round *round = data;

  give_back (round, g_steal_pointer (&round->held[0]));
}

static void
return_second (gpointer data)
{
  Round *round = data;

  give_back (round, g_steal_pointer (&round->held[1]));
}

static void
raise_limit (gpointer data)
{
  Round *round = data;

  bp_pool_set_max_outstanding (round->pool, 2);
}

static void
remove_limit (gpointer data)
{
  Round *round = data;

  bp_pool_set_max_outstanding (round->pool, 0);
}

/* Nothing comes back: it fails, and in one way only. */

static void
flush (gpointer data)
{
  Round *round = data;

  bp_pool_set_flushing (round->pool, TRUE);
}

static void
end_flushed (gpointer data)
{
  Round *round = data;

  g_assert_error (round->errors[0], BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  bp_pool_set_flushing (round->pool, FALSE);
  clear (round);
}

static void
dispose (gpointer data)
{
  Round *round = data;

  g_object_run_dispose (G_OBJECT (round->pool));
}

static void
end_disposed (gpointer data)
{
  Round *round = data;

  g_assert_error (round->errors[0], BP_POOL_ERROR, BP_POOL_ERROR_CLOSED);
  clear (round);
}

static void
begin_cancelled (gpointer data)
{
  Round *round = data;

  make_pool_of_one (round);
  round->cancellable = g_cancellable_new ();
}

static void
wait_cancelled (gpointer data)
{
  Round *round = data;

  wait_as (round, 0, round->cancellable, -1);
}

static void
cancel (gpointer data)
{
  Round *round = data;

  g_cancellable_cancel (round->cancellable);
}

static void
end_cancelled (gpointer data)
{
  Round *round = data;

  g_assert_error (round->errors[0], G_IO_ERROR, G_IO_ERROR_CANCELLED);
  clear (round);
}

/* Two waiters, one behind the other. Then two things happen at once: what the first waits
 * for comes, and its wait is ended. The second gets it then, or when the first is done with
 * it. */

static void
use_as (Round *round,
        guint  index)
{
  if (round->got[index] != NULL)
    give_back (round, g_steal_pointer (&round->got[index]));
}

static void
use_first_cancelled (gpointer round)
{
  wait_cancelled (round);
  assert_got_or (round, 0, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  use_as (round, 0);
}

static void
come_second (gpointer data)
{
  Round *round = data;

  test_await_waiters (round->pool, 1);
  wait_second (round);
}

static void
meet_with (Round *round,
           guint  n_waiters,
           guint  index)
{
  test_await_waiters (round->pool, n_waiters);
  test_round_meet (&round->parent, index);
}

static void
return_to_two (gpointer round)
{
  meet_with (round, 2, 0);
  return_first (round);
}

static void
cancel_first (gpointer round)
{
  meet_with (round, 2, 1);
  cancel (round);
}

static void
end_with_second (gpointer round)
{
  assert_got (round, 1);
  clear (round);
}

/* What comes back goes to the waiter, and not to a thread that comes at that moment. */

static void
return_to_one (gpointer round)
{
  meet_with (round, 1, 0);
  return_first (round);
}

static void
try_beside (gpointer data)
{
  Round *round = data;

  meet_with (round, 1, 1);
  for (guint i = 0; i < N_TRIES; i++)
    g_assert_null (bp_pool_acquire (round->pool));
}

/* Both are flushed, or one is served first. */

static void
use_first (gpointer round)
{
  wait_first (round);
  assert_got_or (round, 0, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  use_as (round, 0);
}

static void
flush_two (gpointer round)
{
  meet_with (round, 2, 1);
  flush (round);
}

static void
end_flushed_or_not (gpointer data)
{
  Round *round = data;

  assert_got_or (round, 1, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
  g_clear_pointer (&round->got[1], bp_pooled_unref);
  bp_pool_set_flushing (round->pool, FALSE);
  round->got[2] = bp_pool_acquire (round->pool);
  g_assert_nonnull (round->got[2]);
  clear (round);
}

/* The limit is raised by one while one buffer comes back. */
static void
raise_for_two (gpointer round)
{
  meet_with (round, 2, 1);
  raise_limit (round);
}

/* The time of the first waiter is over at about the moment at which its turn comes. */
static void
use_first_in_time (gpointer data)
{
  Round *round = data;

  wait_as (round, 0, NULL, 1 + round->parent.n % SHORT);
  assert_got_or (round, 0, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  use_as (round, 0);
}

/* Without blocking: the first has a main context of its own. */

static void
begin_in_loop (gpointer data)
{
  Round *round = data;

  begin_cancelled (round);
  round->context = g_main_context_new ();
}

static void
wait_in_loop (Round        *round,
              GCancellable *cancellable)
{
  TestOutcome outcome = TEST_OUTCOME_INIT;

  g_main_context_push_thread_default (round->context);
  bp_pool_acquire_async (round->pool, get_n_elements (round), cancellable, test_outcome_take,
                         &outcome);
  while (!outcome.is_done)
    g_main_context_iteration (round->context, TRUE);
  g_main_context_pop_thread_default (round->context);
  round->got[0] = outcome.pooled;
  round->errors[0] = outcome.error;
}

static void
wait_first_in_loop (gpointer round)
{
  wait_in_loop (round, NULL);
}

static void
wait_cancelled_in_loop (gpointer data)
{
  Round *round = data;

  wait_in_loop (round, round->cancellable);
}

static void
use_first_in_loop (gpointer round)
{
  wait_cancelled_in_loop (round);
  assert_got_or (round, 0, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  use_as (round, 0);
}

/* A limit is set for the first time while others take, keep and give back: from then on
 * what is out is known exactly. */

static void
begin_uncounted (gpointer round)
{
  make_pool (round, 0);
}

static void
take_and_give (Round *round,
               guint  index)
{
  for (guint i = 0; i < 6; i++)
    {
      BpPooled *pooled = bp_pool_acquire (round->pool);

      /* By now it may be the other's. */
      if (pooled == NULL)
        continue;
      test_touch (pooled);
      if (round->got[index] == NULL)
        round->got[index] = pooled;
      else
        bp_pooled_unref (pooled);
    }
}

static void
work_as_first (gpointer round)
{
  take_and_give (round, 0);
}

static void
work_as_second (gpointer round)
{
  take_and_give (round, 1);
}

static void
set_limit (gpointer data)
{
  Round *round = data;

  bp_pool_set_max_outstanding (round->pool, 3);
}

static void
end_counted (gpointer data)
{
  Round *round = data;
  guint n_out = (round->got[0] != NULL) + (round->got[1] != NULL);

  g_assert_cmpuint (get_stat (round->pool, outstanding), ==, n_out);
  assert_valid (round->pool);
  for (; n_out < 3; n_out++)
    {
      BpPooled **place = round->got[2] == NULL ? &round->got[2]
                       : round->got[3] == NULL ? &round->got[3]
                                               : &round->held[0];

      *place = bp_pool_acquire (round->pool);
      g_assert_nonnull (*place);
    }
  g_assert_null (bp_pool_acquire (round->pool));
  clear (round);
}

static const TestRaceKind race_kinds[] = {
  { "returned", make_pool_of_one, { wait_first, return_first }, end_with_one },
  { "two-returned", make_pool_of_two,
    { wait_first, wait_second, return_first, return_second }, end_with_two },
  { "raised", make_pool_of_one, { wait_first, raise_limit }, end_with_one },
  { "removed", make_pool_of_one, { wait_first, remove_limit }, end_with_one },
  { "raised-and-returned", make_pool_of_one,
    { wait_first, come_second, return_to_two, raise_for_two }, end_with_two },
  { "flushed", make_pool_of_one, { wait_first, flush }, end_flushed },
  { "disposed", make_pool_of_one, { wait_first, dispose }, end_disposed },
  { "cancelled", begin_cancelled, { wait_cancelled, cancel }, end_cancelled },
  { "cancelled-and-returned", begin_cancelled,
    { use_first_cancelled, come_second, return_to_two, cancel_first }, end_with_second },
  { "returned-and-tried", make_pool_of_one,
    { wait_first, return_to_one, try_beside }, end_with_one },
  { "flushed-and-returned", make_pool_of_one,
    { use_first, come_second, return_to_two, flush_two }, end_flushed_or_not },
  { "timed-out-and-returned", make_pool_of_one,
    { use_first_in_time, wait_second, return_first }, end_with_second },
  { "returned-in-loop", begin_in_loop, { wait_first_in_loop, return_first }, end_with_one },
  { "flushed-in-loop", begin_in_loop, { wait_first_in_loop, flush }, end_flushed },
  { "disposed-in-loop", begin_in_loop, { wait_first_in_loop, dispose }, end_disposed },
  { "cancelled-in-loop", begin_in_loop, { wait_cancelled_in_loop, cancel }, end_cancelled },
  { "cancelled-and-returned-in-loop", begin_in_loop,
    { use_first_in_loop, come_second, return_to_two, cancel_first }, end_with_second },
  { "set-for-the-first-time", begin_uncounted,
    { work_as_first, work_as_second, set_limit }, end_counted },
};

static void
test_race (gconstpointer kind)
{
  Round round = { .parent.seed = test_get_seed () };

  test_counters_reset (&round.counters);
  test_counters_reset (&test_object_counters);
  test_race_run (kind, test_scale (N_ROUNDS), &round.parent);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  test_race_add ("/threads/limit-races/", race_kinds, G_N_ELEMENTS (race_kinds), test_race);

  return g_test_run ();
}
