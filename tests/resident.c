/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <malloc.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bp-debug-private.h"
#include "test-child.h"
#include "test-signs.h"
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
/* The smallest block that gives its pages back. */
#define SMALLEST (128 * 1024)
#define N_SMALLEST 512
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

static guint64
get_faults (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);

  return (guint64) usage.ru_minflt;
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
take (Burst *burst)
{
  for (guint i = 0; i < N_BUFFERS; i++)
    {
      guint8 *data;

      burst->held[i] = bp_pool_acquire_uninit (burst->pool, LARGE, NULL);
      data = bp_pooled_get_data (burst->held[i], NULL);
      memset (data, (int) i + 1, LARGE);
      if (burst->between[i] == NULL)
        burst->between[i] = g_malloc0 (1000);
    }
}

static void
fill (Burst *burst)
{
  take (burst);
  /* A part of it may have been there before, unused. */
  g_assert_cmpuint (get_resident () + MOST_BESIDE, >=, burst->resident_before + N_BUFFERS * LARGE);
}

static void
fill_and_unref (Burst *burst)
{
  fill (burst);
  test_unref_many (burst->held, N_BUFFERS);
}

static void
assert_resident (Burst *burst,
                 gsize  n_idle_bytes)
{
  gsize resident = get_resident ();
  gsize more = resident > burst->resident_before ? resident - burst->resident_before : 0;

  g_test_message ("%.1f MiB, %.1f more than before, %.1f idle", (double) resident / MIB,
                  (double) more / MIB, (double) n_idle_bytes / MIB);
  g_assert_cmpuint (get_stat (burst->pool, idle_bytes), ==, n_idle_bytes);
  g_assert_cmpuint (more, <=, n_idle_bytes + MOST_BESIDE);
}

/* The next one has to have the pages that were given back, and no others. */
static void
assert_next_burst (Burst *burst,
                   gsize  n_given_back)
{
  guint64 n_faults = get_faults ();

  take (burst);
  n_faults = get_faults () - n_faults;
  g_test_message ("%" G_GUINT64_FORMAT " page faults", n_faults);
  g_assert_cmpuint (n_faults, <=, (n_given_back + MIB) / (gsize) sysconf (_SC_PAGESIZE));
  test_unref_many (burst->held, N_BUFFERS);
}

static void
open_burst (Burst *burst,
            guint  max_buffers)
{
  burst->pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 0, max_buffers, 0);
  burst->resident_before = get_resident ();
  get_used_to_large_blocks ();
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
  Burst burst = { .pool = NULL };

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  bp_pool_set_trim_capacity (burst.pool, SMALL);
  fill (&burst);
  test_unref_many (burst.held, N_BUFFERS);
  g_assert_cmpuint (get_stat (burst.pool, idle), ==, N_BUFFERS);
  assert_resident (&burst, N_BUFFERS * SMALL);
  assert_next_burst (&burst, N_BUFFERS * LARGE);
  close_burst (&burst);
}

/* Of those that come back few are kept. */
static void
test_beyond_the_bound (void)
{
  Burst burst = { .pool = NULL };

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
  Burst burst = { .pool = NULL };

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  fill_and_unref (&burst);
  assert_resident (&burst, N_BUFFERS * LARGE);
  assert_next_burst (&burst, 0);
  bp_pool_drop_idle (burst.pool, N_BUFFERS / 2);
  assert_resident (&burst, N_BUFFERS / 2 * LARGE);
  bp_pool_drop_idle (burst.pool, 0);
  assert_resident (&burst, 0);
  assert_next_burst (&burst, N_BUFFERS * LARGE);
  close_burst (&burst);
}

/* What is not needed for a time goes by itself. */
static void
test_timed_out (void)
{
  Burst burst = { .pool = NULL };
  g_autoptr (GMainContext) context = g_main_context_new ();

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  fill_and_unref (&burst);
  assert_resident (&burst, N_BUFFERS * LARGE);

  g_main_context_push_thread_default (context);
  bp_pool_set_idle_timeout (burst.pool, 5);
  test_context_run_out (context);
  g_main_context_pop_thread_default (context);
  assert_resident (&burst, 0);

  /* Returns must not look in the middle of it. */
  bp_pool_set_idle_timeout (burst.pool, 0);
  assert_next_burst (&burst, N_BUFFERS * LARGE);
  close_burst (&burst);
}

/* And if the system is short of memory. */
static void
test_warned (void)
{
  Burst burst = { .pool = NULL };
  g_autoptr (GMemoryMonitor) monitor = test_monitor_new ();

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  bp_pool_set_memory_monitor (burst.pool, monitor);
  fill_and_unref (&burst);
  test_monitor_warn (monitor, G_MEMORY_MONITOR_WARNING_LEVEL_LOW);
  assert_resident (&burst, N_BUFFERS / 2 * LARGE);
  test_monitor_warn (monitor, G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM);
  assert_resident (&burst, N_BUFFERS / 8 * LARGE);
  assert_next_burst (&burst, N_BUFFERS / 8 * 7 * LARGE);
  test_monitor_warn (monitor, G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL);
  assert_resident (&burst, 0);
  assert_next_burst (&burst, N_BUFFERS * LARGE);
  close_burst (&burst);
}

/* The smallest blocks that do so. */
static void
test_dropped_small (void)
{
  g_autofree BpPooled **held = g_new (BpPooled *, N_SMALLEST);
  g_autofree gpointer *between = g_new (gpointer, N_SMALLEST);
  Burst burst = { .pool = NULL };

  if (skip ())
    return;

  open_burst (&burst, N_SMALLEST);
  for (guint i = 0; i < N_SMALLEST; i++)
    {
      held[i] = bp_pool_acquire_uninit (burst.pool, SMALLEST, NULL);
      memset (bp_pooled_get_data (held[i], NULL), 1, SMALLEST);
      between[i] = g_malloc0 (1000);
    }
  test_unref_many (held, N_SMALLEST);
  assert_resident (&burst, (gsize) N_SMALLEST * SMALLEST);
  bp_pool_drop_idle (burst.pool, 0);
  assert_resident (&burst, 0);

  for (guint i = 0; i < N_SMALLEST; i++)
    g_free (between[i]);
  close_burst (&burst);
}

static void
assert_contents (BpPooled *pooled,
                 int       byte)
{
  const guint8 *data = bp_pooled_get_data (pooled, NULL);

  for (gsize i = 0; i < LARGE; i += 997)
    g_assert_cmpint (data[i], ==, byte);
  g_assert_cmpint (data[LARGE - 1], ==, byte);
  for (gsize i = LARGE; i < bp_pooled_get_length (pooled); i++)
    g_assert_cmpint (data[i], ==, 0);
}

/* A buffer that keeps its contents in other memory leaves what it had, too. */
static void
grow_with_contents (Burst *burst)
{
  fill (burst);
  for (guint i = 0; i < N_BUFFERS; i++)
    g_assert_nonnull (bp_pooled_resize (burst->held[i], LARGE + SMALL));
  for (guint i = 0; i < N_BUFFERS; i++)
    assert_contents (burst->held[i], (int) i + 1);
  test_unref_many (burst->held, N_BUFFERS);
  assert_resident (burst, N_BUFFERS * (LARGE + SMALL));
  bp_pool_drop_idle (burst->pool, 0);
  assert_resident (burst, 0);
}

static void
test_grown_with_contents (void)
{
  Burst burst = { .pool = NULL };

  if (skip ())
    return;

  open_burst (&burst, 2 * N_BUFFERS);
  grow_with_contents (&burst);
  close_burst (&burst);
}

#ifdef M_MMAP_THRESHOLD
/* Where malloc() still has a mapping for each block the pages move, and none of them is
 * copied. */
static void
grow_mappings (gpointer data)
{
  Burst burst = { .pool = NULL };
  guint64 n_faults;

  mallopt (M_MMAP_THRESHOLD, SMALL);
  open_burst (&burst, 2 * N_BUFFERS);
  n_faults = get_faults ();
  grow_with_contents (&burst);
  n_faults = get_faults () - n_faults;
  g_assert_cmpuint (n_faults, <=, N_BUFFERS * (LARGE + 2 * SMALL) / (gsize) sysconf (_SC_PAGESIZE));
  close_burst (&burst);
}
#endif

static void
test_grown_mappings (void)
{
  if (skip ())
    return;

#ifdef M_MMAP_THRESHOLD
  test_run_child (grow_mappings, NULL);
#else
  g_test_skip ("this malloc() cannot be told");
#endif
}

/* A buffer that grows leaves what it had. */
static void
test_grown (void)
{
  Burst burst = { .pool = NULL };

  if (skip ())
    return;

  open_burst (&burst, N_BUFFERS);
  fill_and_unref (&burst);
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

  /* The first, while nothing large is free in the heap. */
  g_test_add_func ("/resident/grown-mappings", test_grown_mappings);
  g_test_add_func ("/resident/trimmed", test_trimmed);
  g_test_add_func ("/resident/beyond-the-bound", test_beyond_the_bound);
  g_test_add_func ("/resident/dropped", test_dropped);
  g_test_add_func ("/resident/dropped-small", test_dropped_small);
  g_test_add_func ("/resident/timed-out", test_timed_out);
  g_test_add_func ("/resident/warned", test_warned);
  g_test_add_func ("/resident/grown", test_grown);
  g_test_add_func ("/resident/grown-with-contents", test_grown_with_contents);

  return g_test_run ();
}
