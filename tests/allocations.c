/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-utils.h"

/* How often the library allocates: nothing while buffers are there, and where one has to
 * be made little more than its memory, since handles come many at a time. The linker puts
 * the functions below in the place of those that the library calls. */

#define N_CYCLES 3200
#define LENGTH 64
/* One slab of handles is for so many at least. */
#define LEAST_IN_SLAB 16

static guint64 n_allocations;
static guint64 n_aligned;

/* Visible, since the linker sees that other libraries call the same functions. */
#define WRAP(type, name, params, args, counter)                       \
type __real_##name params;                                            \
__attribute__ ((visibility ("default"))) type __wrap_##name params;   \
type                                                                  \
__wrap_##name params                                                  \
{                                                                     \
  counter++;                                                          \
  return __real_##name args;                                          \
}

WRAP (void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), n_aligned)
WRAP (int, posix_memalign, (void **data, size_t alignment, size_t size),
      (data, alignment, size), n_aligned)
WRAP (void *, malloc, (size_t size), (size), n_allocations)
WRAP (void *, calloc, (size_t n, size_t size), (n, size), n_allocations)
WRAP (void *, realloc, (void *data, size_t size), (data, size), n_allocations)
WRAP (gpointer, g_malloc, (gsize size), (size), n_allocations)
WRAP (gpointer, g_malloc0, (gsize size), (size), n_allocations)
WRAP (gpointer, g_malloc_n, (gsize n, gsize size), (n, size), n_allocations)
WRAP (gpointer, g_malloc0_n, (gsize n, gsize size), (n, size), n_allocations)
WRAP (gpointer, g_realloc, (gpointer data, gsize size), (data, size), n_allocations)
WRAP (gpointer, g_realloc_n, (gpointer data, gsize n, gsize size), (data, n, size), n_allocations)
WRAP (gpointer, g_try_malloc, (gsize size), (size), n_allocations)
WRAP (gpointer, g_try_malloc0, (gsize size), (size), n_allocations)
WRAP (gpointer, g_try_malloc_n, (gsize n, gsize size), (n, size), n_allocations)
WRAP (gpointer, g_try_malloc0_n, (gsize n, gsize size), (n, size), n_allocations)
WRAP (gpointer, g_try_realloc, (gpointer data, gsize size), (data, size), n_allocations)

static void
start_counting (void)
{
  n_allocations = 0;
  n_aligned = 0;
}

static void
hold (BpPool    *pool,
      BpPooled **held,
      guint      n_held)
{
  for (guint i = 0; i < n_held; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, LENGTH, NULL);
      g_assert_nonnull (held[i]);
    }
}

/* Memory for each that is made, handles for many at a time. */
static void
assert_cheap (guint64 n_made)
{
  g_test_message ("%" G_GUINT64_FORMAT " made: %" G_GUINT64_FORMAT " allocations, and %"
                  G_GUINT64_FORMAT " aligned ones", n_made, n_allocations, n_aligned);
  g_assert_cmpuint (n_aligned, <=, n_made / LEAST_IN_SLAB + 1);
  g_assert_cmpuint (n_allocations, <=, n_made + n_made / LEAST_IN_SLAB + 1);
}

/* The counter counts what is called. */
static void
test_allocations_are_counted (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 256, 0);
  BpPooled *held[100];

  start_counting ();
  hold (pool, held, G_N_ELEMENTS (held));
  g_assert_cmpuint (n_allocations, >=, G_N_ELEMENTS (held));
  g_assert_cmpuint (n_aligned, >=, 1);
  test_unref_many (held, G_N_ELEMENTS (held));
}

static void
test_pool_that_keeps_nothing (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 0, 0);
  BpPooled *pooled;
  guint64 n_missed;

  hold (pool, &pooled, 1);
  bp_pooled_unref (pooled);
  n_missed = get_stat (pool, misses);
  start_counting ();
  for (guint i = 0; i < N_CYCLES; i++)
    {
      hold (pool, &pooled, 1);
      bp_pooled_unref (pooled);
    }
  assert_cheap (get_stat (pool, misses) - n_missed);
  assert_valid (pool);
}

/* Twice as many are needed as it keeps. */
static void
test_pool_too_small (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 32, 0);
  BpPooled *held[64];
  guint64 n_missed;

  hold (pool, held, G_N_ELEMENTS (held));
  test_unref_many (held, G_N_ELEMENTS (held));
  n_missed = get_stat (pool, misses);
  start_counting ();
  for (guint i = 0; i < N_CYCLES / G_N_ELEMENTS (held); i++)
    {
      hold (pool, held, G_N_ELEMENTS (held));
      test_unref_many (held, G_N_ELEMENTS (held));
    }
  n_missed = get_stat (pool, misses) - n_missed;
  g_assert_cmpuint (n_missed, ==, N_CYCLES / 2);
  assert_cheap (n_missed);
  assert_valid (pool);
}

/* Nothing is allocated by a pool that is large enough, */
static void
test_pool_large_enough (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 256, 0);
  BpPooled *held[64];

  hold (pool, held, G_N_ELEMENTS (held));
  test_unref_many (held, G_N_ELEMENTS (held));
  start_counting ();
  for (guint i = 0; i < N_CYCLES / G_N_ELEMENTS (held); i++)
    {
      hold (pool, held, G_N_ELEMENTS (held));
      test_unref_many (held, G_N_ELEMENTS (held));
    }
  g_assert_cmpuint (n_allocations + n_aligned, ==, 0);
}

/* also where buffers go back before their handles do: the next early release finds a
 * handle. */
static void
check_early_releases (guint n_held)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, 256, 0);
  BpPooled *held[64];

  g_assert_cmpuint (n_held, <=, G_N_ELEMENTS (held));
  for (guint round = 0; round < 2; round++)
    {
      start_counting ();
      for (guint i = 0; i < N_CYCLES / n_held; i++)
        {
          hold (pool, held, n_held);
          for (guint j = 0; j < n_held; j++)
            g_assert_true (bp_pooled_release (held[j]));
          test_unref_many (held, n_held);
        }
    }
  g_test_message ("%u early releases, %u at a time: %" G_GUINT64_FORMAT " allocations",
                  N_CYCLES, n_held, n_allocations + n_aligned);
  g_assert_cmpuint (n_allocations + n_aligned, <=, N_CYCLES / LEAST_IN_SLAB);
  assert_valid (pool);
}

static void
test_early_releases (void)
{
  check_early_releases (1);
  check_early_releases (8);
  check_early_releases (64);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/allocations/are-counted", test_allocations_are_counted);
  g_test_add_func ("/allocations/pool-that-keeps-nothing", test_pool_that_keeps_nothing);
  g_test_add_func ("/allocations/pool-too-small", test_pool_too_small);
  g_test_add_func ("/allocations/pool-large-enough", test_pool_large_enough);
  g_test_add_func ("/allocations/early-releases", test_early_releases);

  return g_test_run ();
}
