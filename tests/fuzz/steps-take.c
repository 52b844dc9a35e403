/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

#include "bp-debug-private.h"

/* Steps that take something out of a pool. */

typedef enum
{
  TAKE_PLAIN,
  TAKE_TRY,
  TAKE_WITH,
  TAKE_SIZED,
  TAKE_UNINIT,
  TAKE_FULL,
  TAKE_FULL_UNINIT,
  TAKE_WAIT,
  TAKE_WAIT_TIMED,
  TAKE_CANCELLED,
  N_TAKES
} Take;

static void
init_buffer (BpPooled *pooled,
             gpointer  user_data)
{
  Game *game = user_data;

  if (bp_pooled_get_element_size (pooled) > 0)
    bp_pooled_try_resize (pooled, 3, NULL);
  game_call_back (game);
}

/* These end the program where memory is short, as they say. */
static gboolean
may_abort (Take take)
{
  return take == TAKE_PLAIN || take == TAKE_WITH;
}

static BpPooled *
take_by (Game    *game,
         Member  *member,
         Take     take,
         gsize    n_elements,
         GError **error)
{
  BpPool *pool = member->model.pool;
  g_autoptr (GCancellable) cancellable = NULL;

  switch (take)
    {
    case TAKE_PLAIN:
      return bp_pool_acquire (pool);

    case TAKE_TRY:
      return bp_pool_try_acquire (pool, error);

    case TAKE_WITH:
      return bp_pool_acquire_with (pool, init_buffer, game);

    case TAKE_SIZED:
      return bp_pool_acquire_sized (pool, n_elements, error);

    case TAKE_UNINIT:
      return bp_pool_acquire_uninit (pool, n_elements, error);

    case TAKE_FULL_UNINIT:
      return bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_UNINIT, game, 0, NULL, error);

    case TAKE_WAIT:
      return bp_pool_acquire_wait (pool, n_elements, 0, NULL, error);

    /* The time is over at once: the test's clock stands still, long before the system's. */
    case TAKE_WAIT_TIMED:
      return bp_pool_acquire_wait (pool, n_elements, 1000, NULL, error);

    case TAKE_CANCELLED:
      cancellable = g_cancellable_new ();
      g_cancellable_cancel (cancellable);
      return bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_NONE, NULL, 0, cancellable, error);

    case TAKE_FULL:
    case N_TAKES:
    default:
      return bp_pool_acquire_full (pool, n_elements, BP_ACQUIRE_NONE, NULL, 0, NULL, error);
    }
}

static void
check_zeroes (BpPooled *pooled)
{
  gsize n_elements;
  const guint8 *data = bp_pooled_get_data (pooled, &n_elements);

  for (gsize i = 0; i < n_elements * bp_pooled_get_element_size (pooled); i++)
    g_assert_cmpuint (data[i], ==, 0);
}

/* It is as it was asked for. */
static void
check_taken (Member   *member,
             BpPooled *pooled,
             Take      take,
             gsize     n_elements)
{
  gsize length = bp_pooled_get_length (pooled);

  g_assert_false (bp_pooled_is_released (pooled));
  g_assert_cmpuint (bp_pooled_get_element_size (pooled), ==, member->model.element_size);
  g_assert_cmpint (bp_pooled_get_element_type (pooled), ==,
                   bp_pool_get_element_type (member->model.pool));
  if (take == TAKE_WITH)
    g_assert_cmpuint (length, <=, 3);
  else
    g_assert_cmpuint (length, ==, may_abort (take) || take == TAKE_TRY ? 0 : n_elements);
  g_assert_cmpuint (bp_pooled_get_capacity (pooled), >=, length);
  if (member->model.element_size == 0)
    {
      g_assert_nonnull (bp_pooled_get_item (pooled));
      return;
    }
  g_assert_nonnull (bp_pooled_get_data (pooled, NULL));
  if (member->is_aligned)
    g_assert_cmpuint ((guintptr) bp_pooled_get_data (pooled, NULL) %
                      bp_pool_get_alignment (member->model.pool), ==, 0);
  if (take != TAKE_UNINIT && take != TAKE_FULL_UNINIT)
    check_zeroes (pooled);
}

/* Nothing of the last user's is left in all of the memory. */
static void
check_wiped (BpPooled *pooled)
{
  const guint8 *data = bp_pooled_get_data (pooled, NULL);
  gsize n_bytes = bp_pooled_get_capacity (pooled) * bp_pooled_get_element_size (pooled);

  for (gsize i = 0; i < n_bytes; i++)
    g_assert_cmpuint (data[i], ==, 0);
}

/* Of memory that comes from the pool, and does not grow. */
static gboolean
must_be_wiped (Member *member,
               gsize   n_elements)
{
  return member->model.element_size > 0 && n_elements == 0 &&
         bp_pool_get_clear_on_release (member->model.pool) && (bp_debug_flags & BP_DEBUG_POISON) == 0;
}

void
do_take (Game       *game,
         const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  Take take = step->b % N_TAKES;
  gsize n_elements = game_pick_length (member, step->c);
  guint n_callbacks = game->n_callbacks;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;
  gboolean is_wiped;
  guint64 n_misses;

  if (!game_has_room (game, 1) || (may_abort (take) && game->n_faulty > 0))
    return;
  if (member->model.element_size == 0 && (take == TAKE_SIZED || take == TAKE_UNINIT))
    return;
  if (member->is_realtime && take == TAKE_WAIT_TIMED)
    return;
  if (may_abort (take) || take == TAKE_TRY)
    n_elements = 0;

  is_wiped = take != TAKE_WITH && must_be_wiped (member, n_elements);
  n_misses = is_wiped ? get_stat (member->model.pool, misses) : 0;
  pooled = take_by (game, member, take, n_elements, &error);
  if (pooled != NULL)
    {
      g_assert_no_error (error);
      check_taken (member, pooled, take, n_elements);
      if (is_wiped && game->n_callbacks == n_callbacks &&
          get_stat (member->model.pool, misses) == n_misses)
        check_wiped (pooled);
      game_keep (member, pooled, step->c);
      return;
    }

  if (take == TAKE_CANCELLED)
    g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  else if (take == TAKE_WAIT_TIMED && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    g_assert_true (member->has_budget || !game_is_plain (game, n_callbacks) ||
                   bp_pool_get_max_outstanding (member->model.pool) > 0);
  else if (may_abort (take))
    g_assert_no_error (error);
  else
    game_check_refused (member, error, n_elements, 1, n_callbacks);
}

void
do_take_many (Game       *game,
              const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  gsize n_elements = game_pick_length (member, step->c);
  guint n = step->b % (GAME_MOST_BULK + 1), n_callbacks = game->n_callbacks;
  BpPooled *many[GAME_MOST_BULK] = { NULL, };
  g_autoptr (GPtrArray) array = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_array = (step->b & 128) != 0;

  if (!game_has_room (game, n))
    return;
  if (is_array)
    array = bp_pool_acquire_array (member->model.pool, n_elements, n, &error);
  else if (!bp_pool_acquire_many (member->model.pool, n_elements, many, n, &error))
    g_assert_nonnull (error);

  if (error != NULL)
    {
      for (guint i = 0; i < n; i++)
        g_assert_null (many[i]);
      game_check_refused (member, error, n_elements, n, n_callbacks);
      return;
    }
  for (guint i = 0; i < n; i++)
    {
      BpPooled *pooled = is_array ? bp_pooled_ref (g_ptr_array_index (array, i)) : many[i];

      check_taken (member, pooled, is_array ? TAKE_SIZED : TAKE_UNINIT, n_elements);
      many[i] = pooled;
    }
  g_clear_pointer (&array, g_ptr_array_unref);
  for (guint i = 0; i < n; i++)
    game_keep (member, many[i], (guint8) (step->c + i));
}

static gpointer
make_item (Member *member)
{
  if (model_is_objects (&member->model))
    {
      TestObject *object = g_object_new (TEST_TYPE_OBJECT, NULL);

      game_watch_object (member, object);
      return object;
    }

  member->model.counters.fail_after = TEST_NEVER;

  return test_item_funcs.create (NULL, &member->model.counters, NULL);
}

static void
free_item (Member   *member,
           gpointer  item)
{
  if (model_is_objects (&member->model))
    g_object_unref (item);
  else
    test_item_funcs.free (item, &member->model.counters);
}

void
do_attach (Game       *game,
           const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  guint n_callbacks = game->n_callbacks;
  gsize capacity = step->b % 90, length = step->c % 100, n_bytes;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;
  gpointer thing;

  if (!game_has_room (game, 1) || member->is_aligned)
    return;
  if (member->model.element_size == 0)
    {
      thing = make_item (member);
      pooled = bp_pool_attach_item (member->model.pool, thing, &error);
    }
  else
    {
      n_bytes = capacity * member->model.element_size;
      thing = g_malloc0 (n_bytes + 1);
      pooled = bp_pool_attach_data (member->model.pool, thing, length, capacity, &error);
    }

  if (pooled != NULL)
    {
      g_assert_no_error (error);
      if (member->model.element_size > 0)
        {
          g_assert_cmpuint (bp_pooled_get_length (pooled), ==, length);
          g_assert_cmpuint (bp_pooled_get_capacity (pooled), ==, capacity);
        }
      game_keep (member, pooled, step->c);
      return;
    }
  if (member->model.element_size == 0)
    free_item (member, thing);
  else
    g_free (thing);
  if (length > capacity && g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE))
    return;
  game_check_refused (member, error, capacity, 1, n_callbacks);
}

void
do_recycle (Game       *game,
            const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  BpPool *pool = member->model.pool;
  gpointer item;

  if (member->is_aligned)
    return;
  if (member->model.element_size > 0)
    {
      gsize capacity = step->b % 90;

      bp_pool_recycle_data (pool, g_malloc0 (capacity * member->model.element_size + 1), capacity);
      return;
    }

  item = make_item (member);
  if (model_is_objects (&member->model))
    ((TestObject *) item)->refuse = step->b % 4 == 0;
  else
    ((TestItem *) item)->refuse = step->b % 4 == 0;
  if (model_is_objects (&member->model) && step->c % 2 == 0)
    bp_pool_recycle_object (pool, item);
  else
    bp_pool_recycle_item (pool, item);
}

/* The next items cannot be made, or all can. */
void
do_item (Game       *game,
         const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  TestCounters *counters = &member->model.counters;

  if (model_is_objects (&member->model))
    counters = &test_object_counters;
  if (step->b % 3 == 0)
    member->model.counters.fail_after = member->model.counters.n_created + step->c % 4;
  else
    member->model.counters.fail_after = TEST_NEVER;
  counters->refuse_all = step->b % 3 == 1;
}
