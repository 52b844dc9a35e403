/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <malloc.h>
#include <stdio.h>
#include <unistd.h>

#include "bp-debug-private.h"
#include "test-utils.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* What the process holds of the machine's memory follows what the pool says it holds:
 * memory that a burst needed goes back to the system when its buffers are trimmed or
 * dropped, also in a program that has run for long, where malloc() has got used to large
 * blocks and keeps them. */

#define MIB ((gsize) 1 << 20)
#define N_BUFFERS 64
#define LARGE (4 * MIB)
#define SMALL (64 * 1024)
#define MOST_BESIDE (8 * MIB)
/* malloc() keeps blocks up to the largest that was ever freed to the system, which
 * may be as large as this. */
#define LARGEST (32 * MIB)

/* In bytes; 0 where the system does not say. */
static gsize
get_resident (void)
{
  g_autofree char *text = NULL;
  gulong n_all, n_resident;

  if (!g_file_get_contents ("/proc/self/statm", &text, NULL, NULL) ||
      sscanf (text, "%lu %lu", &n_all, &n_resident) != 2)
    return 0;

  return n_resident * (gsize) sysconf (_SC_PAGESIZE);
}

static gboolean
skip (void)
{
#ifdef BP_TSAN
  g_test_skip ("ThreadSanitizer has memory of its own for each that is touched");
  return TRUE;
#elif defined (BP_ASAN)
  g_test_skip ("AddressSanitizer keeps what is freed");
  return TRUE;
#else
  if (get_resident () > 0 && !RUNNING_ON_VALGRIND)
    return FALSE;

  g_test_skip ("how much memory is resident is not known here");
  return TRUE;
#endif
}

/* As a program is that has run for a while. */
static void
get_used_to_large_blocks (void)
{
  gpointer block = g_malloc (LARGEST - MIB);

  memset (block, 1, LARGEST - MIB);
  g_free (block);
}

/* Small blocks between the large ones keep the heap from shrinking at its end. */
typedef struct
{
  BpPool *pool;
  BpPooled *held[N_BUFFERS];
  gpointer between[N_BUFFERS];
  gsize resident_before;
} Burst;

static void
fill (Burst *burst)
{
  for (guint i = 0; i < N_BUFFERS; i++)
    {
      guint8 *data;

      burst->held[i] = bp_pool_acquire_uninit (burst->pool, LARGE, NULL);
      data = bp_pooled_get_data (burst->held[i], NULL);
      memset (data, (int) i + 1, LARGE);
      burst->between[i] = g_malloc0 (1000);
    }
  /* A part of it may have been there before, unused. */
  g_assert_cmpuint (get_resident () - burst->resident_before, >=, N_BUFFERS / 4 * 3 * LARGE);
}

static void
assert_resident (Burst *burst,
                 gsize  n_idle_bytes)
{
  gsize resident = get_resident ();
  gsize more = resident > burst->resident_before ? resident - burst->resident_before : 0;

  g_test_message ("%.1f MiB more than before, %.1f MiB idle", (double) more / MIB,
                  (double) n_idle_bytes / MIB);
  g_assert_cmpuint (get_stat (burst->pool, idle_bytes), ==, n_idle_bytes);
  g_assert_cmpuint (more, <=, n_idle_bytes + MOST_BESIDE);
}

static void
open_burst (Burst *burst,
            guint  max_buffers)
{
  burst->pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, max_buffers, 0);
  get_used_to_large_blocks ();
  burst->resident_before = get_resident ();
}

static void
close_burst (Burst *burst)
{
  for (guint i = 0; i < N_BUFFERS; i++)
    g_free (burst->between[i]);
  g_object_unref (burst->pool);
}

/* Returns trim them. */
static void
test_trimmed (void)
{
  Burst burst = { NULL };

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  bp_pool_set_trim_capacity (burst.pool, SMALL);
  fill (&burst);
  test_unref_many (burst.held, N_BUFFERS);
  g_assert_cmpuint (get_stat (burst.pool, idle), ==, N_BUFFERS);
  assert_resident (&burst, N_BUFFERS * SMALL);
  close_burst (&burst);
}

/* Of those that come back few are kept. */
static void
test_beyond_the_bound (void)
{
  Burst burst = { NULL };

  if (skip ())
    return;

  open_burst (&burst, 2);
  fill (&burst);
  test_unref_many (burst.held, N_BUFFERS);
  assert_resident (&burst, 2 * LARGE);
  close_burst (&burst);
}

/* All are kept, and then dropped. */
static void
test_dropped (void)
{
  Burst burst = { NULL };

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  fill (&burst);
  test_unref_many (burst.held, N_BUFFERS);
  assert_resident (&burst, N_BUFFERS * LARGE);
  bp_pool_drop_idle (burst.pool, N_BUFFERS / 2);
  assert_resident (&burst, N_BUFFERS / 2 * LARGE);
  bp_pool_drop_idle (burst.pool, 0);
  assert_resident (&burst, 0);
  close_burst (&burst);
}

/* A buffer that grows leaves what it had. */
static void
test_grown (void)
{
  Burst burst = { NULL };

  if (skip ())
    return;

  open_burst (&burst, N_BUFFERS);
  fill (&burst);
  test_unref_many (burst.held, N_BUFFERS);
  for (guint i = 0; i < N_BUFFERS; i++)
    {
      burst.held[i] = bp_pool_acquire_uninit (burst.pool, LARGE + MIB, NULL);
      g_assert_nonnull (burst.held[i]);
    }
  /* What they have now has not been written to. */
  assert_resident (&burst, 0);
  test_unref_many (burst.held, N_BUFFERS);
  close_burst (&burst);
}

int
main (int   argc,
      char *argv[])
{
#ifdef M_PERTURB
  /* What meson sets for tests: free() would write to the pages that were given back. */
  mallopt (M_PERTURB, 0);
#endif
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/resident/trimmed", test_trimmed);
  g_test_add_func ("/resident/beyond-the-bound", test_beyond_the_bound);
  g_test_add_func ("/resident/dropped", test_dropped);
  g_test_add_func ("/resident/grown", test_grown);

  return g_test_run ();
}
