/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

#include "bp-debug-private.h"

/* Steps that work on a pool as a whole, or on the budget. */

#define LARGEST_BUDGET 8000

BP_DEFINE_GLOBAL_POOL (game_get_global_pool, BP_ELEMENT_TYPE_F32, 0, 4, 64)

/* More of what is idle, or less. */
void
do_idle (Game       *game,
         const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  BpPool *pool = member->model.pool;
  gsize n_elements = game_pick_length (member, step->c);
  g_autoptr (GError) error = NULL;
  guint64 n_idle = get_stat (pool, idle);
  guint n = step->b % 8, n_callbacks = game->n_callbacks;

  if (step->b >= 160)
    {
      bp_pool_drop_idle (pool, n);
      if (game_is_plain (game, n_callbacks))
        g_assert_cmpuint (get_stat (pool, idle), <=, n);
      return;
    }
  if (step->b >= 128 && member->monitor != NULL)
    {
      test_monitor_warn (member->monitor, n < 3 ? G_MEMORY_MONITOR_WARNING_LEVEL_LOW :
                                          n < 6 ? G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM :
                                                  G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
      return;
    }

  if (bp_pool_prefill (pool, n, n_elements, &error))
    {
      g_assert_no_error (error);
      /* Other idle buffers may have gone for it. */
      if (game_is_plain (game, n_callbacks) && !member->has_budget &&
          (bp_debug_flags & BP_DEBUG_DISABLE) == 0)
        g_assert_cmpuint (get_stat (pool, idle), ==, n_idle + n);
      return;
    }
  if (!g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE))
    game_check_refused (member, error, n_elements, n, n_callbacks);
}

static void
set_monitor (Member *member,
             guint8  number)
{
  g_autoptr (GMemoryMonitor) monitor = NULL;

  if (number % 2 == 0)
    g_clear_object (&member->monitor);
  else if (member->monitor == NULL)
    member->monitor = test_monitor_new ();
  bp_pool_set_memory_monitor (member->model.pool, member->monitor);
  monitor = bp_pool_dup_memory_monitor (member->model.pool);
  if (!member->is_disposed)
    g_assert_true (monitor == member->monitor);
}

/* What a realtime pool has none of, or has for life, is a critical. */
static void
set_realtime (Member     *member,
              const Step *step)
{
  BpPool *pool = member->model.pool;
  guint n_max = bp_pool_get_max_buffers (pool);

  game_expect ();
  switch (step->b % 6)
    {
    case 0:
      bp_pool_set_max_buffers (pool, n_max + 1);
      break;

    case 1:
      bp_pool_set_max_outstanding (pool, 2);
      break;

    case 2:
      bp_pool_set_max_idle_bytes (pool, 2);
      break;

    case 3:
      bp_pool_set_flushing (pool, TRUE);
      break;

    case 4:
      bp_pool_set_trim_capacity (pool, step->c % 100);
      break;

    default:
      bp_pool_set_clear_on_release (pool, step->c % 2);
      break;
    }
  game_was_told ();
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, n_max);
  g_assert_cmpuint (bp_pool_get_max_outstanding (pool), ==, 0);
}

void
do_set (Game       *game,
        const Step *step)
{
  static const int caches[] = { -1, 0, 1, 2, 8, 64 };
  Member *member = game_pick_member (game, step->a);
  BpPool *pool = member->model.pool;
  guint c = step->c;

  if (member->is_realtime)
    {
      set_realtime (member, step);
      return;
    }
  switch (step->b % 13)
    {
    case 0:
    case 1:
      bp_pool_set_max_buffers (pool, c < 250 ? c % 40 : G_MAXUINT - c % 2);
      break;

    case 2:
      bp_pool_set_trim_capacity (pool, c < 250 ? c % 60 : G_MAXSIZE - c % 2);
      break;

    case 3:
      bp_pool_set_thread_cache (pool, caches[c % G_N_ELEMENTS (caches)]);
      break;

    case 4:
    case 5:
      bp_pool_set_max_outstanding (pool, c % 8);
      break;

    case 6:
      bp_pool_set_max_idle_bytes (pool, c % 3 == 0 ? 0 : 8 * c);
      break;

    case 7:
      bp_pool_set_flushing (pool, c % 4 == 0);
      break;

    case 8:
      if (member->model.element_size > 0)
        bp_pool_set_clear_on_release (pool, c % 2);
      break;

    case 9:
      bp_pool_set_idle_timeout (pool, c % 3 == 0 ? 0 : c);
      break;

    case 10:
      set_monitor (member, step->c);
      break;

    case 11:
      bp_pool_set_name (pool, c % 2 == 0 ? NULL : c % 4 == 1 ? "fuzz" : "other");
      break;

    default:
      if (!member->is_watched)
        g_signal_connect (pool, "notify", G_CALLBACK (game_on_notify), member);
      member->is_watched = TRUE;
      break;
    }
}

static void
check_stats (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);
  g_autoptr (BpPoolStats) copy = bp_pool_stats_copy (stats);
  BpPoolStats *boxed = g_boxed_copy (BP_TYPE_POOL_STATS, stats);
  g_autofree char *text = bp_pool_stats_to_string (stats), *other = bp_pool_stats_to_string (copy);

  g_assert_cmpstr (text, ==, other);
  g_assert_cmpuint (bp_pool_stats_get_acquired (stats), ==,
                    bp_pool_stats_get_hits (boxed) + bp_pool_stats_get_misses (copy));
  g_assert_cmpuint (bp_pool_stats_get_peak_buffers (stats), >=,
                    bp_pool_stats_get_idle (stats) + bp_pool_stats_get_outstanding (copy));
  bp_pool_stats_get_returned (stats);
  bp_pool_stats_get_dropped (stats);
  if (bp_pool_stats_get_idle (stats) == 0)
    g_assert_cmpuint (bp_pool_stats_get_idle_bytes (stats), ==, 0);
  g_boxed_free (BP_TYPE_POOL_STATS, boxed);
}

/* Each getter says what the property says. */
void
do_get (Game       *game,
        const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  BpPool *pool = member->model.pool;
  g_autoptr (BpBudget) budget = NULL;
  g_autofree char *name = NULL, *dump = NULL;
  guint element_size, alignment, shards, max_buffers, max_outstanding, idle_timeout;
  guint64 trim_capacity, max_idle_bytes;
  gboolean flushing, clears, realtime;
  BpElementType element_type;
  int thread_cache;
  GType item_type;

  g_object_get (pool, "name", &name, "element-type", &element_type, "element-size", &element_size,
                "item-type", &item_type, "alignment", &alignment, "shards", &shards,
                "max-buffers", &max_buffers, "trim-capacity", &trim_capacity,
                "thread-cache", &thread_cache, "budget", &budget,
                "max-outstanding", &max_outstanding, "max-idle-bytes", &max_idle_bytes,
                "idle-timeout", &idle_timeout, "flushing", &flushing,
                "clear-on-release", &clears, "realtime", &realtime, NULL);
  g_assert_cmpstr (bp_pool_get_name (pool), ==, name);
  g_assert_cmpint (bp_pool_get_element_type (pool), ==, element_type);
  g_assert_cmpuint (bp_pool_get_element_size (pool), ==, element_size);
  g_assert_true (bp_pool_get_item_type (pool) == item_type);
  g_assert_cmpuint (bp_pool_get_alignment (pool), ==, alignment);
  g_assert_cmpuint (bp_pool_get_shards (pool), ==, shards);
  g_assert_cmpuint (bp_pool_get_max_buffers (pool), ==, max_buffers);
  g_assert_cmpuint (bp_pool_get_trim_capacity (pool), ==, trim_capacity);
  g_assert_cmpint (bp_pool_get_thread_cache (pool), ==, thread_cache);
  g_assert_true (bp_pool_get_budget (pool) == budget);
  g_assert_true (budget == (member->has_budget ? game->budget : NULL));
  g_assert_cmpuint (bp_pool_get_max_outstanding (pool), ==, max_outstanding);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (pool), ==, max_idle_bytes);
  g_assert_cmpuint (bp_pool_get_idle_timeout (pool), ==, idle_timeout);
  g_assert_cmpint (bp_pool_get_flushing (pool), ==, flushing);
  g_assert_cmpint (bp_pool_get_clear_on_release (pool), ==, clears);
  g_assert_cmpint (bp_pool_get_realtime (pool), ==, realtime);
  g_assert_cmpint (realtime, ==, member->is_realtime);

  check_stats (pool);
  dump = bp_pool_dump_outstanding (pool, step->b % 2 == 0 ? BP_DUMP_TEXT : BP_DUMP_JSON);
  g_assert_nonnull (dump);
}

void
do_budget (Game       *game,
           const Step *step)
{
  guint64 max_bytes = (guint64) step->c * LARGEST_BUDGET / 255;
  guint n_callbacks = game->n_callbacks;

  if (game->budget == NULL)
    return;
  if (step->b >= 250)
    max_bytes = G_MAXUINT64;
  bp_budget_set_max_bytes (game->budget, max_bytes);
  if (!game_is_plain (game, n_callbacks))
    return;
  g_assert_cmpuint (bp_budget_get_max_bytes (game->budget), ==, max_bytes);
  /* What is too much is all out. */
  if (bp_budget_get_used_bytes (game->budget) > max_bytes)
    g_assert_cmpuint (bp_budget_get_used_bytes (game->budget), ==, game_sum_out (game));
}

void
do_dispose (Game       *game,
            const Step *step)
{
  Member *member = game_pick_member (game, step->a);

  /* Not too often: little happens afterwards. */
  if (step->b < 200)
    return;
  member->is_disposed = TRUE;
  g_object_run_dispose (G_OBJECT (member->model.pool));
}

static void
check_pool_once (BpPool *pool)
{
  BpPooled *pooled = bp_pool_acquire (pool);

  g_assert_nonnull (pooled);
  bp_pooled_release (pooled);
  g_assert_true (bp_pooled_is_released (pooled));
  bp_pooled_unref (pooled);
  g_object_unref (pool);
}

static void
check_types (void)
{
  static const gsize sizes[] = { 0, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    g_assert_cmpuint (bp_element_type_get_size (i), ==, sizes[i]);
  g_assert_true (g_type_is_a (BP_TYPE_POOL_ERROR, G_TYPE_ENUM));
  g_assert_true (g_type_is_a (BP_TYPE_DUMP_FORMAT, G_TYPE_ENUM));
  g_assert_true (g_type_is_a (BP_TYPE_ACQUIRE_FLAGS, G_TYPE_FLAGS));
  g_assert_true (g_type_is_a (BP_TYPE_ELEMENT_TYPE, G_TYPE_ENUM));
  g_assert_true (g_type_is_a (BP_TYPE_BUDGET, G_TYPE_OBJECT));
  g_assert_cmpuint (bp_pool_error_quark (), ==, g_quark_try_string ("bp-pool-error-quark"));
  g_assert_cmpstr (bp_check_version (bp_get_major_version (), bp_get_minor_version (),
                                     bp_get_micro_version ()), ==, NULL);
  g_assert_nonnull (bp_check_version (bp_get_major_version () + 1, 0, 0));
}

static void
check_reusable (void)
{
  g_autoptr (TestObject) object = g_object_new (TEST_TYPE_OBJECT, NULL);

  object->refuse = TRUE;
  g_assert_true (g_type_is_a (G_OBJECT_TYPE (object), BP_TYPE_REUSABLE));
  g_assert_false (bp_reusable_reuse (BP_REUSABLE (object), 3));
  object->byte_size = 17;
  g_assert_cmpuint (bp_reusable_get_byte_size (BP_REUSABLE (object)), ==, 17);
}

static void
call_back (gpointer data)
{
  game_call_back (data);
}

/* What is made and gone in one step. */
void
do_new (Game       *game,
        const Step *step)
{
  BpItemFuncs *funcs = NULL;
  BpPooled *pooled;

  if (game->n_faulty > 0)
    return;
  switch (step->a % 7)
    {
    case 0:
      check_pool_once (bp_pool_new_for_type (TEST_TYPE_FLOATING));
      break;

    case 1:
      check_pool_once (bp_pool_new (BP_ELEMENT_TYPE_U8 + step->b % 10));
      break;

    /* It lives longer than what is switched. */
    case 2:
      if ((bp_debug_flags & ~BP_DEBUG_NO_MEMBARRIER) != 0)
        break;
      pooled = bp_pool_acquire_sized (game_get_global_pool (), step->b, NULL);
      bp_pooled_unref (pooled);
      break;

    case 3:
      check_types ();
      break;

    case 4:
      check_reusable ();
      break;

    case 5:
      bp_pooled_view_unref (bp_pooled_view_new_with_free_func (step, sizeof (Step), FALSE, call_back,
                                                               game));
      break;

    default:
      funcs = g_boxed_copy (BP_TYPE_ITEM_FUNCS, &game_item_funcs);
      g_assert_true (funcs->create == game_item_funcs.create);
      g_boxed_free (BP_TYPE_ITEM_FUNCS, funcs);
      break;
    }
}
