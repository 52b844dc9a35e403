/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "parcel.h"
#include "test-calls.h"
#include "test-child.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"

/*
 * Hand-overs: a buffer that one thread acquires and another gives back counts as one. So
 * many as BUFPOOL_TEST_HANDOVERS says, or for BUFPOOL_TEST_MINUTES.
 *
 * Threads write into parcels of buffers, and leave them in boxes; what lay in the box
 * before they take out, check and give back. The pools are of all kinds, and some have
 * limits or a budget. Most threads end soon, and others come. Some fork while the others
 * are at work. From time to time all stop, and everything is counted.
 */

#define N_SEATS 8
#define N_BOXES 24
#define PARCELS_PER_LIFE 3000
#define HAND_OVERS_PER_ROUND 2000000
#define PARCELS_PER_FORK 25000
#define PARCELS_PER_CHANGE 2000
#define PARCELS_PER_WHOLE 100
#define WAIT_MICROSECONDS 500
#define MAX_BYTES (4 * 1024 * 1024)
#define LEAST_BYTES (MAX_BYTES / 2)
#define MOST_OUT 300
#define LEAST_OUT 100
#define N_REALTIME 256
#define MOST_IDLE_BYTES (256 * 1024)
#define ROUNDS_PER_MESSAGE 25

typedef struct
{
  atomic_ullong n_handed;
  atomic_ullong n_lives;
  atomic_ullong n_forks;
  atomic_ullong n_waits;
  atomic_ullong n_timeouts;
  atomic_ullong n_over_limit;
  atomic_ullong n_over_budget;
  atomic_ullong n_changes;
  atomic_ullong n_wholes;
} Counts;

typedef struct
{
  BpBudget *budget;
  BpPool *pools[N_KINDS];
  _Atomic (Parcel *) boxes[N_BOXES];
  TestCounters counters;
  TestBarrier barrier;
  TestRandom randoms[N_SEATS];
  TestEffort effort;
  /* 0 if time is what counts. */
  guint64 n_wanted;
  guint64 end_of_round;
  gboolean goes_on;
  guint64 n_checks;
  gint64 begin;
  Counts counts;
} Stress;

/* One thread's. */
typedef struct
{
  Stress *stress;
  TestRandom *random;
  guint64 number;
} Life;

/* What a thread of this test takes over from another counts. */
static void
take_over (Life   *life,
           Parcel *parcel)
{
  guint n = parcel->n;
  gboolean is_own = parcel->life == life->number;

  give_back (parcel, life->random);
  if (!is_own)
    life->stress->counts.n_handed += n;
}

static void
empty_box (Life *life)
{
  guint box = test_random_below (life->random, N_BOXES);
  Parcel *parcel = atomic_exchange (&life->stress->boxes[box], NULL);

  if (parcel != NULL)
    take_over (life, parcel);
}

/* Only what its kind allows. */
static void
count_refusal (Life   *life,
               Kind    kind,
               GError *error)
{
  Counts *counts = &life->stress->counts;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      counts->n_timeouts++;
      g_assert_true (kind == LIMITED || kind == BUDGET_BYTES || kind == BUDGET_WORDS);
    }
  else if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET))
    {
      counts->n_over_budget++;
      g_assert_true (kind == BUDGET_BYTES || kind == BUDGET_WORDS);
    }
  else
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
      g_assert_true (kind == LIMITED || kind == REALTIME);
      counts->n_over_limit++;
    }
}

/* Waits, if the pool is one where that makes sense. */
static gboolean
add_one (Life    *life,
         Parcel  *parcel,
         BpPool  *pool,
         gsize    n_elements)
{
  BpAcquireFlags flags = parcel->is_whole ? BP_ACQUIRE_NONE : BP_ACQUIRE_UNINIT;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) late = NULL;
  BpPooled *pooled = bp_pool_acquire_full (pool, n_elements, flags, NULL, 0, NULL, &error);

  if (pooled == NULL)
    {
      count_refusal (life, parcel->kind, error);
      if (parcel->kind == REALTIME)
        return FALSE;
      pooled = bp_pool_acquire_full (pool, n_elements, flags, NULL, WAIT_MICROSECONDS, NULL,
                                     &late);
      if (pooled == NULL)
        {
          count_refusal (life, parcel->kind, late);
          return FALSE;
        }
      life->stress->counts.n_waits++;
    }
  parcel->pooled[parcel->n++] = pooled;

  return TRUE;
}

static void
fill_parcel (Life   *life,
             Parcel *parcel,
             guint   n)
{
  BpPool *pool = life->stress->pools[parcel->kind];
  gsize n_elements = uses[parcel->kind].n_elements;

  /* What is to be zero comes one by one. */
  if (!parcel->is_whole && test_random_below (life->random, 4) != 0)
    {
      g_autoptr (GError) error = NULL;

      if (bp_pool_acquire_many (pool, n_elements, parcel->pooled, n, &error))
        parcel->n = n;
      else
        count_refusal (life, parcel->kind, error);
    }
  while (parcel->n < n && add_one (life, parcel, pool, n_elements))
    ;
}

static Kind
choose_kind (TestRandom *random)
{
  guint draw = test_random_below (random, 100);

  for (Kind kind = 0; kind < N_KINDS; kind++)
    {
      if (draw < uses[kind].share)
        return kind;
      draw -= uses[kind].share;
    }
  g_assert_not_reached ();
}

static void
send_parcel (Life *life)
{
  Stress *stress = life->stress;
  Parcel *parcel = g_new (Parcel, 1);

  parcel->kind = choose_kind (life->random);
  parcel->life = life->number;
  parcel->key = test_random_next (life->random);
  parcel->is_whole = test_random_below (life->random, PARCELS_PER_WHOLE) == 0;
  parcel->n = 0;
  fill_parcel (life, parcel, 1 + test_random_below (life->random, MOST_IN_PARCEL));
  write_stamps (parcel);
  stress->counts.n_wholes += parcel->is_whole;
  if (parcel->n == 0)
    {
      g_free (parcel);
      empty_box (life);
      return;
    }

  parcel = atomic_exchange (&stress->boxes[test_random_below (life->random, N_BOXES)], parcel);
  if (parcel != NULL && parcel->life == life->number)
    parcel = atomic_exchange (&stress->boxes[test_random_below (life->random, N_BOXES)], parcel);
  if (parcel != NULL)
    take_over (life, parcel);
}

static void
change_something (Life *life)
{
  Stress *stress = life->stress;
  TestRandom *random = life->random;
  BpPool *pool = stress->pools[choose_kind (random)];

  stress->counts.n_changes++;
  switch (test_random_below (random, 6))
    {
    case 0:
      bp_pool_set_max_buffers (stress->pools[FEW], test_random_below (random, 40));
      break;

    case 1:
      bp_pool_set_max_outstanding (stress->pools[LIMITED],
                                   LEAST_OUT + test_random_below (random, MOST_OUT - LEAST_OUT));
      break;

    case 2:
      bp_budget_set_max_bytes (stress->budget,
                               LEAST_BYTES + test_random_below (random, MAX_BYTES - LEAST_BYTES));
      break;

    case 3:
      bp_pool_set_max_idle_bytes (stress->pools[IDLE_BYTES],
                                  1 + test_random_below (random, MOST_IDLE_BYTES));
      break;

    case 4:
      if (pool != stress->pools[REALTIME])
        bp_pool_set_thread_cache (pool, (int) test_random_below (random, 33) - 1);
      break;

    default:
      bp_pool_drop_idle (stress->pools[PLAIN], test_random_below (random, 200));
      break;
    }
}

/* The child has what lay in the boxes, and can use it. */
static void
use_in_child (gpointer data)
{
  Life *life = data;
  Stress *stress = life->stress;

  for (guint i = 0; i < N_BOXES; i++)
    {
      Parcel *parcel = atomic_exchange (&stress->boxes[i], NULL);

      if (parcel != NULL)
        give_back (parcel, life->random);
    }
  for (guint i = 0; i < 4 * N_KINDS; i++)
    {
      Parcel parcel = { .kind = i % N_KINDS, .key = i, .is_whole = i < N_KINDS };

      fill_parcel (life, &parcel, 1 + i % 7);
      write_stamps (&parcel);
      check_stamps (&parcel);
      bp_pooled_unref_many (parcel.pooled, parcel.n);
    }
  for (Kind kind = 0; kind < N_KINDS; kind++)
    test_assert_structure (stress->pools[kind]);
}

static void
run_life (guint    index,
          gpointer data)
{
  Stress *stress = data;
  Life life = {
    .stress = stress,
    .random = &stress->randoms[index],
    .number = ++stress->counts.n_lives,
  };

  for (guint i = 0; i < PARCELS_PER_LIFE && stress->counts.n_handed < stress->end_of_round; i++)
    {
      send_parcel (&life);
      if (test_random_below (life.random, PARCELS_PER_CHANGE) == 0)
        change_something (&life);
      if (test_random_below (life.random, PARCELS_PER_FORK) == 0)
        {
          test_run_child (use_in_child, &life);
          stress->counts.n_forks++;
        }
    }
}

/* All have stopped: what is out lies in the boxes, and nowhere else. */
static void
check (Stress *stress)
{
  guint64 n_out[N_KINDS] = { 0 };
  guint64 n_charged = 0;

  for (guint i = 0; i < N_BOXES; i++)
    {
      Parcel *parcel = stress->boxes[i];

      if (parcel == NULL)
        continue;
      check_stamps (parcel);
      n_out[parcel->kind] += parcel->n;
      for (guint j = 0; j < parcel->n; j++)
        {
          if (parcel->kind == BUDGET_BYTES || parcel->kind == BUDGET_WORDS)
            n_charged += bp_pooled_get_capacity (parcel->pooled[j]) *
                         bp_pooled_get_element_size (parcel->pooled[j]);
        }
    }

  for (Kind kind = 0; kind < N_KINDS; kind++)
    {
      BpPool *pool = stress->pools[kind];

      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, outstanding), ==, n_out[kind]);
      g_assert_cmpuint (get_stat (pool, idle), <=, bp_pool_get_max_buffers (pool));
    }
  n_charged += get_stat (stress->pools[BUDGET_BYTES], idle_bytes);
  n_charged += get_stat (stress->pools[BUDGET_WORDS], idle_bytes);
  g_assert_cmpuint (bp_budget_get_used_bytes (stress->budget), ==, n_charged);
  g_assert_cmpuint (bp_budget_get_peak_bytes (stress->budget), <=, MAX_BYTES);
  g_assert_cmpuint (test_counters_live (&stress->counters), ==,
                    n_out[ITEMS] + get_stat (stress->pools[ITEMS], idle));
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==,
                    n_out[OBJECTS] + get_stat (stress->pools[OBJECTS], idle));
  stress->n_checks++;
}

static void
end_round (Stress *stress)
{
  double seconds = (double) (g_get_monotonic_time () - stress->begin) / G_USEC_PER_SEC;

  check (stress);
  if (stress->n_checks % ROUNDS_PER_MESSAGE == 1)
    g_test_message ("%llu hand-overs in %.0f s", stress->counts.n_handed, seconds);
  stress->goes_on = stress->n_wanted > 0 ? stress->counts.n_handed < stress->n_wanted
                                         : test_effort_goes_on (&stress->effort);
  stress->end_of_round = stress->counts.n_handed + HAND_OVERS_PER_ROUND;
}

/* A seat has one thread after the other; a quarter of the seats have the same for a
 * round. */
static void
run_seat (guint    index,
          gpointer data)
{
  Stress *stress = data;

  while (stress->goes_on)
    {
      while (stress->counts.n_handed < stress->end_of_round)
        {
          if (index % 4 != 0)
            test_thread_join (test_thread_start (run_life, index, stress));
          else
            run_life (index, stress);
        }
      if (test_barrier_wait (&stress->barrier))
        end_round (stress);
      test_barrier_wait (&stress->barrier);
    }
}

static BpPool *
make_pool (Stress *stress,
           Kind    kind)
{
  gboolean is_words = kind == BUDGET_WORDS;
  BpPool *pool;

  if (kind == ITEMS)
    return test_item_pool_new (&stress->counters, 0, 300, 0);
  if (kind == OBJECTS)
    return test_type_pool_new (TEST_TYPE_OBJECT, 0, 300, 0);
  if (is_words || kind == BUDGET_BYTES)
    return g_object_new (BP_TYPE_POOL, "budget", stress->budget, "max-buffers", 4096,
                         "element-type", is_words ? BP_ELEMENT_TYPE_F64 : BP_ELEMENT_TYPE_U8,
                         NULL);
  if (kind == REALTIME)
    {
      pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", N_REALTIME,
                           "element-type", BP_ELEMENT_TYPE_U8, NULL);
      g_assert_true (bp_pool_prefill (pool, N_REALTIME, uses[kind].n_elements, NULL));
      return pool;
    }

  pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, kind == FEW ? 16 : 1000, 0);
  bp_pool_set_max_outstanding (pool, kind == LIMITED ? MOST_OUT : 0);
  bp_pool_set_max_idle_bytes (pool, kind == IDLE_BYTES ? MOST_IDLE_BYTES : 0);

  return pool;
}

/* For a script, which finds them by the first word. */
static void
tell (Stress *stress)
{
  Counts *counts = &stress->counts;
  guint64 n_reclaimed = get_stat (stress->pools[BUDGET_BYTES], dropped) +
                        get_stat (stress->pools[BUDGET_WORDS], dropped);

  g_test_message ("figure: hand-overs %llu", counts->n_handed);
  g_test_message ("figure: seconds %.0f",
                  (double) (g_get_monotonic_time () - stress->begin) / G_USEC_PER_SEC);
  g_test_message ("figure: threads %llu", counts->n_lives);
  g_test_message ("figure: forks %llu", counts->n_forks);
  g_test_message ("figure: waits %llu", counts->n_waits);
  g_test_message ("figure: timeouts %llu", counts->n_timeouts);
  g_test_message ("figure: limit-refusals %llu", counts->n_over_limit);
  g_test_message ("figure: budget-refusals %llu", counts->n_over_budget);
  g_test_message ("figure: reclaimed %" G_GUINT64_FORMAT, n_reclaimed);
  g_test_message ("figure: changes %llu", counts->n_changes);
  g_test_message ("figure: whole-parcels %llu", counts->n_wholes);
  g_test_message ("figure: barriers %" G_GUINT64_FORMAT, test_calls_n_barriers ());
  g_test_message ("figure: checks %" G_GUINT64_FORMAT, stress->n_checks);
}

static void
test_hand_overs (void)
{
  const char *given = g_getenv ("BUFPOOL_TEST_HANDOVERS");
  Stress *stress = g_new0 (Stress, 1);
  TestRandom random = { .state = 0 };

  if (test_skip_busy_child ())
    {
      g_free (stress);
      return;
    }

  /* 1e9 is a number of these, too. */
  stress->n_wanted = given != NULL ? (guint64) g_ascii_strtod (given, NULL) : 0;
  test_counters_reset (&stress->counters);
  test_counters_reset (&test_object_counters);
  test_effort_init (&stress->effort, 2, 1);
  test_randoms_init (stress->randoms, N_SEATS);
  test_barrier_init (&stress->barrier, N_SEATS);
  stress->budget = bp_budget_new (MAX_BYTES);
  for (Kind kind = 0; kind < N_KINDS; kind++)
    stress->pools[kind] = make_pool (stress, kind);
  stress->goes_on = TRUE;
  stress->end_of_round = HAND_OVERS_PER_ROUND;
  stress->begin = g_get_monotonic_time ();

  test_run_threads (N_SEATS, run_seat, stress);

  tell (stress);
  if (!test_calls_has_barriers ())
    g_assert_cmpuint (test_calls_n_barriers (), ==, 0);
  for (guint i = 0; i < N_BOXES; i++)
    {
      Parcel *parcel = atomic_exchange (&stress->boxes[i], NULL);

      if (parcel != NULL)
        give_back (parcel, &random);
    }
  check (stress);
  for (Kind kind = 0; kind < N_KINDS; kind++)
    g_object_unref (stress->pools[kind]);
  g_assert_cmpuint (bp_budget_get_used_bytes (stress->budget), ==, 0);
  g_assert_finalize_object (stress->budget);
  g_assert_cmpuint (test_counters_live (&stress->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  test_barrier_clear (&stress->barrier);
  g_free (stress);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  test_warm_up ();
  g_test_add_func ("/stress/hand-overs", test_hand_overs);

  return g_test_run ();
}
