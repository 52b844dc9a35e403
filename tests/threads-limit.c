/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"
#include "test-team.h"
#include "test-utils.h"
#include "test-waiter.h"
#include "test-ways.h"

/* More threads than buffers: no thread sleeps for ever, no buffer is two threads', never
 * more of them are out than the limit says, and in the end no waiter has left anything
 * behind. A wake-up that is lost ends the test by its time-out. */

#define N_THREADS 8
#define N_ROUNDS 6000
#define N_ELEMENTS 64
/* The longest wait of those that may fail: microseconds. */
#define SHORT 50

typedef struct
{
  BpPool *pool;
  const TestKind *kind;
  /* The most that may be out; 0 where that is not known. */
  guint most;
  guint n_rounds;
  guint64 seed;
  TestCounters counters;
  atomic_uint n_out;
  atomic_uint n_got;
  atomic_uint n_failed;
  atomic_uint n_at_work;
} Crowd;

static void
crowd_init (Crowd          *crowd,
            const TestKind *kind,
            guint           limit,
            guint           n_rounds)
{
  *crowd = (Crowd) { .kind = kind, .most = limit, .n_rounds = test_scale (n_rounds) };
  crowd->pool = test_kind_pool_new (kind, &crowd->counters, 2, 16, 0);
  bp_pool_set_max_outstanding (crowd->pool, limit);
}

static void
crowd_clear (Crowd *crowd)
{
  g_assert_cmpuint (crowd->n_out, ==, 0);
  g_assert_cmpuint (get_stat (crowd->pool, outstanding), ==, 0);
  assert_valid (crowd->pool);
  g_object_unref (crowd->pool);
  g_assert_cmpuint (test_counters_live (&crowd->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
}

static gsize
get_n_elements (Crowd *crowd)
{
  return crowd->kind->is_elements ? N_ELEMENTS : 0;
}

/* Of items it is what they say that their size is. */
static guint8 *
get_memory (Crowd    *crowd,
            BpPooled *pooled,
            gsize    *n_bytes)
{
  *n_bytes = 1;
  if (crowd->kind->is_elements)
    {
      *n_bytes = bp_pooled_get_length (pooled) * bp_pooled_get_element_size (pooled);
      return bp_pooled_get_data (pooled, NULL);
    }
  if (g_str_equal (crowd->kind->name, "object"))
    return (guint8 *) &((TestObject *) bp_pooled_get_item (pooled))->byte_size;

  return (guint8 *) &((TestItem *) bp_pooled_get_item (pooled))->byte_size;
}

/* Counted after it was handed out and before it goes back, so that the number here is never
 * too high. */
static void
use (Crowd    *crowd,
     BpPooled *pooled,
     guint8    stamp,
     gboolean  is_zeroed)
{
  guint n_out = atomic_fetch_add (&crowd->n_out, 1) + 1;
  gsize n_bytes;
  guint8 *memory = get_memory (crowd, pooled, &n_bytes);

  if (crowd->most > 0)
    g_assert_cmpuint (n_out, <=, crowd->most);
  crowd->n_got++;
  for (gsize i = 0; i < n_bytes && is_zeroed; i++)
    g_assert_cmpuint (memory[i], ==, 0);
  memset (memory, stamp, n_bytes);
  if (stamp % 8 == 0)
    g_thread_yield ();
  for (gsize i = 0; i < n_bytes; i++)
    g_assert_cmpuint (memory[i], ==, stamp);
  atomic_fetch_sub (&crowd->n_out, 1);
}

/* Every way in its turn. */
static void
give_back (Crowd    *crowd,
           BpPooled *pooled,
           guint     turn)
{
  const TestWayBack *way;
  gpointer thing;

  do
    way = &test_ways_back[turn++ % test_n_ways_back];
  while (!test_way_back_is_for (way, crowd->pool));

  thing = way->begin (pooled);
  way->end (thing);
  if (way->clear != NULL)
    way->clear (thing);
}

static BpPooled *
wait_for_one (Crowd          *crowd,
              BpAcquireFlags  flags,
              GCancellable   *cancellable,
              gint64          timeout_us,
              GError        **error)
{
  BpPooled *pooled = bp_pool_acquire_full (crowd->pool, get_n_elements (crowd), flags, NULL,
                                           timeout_us, cancellable, error);

  g_assert_true (pooled != NULL || *error != NULL);
  if (pooled == NULL)
    crowd->n_failed++;

  return pooled;
}

static void
take_turns (guint    index,
            gpointer data)
{
  Crowd *crowd = data;

  for (guint i = 0; i < crowd->n_rounds; i++)
    {
      gboolean is_zeroed = (index + i) % 2 == 0 && crowd->kind->is_elements;
      g_autoptr (GError) error = NULL;
      BpPooled *pooled;

      pooled = wait_for_one (crowd, is_zeroed ? BP_ACQUIRE_NONE : BP_ACQUIRE_UNINIT, NULL, -1,
                             &error);
      g_assert_no_error (error);
      use (crowd, pooled, (guint8) (index * 16 + i % 16 + 1), is_zeroed);
      give_back (crowd, pooled, i % 4 == 0 ? index + i : 0);
    }
}

static void
check_hand_overs (const TestKind *kind,
                  guint           limit)
{
  Crowd crowd;

  crowd_init (&crowd, kind, limit, N_ROUNDS);
  test_run_threads (N_THREADS, take_turns, &crowd);
  g_assert_cmpuint (crowd.n_got, ==, N_THREADS * crowd.n_rounds);
  crowd_clear (&crowd);
}

static void
test_one_buffer (gconstpointer kind)
{
  check_hand_overs (kind, 1);
}

static void
test_three_buffers (gconstpointer kind)
{
  check_hand_overs (kind, 3);
}

/* Some don't wait, some not for long, and some have been cancelled before: none of them is
 * in the way of the others. */
static void
come_and_go (guint    index,
             gpointer data)
{
  Crowd *crowd = data;
  TestRandom random;

  test_random_init (&random, crowd->seed + index);
  for (guint i = 0; i < crowd->n_rounds; i++)
    {
      g_autoptr (GCancellable) cancellable = NULL;
      g_autoptr (GError) error = NULL;
      BpPooled *pooled = NULL;

      switch (test_random_below (&random, 5))
        {
        case 0:
          pooled = bp_pool_acquire_uninit (crowd->pool, N_ELEMENTS, &error);
          if (pooled == NULL)
            g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT);
          break;

        case 1:
          pooled = wait_for_one (crowd, BP_ACQUIRE_UNINIT, NULL,
                                 1 + test_random_below (&random, SHORT), &error);
          if (pooled == NULL)
            g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
          break;

        case 2:
          cancellable = g_cancellable_new ();
          g_cancellable_cancel (cancellable);
          g_assert_null (wait_for_one (crowd, BP_ACQUIRE_UNINIT, cancellable, -1, &error));
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          break;

        default:
          pooled = wait_for_one (crowd, BP_ACQUIRE_UNINIT, NULL, -1, &error);
          g_assert_no_error (error);
          break;
        }
      if (pooled == NULL)
        continue;
      use (crowd, pooled, (guint8) i, FALSE);
      give_back (crowd, pooled, (guint) test_random_next (&random) / 2);
    }
}

static void
test_some_leave (void)
{
  Crowd crowd;

  crowd_init (&crowd, &test_kinds[0], 2, N_ROUNDS);
  crowd.seed = test_get_seed ();
  test_run_threads (N_THREADS, come_and_go, &crowd);
  crowd_clear (&crowd);
}

/* One thread cancels the others, at any moment. */
typedef struct
{
  Crowd crowd;
  GCancellable *cancellables[N_THREADS];
} Cancelled;

static void
wait_or_cancel (guint    index,
                gpointer data)
{
  Cancelled *cancelled = data;
  Crowd *crowd = &cancelled->crowd;
  GCancellable *own = cancelled->cancellables[index];

  for (guint i = 0; index == 0 && atomic_load (&crowd->n_at_work) > 0; i++)
    {
      g_cancellable_cancel (cancelled->cancellables[1 + i % (N_THREADS - 1)]);
      g_thread_yield ();
    }
  for (guint i = 0; index > 0 && i < crowd->n_rounds; i++)
    {
      g_autoptr (GError) error = NULL;
      BpPooled *pooled = wait_for_one (crowd, BP_ACQUIRE_UNINIT, own, -1, &error);

      if (pooled != NULL)
        {
          use (crowd, pooled, (guint8) i, FALSE);
          give_back (crowd, pooled, 0);
        }
      else
        {
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
          g_cancellable_reset (own);
        }
    }
  atomic_fetch_sub (&crowd->n_at_work, index > 0);
}

static void
test_cancelled (void)
{
  Cancelled cancelled;

  crowd_init (&cancelled.crowd, &test_kinds[0], 2, N_ROUNDS / 2);
  cancelled.crowd.n_at_work = N_THREADS - 1;
  for (guint i = 0; i < N_THREADS; i++)
    cancelled.cancellables[i] = g_cancellable_new ();
  test_run_threads (N_THREADS, wait_or_cancel, &cancelled);
  for (guint i = 0; i < N_THREADS; i++)
    g_object_unref (cancelled.cancellables[i]);
  crowd_clear (&cancelled.crowd);
}

/* One thread changes the limits while all others are at work. */
typedef struct
{
  Crowd crowd;
  void (*change) (BpPool *pool,
                  guint   i);
  gboolean is_flushed;
} Changed;

/* Between 1 and 3. */
static void
raise_and_lower (BpPool *pool,
                 guint   i)
{
  bp_pool_set_max_outstanding (pool, 1 + i % 3);
}

static void
set_and_remove (BpPool *pool,
                guint   i)
{
  switch (i % 4)
    {
    case 0:
      bp_pool_set_max_outstanding (pool, 1 + i % 3);
      break;

    case 1:
      bp_pool_set_max_idle_bytes (pool, i % 3 * N_ELEMENTS);
      break;

    case 2:
      bp_pool_set_max_outstanding (pool, 0);
      break;

    default:
      bp_pool_drop_idle (pool, 0);
      break;
    }
}

static void
flush (BpPool *pool,
       guint   i)
{
  bp_pool_set_flushing (pool, i % 2 == 0);
}

static void
work_or_change (guint    index,
                gpointer data)
{
  Changed *changed = data;
  Crowd *crowd = &changed->crowd;

  for (guint i = 0; index == 0 && atomic_load (&crowd->n_at_work) > 0; i++)
    {
      changed->change (crowd->pool, i);
      g_thread_yield ();
    }
  for (guint i = 0; index > 0 && i < crowd->n_rounds; i++)
    {
      g_autoptr (GError) error = NULL;
      BpPooled *pooled = wait_for_one (crowd, BP_ACQUIRE_UNINIT, NULL, -1, &error);

      if (pooled != NULL)
        {
          use (crowd, pooled, (guint8) i, FALSE);
          give_back (crowd, pooled, index + i);
        }
      else
        {
          g_assert_true (changed->is_flushed);
          g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING);
          g_thread_yield ();
        }
    }
  atomic_fetch_sub (&crowd->n_at_work, index > 0);
}

/* However it was left: the count is right, so that one more round with one buffer works. */
static void
check_changed (const TestKind *kind,
               guint           most,
               void          (*change) (BpPool *pool,
                                        guint   i))
{
  Changed changed = { .change = change, .is_flushed = change == flush };
  Crowd *crowd = &changed.crowd;

  crowd_init (crowd, kind, most, N_ROUNDS / 2);
  crowd->n_at_work = N_THREADS - 1;
  test_run_threads (N_THREADS, work_or_change, &changed);
  bp_pool_set_flushing (crowd->pool, FALSE);
  bp_pool_set_max_outstanding (crowd->pool, 1);
  assert_valid (crowd->pool);
  crowd->most = 1;
  crowd->n_rounds = test_scale (100);
  test_run_threads (2, take_turns, crowd);
  crowd_clear (crowd);
}

static void
test_raised_and_lowered (gconstpointer kind)
{
  check_changed (kind, 3, raise_and_lower);
}

static void
test_set_and_removed (gconstpointer kind)
{
  check_changed (kind, 0, set_and_remove);
}

static void
test_flushed (gconstpointer kind)
{
  check_changed (kind, 2, flush);
}

/* A waiter that comes after flushing was unset is not flushed, whatever becomes of the
 * waiters that came before. */
static void
flush_or_come (guint    index,
               gpointer data)
{
  Crowd *crowd = data;

  for (guint i = 0; i < crowd->n_rounds; i++)
    {
      g_autoptr (GError) error = NULL;

      if (index == 0)
        {
          bp_pool_set_flushing (crowd->pool, TRUE);
          bp_pool_set_flushing (crowd->pool, FALSE);
        }
      g_assert_null (wait_for_one (crowd, BP_ACQUIRE_UNINIT, NULL, 1 + i % SHORT, &error));
      if (index == 0)
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
    }
}

static void
test_after_flushing (void)
{
  BpPooled *pooled;
  Crowd crowd;

  crowd_init (&crowd, &test_kinds[0], 1, N_ROUNDS / 4);
  pooled = bp_pool_acquire (crowd.pool);
  test_run_threads (3, flush_or_come, &crowd);
  bp_pooled_unref (pooled);
  crowd_clear (&crowd);
}

/* Without blocking: some threads have a main context of their own, with more under way than
 * there are permits. Some of what is under way is cancelled. */

#define N_UNDER_WAY 3

typedef struct
{
  Crowd *crowd;
  GCancellable *cancellable;
  guint n_to_begin;
  guint n_under_way;
} Loop;

static void begin_one (Loop *loop);

static void
on_acquired (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  Loop *loop = data;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = bp_pool_acquire_finish (BP_POOL (source), result, &error);

  loop->n_under_way--;
  if (pooled != NULL)
    {
      use (loop->crowd, pooled, (guint8) loop->n_to_begin, loop->crowd->kind->is_elements);
      give_back (loop->crowd, pooled, 0);
    }
  else
    {
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
    }
  begin_one (loop);
}

static void
begin_one (Loop *loop)
{
  if (loop->n_to_begin == 0)
    return;

  loop->n_to_begin--;
  loop->n_under_way++;
  if (loop->n_to_begin % 16 == 0)
    {
      g_cancellable_cancel (loop->cancellable);
      g_clear_object (&loop->cancellable);
      loop->cancellable = g_cancellable_new ();
    }
  bp_pool_acquire_async (loop->crowd->pool, get_n_elements (loop->crowd),
                         loop->n_to_begin % 2 == 0 ? loop->cancellable : NULL, on_acquired, loop);
}

static void
wait_in_loop (guint    index,
              gpointer data)
{
  Crowd *crowd = data;
  g_autoptr (GMainContext) context = NULL;
  Loop loop = { crowd, NULL, crowd->n_rounds, 0 };

  if (index % 2 == 0)
    {
      take_turns (index, data);
      return;
    }

  context = g_main_context_new ();
  g_main_context_push_thread_default (context);
  for (guint i = 0; i < N_UNDER_WAY; i++)
    begin_one (&loop);
  while (loop.n_under_way > 0)
    g_main_context_iteration (context, TRUE);
  g_main_context_pop_thread_default (context);
  g_clear_object (&loop.cancellable);
}

static void
test_with_loops (gconstpointer kind)
{
  Crowd crowd;

  crowd_init (&crowd, kind, 2, N_ROUNDS / 4);
  test_run_threads (6, wait_in_loop, &crowd);
  crowd_clear (&crowd);
}

static void
add_for_kinds (const char    *name,
               GTestDataFunc  func)
{
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strdup_printf ("/threads/limit/%s/%s", name, test_kinds[i].name);

      g_test_add_data_func (path, &test_kinds[i], func);
    }
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  test_warm_up ();

  add_for_kinds ("one-buffer", test_one_buffer);
  add_for_kinds ("three-buffers", test_three_buffers);
  add_for_kinds ("raised-and-lowered", test_raised_and_lowered);
  add_for_kinds ("set-and-removed", test_set_and_removed);
  add_for_kinds ("flushed", test_flushed);
  add_for_kinds ("with-loops", test_with_loops);
  g_test_add_func ("/threads/limit/after-flushing", test_after_flushing);
  g_test_add_func ("/threads/limit/some-leave", test_some_leave);
  g_test_add_func ("/threads/limit/cancelled", test_cancelled);

  return g_test_run ();
}
