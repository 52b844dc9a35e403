/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <malloc.h>

#include "test-sync.h"
#include "test-utils.h"

/* What a pool itself takes, without its buffers, as glibc's malloc counts it. */

#define N_SHARDS 32
#define MAX_IDLE_POOL (8 * 1024)
/* With the handles that each thread has in stock. */
#define MAX_POOL_OF_TWO (32 * 1024)
#define N_BUFFERS 200
#define BUFFER_SIZE 4096

static gsize
get_allocated (void)
{
#ifdef __GLIBC__
  struct mallinfo2 info = mallinfo2 ();

  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/* Under sanitizers, valgrind and other C libraries the allocator is another one, which does
 * not count. */
static gboolean
can_measure (void)
{
  gsize before = get_allocated ();
  g_autofree char *block = g_malloc (BUFFER_SIZE);

  g_assert_nonnull (block);
  if (get_allocated () >= before + BUFFER_SIZE)
    return TRUE;

  g_test_skip ("this allocator does not say how much is allocated");
  return FALSE;
}

static BpPool *
make_pool (void)
{
  return bp_pool_new_full (BP_ELEMENT_TYPE_U8, N_SHARDS, 1024, 0);
}

static void
use_pool (BpPool *pool)
{
  BpPooled *handles[N_BUFFERS];

  for (guint i = 0; i < N_BUFFERS; i++)
    {
      handles[i] = bp_pool_acquire (pool);
      g_assert_nonnull (bp_pooled_resize (handles[i], BUFFER_SIZE));
    }
  test_unref_many (handles, N_BUFFERS);
}

static void
test_footprint_idle (void)
{
  g_autoptr (BpPool) first = make_pool ();
  g_autoptr (BpPool) pool = NULL;
  gsize before, used;

  g_assert_nonnull (first);
  if (!can_measure ())
    return;

  before = get_allocated ();
  pool = make_pool ();
  used = get_allocated () - before;

  g_test_message ("an idle pool of %u shards: %" G_GSIZE_FORMAT " bytes", N_SHARDS, used);
  g_assert_cmpuint (used, >, 0);
  g_assert_cmpuint (used, <=, MAX_IDLE_POOL);
}

typedef struct
{
  BpPool *pool;
  TestBarrier *barrier;
} User;

static gpointer
use_in_thread (gpointer data)
{
  User *user = data;

  use_pool (user->pool);
  test_barrier_wait (user->barrier);
  test_barrier_wait (user->barrier);

  return NULL;
}

static void
test_footprint_in_use (void)
{
  g_autoptr (BpPool) first = make_pool ();
  g_autoptr (BpPool) pool = NULL;
  TestBarrier barrier;
  GThread *thread;
  User user;
  gsize before, used;

  if (!can_measure ())
    return;

  /* What a thread costs by itself is allocated before the count begins. */
  test_barrier_init (&barrier, 2);
  user = (User) { first, &barrier };
  thread = g_thread_new ("user", use_in_thread, &user);
  use_pool (first);
  test_barrier_wait (&barrier);
  test_barrier_wait (&barrier);
  g_thread_join (thread);

  before = get_allocated ();
  pool = make_pool ();
  user.pool = pool;
  thread = g_thread_new ("user", use_in_thread, &user);
  use_pool (pool);
  test_barrier_wait (&barrier);
  /* Without the buffers and their handles, what is left is the pool's own. */
  bp_pool_drop_idle (pool, 0);
  used = get_allocated () - before;
  test_barrier_wait (&barrier);
  g_thread_join (thread);
  test_barrier_clear (&barrier);

  g_test_message ("a pool of %u shards, used by 2 threads: %" G_GSIZE_FORMAT " bytes without "
                  "its buffers", N_SHARDS, used);
  g_assert_cmpuint (used, >, 0);
  g_assert_cmpuint (used, <=, MAX_POOL_OF_TWO);
}

/* Another thread's cache included: it is still alive when the pool is emptied. */
static void
test_footprint_drop_idle (void)
{
  g_autoptr (BpPool) pool = make_pool ();
  TestBarrier barrier;
  GThread *thread;
  User user;
  gsize full;
  guint64 n_idle;

  if (!can_measure ())
    return;

  test_barrier_init (&barrier, 2);
  user = (User) { pool, &barrier };
  thread = g_thread_new ("user", use_in_thread, &user);
  use_pool (pool);
  test_barrier_wait (&barrier);

  n_idle = get_stat (pool, idle);
  g_assert_cmpuint (n_idle, >=, N_BUFFERS);
  full = get_allocated ();
  bp_pool_drop_idle (pool, 0);
  g_assert_cmpuint (full - get_allocated (), >=, n_idle * BUFFER_SIZE);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (pool, idle_bytes), ==, 0);

  test_barrier_wait (&barrier);
  g_thread_join (thread);
  test_barrier_clear (&barrier);
  assert_valid (pool);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("What a pool weighs");

  g_test_add_func ("/footprint/idle", test_footprint_idle);
  g_test_add_func ("/footprint/in-use", test_footprint_in_use);
  g_test_add_func ("/footprint/drop-idle", test_footprint_drop_idle);

  return g_test_run ();
}
