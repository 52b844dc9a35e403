/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-debug-private.h"
#include "test-charge.h"
#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Eight threads grow and shrink buffers, items and objects of pools that share a budget,
 * and that end and are replaced: it is never exceeded by a byte, what is charged is what
 * exists, and in the end every byte is back. */

#define N_THREADS 8
#define N_STEPS 300
#define N_ROUNDS 50
#define MAX_BYTES 20000
/* Of one buffer, and what an item says of itself. */
#define MOST_BYTES 6000
#define MOST_ITEM_BYTES 900
#define N_HELD 3
#define LIMIT 2
/* The longest wait, in microseconds. */
#define SHORT 100

typedef enum
{
  SMALL,
  WIDE,
  LIMITED,
  ITEMS,
  OBJECTS,
  N_KINDS
} Kind;

typedef struct
{
  BpPooled *pooled;
  Kind kind;
  guint64 n_bytes;
} Held;

typedef struct
{
  BpBudget *budget;
  BpPool *pools[N_KINDS];
  pthread_mutex_t mutexes[N_KINDS];
  TestCounters counters;
  atomic_uint n_limited_out;
  guint n_rounds;
  TestRandom randoms[N_THREADS];
  Held held[N_THREADS][N_HELD];
  TestBarrier barrier;
  gboolean waits;
  gboolean is_changed;
} Crowd;

static BpPool *
make_pool (Crowd *crowd,
           Kind   kind)
{
  BpItemFuncs funcs = test_item_funcs;

  funcs.user_data = &crowd->counters;
  switch (kind)
    {
    case SMALL:
      return g_object_new (BP_TYPE_POOL, "budget", crowd->budget,
                           "trim-capacity", (guint64) MOST_BYTES / 8, NULL);

    case WIDE:
      return g_object_new (BP_TYPE_POOL, "budget", crowd->budget,
                           "element-type", BP_ELEMENT_TYPE_F64, "max-buffers", 4, NULL);

    case LIMITED:
      return g_object_new (BP_TYPE_POOL, "budget", crowd->budget, "max-outstanding", LIMIT, NULL);

    case ITEMS:
      return g_object_new (BP_TYPE_POOL, "budget", crowd->budget, "item-funcs", &funcs, NULL);

    case OBJECTS:
    case N_KINDS:
    default:
      return g_object_new (BP_TYPE_POOL, "budget", crowd->budget,
                           "item-type", TEST_TYPE_OBJECT, NULL);
    }
}

static void
crowd_init (Crowd *crowd)
{
  memset (crowd, 0, sizeof (Crowd));
  g_type_class_unref (g_type_class_ref (TEST_TYPE_OBJECT));
  crowd->budget = bp_budget_new (MAX_BYTES);
  crowd->n_rounds = test_scale (N_ROUNDS);
  test_randoms_init (crowd->randoms, G_N_ELEMENTS (crowd->randoms));
  test_counters_reset (&crowd->counters);
  test_counters_reset (&test_object_counters);
  test_barrier_init (&crowd->barrier, N_THREADS);
  for (guint i = 0; i < N_KINDS; i++)
    {
      crowd->pools[i] = make_pool (crowd, i);
      pthread_mutex_init (&crowd->mutexes[i], NULL);
    }
}

/* The pools gone, all of it is back. */
static void
crowd_clear (Crowd *crowd)
{
  for (guint i = 0; i < N_KINDS; i++)
    {
      assert_valid (crowd->pools[i]);
      g_object_unref (crowd->pools[i]);
      pthread_mutex_destroy (&crowd->mutexes[i]);
    }
  test_barrier_clear (&crowd->barrier);
  g_assert_cmpuint (bp_budget_get_used_bytes (crowd->budget), ==, 0);
  g_assert_cmpuint (bp_budget_get_peak_bytes (crowd->budget), <=, MAX_BYTES);
  g_assert_cmpuint (bp_budget_get_peak_bytes (crowd->budget), >, MAX_BYTES / 2);
  g_assert_cmpuint (test_counters_live (&crowd->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  g_object_unref (crowd->budget);
}

/* ThreadSanitizer does not see GObject's references, but it sees a mutex. */
static BpPool *
ref_pool (Crowd *crowd,
          Kind   kind)
{
  BpPool *pool;

  pthread_mutex_lock (&crowd->mutexes[kind]);
  pool = g_object_ref (crowd->pools[kind]);
  pthread_mutex_unlock (&crowd->mutexes[kind]);

  return pool;
}

static void
unref_pool (Crowd  *crowd,
            Kind    kind,
            BpPool *pool)
{
#ifdef BP_TSAN
  pthread_mutex_lock (&crowd->mutexes[kind]);
  g_object_unref (pool);
  pthread_mutex_unlock (&crowd->mutexes[kind]);
#else
  g_object_unref (pool);
#endif
}

/* What is out of the old pool outlives it. A thread that waits for a buffer of the old pool
 * leaves. */
static void
replace_pool (Crowd *crowd,
              Kind   kind)
{
  BpPool *pool = make_pool (crowd, kind), *old;

  pthread_mutex_lock (&crowd->mutexes[kind]);
  old = crowd->pools[kind];
  crowd->pools[kind] = pool;
  pthread_mutex_unlock (&crowd->mutexes[kind]);

  g_object_run_dispose (G_OBJECT (old));
  unref_pool (crowd, kind, old);
}

static void
check (Crowd *crowd)
{
  g_assert_cmpuint (bp_budget_get_used_bytes (crowd->budget), <=, MAX_BYTES);
}

static gsize *
get_item_bytes (Held *held)
{
  gpointer item = bp_pooled_get_item (held->pooled);

  return held->kind == OBJECTS ? &((TestObject *) item)->byte_size : &((TestItem *) item)->byte_size;
}

static gsize
get_element_size (Kind kind)
{
  return kind == WIDE ? 8 : kind <= LIMITED ? 1 : 0;
}

static guint64
get_charge (Held *held)
{
  gsize element_size = get_element_size (held->kind);

  if (element_size > 0)
    return bp_pooled_get_capacity (held->pooled) * element_size;

  return *get_item_bytes (held);
}

static void
take (Crowd      *crowd,
      Held       *held,
      TestRandom *random)
{
  Kind kind = test_random_below (random, N_KINDS);
  gsize element_size = get_element_size (kind);
  BpPool *pool = ref_pool (crowd, kind);
  gint64 timeout_us = crowd->waits && test_random_below (random, 3) == 0 ? SHORT : 0;
  gsize n_elements = element_size > 0 ? test_random_below (random, MOST_BYTES) / element_size : 0;
  g_autoptr (GError) error = NULL;

  held->kind = kind;
  held->pooled = bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_UNINIT, NULL, timeout_us, NULL,
                                       &error);
  unref_pool (crowd, kind, pool);
  if (held->pooled == NULL)
    {
      g_assert_true (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET) ||
                     g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT) ||
                     g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_CLOSED) ||
                     g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT));
      return;
    }

  if (kind == LIMITED)
    g_assert_cmpuint (atomic_fetch_add (&crowd->n_limited_out, 1), <, LIMIT);
  held->n_bytes = get_charge (held);
}

/* An item's new size counts when it is asked again; what fails leaves everything as it was. */
static void
change (Held       *held,
        TestRandom *random)
{
  gsize length, capacity, n_elements;

  if (held->kind >= ITEMS)
    {
      *get_item_bytes (held) = test_random_below (random, MOST_ITEM_BYTES);
      return;
    }

  length = bp_pooled_get_length (held->pooled);
  capacity = bp_pooled_get_capacity (held->pooled);
  n_elements = test_random_below (random, MOST_BYTES) / get_element_size (held->kind);
  if (bp_pooled_try_resize (held->pooled, n_elements, NULL))
    {
      length = n_elements;
      capacity = MAX (capacity, n_elements);
    }
  g_assert_cmpuint (bp_pooled_get_length (held->pooled), ==, length);
  g_assert_cmpuint (bp_pooled_get_capacity (held->pooled), >=, capacity);
  held->n_bytes = get_charge (held);
}

static void
give_back (Crowd      *crowd,
           Held       *held,
           TestRandom *random)
{
  BpPooled *pooled = g_steal_pointer (&held->pooled);

  held->n_bytes = 0;
  if (held->kind == LIMITED)
    atomic_fetch_sub (&crowd->n_limited_out, 1);
  switch (test_random_below (random, held->kind < ITEMS ? 6 : 2))
    {
    case 0:
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      break;

    case 4:
      g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
      bp_pooled_unref (pooled);
      break;

    case 5:
      g_bytes_unref (bp_pooled_unref_to_bytes (pooled, NULL));
      break;

    default:
      bp_pooled_unref (pooled);
      break;
    }
}

static void
meddle (Crowd      *crowd,
        TestRandom *random)
{
  Kind kind = test_random_below (random, N_KINDS);
  BpPool *pool = ref_pool (crowd, kind);

  switch (test_random_below (random, 8))
    {
    case 0:
      bp_pool_drop_idle (pool, 1);
      break;

    case 1:
    case 2:
      bp_pool_prefill (pool, 2, 500, NULL);
      break;

    case 3:
    case 4:
      if (kind < ITEMS)
        bp_pool_recycle_data (pool, g_malloc (300 * get_element_size (kind)), 300);
      break;

    case 5:
      bp_pool_set_thread_cache (pool, (int) test_random_below (random, 8) - 1);
      break;

    case 6:
      bp_pool_set_max_buffers (pool, test_random_below (random, 40));
      break;

    default:
      if (crowd->is_changed)
        bp_budget_set_max_bytes (crowd->budget, MAX_BYTES / (1 + test_random_below (random, 4)));
      else if (kind != LIMITED)
        replace_pool (crowd, kind);
      break;
    }
  unref_pool (crowd, kind, pool);
}

/* The others are at rest, with what they hold. Where that is too much nothing lies idle. */
static void
check_sum (Crowd *crowd)
{
  guint64 n_bytes = 0;

  for (guint i = 0; i < N_THREADS * N_HELD; i++)
    n_bytes += crowd->held[i / N_HELD][i % N_HELD].n_bytes;
  assert_charged (crowd->budget, n_bytes, crowd->pools[0], crowd->pools[1], crowd->pools[2],
                  crowd->pools[3], crowd->pools[4], NULL);
  if (n_bytes > bp_budget_get_max_bytes (crowd->budget))
    g_assert_cmpuint (bp_budget_get_used_bytes (crowd->budget), ==, n_bytes);
}

static void
step (Crowd      *crowd,
      Held       *held,
      TestRandom *random)
{
  if (held->pooled == NULL)
    take (crowd, held, random);
  else if (test_random_below (random, 3) > 0)
    change (held, random);
  else
    give_back (crowd, held, random);
  check (crowd);

  if (test_random_below (random, 50) == 0)
    meddle (crowd, random);
  check (crowd);
}

static void
work (guint    index,
      gpointer data)
{
  Crowd *crowd = data;
  TestRandom *random = &crowd->randoms[index];

  for (guint i = 0; i < crowd->n_rounds * N_STEPS; i++)
    {
      step (crowd, &crowd->held[index][test_random_below (random, N_HELD)], random);
      if (i % N_STEPS == N_STEPS - 1)
        {
          if (test_barrier_wait (&crowd->barrier))
            check_sum (crowd);
          test_barrier_wait (&crowd->barrier);
        }
    }
  for (guint i = 0; i < N_HELD; i++)
    {
      if (crowd->held[index][i].pooled != NULL)
        give_back (crowd, &crowd->held[index][i], random);
    }
}

static void
check_work (gboolean waits,
            gboolean is_changed)
{
  g_autofree Crowd *crowd = g_new (Crowd, 1);

  crowd_init (crowd);
  crowd->waits = waits;
  crowd->is_changed = is_changed;
  test_run_threads (N_THREADS, work, crowd);
  crowd_clear (crowd);
}

static void
test_never_over (void)
{
  check_work (FALSE, FALSE);
}

static void
test_with_waits (void)
{
  check_work (TRUE, FALSE);
}

static void
test_lowered_and_raised (void)
{
  check_work (TRUE, TRUE);
}

/* Two of one half each are all that there is room for: a thread that comes waits as long as
 * it takes, and gets its half, be it of a pool where the buffers are others'. */
static void
take_turns (guint    index,
            gpointer data)
{
  Crowd *crowd = data;

  for (guint i = 0; i < crowd->n_rounds * N_STEPS; i++)
    {
      Kind kind = (index + i / 16) % 2 == 0 ? WIDE : SMALL;
      g_autoptr (GError) error = NULL;
      BpPooled *pooled;

      pooled = bp_pool_acquire_full (crowd->pools[kind], MAX_BYTES / 2 / get_element_size (kind),
                                     BP_ACQUIRE_UNINIT, NULL, -1, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (atomic_fetch_add (&crowd->n_limited_out, 1), <, 2);
      *(guint8 *) bp_pooled_get_data (pooled, NULL) = 1;
      check (crowd);
      atomic_fetch_sub (&crowd->n_limited_out, 1);
      bp_pooled_unref (pooled);
    }
}

static void
test_all_get_it (void)
{
  g_autofree Crowd *crowd = g_new (Crowd, 1);

  crowd_init (crowd);
  bp_pool_set_trim_capacity (crowd->pools[SMALL], 0);
  test_run_threads (N_THREADS, take_turns, crowd);
  crowd_clear (crowd);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  g_test_add_func ("/threads/budget/never-over", test_never_over);
  g_test_add_func ("/threads/budget/with-waits", test_with_waits);
  g_test_add_func ("/threads/budget/lowered-and-raised", test_lowered_and_raised);
  g_test_add_func ("/threads/budget/all-get-it", test_all_get_it);

  return g_test_run ();
}
