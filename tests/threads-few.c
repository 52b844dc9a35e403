/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-debug-private.h"
#include "test-calls.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Few buffers go from one thread to another, so few that neither ever has a batch of
 * them. Threads do not interrupt one another for that at every turn, and few are made. */

#define N_HANDED 20000
#define MOST_UNDER_WAY 8

/* A look into others' caches interrupts their processors. One is allowed for what
 * making so many items costs, and the more are made, the more lie idle and are found
 * without it: these are what the prototype of this core needed at most, ten times over. */
#define MOST_BARRIERS (N_HANDED / 200)
#define MOST_MADE (N_HANDED / 50)

#define SPINS_BEFORE_YIELD 200

typedef struct
{
  BpPool *pool;
  guint n_handed;
  guint n_under_way;
  /* A ring: the producer writes places and n_pushed, the consumer n_popped. */
  BpPooled *places[MOST_UNDER_WAY];
  _Alignas (BP_CACHE_PAIR) atomic_uint n_pushed;
  _Alignas (BP_CACHE_PAIR) atomic_uint n_popped;
} Line;

static void
wait_a_little (guint *n_waits)
{
  if (++*n_waits < SPINS_BEFORE_YIELD)
    bp_cpu_relax ();
  else
    g_thread_yield ();
}

static void
produce (Line *line)
{
  for (guint i = 0; i < line->n_handed; i++)
    {
      guint n_waits = 0;

      while (i - atomic_load (&line->n_popped) >= line->n_under_way)
        wait_a_little (&n_waits);
      line->places[i % line->n_under_way] = bp_pool_acquire (line->pool);
      g_assert_nonnull (line->places[i % line->n_under_way]);
      test_touch (line->places[i % line->n_under_way]);
      atomic_store (&line->n_pushed, i + 1);
    }
}

/* The next may be acquired only after this one is back, so that no more are needed
 * than are under way. */
static void
consume (Line *line)
{
  for (guint i = 0; i < line->n_handed; i++)
    {
      guint n_waits = 0;

      while (atomic_load (&line->n_pushed) == i)
        wait_a_little (&n_waits);
      bp_pooled_unref (line->places[i % line->n_under_way]);
      atomic_store (&line->n_popped, i + 1);
    }
}

static void
run_end (guint    index,
         gpointer data)
{
  if (index == 0)
    produce (data);
  else
    consume (data);
}

static void
check_line (const TestKind *kind,
            guint           n_under_way,
            guint           max_buffers)
{
  TestCounters counters;
  g_autoptr (BpPool) pool = NULL;
  Line line = { .n_handed = test_scale (N_HANDED), .n_under_way = n_under_way };
  guint64 n_barriers = test_calls_n_barriers ();

  test_counters_reset (&counters);
  pool = kind->make (&counters, 0, max_buffers, 0);
  line.pool = pool;
  test_run_threads (2, run_end, &line);

  n_barriers = test_calls_n_barriers () - n_barriers;
  g_test_message ("%u under way, max-buffers %u: %" G_GUINT64_FORMAT " made and %"
                  G_GUINT64_FORMAT " barriers for %u", n_under_way, max_buffers,
                  get_stat (pool, misses), n_barriers, line.n_handed);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  g_assert_cmpuint (n_barriers, <=, MOST_BARRIERS);
  g_assert_cmpuint (get_stat (pool, misses), <=, MOST_MADE);
  assert_valid (pool);
}

static void
test_handed_over (gconstpointer kind)
{
  for (guint n_under_way = 1; n_under_way <= MOST_UNDER_WAY; n_under_way *= 2)
    check_line (kind, n_under_way, 256);
}

/* The same within one thread at a time: this one acquires, and the other gives back, in
 * turns, so that nothing is left to the threads' luck. */

typedef struct
{
  BpPooled *held[MOST_UNDER_WAY];
  guint n_held;
} Hand;

static void
give_back (gpointer data)
{
  Hand *hand = data;

  test_unref_many (hand->held, hand->n_held);
}

static void
test_handed_over_in_turns (gconstpointer data)
{
  const TestKind *kind = data;
  g_autoptr (TestWorker) other = test_worker_new ();

  for (guint n_held = 1; n_held <= MOST_UNDER_WAY; n_held *= 2)
    {
      TestCounters counters;
      g_autoptr (BpPool) pool = NULL;
      Hand hand = { .n_held = n_held };
      guint64 n_barriers = test_calls_n_barriers ();
      guint n_rounds = test_scale (2000);

      test_counters_reset (&counters);
      pool = kind->make (&counters, 0, 256, 0);
      for (guint i = 0; i < n_rounds; i++)
        {
          test_acquire_many (pool, hand.held, n_held);
          for (guint j = 0; j < n_held; j++)
            test_touch (hand.held[j]);
          test_worker_call (other, give_back, &hand);
        }

      n_barriers = test_calls_n_barriers () - n_barriers;
      g_test_message ("%u at a time: %" G_GUINT64_FORMAT " made and %" G_GUINT64_FORMAT
                      " barriers in %u rounds", n_held, get_stat (pool, misses), n_barriers,
                      n_rounds);
      g_assert_cmpuint (n_barriers, <=, MOST_BARRIERS / 10);
      g_assert_cmpuint (get_stat (pool, misses), <=, MOST_MADE / 4);
      assert_valid (pool);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/threads/few/handed-over/", test_kinds[i].name, NULL);
      g_autofree char *in_turns = g_strconcat ("/threads/few/in-turns/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_handed_over);
      g_test_add_data_func (in_turns, &test_kinds[i], test_handed_over_in_turns);
    }

  return g_test_run ();
}
