/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"
#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"

/* Before a budget says no, idle buffers of its pools go: wherever they lie, of whichever
 * kind, and those first that were not used lately. */

#define N_BUFFERS 5
#define LENGTH 100

static BpPool *
make_pool (BpBudget *budget,
           int       thread_cache)
{
  return g_object_new (BP_TYPE_POOL,
                       "budget", budget,
                       "shards", 2,
                       "max-buffers", 64,
                       "thread-cache", thread_cache,
                       NULL);
}

/* So many are out, and then idle: in the cache of the calling thread, if it has one. */
static void
cycle (BpPool *pool)
{
  BpPooled *held[N_BUFFERS];

  for (guint i = 0; i < N_BUFFERS; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      g_assert_nonnull (held[i]);
    }
  test_unref_many (held, N_BUFFERS);
}

/* Twice: a thread that has not yet taken anything from its cache hides less. */
static void
fill (gpointer pool)
{
  cycle (pool);
  cycle (pool);
}

static void
cycle_once (gpointer pool)
{
  cycle (pool);
}

static void
expect_idle (BpPool *pool,
             guint   n_idle)
{
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  assert_valid (pool);
}

/* Where idle buffers of a pool may lie. */

typedef enum
{
  RINGS,
  OWN_CACHE,
  SLEEPING,
  ENDED,
  N_PLACES
} Place;

static const char *const place_names[] = {
  "rings", "own-cache", "sleeping-thread", "ended-thread",
};

static void
put_into (Place       place,
          BpPool     *pool,
          TestWorker *sleeper)
{
  TestWorker *ended;

  switch (place)
    {
    case RINGS:
      g_assert_true (bp_pool_prefill (pool, N_BUFFERS, LENGTH, NULL));
      break;

    case OWN_CACHE:
      fill (pool);
      break;

    case SLEEPING:
      test_worker_call (sleeper, fill, pool);
      break;

    case ENDED:
    case N_PLACES:
    default:
      ended = test_worker_new ();
      test_worker_call (ended, fill, pool);
      test_worker_free (ended);
      break;
    }
  expect_idle (pool, N_BUFFERS);
}

/* They are found wherever they are, for an acquire, for growth, for a prefill and for what
 * is attached. */
static void
test_place (gconstpointer data)
{
  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (TestWorker) sleeper = test_worker_new ();
      g_autoptr (BpBudget) budget = bp_budget_new (N_BUFFERS * LENGTH + 10);
      g_autoptr (BpPool) idle = make_pool (budget, -1);
      g_autoptr (BpPool) active = make_pool (budget, -1);
      g_autoptr (BpPooled) small = bp_pool_acquire_sized (active, 10, NULL);
      g_autoptr (BpPooled) pooled = NULL;
      g_autoptr (GError) error = NULL;

      put_into (GPOINTER_TO_UINT (data), idle, sleeper);
      assert_charged (budget, 10, idle, active, NULL);
      g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, N_BUFFERS * LENGTH + 10);

      if (i == 0)
        {
          pooled = bp_pool_acquire_sized (active, N_BUFFERS * LENGTH, &error);
          g_assert_no_error (error);
          expect_idle (idle, 0);
          assert_charged (budget, N_BUFFERS * LENGTH + 10, idle, active, NULL);
        }
      else if (i == 1)
        {
          g_assert_true (bp_pooled_try_resize (small, N_BUFFERS * LENGTH, &error));
          expect_idle (idle, 0);
          assert_charged (budget, N_BUFFERS * LENGTH, idle, active, NULL);
        }
      else if (i == 2)
        {
          g_assert_true (bp_pool_prefill (active, N_BUFFERS, LENGTH, &error));
          expect_idle (idle, 0);
          expect_idle (active, N_BUFFERS);
          assert_charged (budget, 10, idle, active, NULL);
        }
      else
        {
          gsize n_bytes = N_BUFFERS * LENGTH;

          pooled = bp_pool_attach_data (active, g_malloc (n_bytes), 0, n_bytes, &error);
          g_assert_no_error (error);
          expect_idle (idle, 0);
          assert_charged (budget, N_BUFFERS * LENGTH + 10, idle, active, NULL);
        }
      g_assert_cmpuint (bp_budget_get_peak_bytes (budget), ==, N_BUFFERS * LENGTH + 10);
    }
}

/* Lowering the budget finds them as well. */
static void
test_place_when_lowered (gconstpointer data)
{
  g_autoptr (TestWorker) sleeper = test_worker_new ();
  g_autoptr (BpBudget) budget = bp_budget_new (10000);
  g_autoptr (BpPool) pool = make_pool (budget, -1);

  put_into (GPOINTER_TO_UINT (data), pool, sleeper);
  bp_budget_set_max_bytes (budget, N_BUFFERS * LENGTH);
  expect_idle (pool, N_BUFFERS);
  bp_budget_set_max_bytes (budget, 0);
  expect_idle (pool, 0);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 0);
}

/* No more than is missing, and the oldest. */
static void
test_oldest_and_no_more (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) pool = g_object_new (BP_TYPE_POOL,
                                          "budget", budget,
                                          "shards", 1,
                                          "thread-cache", 0,
                                          NULL);
  g_autoptr (BpPool) other = make_pool (budget, 0);
  g_autoptr (BpPooled) pooled = NULL;
  BpPooled *held[10];

  for (guint i = 0; i < 10; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      *(guint8 *) bp_pooled_get_data (held[i], NULL) = (guint8) i;
    }
  test_unref_many (held, 10);

  pooled = bp_pool_acquire_sized (other, 250, NULL);
  expect_idle (pool, 7);
  assert_charged (budget, 250, pool, other, NULL);
  for (guint i = 0; i < 7; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      g_assert_cmpuint (*(guint8 *) bp_pooled_get_data (held[i], NULL), ==, 9 - i);
    }
  test_unref_many (held, 7);
}

/* What is out cannot be taken, and what would not suffice is not freed. */
static void
test_not_enough (void)
{
  g_autoptr (BpBudget) budget = bp_budget_new (1000);
  g_autoptr (BpPool) first = make_pool (budget, -1);
  g_autoptr (BpPool) second = make_pool (budget, -1);
  g_autoptr (BpPooled) out = bp_pool_acquire_sized (first, 500, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (bp_pool_prefill (second, 5, 100, NULL));
  g_assert_null (bp_pool_acquire_sized (second, 501, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  assert_charged (budget, 500, first, second, NULL);
  g_assert_cmpuint (bp_pooled_get_length (out), ==, 500);
}

/* Where nothing is quiet yet rings go before caches, whichever pool it is that they are of. */
static void
test_rings_before_caches (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (TestWorker) worker = test_worker_new ();
      g_autoptr (BpBudget) budget = bp_budget_new (2 * N_BUFFERS * LENGTH);
      g_autoptr (BpPool) first = make_pool (budget, -1);
      g_autoptr (BpPool) second = make_pool (budget, -1);
      g_autoptr (BpPool) third = make_pool (budget, -1);
      g_autoptr (BpPooled) pooled = NULL;
      BpPool *in_ring = i == 0 ? first : second;
      BpPool *in_cache = i == 0 ? second : first;

      put_into (RINGS, in_ring, NULL);
      put_into (SLEEPING, in_cache, worker);
      pooled = bp_pool_acquire_sized (third, N_BUFFERS * LENGTH, NULL);
      g_assert_nonnull (pooled);
      expect_idle (in_ring, 0);
      expect_idle (in_cache, N_BUFFERS);
    }
}

/*
 * Quiet and busy. The first look at a pool marks what lies there; what is still untouched at
 * the next one is quiet, and goes first. The first look is made by a budget that is lowered
 * by a byte: a pool loses a buffer by that, and gets it again.
 */

typedef struct
{
  BpBudget *budget;
  /* In the order in which they were made, or the other way round. */
  BpPool *quiet;
  BpPool *busy;
  BpPool *third;
} Neighbours;

static void
neighbours_init (Neighbours *self,
                 gboolean    quiet_is_first,
                 int         thread_cache)
{
  self->budget = bp_budget_new (2 * N_BUFFERS * LENGTH);
  if (quiet_is_first)
    self->quiet = make_pool (self->budget, thread_cache);
  self->busy = make_pool (self->budget, thread_cache);
  if (!quiet_is_first)
    self->quiet = make_pool (self->budget, thread_cache);
  self->third = make_pool (self->budget, thread_cache);
}

static void
neighbours_clear (Neighbours *self)
{
  assert_charged (self->budget, 0, self->quiet, self->busy, self->third, NULL);
  g_assert_finalize_object (self->third);
  g_assert_finalize_object (self->busy);
  g_assert_finalize_object (self->quiet);
  g_assert_finalize_object (self->budget);
}

static void
look (Neighbours *self)
{
  guint64 n_used = bp_budget_get_used_bytes (self->budget);

  g_assert_cmpuint (n_used, ==, bp_budget_get_max_bytes (self->budget));
  bp_budget_set_max_bytes (self->budget, n_used - 1);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), <, n_used);
  bp_budget_set_max_bytes (self->budget, n_used);
}

static void
refill (BpPool *pool)
{
  guint n_idle = (guint) get_stat (pool, idle);

  g_assert_true (bp_pool_prefill (pool, N_BUFFERS - n_idle, LENGTH, NULL));
}

static void
test_quiet_rings (gconstpointer data)
{
  g_autoptr (BpPooled) pooled = NULL;
  Neighbours self;

  neighbours_init (&self, GPOINTER_TO_UINT (data), 0);
  refill (self.quiet);
  refill (self.busy);
  look (&self);
  refill (self.quiet);
  refill (self.busy);
  cycle (self.busy);

  pooled = bp_pool_acquire_sized (self.third, 3 * LENGTH, NULL);
  g_assert_nonnull (pooled);
  expect_idle (self.busy, N_BUFFERS);
  expect_idle (self.quiet, N_BUFFERS - 3);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_drop_idle (self.third, 0);

  /* Where that is not enough the busy one has to give as well. */
  pooled = bp_pool_acquire_sized (self.third, 2 * N_BUFFERS * LENGTH, NULL);
  g_assert_nonnull (pooled);
  expect_idle (self.busy, 0);
  expect_idle (self.quiet, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  neighbours_clear (&self);
}

/* A ring that is in use, and deeper than it need be: its older part is quiet. */
static void
test_quiet_part_of_ring (void)
{
  g_autoptr (BpPooled) pooled = NULL;
  BpPooled *held[2];
  Neighbours self;

  neighbours_init (&self, TRUE, 0);
  refill (self.quiet);
  refill (self.busy);
  look (&self);
  refill (self.quiet);
  refill (self.busy);
  cycle (self.quiet);
  for (guint i = 0; i < 10; i++)
    {
      test_acquire_many (self.busy, held, 2);
      test_unref_many (held, 2);
    }

  pooled = bp_pool_acquire_sized (self.third, 2 * LENGTH, NULL);
  g_assert_nonnull (pooled);
  expect_idle (self.quiet, N_BUFFERS);
  expect_idle (self.busy, N_BUFFERS - 2);
  g_clear_pointer (&pooled, bp_pooled_unref);
  neighbours_clear (&self);
}

/* The same for caches, of a thread that sleeps and of one that works. Rings go before caches,
 * so the third pool is the one that loses a buffer by the first look. */
static void
test_quiet_caches (gconstpointer data)
{
  g_autoptr (TestWorker) sleeper = test_worker_new ();
  g_autoptr (TestWorker) worker = test_worker_new ();
  g_autoptr (BpPooled) pooled = NULL;
  Neighbours self;

  neighbours_init (&self, GPOINTER_TO_UINT (data), -1);
  test_worker_call (sleeper, fill, self.quiet);
  test_worker_call (worker, fill, self.busy);
  bp_budget_set_max_bytes (self.budget, (2 * N_BUFFERS + 1) * LENGTH);
  g_assert_true (bp_pool_prefill (self.third, 1, LENGTH, NULL));
  look (&self);
  bp_budget_set_max_bytes (self.budget, 2 * N_BUFFERS * LENGTH);
  expect_idle (self.third, 0);
  expect_idle (self.quiet, N_BUFFERS);
  expect_idle (self.busy, N_BUFFERS);
  test_worker_call (worker, cycle_once, self.busy);

  pooled = bp_pool_acquire_sized (self.third, 3 * LENGTH, NULL);
  g_assert_nonnull (pooled);
  expect_idle (self.busy, N_BUFFERS);
  g_assert_cmpuint (get_stat (self.quiet, idle), <=, N_BUFFERS - 3);
  g_clear_pointer (&pooled, bp_pooled_unref);
  bp_pool_drop_idle (self.third, 0);

  pooled = bp_pool_acquire_sized (self.third, 2 * N_BUFFERS * LENGTH, NULL);
  g_assert_nonnull (pooled);
  expect_idle (self.busy, 0);
  expect_idle (self.quiet, 0);
  g_clear_pointer (&pooled, bp_pooled_unref);
  neighbours_clear (&self);
}

/* What items do when they are destroyed: nothing is locked then. */

typedef struct
{
  BpBudget *budget;
  BpPool *other;
  BpPool *last_ref;
  guint n_freed;
} Meddler;

static gpointer
create_meddler (gpointer   acquire_data,
                gpointer   user_data,
                GError   **error)
{
  return g_new0 (int, 1);
}

static gsize
get_meddler_size (gpointer item,
                  gpointer user_data)
{
  Meddler *meddler = user_data;

  g_assert_cmpuint (bp_budget_get_used_bytes (meddler->budget), <=,
                    bp_budget_get_max_bytes (meddler->budget));

  return LENGTH;
}

static void
free_meddler (gpointer item,
              gpointer user_data)
{
  Meddler *meddler = user_data;

  meddler->n_freed++;
  g_free (item);
  if (meddler->other != NULL)
    {
      cycle (meddler->other);
      bp_pool_drop_idle (meddler->other, 0);
      bp_pool_set_max_outstanding (meddler->other, 20);
    }
  bp_budget_set_max_bytes (meddler->budget, bp_budget_get_max_bytes (meddler->budget) + 1);
  bp_budget_set_max_bytes (meddler->budget, bp_budget_get_max_bytes (meddler->budget) - 1);
  g_clear_object (&meddler->last_ref);
}

static void
test_items_that_meddle (void)
{
  Meddler meddler = { NULL, NULL, NULL, 0 };
  BpItemFuncs funcs = {
    .create = create_meddler,
    .free = free_meddler,
    .get_byte_size = get_meddler_size,
    .user_data = &meddler,
  };
  g_autoptr (BpBudget) budget = bp_budget_new (2 * N_BUFFERS * LENGTH);
  g_autoptr (BpPool) other = make_pool (budget, -1);
  g_autoptr (BpPool) items = NULL;
  g_autoptr (BpPool) active = NULL;
  g_autoptr (BpPooled) pooled = NULL;

  meddler.budget = budget;
  items = g_object_new (BP_TYPE_POOL, "item-funcs", &funcs, "budget", budget, NULL);
  meddler.last_ref = make_pool (budget, -1);
  active = make_pool (budget, -1);
  g_assert_true (bp_pool_prefill (items, N_BUFFERS, 0, NULL));
  fill (meddler.last_ref);
  g_assert_cmpuint (bp_budget_get_used_bytes (budget), ==, 2 * N_BUFFERS * LENGTH);
  meddler.other = other;

  pooled = bp_pool_acquire_sized (active, 2 * N_BUFFERS * LENGTH, NULL);
  g_assert_nonnull (pooled);
  g_assert_cmpuint (meddler.n_freed, ==, N_BUFFERS);
  g_assert_null (meddler.last_ref);
  assert_charged (budget, 2 * N_BUFFERS * LENGTH, items, other, active, NULL);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < N_PLACES; i++)
    {
      g_autofree char *place = g_strconcat ("/budget/reclaim/from/", place_names[i], NULL);
      g_autofree char *lowered = g_strconcat ("/budget/reclaim/lowered/", place_names[i], NULL);

      g_test_add_data_func (place, GUINT_TO_POINTER (i), test_place);
      g_test_add_data_func (lowered, GUINT_TO_POINTER (i), test_place_when_lowered);
    }
  g_test_add_func ("/budget/reclaim/oldest-and-no-more", test_oldest_and_no_more);
  g_test_add_func ("/budget/reclaim/not-enough", test_not_enough);
  g_test_add_func ("/budget/reclaim/rings-before-caches", test_rings_before_caches);
  g_test_add_data_func ("/budget/reclaim/quiet-rings/first", GUINT_TO_POINTER (TRUE),
                        test_quiet_rings);
  g_test_add_data_func ("/budget/reclaim/quiet-rings/last", GUINT_TO_POINTER (FALSE),
                        test_quiet_rings);
  g_test_add_func ("/budget/reclaim/quiet-part-of-ring", test_quiet_part_of_ring);
  g_test_add_data_func ("/budget/reclaim/quiet-caches/first", GUINT_TO_POINTER (TRUE),
                        test_quiet_caches);
  g_test_add_data_func ("/budget/reclaim/quiet-caches/last", GUINT_TO_POINTER (FALSE),
                        test_quiet_caches);
  g_test_add_func ("/budget/reclaim/items-that-meddle", test_items_that_meddle);

  return g_test_run ();
}
