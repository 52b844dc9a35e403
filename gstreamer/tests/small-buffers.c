/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <pthread.h>

#include "gst-pools.h"

/* Small blocks and buffers go through the caches of threads. What lies there counts, and
 * goes when all that is idle has to go, while the threads live on. */

#define PACKET 1400
#define N_THREADS 6
#define N_EACH 40

/* Threads that each do the same, and then stay until they are let go. The barrier is one
 * that ThreadSanitizer sees. */
typedef struct
{
  gpointer subject;
  void (*work) (gpointer subject);
  GThread *threads[N_THREADS];
  pthread_barrier_t barrier;
} Crew;

static gpointer
run_member (gpointer data)
{
  Crew *crew = data;

  crew->work (crew->subject);
  pthread_barrier_wait (&crew->barrier);
  pthread_barrier_wait (&crew->barrier);

  return NULL;
}

/* Returns when all have worked. */
static void
crew_start (Crew     *crew,
            void    (*work) (gpointer subject),
            gpointer  subject)
{
  *crew = (Crew) { .subject = subject, .work = work };
  g_assert_cmpint (pthread_barrier_init (&crew->barrier, NULL, N_THREADS + 1), ==, 0);
  for (guint i = 0; i < N_THREADS; i++)
    crew->threads[i] = g_thread_new ("member", run_member, crew);
  pthread_barrier_wait (&crew->barrier);
}

static void
crew_end (Crew *crew)
{
  pthread_barrier_wait (&crew->barrier);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (crew->threads[i]);
  pthread_barrier_destroy (&crew->barrier);
}

static void
allocate_and_free (gpointer allocator)
{
  GstMemory *memories[N_EACH];

  for (guint i = 0; i < N_EACH; i++)
    {
      memories[i] = gst_allocator_alloc (allocator, PACKET, NULL);
      test_fill_memory (memories[i], (guint8) i);
    }
  for (guint i = 0; i < N_EACH; i++)
    {
      test_check_memory (memories[i], (guint8) i);
      gst_memory_unref (memories[i]);
    }
}

static gint
get_thread_cache (GstAllocator *allocator,
                  guint         range)
{
  g_autoptr (GPtrArray) pools = gst_bp_allocator_get_pools (GST_BP_ALLOCATOR (allocator));

  return bp_pool_get_thread_cache (g_ptr_array_index (pools, range));
}

/* Only of small ones: an idle frame in the cache of a thread that needs no more is memory
 * that nothing uses. */
static void
test_which_are_cached (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);

  gst_memory_unref (gst_allocator_alloc (allocator, PACKET, NULL));
  gst_memory_unref (gst_allocator_alloc (allocator, 60000, NULL));
  gst_memory_unref (gst_allocator_alloc (allocator, 66000, NULL));
  gst_memory_unref (gst_allocator_alloc (allocator, 3110400, NULL));
  g_assert_cmpint (get_thread_cache (allocator, 0), ==, -1);
  g_assert_cmpint (get_thread_cache (allocator, 1), ==, -1);
  g_assert_cmpint (get_thread_cache (allocator, 2), ==, 0);
  g_assert_cmpint (get_thread_cache (allocator, 3), ==, 0);
}

static void
test_idle_is_bounded (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  Crew crew;

  gst_bp_allocator_set_max_buffers (GST_BP_ALLOCATOR (allocator), 50);
  crew_start (&crew, allocate_and_free, allocator);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), >, 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), <=, 50);

  gst_bp_allocator_set_max_buffers (GST_BP_ALLOCATOR (allocator), 5);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), <=, 5);
  gst_bp_allocator_drop_idle (GST_BP_ALLOCATOR (allocator), 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 0);
  crew_end (&crew);
}

/* A stream that has gone over to large frames leaves nothing in the caches of threads that
 * are still there. */
static void
test_unused_are_dropped (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  Crew crew;

  crew_start (&crew, allocate_and_free, allocator);
  gst_bp_allocator_drop_unused (GST_BP_ALLOCATOR (allocator), 1);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), >, 0);
  gst_memory_unref (gst_allocator_alloc (allocator, 100000, NULL));
  gst_bp_allocator_drop_unused (GST_BP_ALLOCATOR (allocator), 1);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 1);
  g_assert_cmpuint (test_get_stat (allocator, "idle-bytes"), >=, 100000);
  crew_end (&crew);
}

static int n_destroyed;

static void
acquire_and_release (gpointer pool)
{
  GstBuffer *buffers[N_EACH];

  for (guint i = 0; i < N_EACH; i++)
    {
      buffers[i] = test_acquire (pool);
      if (i % 10 == 9)
        gst_buffer_remove_all_memory (buffers[i]);
      else
        gst_buffer_memset (buffers[i], 0, (guint8) i, PACKET);
    }
  for (guint i = 0; i < N_EACH; i++)
    {
      if (i % 10 != 9)
        g_assert_cmpuint (gst_buffer_get_size (buffers[i]), ==, PACKET);
      gst_buffer_unref (buffers[i]);
    }
}

static void
track_and_release (gpointer pool)
{
  GstBuffer *buffer = test_acquire (pool);

  test_track (buffer, &n_destroyed);
  gst_buffer_unref (buffer);
}

static void
test_stop_empties_caches (void)
{
  for (guint max_buffers = 0; max_buffers <= N_THREADS * N_EACH; max_buffers += N_THREADS * N_EACH)
    {
      g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
      GstAllocator *allocator = GST_ALLOCATOR (
        gst_bp_buffer_pool_get_allocator (GST_BP_BUFFER_POOL (pool)));
      Crew busy, tracking;
      guint64 n_buffers;

      test_start_pool (pool, PACKET, 0, max_buffers);
      crew_start (&busy, acquire_and_release, pool);
      crew_start (&tracking, track_and_release, pool);
      n_buffers = test_get_pool_figure (pool, "buffers");
      g_assert_cmpuint (n_buffers, >, 0);
      g_assert_cmpuint (n_buffers, <=, MAX (64, max_buffers));
      /* One for each buffer: those without do not count, and have no memory. */
      g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, n_buffers);
      g_assert_cmpuint (test_get_pool_figure (pool, "discards"), ==, N_THREADS * N_EACH / 10);

      n_destroyed = 0;
      test_stop_pool (pool);
      g_assert_cmpint (n_destroyed, >, 0);
      g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
      g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
      crew_end (&tracking);
      crew_end (&busy);
    }
}

static GstBuffer *
acquire_stripped (GstBufferPool *pool)
{
  GstBuffer *buffer = test_acquire (pool);

  gst_buffer_remove_all_memory (buffer);

  return buffer;
}

/* In place of a small buffer that was thrown away a new one is made, without looking for
 * those that lie idle; a large one that is idle is used. */
static void
test_discarded (gconstpointer data)
{
  const guint size = GPOINTER_TO_UINT (data);
  const gboolean is_small = size == PACKET;
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstBuffer *intact, *broken, *again;

  test_start_pool (pool, size, 0, 0);
  intact = test_acquire (pool);
  broken = acquire_stripped (pool);
  gst_buffer_unref (intact);
  gst_buffer_unref (broken);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 1);
  g_assert_cmpuint (test_get_pool_figure (pool, "discards"), ==, 1);

  again = test_acquire (pool);
  g_assert_cmpuint (gst_buffer_get_size (again), ==, size);
  g_assert_true ((again == intact) == !is_small);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, is_small ? 2 : 1);
  g_assert_cmpuint (test_get_pool_figure (pool, "hits"), ==, is_small ? 0 : 1);
  g_assert_cmpuint (test_get_pool_figure (pool, "misses"), ==, is_small ? 3 : 2);

  gst_buffer_unref (again);
  g_assert_true (test_acquire (pool) == again);
  gst_buffer_unref (again);
  test_stop_pool (pool);
  g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 0);
}

static gboolean
is_timestamp (const GstMeta *meta)
{
  return meta->info->api == GST_REFERENCE_TIMESTAMP_META_API_TYPE;
}

/* The pool has a meta of its own on its buffers. It is not on copies, stays when others are
 * taken off, and lasts for as long as the buffer. */
static void
test_meta_is_the_buffers (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("test/time");

  test_start_pool (pool, PACKET, 0, 0);
  for (guint i = 0; i < 3; i++)
    {
      GstBuffer *buffer = test_acquire (pool);
      g_autoptr (GstBuffer) copy = NULL;
      gpointer state = NULL;
      GstMeta *meta;

      g_assert_null (gst_buffer_get_reference_timestamp_meta (buffer, NULL));
      gst_buffer_add_reference_timestamp_meta (buffer, caps, 1, 1);
      copy = gst_buffer_copy_deep (buffer);
      meta = gst_buffer_iterate_meta (copy, &state);
      g_assert_nonnull (meta);
      g_assert_true (is_timestamp (meta));
      g_assert_null (gst_buffer_iterate_meta (copy, &state));

      gst_buffer_unref (buffer);
      g_assert_cmpuint (test_get_pool_figure (pool, "buffers"), ==, 1);
    }
  g_assert_cmpuint (test_get_pool_figure (pool, "hits"), ==, 2);
}

/* Each of these alone is something to reset. */
static void
test_resets_everything (void)
{
  g_autoptr (GstBufferPool) pool = test_make_bp_pool ();
  GstBuffer *buffer = NULL;

  test_start_pool (pool, PACKET, 0, 0);
  for (guint i = 0; i < 7; i++)
    {
      GstBuffer *again = test_acquire (pool);
      gsize offset, maxsize;

      g_assert_true (buffer == NULL || again == buffer);
      buffer = again;
      g_assert_cmpuint (gst_buffer_get_sizes (buffer, &offset, &maxsize), ==, PACKET);
      g_assert_cmpuint (offset, ==, 0);
      g_assert_cmpuint (maxsize, >, PACKET);
      g_assert_cmphex (GST_BUFFER_FLAGS (buffer) & ~(guint) GST_BUFFER_FLAG_TAG_MEMORY, ==, 0);
      g_assert_false (GST_BUFFER_PTS_IS_VALID (buffer));
      g_assert_false (GST_BUFFER_DTS_IS_VALID (buffer));
      g_assert_false (GST_BUFFER_DURATION_IS_VALID (buffer));
      g_assert_false (GST_BUFFER_OFFSET_IS_VALID (buffer));
      g_assert_false (GST_BUFFER_OFFSET_END_IS_VALID (buffer));

      if (i == 0)
        gst_buffer_resize (buffer, 0, 10);
      if (i == 1)
        gst_buffer_resize (buffer, 1, PACKET);
      if (i == 2)
        gst_buffer_resize (buffer, 1, PACKET - 1);
      if (i == 3)
        GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = GST_BUFFER_DURATION (buffer) = 5;
      if (i == 4)
        GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_END (buffer) = 5;
      if (i == 5)
        GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT | GST_BUFFER_FLAG_GAP);
      gst_buffer_unref (buffer);
    }
}

/* A second piece of memory is looked at, although the first is as it was and the buffer says
 * that its memory is: as the stock pool does it. */
static void
test_second_memory (gconstpointer data)
{
  g_autoptr (GstBufferPool) pool = ((const TestPoolKind *) data)->make ();

  for (guint in_use = 0; in_use <= 1; in_use++)
    {
      GstMemory *mem = gst_allocator_alloc (NULL, 10, NULL);
      GstBuffer *buffer, *again;

      test_start_pool (pool, PACKET, 0, 0);
      buffer = test_acquire (pool);
      n_destroyed = 0;
      test_track (buffer, &n_destroyed);
      if (in_use)
        {
          gst_memory_resize (mem, 0, 0);
          gst_memory_lock (mem, GST_LOCK_FLAG_EXCLUSIVE);
        }
      gst_buffer_append_memory (buffer, gst_memory_ref (mem));
      GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
      gst_buffer_unref (buffer);
      g_assert_cmpint (n_destroyed, ==, in_use);

      again = test_acquire (pool);
      g_assert_cmpuint (gst_buffer_get_size (again), ==, PACKET);
      gst_buffer_unref (again);
      if (in_use)
        gst_memory_unlock (mem, GST_LOCK_FLAG_EXCLUSIVE);
      gst_memory_unref (mem);
      test_stop_pool (pool);
    }
}

/* A subclass that leaves a buffer smaller than the configuration says. */
typedef GstBpBufferPool ShrinkingPool;
typedef GstBpBufferPoolClass ShrinkingPoolClass;

GType shrinking_pool_get_type (void);
G_DEFINE_TYPE (ShrinkingPool, shrinking_pool, GST_TYPE_BP_BUFFER_POOL)

static void
shrinking_pool_reset_buffer (GstBufferPool *pool,
                             GstBuffer     *buffer)
{
  GST_BUFFER_POOL_CLASS (shrinking_pool_parent_class)->reset_buffer (pool, buffer);
  gst_buffer_resize (buffer, 0, PACKET - 1);
}

static void
shrinking_pool_class_init (ShrinkingPoolClass *klass)
{
  GST_BUFFER_POOL_CLASS (klass)->reset_buffer = shrinking_pool_reset_buffer;
}

static void
shrinking_pool_init (ShrinkingPool *self)
{
}

static void
test_smaller_is_destroyed (void)
{
  g_autoptr (GstBufferPool) pool = NULL;

  pool = gst_object_ref_sink (g_object_new (shrinking_pool_get_type (), NULL));
  test_start_pool (pool, PACKET, 0, 0);
  n_destroyed = 0;
  track_and_release (pool);
  g_assert_cmpint (n_destroyed, ==, 1);
}

void
test_add_cases (void)
{
  g_test_add_func ("/small-buffers/which-are-cached", test_which_are_cached);
  g_test_add_func ("/small-buffers/idle-is-bounded", test_idle_is_bounded);
  g_test_add_func ("/small-buffers/unused-are-dropped", test_unused_are_dropped);
  g_test_add_func ("/small-buffers/stop-empties-caches", test_stop_empties_caches);
  g_test_add_data_func ("/small-buffers/discarded/small", GUINT_TO_POINTER (PACKET),
                        test_discarded);
  g_test_add_data_func ("/small-buffers/discarded/large", GUINT_TO_POINTER (100000),
                        test_discarded);
  g_test_add_func ("/small-buffers/meta-is-the-buffers", test_meta_is_the_buffers);
  g_test_add_func ("/small-buffers/resets-everything", test_resets_everything);
  test_add_for_both ("second-memory", test_second_memory);
  g_test_add_func ("/small-buffers/smaller-is-destroyed", test_smaller_is_destroyed);
}
