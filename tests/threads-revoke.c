/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdatomic.h>

#include "bp-debug-private.h"
#include "test-calls.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Owners at work in their caches, and a thread that takes those from them all the time.
 *
 * This is the test of the form of the fence that ships where there is membarrier(): the
 * owner's half is a compiler barrier, and the kernel runs a full one in the middle of it.
 * ThreadSanitizer cannot see that, so what it compiles is the other form; all else is the
 * same code. Without the wait for the owner's cell, or without the owner's look at the bias,
 * two threads have the same buffer within a second here; without the kernel's barrier
 * within some ten thousand revocations, which -m slow makes, and that it is asked for is
 * counted. tests/models/cache.pml is the proof. */

#define N_OWNERS 3
#define MOST_HELD 6
#define MAX_BUFFERS 64
#define SPINS_BEFORE_YIELD 2000

typedef struct
{
  BpPool *pool;
  guint n_revocations;
  atomic_bool stop;
  /* Of each owner, a cache line for itself. */
  struct
  {
    _Alignas (BP_CACHE_PAIR) atomic_uint n;
  } rounds[N_OWNERS];
} Place;

/* The thread that has a buffer has left its mark in it. */
static BpPooled *
take (BpPool *pool,
      guint32 mark)
{
  BpPooled *pooled = bp_pool_acquire (pool);
  _Atomic guint32 *word;

  if (bp_pooled_get_capacity (pooled) == 0)
    *(guint32 *) bp_pooled_resize (pooled, 1) = 0;
  word = bp_pooled_resize (pooled, 1);
  g_assert_cmpuint (atomic_exchange (word, mark), ==, 0);

  return pooled;
}

static void
give_back (BpPooled *pooled,
           guint32   mark)
{
  _Atomic guint32 *word = bp_pooled_get_data (pooled, NULL);

  g_assert_cmpuint (atomic_exchange (word, 0), ==, mark);
  bp_pooled_unref (pooled);
}

static void
own (Place *place,
     guint  index)
{
  BpPooled *held[MOST_HELD];
  guint32 mark = index + 1;

  for (guint round = 0; !bp_peek (place->stop); round++)
    {
      guint n_held = 1 + round % MOST_HELD;

      for (guint i = 0; i < n_held; i++)
        held[i] = take (place->pool, mark);
      for (guint i = 0; i < n_held; i++)
        give_back (held[i], mark);
      bp_poke (place->rounds[index].n, round + 1);
    }
}

static guint
sum_rounds (Place *place)
{
  guint sum = 0;

  for (guint i = 0; i < N_OWNERS; i++)
    sum += bp_peek (place->rounds[i].n);

  return sum;
}

/* Owners are on a processor at this moment. */
static void
wait_for_owners (Place *place)
{
  guint before = sum_rounds (place);

  for (guint i = 0; sum_rounds (place) - before < 2; i++)
    {
      if (i < SPINS_BEFORE_YIELD)
        bp_cpu_relax ();
      else
        g_thread_yield ();
    }
}

static void
revoke_all (Place *place)
{
  for (guint i = 0; i < place->n_revocations; i++)
    {
      wait_for_owners (place);
      bp_pool_drop_idle (place->pool, i % (2 * MOST_HELD));
    }
  bp_poke (place->stop, TRUE);
}

static void
run (guint    index,
     gpointer data)
{
  if (index < N_OWNERS)
    own (data, index);
  else
    revoke_all (data);
}

static void
test_while_at_work (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U32, 0, MAX_BUFFERS, 0);
  Place place = { .pool = pool, .n_revocations = test_scale (3000) };
  guint64 n_barriers = test_calls_n_barriers ();

  test_run_threads (N_OWNERS + 1, run, &place);

  n_barriers = test_calls_n_barriers () - n_barriers;
  g_test_message ("%u revocations, %" G_GUINT64_FORMAT " barriers", place.n_revocations,
                  n_barriers);
  if (test_calls_has_barriers ())
    g_assert_cmpuint (n_barriers, >=, place.n_revocations / 2);
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/threads/revoke/while-at-work", test_while_at_work);

  return g_test_run ();
}
