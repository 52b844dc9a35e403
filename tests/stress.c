/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-debug-private.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* For minutes: more threads than processors and some that end all the time, on pools
 * of all kinds that are changed, emptied and replaced by others under their hands,
 * with buffers that go from thread to thread and outlive their pools. From time to
 * time all stop, and every pool is checked. */

#define N_THREADS 24
#define N_POOLS 10
#define N_BOXES 64
#define MOST_HELD 90
#define STEPS_PER_LIFE 60
#define LIVES_PER_ROUND 4
#define MOST_BUFFERS 200
#define SMALL_ELEMENTS 100
#define LARGE_ELEMENTS 60000

/* A buffer that a thread has, and what the thread wrote into it. */
typedef struct
{
  BpPooled *pooled;
  gsize n_bytes;
  guint8 stamp;
} Held;

typedef struct
{
  pthread_mutex_t mutex;
  BpPool *pool;
  const TestKind *kind;
} Place;

typedef struct
{
  Place places[N_POOLS];
  _Atomic (Held *) boxes[N_BOXES];
  TestCounters counters;
  TestBarrier barrier;
  TestRandom randoms[N_THREADS];
  TestEffort effort;
  gboolean goes_on;
  atomic_ullong n_acquired;
  atomic_uint n_pools;
} Stress;

static BpPool *
make_pool (Stress         *stress,
           const TestKind *kind,
           TestRandom     *random)
{
  static const guint shards[] = { 0, 0, 1, 2, 7, 32 };
  BpPool *pool = kind->make (&stress->counters,
                             shards[test_random_below (random, G_N_ELEMENTS (shards))],
                             test_random_below (random, MOST_BUFFERS), 0);

  stress->n_pools++;
  if (test_random_below (random, 4) == 0)
    bp_pool_set_thread_cache (pool, (int) test_random_below (random, 20));

  return pool;
}

/* The pool of a place as it is now; another may take its place at once. */
static BpPool *
ref_pool (Place *place)
{
  BpPool *pool;

  pthread_mutex_lock (&place->mutex);
  pool = g_object_ref (place->pool);
  pthread_mutex_unlock (&place->mutex);

  return pool;
}

/* ThreadSanitizer does not see GObject's references, but it sees a mutex. */
static void
unref_pool (Place  *place,
            BpPool *pool)
{
#ifdef BP_TSAN
  pthread_mutex_lock (&place->mutex);
  g_object_unref (pool);
  pthread_mutex_unlock (&place->mutex);
#else
  g_object_unref (pool);
#endif
}

static void
replace_pool (Stress     *stress,
              Place      *place,
              TestRandom *random)
{
  BpPool *pool = make_pool (stress, place->kind, random);
  BpPool *old;

  pthread_mutex_lock (&place->mutex);
  old = place->pool;
  place->pool = pool;
  pthread_mutex_unlock (&place->mutex);

  if (test_random_below (random, 2) == 0)
    g_object_run_dispose (G_OBJECT (old));
  unref_pool (place, old);
}

static gpointer
get_memory (Held *held)
{
  TestItem *item;

  if (bp_pooled_get_element_size (held->pooled) > 0)
    return bp_pooled_get_data (held->pooled, NULL);

  item = bp_pooled_get_item (held->pooled);

  return &item->byte_size;
}

static void
write_stamp (Held       *held,
             gboolean    is_object,
             TestRandom *random)
{
  held->stamp = (guint8) test_random_next (random);
  if (is_object)
    ((TestObject *) bp_pooled_get_item (held->pooled))->byte_size = held->stamp;
  else if (held->n_bytes == 0)
    *(gsize *) get_memory (held) = held->stamp;
  else
    memset (get_memory (held), held->stamp, held->n_bytes);
}

static void
check_stamp (Held     *held,
             gboolean  is_object)
{
  const guint8 *data;

  if (is_object)
    {
      g_assert_cmpuint (((TestObject *) bp_pooled_get_item (held->pooled))->byte_size, ==,
                        held->stamp);
      return;
    }
  if (held->n_bytes == 0)
    {
      g_assert_cmpuint (*(gsize *) get_memory (held), ==, held->stamp);
      return;
    }

  data = get_memory (held);
  g_assert_cmpuint (data[0], ==, held->stamp);
  g_assert_cmpint (memcmp (data, data + 1, held->n_bytes - 1), ==, 0);
}

static gboolean
is_object (Held *held)
{
  g_autoptr (GObject) object = bp_pooled_dup_object (held->pooled);

  return object != NULL;
}

static Held *
take (Stress     *stress,
      Place      *place,
      BpPool     *pool,
      TestRandom *random)
{
  Held *held = g_new0 (Held, 1);

  stress->n_acquired++;
  if (place->kind->is_elements)
    {
      guint most = test_random_below (random, 500) == 0 ? LARGE_ELEMENTS : SMALL_ELEMENTS;
      gsize n_elements = 1 + test_random_below (random, most);

      held->pooled = bp_pool_acquire_uninit (pool, n_elements, NULL);
      held->n_bytes = n_elements * bp_pool_get_element_size (pool);
    }
  else
    {
      held->pooled = bp_pool_acquire (pool);
    }
  g_assert_nonnull (held->pooled);
  write_stamp (held, g_str_equal (place->kind->name, "object"), random);

  return held;
}

static void
drop (Held       *held,
      TestRandom *random)
{
  check_stamp (held, is_object (held));
  switch (held->n_bytes > 0 ? test_random_below (random, 8) : 7)
    {
    case 0:
      g_bytes_unref (bp_pooled_unref_to_bytes (held->pooled, NULL));
      break;

    case 1:
      bp_pooled_slice_unref (bp_pooled_slice_new_take (held->pooled, 1, NULL));
      break;

    case 2:
      g_free (bp_pooled_steal_data (held->pooled, NULL, NULL, NULL));
      bp_pooled_unref (held->pooled);
      break;

    case 3:
      g_assert_true (bp_pooled_release (held->pooled));
      bp_pooled_unref (held->pooled);
      break;

    default:
      bp_pooled_unref (held->pooled);
      break;
    }
  g_free (held);
}

/* Takes a number of buffers, and drops them, or leaves them to others. */
static void
use (Stress     *stress,
     Place      *place,
     BpPool     *pool,
     TestRandom *random)
{
  guint n_held = 1 + test_random_below (random, test_random_below (random, 4) == 0 ? MOST_HELD : 8);
  Held *held[MOST_HELD];

  for (guint i = 0; i < n_held; i++)
    held[i] = take (stress, place, pool, random);
  for (guint i = 0; i < n_held; i++)
    {
      Held *other = held[i];

      if (test_random_below (random, 3) == 0)
        other = atomic_exchange (&stress->boxes[test_random_below (random, N_BOXES)], held[i]);
      if (other != NULL)
        drop (other, random);
    }
}

static void
meddle (BpPool     *pool,
        TestRandom *random)
{
  g_autoptr (GError) error = NULL;

  switch (test_random_below (random, 6))
    {
    case 0:
      bp_pool_set_max_buffers (pool, test_random_below (random, MOST_BUFFERS));
      break;

    case 1:
      bp_pool_set_trim_capacity (pool, test_random_below (random, SMALL_ELEMENTS));
      break;

    case 2:
      bp_pool_set_thread_cache (pool, (int) test_random_below (random, 30) - 1);
      break;

    case 3:
      bp_pool_drop_idle (pool, test_random_below (random, MOST_BUFFERS));
      break;

    case 4:
      if (!bp_pool_prefill (pool, test_random_below (random, 30), SMALL_ELEMENTS, &error))
        g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      break;

    default:
      g_assert_cmpuint (get_stat (pool, idle), <=, MOST_BUFFERS);
      break;
    }
}

static void
run_life (guint    index,
          gpointer data)
{
  Stress *stress = data;
  TestRandom *random = &stress->randoms[index];

  for (guint i = 0; i < STEPS_PER_LIFE; i++)
    {
      Place *place = &stress->places[test_random_below (random, N_POOLS)];
      BpPool *pool = ref_pool (place);

      use (stress, place, pool, random);
      if (test_random_below (random, 40) == 0)
        meddle (pool, random);
      if (test_random_below (random, 2000) == 0)
        replace_pool (stress, place, random);
      unref_pool (place, pool);
    }
}

/* Without caches all buffers are to be had; and a setter holds at once, wherever they are. */
static void
check_setters (BpPool *pool)
{
  BpPooled *held[MOST_BUFFERS];
  guint64 n_idle, n_missed;

  bp_pool_set_thread_cache (pool, 0);
  n_idle = get_stat (pool, idle);
  n_missed = get_stat (pool, misses);
  test_acquire_many (pool, held, (guint) n_idle);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, misses), ==, n_missed);
  for (guint i = 0; i < n_idle; i++)
    test_touch (held[i]);
  test_unref_many (held, (guint) n_idle);
  bp_pool_set_thread_cache (pool, -1);
  assert_valid (pool);

  for (guint max_buffers = MOST_BUFFERS; max_buffers > 0; max_buffers /= 2)
    {
      bp_pool_set_max_buffers (pool, max_buffers);
      g_assert_cmpuint (get_stat (pool, idle), <=, max_buffers);
      assert_valid (pool);
    }
  bp_pool_set_max_buffers (pool, MOST_BUFFERS);
}

/* All have stopped. */
static void
check (Stress *stress)
{
  for (guint i = 0; i < N_POOLS; i++)
    {
      BpPool *pool = stress->places[i].pool;

      assert_valid (pool);
      g_assert_cmpuint (get_stat (pool, idle), <=, bp_pool_get_max_buffers (pool));
      g_assert_cmpuint (get_stat (pool, outstanding), <=, N_BOXES);
      g_assert_cmpuint (get_stat (pool, peak_buffers), >=,
                        get_stat (pool, idle) + get_stat (pool, outstanding));
    }
  check_setters (stress->places[test_random_below (&stress->randoms[0], N_POOLS)].pool);
  stress->goes_on = test_effort_goes_on (&stress->effort);
}

static void
run_member (guint    index,
            gpointer data)
{
  Stress *stress = data;

  while (stress->goes_on)
    {
      for (guint i = 0; i < LIVES_PER_ROUND; i++)
        {
          if (index % 3 == 0)
            test_thread_join (test_thread_start (run_life, index, stress));
          else
            run_life (index, stress);
        }

      if (test_barrier_wait (&stress->barrier))
        check (stress);
      test_barrier_wait (&stress->barrier);
    }
}

static void
test_stress (void)
{
  Stress *stress = g_new0 (Stress, 1);
  TestRandom random;

  test_random_init (&random, test_get_seed ());
  test_counters_reset (&stress->counters);
  test_counters_reset (&test_object_counters);
  test_effort_init (&stress->effort, 10, 1);
  stress->goes_on = TRUE;
  test_barrier_init (&stress->barrier, N_THREADS);
  for (guint i = 0; i < N_POOLS; i++)
    {
      pthread_mutex_init (&stress->places[i].mutex, NULL);
      stress->places[i].kind = &test_kinds[i % TEST_N_KINDS];
      stress->places[i].pool = make_pool (stress, stress->places[i].kind, &random);
    }
  for (guint i = 0; i < N_THREADS; i++)
    test_random_init (&stress->randoms[i], test_random_next (&random));

  test_run_threads (N_THREADS, run_member, stress);

  for (guint i = 0; i < N_POOLS; i++)
    {
      g_object_unref (stress->places[i].pool);
      pthread_mutex_destroy (&stress->places[i].mutex);
    }
  for (guint i = 0; i < N_BOXES; i++)
    {
      if (stress->boxes[i] != NULL)
        drop (stress->boxes[i], &random);
    }
  g_assert_cmpuint (test_counters_live (&stress->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);

  g_test_message ("%llu buffers of %u pools", stress->n_acquired, stress->n_pools);
  test_barrier_clear (&stress->barrier);
  g_free (stress);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  test_warm_up ();
  g_test_add_func ("/stress", test_stress);

  return g_test_run ();
}
