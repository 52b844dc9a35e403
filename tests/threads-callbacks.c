/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <sys/wait.h>
#include <unistd.h>

#include "test-items.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* The functions of items may use pools themselves: they are called with nothing
 * locked. A test that fails here hangs. */

#define N_ITEMS 20
#define SHARDS 3
#define MANY 1000

typedef void (*UseFunc) (BpPool *pool);

typedef enum
{
  AT_CREATE,
  AT_REUSE,
  AT_FREE,
  N_PLACES
} Place;

typedef struct
{
  BpPool *pool;
  /* What each function does with the pool, once, so that it ends. */
  UseFunc uses[N_PLACES];
  guint n_live;
} Owner;

static void
call_once (Owner *owner,
           Place  place)
{
  UseFunc use = owner->uses[place];

  owner->uses[place] = NULL;
  if (use != NULL)
    use (owner->pool);
}

static gpointer
create (gpointer   acquire_data,
        gpointer   user_data,
        GError   **error)
{
  Owner *owner = user_data;

  call_once (owner, AT_CREATE);
  owner->n_live++;

  return g_new0 (int, 1);
}

static gboolean
reuse (gpointer item,
       gsize    trim,
       gpointer user_data)
{
  Owner *owner = user_data;

  call_once (owner, AT_REUSE);

  return TRUE;
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  Owner *owner = user_data;

  g_free (item);
  owner->n_live--;
  call_once (owner, AT_FREE);
}

static const BpItemFuncs funcs = { .create = create, .reuse = reuse, .free = free_item };

static void
fill (BpPool *pool)
{
  BpPooled *held[N_ITEMS];

  test_acquire_many (pool, held, N_ITEMS);
  test_unref_many (held, N_ITEMS);
  g_assert_cmpuint (get_stat (pool, idle), ==, N_ITEMS);
}

/* What a function of an item's may well do. */

static void
change_max_buffers (BpPool *pool)
{
  bp_pool_set_max_buffers (pool, 5);
}

static void
change_thread_cache (BpPool *pool)
{
  bp_pool_set_thread_cache (pool, 2);
}

static void
drop_idle (BpPool *pool)
{
  bp_pool_drop_idle (pool, 0);
}

static void
acquire (BpPool *pool)
{
  g_autoptr (BpPooled) pooled = bp_pool_acquire (pool);

  g_assert_nonnull (pooled);
}

static void
prefill (BpPool *pool)
{
  g_autoptr (GError) error = NULL;

  if (!bp_pool_prefill (pool, 2, 0, &error))
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
}

static void
count (BpPool *pool)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  g_assert_nonnull (stats);
}

/* Another thread gets through, too. */
static void
run_acquire (guint    index,
             gpointer data)
{
  change_max_buffers (data);
  acquire (data);
}

static void
wait_for_thread (BpPool *pool)
{
  test_thread_join (test_thread_start (run_acquire, 0, pool));
}

static void
fork_child (BpPool *pool)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      acquire (pool);
      _exit (0);
    }

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
dispose (BpPool *pool)
{
  g_object_run_dispose (G_OBJECT (pool));
}

static const UseFunc uses[] = {
  change_max_buffers, change_thread_cache, drop_idle, acquire, prefill, count,
  wait_for_thread, fork_child, dispose,
};

static void
lower_max_buffers (BpPool *pool)
{
  bp_pool_set_max_buffers (pool, 1);
}

static void
release_one (BpPool *pool)
{
  BpPooled *pooled = bp_pool_acquire (pool);

  if (pooled == NULL)
    return;
  g_assert_true (bp_pooled_release (pooled));
  bp_pooled_unref (pooled);
}

static void
overfill (BpPool *pool)
{
  g_autoptr (GPtrArray) held = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_unref);

  for (guint i = 0; i < 2 * N_ITEMS; i++)
    g_ptr_array_add (held, bp_pool_acquire (pool));
}

/* What makes a pool call the functions. */
static const UseFunc causes[] = {
  lower_max_buffers, drop_idle, dispose, release_one, overfill, prefill,
};

static void
check (UseFunc cause,
       Place   place,
       UseFunc use)
{
  Owner owner = { 0 };
  BpPool *pool = test_funcs_pool_new (&funcs, &owner, NULL, SHARDS, N_ITEMS, 0);

  owner.pool = pool;
  fill (pool);
  owner.uses[place] = use;
  cause (pool);
  assert_valid (pool);

  owner.uses[place] = NULL;
  g_object_unref (pool);
  g_assert_cmpuint (owner.n_live, ==, 0);
}

static void
test_callbacks (gconstpointer place)
{
  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (uses); j++)
        check (causes[i], (Place) GPOINTER_TO_UINT (place), uses[j]);
    }
}

static void
prefill_many (BpPool *pool)
{
  g_assert_true (bp_pool_prefill (pool, MANY, 0, NULL));
}

/* Two prefills at once: the places that one has claimed stay its own, whatever the
 * other has put in by then. */
static void
test_callbacks_two_prefills (void)
{
  Owner owner = { .uses = { [AT_CREATE] = prefill_many } };
  g_autoptr (BpPool) pool = test_funcs_pool_new (&funcs, &owner, NULL, 1, 4 * MANY, 0);

  owner.pool = pool;
  prefill_many (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, 2 * MANY);
  assert_valid (pool);
}

/* An item's end takes another pool's last handle along: its core goes while this
 * one is being changed. */
static void
unref_in_free (gpointer item,
               gpointer user_data)
{
  bp_pooled_unref (item);
}

static gpointer
create_other (gpointer   acquire_data,
              gpointer   user_data,
              GError   **error)
{
  g_autoptr (BpPool) other = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 4, 0);

  return bp_pool_acquire (other);
}

static void
test_callbacks_nested_pools (void)
{
  const BpItemFuncs nested = { .create = create_other, .free = unref_in_free };

  for (guint i = 0; i < G_N_ELEMENTS (causes); i++)
    {
      g_autoptr (BpPool) pool = test_funcs_pool_new (&nested, NULL, NULL, SHARDS, N_ITEMS, 0);

      fill (pool);
      causes[i] (pool);
      assert_valid (pool);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/threads/callbacks/free",
                        GUINT_TO_POINTER (AT_FREE), test_callbacks);
  g_test_add_data_func ("/threads/callbacks/reuse",
                        GUINT_TO_POINTER (AT_REUSE), test_callbacks);
  g_test_add_data_func ("/threads/callbacks/create",
                        GUINT_TO_POINTER (AT_CREATE), test_callbacks);
  g_test_add_func ("/threads/callbacks/two-prefills", test_callbacks_two_prefills);
  g_test_add_func ("/threads/callbacks/nested-pools", test_callbacks_nested_pools);

  return g_test_run ();
}
