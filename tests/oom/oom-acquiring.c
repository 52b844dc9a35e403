/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

#include "test-utils.h"

/* Ways in: acquiring, at once and waiting, one and many, and adopting. */

#define N_ELEMENTS 1000
#define N_MANY 8

static gsize
get_n_elements (World *world)
{
  return world_has_elements (world) ? N_ELEMENTS : 0;
}

static gboolean
give_back (BpPooled *pooled)
{
  if (pooled == NULL)
    return FALSE;
  bp_pooled_unref (pooled);

  return TRUE;
}

CALL (bp_pool_acquire, give_back (bp_pool_acquire (world->pool)))
CALL (bp_pool_try_acquire, give_back (bp_pool_try_acquire (world->pool, error)))
CALL (bp_pool_acquire_sized, give_back (bp_pool_acquire_sized (world->pool, N_ELEMENTS, error)))
CALL (bp_pool_acquire_uninit, give_back (bp_pool_acquire_uninit (world->pool, N_ELEMENTS, error)))
CALL (bp_pool_acquire_wait,
      give_back (bp_pool_acquire_wait (world->pool, get_n_elements (world), -1, NULL, error)))

static void
init (BpPooled *pooled,
      gpointer  data)
{
}

CALL (bp_pool_acquire_with, give_back (bp_pool_acquire_with (world->pool, init, NULL)))

static gboolean
call_bp_pool_acquire_full (World   *world,
                           GError **error)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  BpPooled *pooled = bp_pool_acquire_full (world->pool, N_ELEMENTS, BP_ACQUIRE_UNINIT, NULL, -1,
                                           cancellable, error);

  return give_back (pooled);
}

/* So much that what is idle in the budget must go. */
static gboolean
call_bp_pool_acquire_full_reclaim (World   *world,
                                   GError **error)
{
  gsize n_free = bp_budget_get_max_bytes (world->budget) -
                 bp_budget_get_used_bytes (world->budget);
  BpPooled *pooled = bp_pool_acquire_full (world->pool, n_free / sizeof (guint16) + 10,
                                           BP_ACQUIRE_UNINIT, NULL, 0, NULL, error);

  return give_back (pooled);
}

/* There is none until another is given back. */
static gboolean
call_bp_pool_acquire_async (World   *world,
                            GError **error)
{
  TestOutcome outcome = TEST_OUTCOME_INIT;

  bp_pool_acquire_async (world->pool, N_ELEMENTS, NULL, test_outcome_take, &outcome);
  g_clear_pointer (&world->other, bp_pooled_unref);
  while (!outcome.is_done)
    g_main_context_iteration (NULL, TRUE);
  if (outcome.error != NULL)
    g_propagate_error (error, outcome.error);
  world->other = outcome.pooled;
  if (world->other == NULL)
    world->other = bp_pool_try_acquire (world->pool, NULL);

  return outcome.pooled != NULL;
}

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_set_object ((GAsyncResult **) data, result);
}

static gboolean
call_bp_pool_acquire_finish (World   *world,
                             GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bp_pool_acquire_async (world->pool, N_ELEMENTS, NULL, keep_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return give_back (bp_pool_acquire_finish (world->pool, result, error));
}

static gboolean
call_bp_pool_acquire_many (World   *world,
                           GError **error)
{
  BpPooled *pooled[N_MANY];
  guint n = world->kind == LIMITED ? 5 : N_MANY;

  if (!bp_pool_acquire_many (world->pool, get_n_elements (world), pooled, n, error))
    return FALSE;
  bp_pooled_unref_many (pooled, n);

  return TRUE;
}

static gboolean
call_bp_pooled_unref_many (World   *world,
                           GError **error)
{
  BpPooled *pooled[] = { g_steal_pointer (&world->other) };

  bp_pooled_unref_many (pooled, 1);

  return TRUE;
}

static gboolean
call_bp_pool_acquire_array (World   *world,
                            GError **error)
{
  GPtrArray *array = bp_pool_acquire_array (world->pool, N_ELEMENTS, N_MANY, error);

  if (array == NULL)
    return FALSE;
  g_ptr_array_unref (array);

  return TRUE;
}

/* What cannot be kept is freed. */
static gboolean
call_bp_pool_recycle_data (World   *world,
                           GError **error)
{
  bp_pool_recycle_data (world->pool, g_malloc (200), 100);

  return TRUE;
}

static gboolean
call_bp_pool_recycle_item (World   *world,
                           GError **error)
{
  gpointer item = world_make_item (world);

  if (item != NULL)
    bp_pool_recycle_item (world->pool, item);

  return TRUE;
}

static gboolean
call_bp_pool_recycle_object (World   *world,
                             GError **error)
{
  bp_pool_recycle_object (world->pool, g_object_new (TEST_TYPE_OBJECT, NULL));

  return TRUE;
}

/* It is still the caller's when the call fails. */
static gboolean
call_bp_pool_attach_data (World   *world,
                          GError **error)
{
  gpointer data = g_malloc (200);
  BpPooled *pooled = bp_pool_attach_data (world->pool, data, 50, 100, error);

  if (pooled == NULL)
    g_free (data);

  return give_back (pooled);
}

static gboolean
call_bp_pool_attach_item (World   *world,
                          GError **error)
{
  gpointer item = test_item_funcs.create (NULL, &world->counters, NULL);
  BpPooled *pooled = bp_pool_attach_item (world->pool, item, error);

  if (pooled == NULL)
    test_item_funcs.free (item, &world->counters);

  return give_back (pooled);
}

static const Scenario scenarios[] = {
  SCENARIO (bp_pool_acquire, WORDS, 0, ENDS_ITSELF),
  SAME (bp_pool_acquire, limited, LIMITED, 0, SAYS_NO),
  SAME (bp_pool_acquire, items, ITEMS, 0, SAYS_NO),
  SCENARIO (bp_pool_try_acquire, WORDS, 0, 0),
  SAME (bp_pool_try_acquire, items, ITEMS, 0, 0),
  SAME (bp_pool_try_acquire, objects, OBJECTS, 0, MAY_END),
  SAME (bp_pool_try_acquire, limited, LIMITED, 0, 0),
  SAME (bp_pool_try_acquire, limited_items, LIMITED_ITEMS, 0, 0),
  SAME (bp_pool_try_acquire, idle, WORDS, 3, 0),
  SAME (bp_pool_try_acquire, sampled, SAMPLED, 0, 0),
  SAME (bp_pool_try_acquire, realtime, REALTIME, 0, 0),
  SCENARIO (bp_pool_acquire_with, WORDS, 0, ENDS_ITSELF),
  SAME (bp_pool_acquire_with, items, ITEMS, 0, SAYS_NO),
  SCENARIO (bp_pool_acquire_sized, WORDS, 0, 0),
  SAME (bp_pool_acquire_sized, aligned, ALIGNED, 0, 0),
  SAME (bp_pool_acquire_sized, limited, LIMITED, 0, 0),
  SAME (bp_pool_acquire_sized, renew, WORDS, 1, MAY_MOVE),
  SAME (bp_pool_acquire_sized, renew_limited, LIMITED, 1, MAY_MOVE),
  SCENARIO (bp_pool_acquire_uninit, WORDS, 0, 0),
  SAME (bp_pool_acquire_uninit, clearing, CLEARING, 2, MAY_MOVE),
  SCENARIO (bp_pool_acquire_full, WORDS, 0, MAY_END),
  VARIANT (bp_pool_acquire_full, reclaim, LIMITED, 5, MAY_MOVE),
  SCENARIO (bp_pool_acquire_wait, WORDS, 0, 0),
  SAME (bp_pool_acquire_wait, limited, LIMITED, 0, 0),
  SAME (bp_pool_acquire_wait, limited_items, LIMITED_ITEMS, 0, 0),
  SCENARIO (bp_pool_acquire_async, FULL, 0, MAY_END | MAY_MOVE),
  SCENARIO (bp_pool_acquire_finish, LIMITED, 0, MAY_END),
  SCENARIO (bp_pool_acquire_many, WORDS, 0, MAY_MOVE),
  SAME (bp_pool_acquire_many, idle, WORDS, 10, MAY_MOVE),
  SAME (bp_pool_acquire_many, items, ITEMS, 5, MAY_MOVE),
  SAME (bp_pool_acquire_many, limited, LIMITED, 0, MAY_MOVE),
  SCENARIO (bp_pooled_unref_many, WORDS, 0, 0),
  SCENARIO (bp_pool_acquire_array, WORDS, 0, MAY_END | MAY_MOVE),
  SCENARIO (bp_pool_recycle_data, WORDS, 0, MAY_END),
  SCENARIO (bp_pool_recycle_item, ITEMS, 0, 0),
  SCENARIO (bp_pool_recycle_object, OBJECTS, 0, MAY_END),
  SCENARIO (bp_pool_attach_data, WORDS, 0, MAY_END),
  SAME (bp_pool_attach_data, limited, LIMITED, 0, MAY_END),
  SCENARIO (bp_pool_attach_item, ITEMS, 0, MAY_END),
  SAME (bp_pool_attach_item, limited, LIMITED_ITEMS, 0, MAY_END),
};

const ScenarioList scenarios_for_acquiring = SCENARIO_LIST (scenarios);
