/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-faults.h"
#include "test-items.h"
#include "test-utils.h"

#include <string.h>

/*
 * Without memory: each allocation of the library's fails in turn, and each call
 * that can say so says so, and has changed nothing.
 */

/* Handles come from slabs, many from one allocation. So another pool takes all that are
 * there, and the next one that is needed is an allocation. */
#define MAX_HOARDED 1000

/* What a test works on: a pool that has seen a little use. */
typedef struct
{
  TestCounters counters;
  BpBudget *budget;
  BpPool *pool;
  BpPooled *pooled;
  BpPool *hoarder;
  BpPooled *hoard[MAX_HOARDED];
  guint n_hoarded;
} World;

typedef gboolean (*Action) (World   *world,
                            GError **error);

static gboolean
keep (World     *world,
      BpPooled  *pooled)
{
  g_clear_pointer (&pooled, bp_pooled_unref);

  return TRUE;
}

static gboolean
try_acquire (World   *world,
             GError **error)
{
  BpPooled *pooled = bp_pool_try_acquire (world->pool, error);

  return pooled != NULL && keep (world, pooled);
}

static gboolean
acquire_sized (World   *world,
               GError **error)
{
  BpPooled *pooled = bp_pool_acquire_sized (world->pool, 1000, error);

  return pooled != NULL && keep (world, pooled);
}

static gboolean
acquire_uninit (World   *world,
                GError **error)
{
  BpPooled *pooled = bp_pool_acquire_uninit (world->pool, 1000, error);

  return pooled != NULL && keep (world, pooled);
}

/* There is nothing to be waited for. */
static gboolean
acquire_wait (World   *world,
              GError **error)
{
  BpPooled *pooled = bp_pool_acquire_wait (world->pool, 1000, -1, NULL, error);

  return pooled != NULL && keep (world, pooled);
}

static gboolean
resize (World   *world,
        GError **error)
{
  return bp_pooled_try_resize (world->pooled, 1000, error);
}

static gboolean
reserve (World   *world,
         GError **error)
{
  return bp_pooled_reserve (world->pooled, 1000, error);
}

static gboolean
append (World   *world,
        GError **error)
{
  static const guint16 more[200];

  return bp_pooled_append (world->pooled, more, 200, error);
}

static gboolean
append_bytes (World   *world,
              GError **error)
{
  static const guint8 more[400];

  return bp_pooled_append_bytes (world->pooled, more, 400, error);
}

static gboolean
prefill (World   *world,
         GError **error)
{
  return bp_pool_prefill (world->pool, 5, 100, error);
}

static gboolean
attach (World   *world,
        GError **error)
{
  gboolean is_elements = bp_pool_get_element_size (world->pool) > 0;
  gpointer thing = is_elements ? g_malloc (200)
                               : test_item_funcs.create (NULL, &world->counters, NULL);
  BpPooled *pooled;

  if (is_elements)
    pooled = bp_pool_attach_data (world->pool, thing, 50, 100, error);
  else
    pooled = bp_pool_attach_item (world->pool, thing, error);
  if (pooled != NULL)
    return keep (world, pooled);

  /* It is still the caller's. */
  if (is_elements)
    g_free (thing);
  else
    test_item_funcs.free (thing, &world->counters);

  return FALSE;
}

static gboolean
steal_data (World   *world,
            GError **error)
{
  gpointer data = bp_pooled_steal_data (world->pooled, NULL, NULL, error);

  g_free (data);

  return data != NULL;
}

static gboolean
get_view (World   *world,
          GError **error)
{
  BpPooledView *view = bp_pooled_get_view (world->pooled, error);
  gboolean is_done = view != NULL;

  g_clear_pointer (&view, bp_pooled_view_unref);

  return is_done;
}

static gboolean
slice_take (World   *world,
            GError **error)
{
  BpPooledSlice *slice = bp_pooled_slice_new_take (bp_pooled_ref (world->pooled), 1, error);
  gboolean is_done = slice != NULL;

  g_clear_pointer (&slice, bp_pooled_slice_unref);

  return is_done;
}

static gboolean
slice_parts (World   *world,
             GError **error)
{
  BpPooledSlice *slice = bp_pooled_slice_new_take (bp_pooled_ref (world->pooled), 4, error);
  BpPooledSlice *sub = NULL;
  BpPooledView *view = NULL;
  gboolean is_done;

  if (slice != NULL)
    sub = bp_pooled_slice_sub (slice, 1, 2, error);
  if (sub != NULL)
    view = bp_pooled_slice_get_view (sub, error);
  is_done = view != NULL;

  g_clear_pointer (&view, bp_pooled_view_unref);
  g_clear_pointer (&sub, bp_pooled_slice_unref);
  g_clear_pointer (&slice, bp_pooled_slice_unref);

  return is_done;
}

typedef enum
{
  WORDS,
  ALIGNED,
  EMPTY,
  ITEMS
} Kind;

static void
hoard_handles (World *world)
{
  BpPooled *pooled;

  world->hoarder = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 0, 0);
  world->n_hoarded = 0;

  fail_from (0, TRUE);
  while ((pooled = bp_pool_try_acquire (world->hoarder, NULL)) != NULL)
    {
      g_assert_cmpuint (world->n_hoarded, <, MAX_HOARDED);
      world->hoard[world->n_hoarded++] = pooled;
    }
  g_assert_true (end_faults ());
}

/* With limits there is a permit for one buffer more. */
static void
world_init_with (World    *world,
                 Kind      kind,
                 gboolean  has_limits)
{
  BpItemFuncs funcs = test_item_funcs;

  test_counters_reset (&world->counters);
  funcs.user_data = &world->counters;
  world->budget = has_limits ? bp_budget_new (100000) : NULL;
  world->pool = g_object_new (BP_TYPE_POOL,
                              "element-size", kind == ITEMS ? 0 : 2,
                              "item-funcs", kind == ITEMS ? &funcs : NULL,
                              "alignment", kind == ALIGNED ? 64 : 0,
                              "shards", 3,
                              "max-buffers", 16,
                              "budget", world->budget,
                              "max-outstanding", has_limits ? 2 : 0,
                              NULL);

  world->pooled = bp_pool_acquire (world->pool);
  if (kind != ITEMS && kind != EMPTY)
    memset (bp_pooled_resize (world->pooled, 10), 0x42, 10);
  hoard_handles (world);
}

static void
world_init (World *world,
            Kind   kind)
{
  world_init_with (world, kind, FALSE);
}

static void
world_clear (World *world)
{
  test_unref_many (world->hoard, world->n_hoarded);
  g_assert_finalize_object (world->hoarder);
  g_clear_pointer (&world->pooled, bp_pooled_unref);
  assert_valid (world->pool);
  g_assert_finalize_object (world->pool);
  g_assert_cmpuint (test_counters_live (&world->counters), ==, 0);
  if (world->budget != NULL)
    g_assert_cmpuint (bp_budget_get_used_bytes (world->budget), ==, 0);
  g_clear_object (&world->budget);
}

static guint64
get_used_bytes (World *world)
{
  return world->budget != NULL ? bp_budget_get_used_bytes (world->budget) : 0;
}

/* Fails the first allocation, then the second, and so on until none is left. */
static guint
check_action (Action   action,
              Kind     kind,
              gboolean has_limits,
              gboolean all)
{
  gboolean had_fault = TRUE;
  guint n_errors = 0;

  for (int n_good = 0; had_fault; n_good++)
    {
      World world;
      g_autoptr (GError) error = NULL;
      gsize length, capacity;
      gconstpointer data;
      guint64 n_used;
      gboolean is_done;

      world_init_with (&world, kind, has_limits);
      n_used = get_used_bytes (&world);
      length = bp_pooled_get_length (world.pooled);
      capacity = bp_pooled_get_capacity (world.pooled);
      data = bp_pooled_get_data (world.pooled, NULL);

      fail_from (n_good, all);
      is_done = action (&world, &error);
      had_fault = end_faults ();

      if (!is_done)
        {
          n_errors++;
          g_assert_true (had_fault);
          g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
          g_assert_cmpuint (bp_pooled_get_length (world.pooled), ==, length);
          g_assert_cmpuint (bp_pooled_get_capacity (world.pooled), ==, capacity);
          g_assert_true (bp_pooled_get_data (world.pooled, NULL) == data);
          for (gsize i = 0; i < length; i++)
            g_assert_cmpuint (((const guint8 *) data)[i], ==, 0x42);
          g_assert_false (bp_pooled_is_released (world.pooled));
          g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 1);
          g_assert_cmpuint (get_used_bytes (&world), ==, n_used);

          /* Now it succeeds. */
          g_clear_error (&error);
          g_assert_true (action (&world, &error));
        }
      g_assert_no_error (error);
      world_clear (&world);
    }

  return n_errors;
}

typedef struct
{
  const char *name;
  Action action;
  Kind kind;
} Case;

static const Case cases[] = {
  { "try-acquire", try_acquire, WORDS },
  { "try-acquire-item", try_acquire, ITEMS },
  { "acquire-sized", acquire_sized, WORDS },
  { "acquire-sized-aligned", acquire_sized, ALIGNED },
  { "acquire-uninit", acquire_uninit, WORDS },
  { "acquire-wait", acquire_wait, WORDS },
  { "resize", resize, WORDS },
  { "resize-empty", resize, EMPTY },
  { "resize-aligned", resize, ALIGNED },
  { "reserve", reserve, WORDS },
  { "reserve-aligned", reserve, ALIGNED },
  { "append-bytes", append_bytes, WORDS },
  { "prefill", prefill, WORDS },
  { "prefill-aligned", prefill, ALIGNED },
  { "prefill-items", prefill, ITEMS },
  { "attach-data", attach, WORDS },
  { "attach-item", attach, ITEMS },
  { "steal-empty", steal_data, EMPTY },
  { "view", get_view, WORDS },
  { "slice-take", slice_take, WORDS },
  { "slice-parts", slice_parts, WORDS },
};

static void
test_case (gconstpointer data)
{
  const Case *c = data;

  guint n_errors = check_action (c->action, c->kind, FALSE, FALSE);

  n_errors += check_action (c->action, c->kind, FALSE, TRUE);
  g_assert_cmpuint (n_errors, >, 0);
}

/* With limits: what fails gives its permit back, and its bytes. */
static void
test_case_with_limits (gconstpointer data)
{
  const Case *c = data;
  guint n_errors = check_action (c->action, c->kind, TRUE, FALSE);

  n_errors += check_action (c->action, c->kind, TRUE, TRUE);
  g_assert_cmpuint (n_errors, >, 0);
}

/* Growth in advance is a favour: without memory for it, what is needed will do. */
static void
test_append_without_spare (void)
{
  World world;
  g_autoptr (GError) error = NULL;

  world_init (&world, WORDS);
  g_assert_true (bp_pooled_reserve (world.pooled, 1000, NULL));
  g_assert_true (bp_pooled_try_resize (world.pooled, 900, NULL));
  fail_from (0, FALSE);
  g_assert_true (append (&world, &error));
  g_assert_true (end_faults ());
  g_assert_no_error (error);
  g_assert_cmpuint (bp_pooled_get_length (world.pooled), ==, 1100);
  g_assert_cmpuint (bp_pooled_get_capacity (world.pooled), ==, 1100);

  g_assert_true (bp_pooled_try_resize (world.pooled, 1000, NULL));
  fail_from (0, TRUE);
  g_assert_false (append (&world, &error));
  g_assert_true (end_faults ());
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (bp_pooled_get_length (world.pooled), ==, 1000);
  world_clear (&world);
}

/* Without another handle for it, the buffer of a released one stays, out of
 * reach, until the last reference is gone. */
static void
test_release_without_handle (void)
{
  World world;
  BpPooled *other;

  world_init (&world, WORDS);
  other = bp_pooled_ref (world.pooled);
  fail_from (0, TRUE);
  g_assert_true (bp_pooled_release (world.pooled));
  g_assert_true (end_faults ());
  assert_valid (world.pool);
  g_assert_true (bp_pooled_is_released (other));
  g_assert_null (bp_pooled_get_data (other, NULL));
  g_assert_cmpuint (bp_pooled_get_capacity (other), ==, 0);
  g_assert_false (bp_pooled_release (other));
  g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 1);
  g_assert_cmpuint (get_stat (world.pool, idle), ==, 0);

  bp_pooled_unref (other);
  g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 1);
  bp_pooled_unref (g_steal_pointer (&world.pooled));
  g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (world.pool, idle), ==, 1);
  world_clear (&world);
}

/* The same at the last unpin of a released handle. */
static void
test_unpin_without_handle (void)
{
  World world;
  g_autoptr (GBytes) bytes = NULL;

  world_init (&world, WORDS);
  bytes = bp_pooled_get_bytes (world.pooled, NULL);
  g_assert_true (bp_pooled_release (world.pooled));
  fail_from (0, TRUE);
  g_clear_pointer (&bytes, g_bytes_unref);
  g_assert_true (end_faults ());
  assert_valid (world.pool);
  g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 1);
  bp_pooled_unref (g_steal_pointer (&world.pooled));
  g_assert_cmpuint (get_stat (world.pool, idle), ==, 1);
  world_clear (&world);
}

/* A buffer that cannot be shrunk is kept as it is; one that cannot be placed is
 * freed. Nothing fails. */
static void
test_returns (void)
{
  const Kind kinds[] = { WORDS, ALIGNED, ITEMS };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      gboolean had_fault = TRUE;

      for (int n_good = 0; had_fault; n_good++)
        {
          World world;

          world_init (&world, kinds[i]);
          bp_pool_set_trim_capacity (world.pool, 1);
          fail_from (n_good, TRUE);
          bp_pooled_unref (g_steal_pointer (&world.pooled));
          had_fault = end_faults ();
          assert_valid (world.pool);
          g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 0);
          world_clear (&world);
        }
    }
}

static void
test_trim (void)
{
  World world;

  world_init (&world, WORDS);
  bp_pool_drop_idle (world.pool, 0);
  g_assert_true (bp_pool_prefill (world.pool, 1, 1, NULL));
  bp_pool_set_trim_capacity (world.pool, 2);
  fail_from (0, TRUE);
  bp_pooled_unref (g_steal_pointer (&world.pooled));
  g_assert_true (end_faults ());
  assert_valid (world.pool);
  g_assert_cmpuint (get_stat (world.pool, idle), ==, 2);
  g_assert_cmpuint (get_stat (world.pool, idle_bytes), ==, 2 + 20);
  world_clear (&world);
}

/* Within a budget the larger memory goes first, since there may be no room for both; without
 * memory for the smaller one there is nothing to keep. */
static void
test_trim_with_budget (void)
{
  World world;

  world_init_with (&world, WORDS, TRUE);
  bp_pool_set_trim_capacity (world.pool, 2);
  fail_from (0, FALSE);
  bp_pooled_unref (g_steal_pointer (&world.pooled));
  g_assert_true (end_faults ());
  assert_valid (world.pool);
  g_assert_cmpuint (get_stat (world.pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (world.pool, outstanding), ==, 0);
  g_assert_cmpuint (get_used_bytes (&world), ==, 0);
  world_clear (&world);
}

/* The same for an idle buffer that is too small for the next acquire. */
static void
test_renew_with_budget (void)
{
  World world;
  g_autoptr (GError) error = NULL;

  world_init_with (&world, WORDS, TRUE);
  g_assert_true (bp_pool_prefill (world.pool, 1, 10, NULL));
  g_assert_cmpuint (get_used_bytes (&world), ==, 40);
  fail_from (0, FALSE);
  g_assert_false (acquire_sized (&world, &error));
  g_assert_true (end_faults ());
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
  g_assert_cmpuint (get_stat (world.pool, idle), ==, 0);
  g_assert_cmpuint (get_used_bytes (&world), ==, 20);
  g_assert_true (acquire_sized (&world, NULL));
  world_clear (&world);
}

static void
test_recycle (void)
{
  World world;

  world_init (&world, WORDS);
  fail_from (0, TRUE);
  bp_pool_recycle_data (world.pool, g_malloc (20), 10);
  g_assert_true (end_faults ());
  assert_valid (world.pool);
  world_clear (&world);

  world_init (&world, ITEMS);
  fail_from (0, TRUE);
  bp_pool_recycle_item (world.pool, test_item_funcs.create (NULL, &world.counters, NULL));
  g_assert_true (end_faults ());
  g_assert_cmpuint (world.counters.n_freed, ==, 1);
  world_clear (&world);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/memory/fails/", cases[i].name, NULL);
      g_autofree char *with_limits = g_strconcat ("/memory/fails-with-limits/", cases[i].name,
                                                  NULL);

      g_test_add_data_func (path, &cases[i], test_case);
      g_test_add_data_func (with_limits, &cases[i], test_case_with_limits);
    }
  g_test_add_func ("/memory/append-without-spare", test_append_without_spare);
  g_test_add_func ("/memory/release-without-handle", test_release_without_handle);
  g_test_add_func ("/memory/unpin-without-handle", test_unpin_without_handle);
  g_test_add_func ("/memory/returns", test_returns);
  g_test_add_func ("/memory/trim", test_trim);
  g_test_add_func ("/memory/trim-with-budget", test_trim_with_budget);
  g_test_add_func ("/memory/renew-with-budget", test_renew_with_budget);
  g_test_add_func ("/memory/recycle", test_recycle);

  return g_test_run ();
}
