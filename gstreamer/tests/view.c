/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-pools.h"

/* gst_bp_buffer_view(). */

#define SIZE 1000

static GstMemory *
new_memory (gsize   size,
            guint8  value)
{
  GstMemory *mem = gst_allocator_alloc (NULL, size, NULL);

  test_fill_memory (mem, value);

  return mem;
}

static GstBuffer *
new_buffer (guint8 value)
{
  GstBuffer *buffer = gst_buffer_new ();

  gst_buffer_append_memory (buffer, new_memory (SIZE, value));

  return buffer;
}

static BpPooledView *
view_buffer (GstBuffer   *buffer,
             GstMapFlags  flags)
{
  g_autoptr (GError) error = NULL;
  BpPooledView *view = gst_bp_buffer_view (buffer, flags, &error);

  g_assert_no_error (error);
  g_assert_nonnull (view);

  return view;
}

static guint8 *
get_data (BpPooledView *view)
{
  return (guint8 *) bp_pooled_view_get_address (view);
}

static void
check_view (BpPooledView *view,
            guint8        value)
{
  const guint8 *data = get_data (view);

  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, SIZE);
  g_assert_cmpuint (bp_pooled_view_get_length_bytes (view), ==, SIZE);
  for (gsize i = 0; i < SIZE; i++)
    g_assert_cmphex (data[i], ==, value);
}

static guint
count_refs (GstBuffer *buffer)
{
  return GST_MINI_OBJECT_REFCOUNT_VALUE (buffer);
}

/* The view is of the buffer's own memory, and keeps both. */
static void
test_read (void)
{
  GstBuffer *buffer = new_buffer (7);
  int n_destroyed = 0;
  BpPooledView *views[2];
  GstMapInfo info;

  test_track (buffer, &n_destroyed);
  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_READ));
  views[0] = view_buffer (buffer, GST_MAP_READ);
  views[1] = view_buffer (buffer, GST_MAP_READ);
  g_assert_true (get_data (views[0]) == info.data);
  g_assert_true (get_data (views[1]) == info.data);
  gst_buffer_unmap (buffer, &info);
  g_assert_false (bp_pooled_view_is_writable (views[0]));
  g_assert_cmpuint (count_refs (buffer), ==, 3);

  gst_buffer_unref (buffer);
  check_view (views[0], 7);
  bp_pooled_view_unref (views[0]);
  g_assert_cmpint (n_destroyed, ==, 0);
  check_view (views[1], 7);
  bp_pooled_view_unref (views[1]);
  g_assert_cmpint (n_destroyed, ==, 1);
}

/* The mapping ends with the view: the memory can be written then. */
static void
test_unmaps (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer (7);
  GstMemory *mem = gst_buffer_peek_memory (buffer, 0);
  BpPooledView *view = view_buffer (buffer, GST_MAP_READ);
  GstMapInfo info;

  g_assert_false (gst_memory_map (mem, &info, GST_MAP_WRITE));
  bp_pooled_view_unref (view);
  test_fill_memory (mem, 8);
  g_assert_true (gst_memory_is_writable (mem));
}

/* What is kept does not change: writing elsewhere is to a copy. */
static void
test_written_elsewhere (void)
{
  GstBuffer *buffer = new_buffer (7);
  g_autoptr (BpPooledView) view = view_buffer (buffer, GST_MAP_READ);
  GstMapInfo info;

  buffer = gst_buffer_make_writable (buffer);
  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_WRITE));
  g_assert_true (info.data != get_data (view));
  memset (info.data, 8, info.size);
  gst_buffer_unmap (buffer, &info);
  gst_buffer_unref (buffer);

  check_view (view, 7);
}

static void
test_write (void)
{
  const GstMapFlags flags[] = { GST_MAP_READWRITE, GST_MAP_WRITE };

  for (guint i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      g_autoptr (GstBuffer) buffer = new_buffer (7);
      GstMemory *mem = gst_buffer_peek_memory (buffer, 0);
      BpPooledView *view = view_buffer (buffer, flags[i]);

      g_assert_true (bp_pooled_view_is_writable (view));
      memset (get_data (view), 9, SIZE);
      g_assert_false (gst_buffer_is_writable (buffer));

      bp_pooled_view_unref (view);
      g_assert_true (gst_buffer_is_writable (buffer));
      g_assert_true (gst_buffer_peek_memory (buffer, 0) == mem);
      test_check_memory (mem, 9);
    }
}

/* Says what to do, and leaves all as it was. */
static void
test_write_shared (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer (7);
  g_autoptr (GstBuffer) other G_GNUC_UNUSED = gst_buffer_ref (buffer);
  g_autoptr (GError) error = NULL;

  g_assert_null (gst_bp_buffer_view (buffer, GST_MAP_READWRITE, &error));
  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
  g_assert_nonnull (strstr (error->message, "with 2 references"));
  g_assert_nonnull (strstr (error->message, "gst_buffer_make_writable()"));
  g_assert_null (gst_bp_buffer_view (buffer, GST_MAP_WRITE, NULL));
  g_assert_cmpuint (count_refs (buffer), ==, 2);
  test_check_memory (gst_buffer_peek_memory (buffer, 0), 7);
}

/* A buffer of one's own, whose memory others have too: a copy of the memory. */
static void
test_write_shared_memory (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer (7);
  g_autoptr (GstBuffer) copy = gst_buffer_copy (buffer);
  BpPooledView *view;

  g_assert_true (gst_buffer_peek_memory (copy, 0) == gst_buffer_peek_memory (buffer, 0));
  view = view_buffer (copy, GST_MAP_READWRITE);
  memset (get_data (view), 8, SIZE);
  bp_pooled_view_unref (view);

  test_check_memory (gst_buffer_peek_memory (buffer, 0), 7);
  test_check_memory (gst_buffer_peek_memory (copy, 0), 8);
}

static GstBuffer *
new_buffer_in_pieces (void)
{
  GstBuffer *buffer = gst_buffer_new ();

  for (guint8 i = 0; i < 3; i++)
    gst_buffer_append_memory (buffer, new_memory (100 + i, i));

  return buffer;
}

static void
check_pieces (BpPooledView *view)
{
  const guint8 *data = get_data (view);

  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, 303);
  for (gsize i = 0; i < 303; i++)
    g_assert_cmphex (data[i], ==, i < 100 ? 0 : i < 201 ? 1 : 2);
}

/* Several memories are merged: for good where the buffer is writable, otherwise for
 * each view. */
static void
test_pieces (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer_in_pieces ();
  GstBuffer *other = gst_buffer_ref (buffer);
  BpPooledView *views[2] = { view_buffer (buffer, GST_MAP_READ), view_buffer (buffer, GST_MAP_READ) };

  g_assert_cmpuint (gst_buffer_n_memory (buffer), ==, 3);
  g_assert_true (get_data (views[0]) != get_data (views[1]));
  check_pieces (views[0]);
  bp_pooled_view_unref (views[0]);
  check_pieces (views[1]);
  bp_pooled_view_unref (views[1]);

  gst_buffer_unref (other);
  views[0] = view_buffer (buffer, GST_MAP_READ);
  views[1] = view_buffer (buffer, GST_MAP_READ);
  g_assert_cmpuint (gst_buffer_n_memory (buffer), ==, 1);
  g_assert_true (get_data (views[0]) == get_data (views[1]));
  check_pieces (views[1]);
  bp_pooled_view_unref (views[0]);
  bp_pooled_view_unref (views[1]);
}

static void
test_empty (void)
{
  for (guint n_memories = 0; n_memories < 2; n_memories++)
    {
      GstBuffer *buffer = gst_buffer_new ();
      int n_destroyed = 0;
      BpPooledView *view;

      test_track (buffer, &n_destroyed);
      if (n_memories > 0)
        gst_buffer_append_memory (buffer, new_memory (0, 0));
      view = view_buffer (buffer, GST_MAP_READWRITE);
      gst_buffer_unref (buffer);
      g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, 0);
      g_assert_cmpuint (bp_pooled_view_get_address (view), !=, 0);
      bp_pooled_view_unref (view);
      g_assert_cmpint (n_destroyed, ==, 1);
    }
}

/* Memory that is mapped for writing only cannot be read: the view is of a copy. */
static void
test_mapped_elsewhere (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer (7);
  g_autoptr (BpPooledView) view = NULL;
  GstMapInfo info;

  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_WRITE));
  view = view_buffer (buffer, GST_MAP_READ);
  g_assert_true (get_data (view) != info.data);
  memset (info.data, 8, info.size);
  gst_buffer_unmap (buffer, &info);
  check_view (view, 7);
}

/* Memory that is not for the CPU. */
typedef GstAllocator FarAllocator;
typedef GstAllocatorClass FarAllocatorClass;

GType far_allocator_get_type (void);
G_DEFINE_TYPE (FarAllocator, far_allocator, GST_TYPE_ALLOCATOR)

static GstMemory *
far_allocator_alloc (GstAllocator        *allocator,
                     gsize                size,
                     GstAllocationParams *params)
{
  GstMemory *mem = g_new0 (GstMemory, 1);

  gst_memory_init (mem, 0, allocator, NULL, size, 0, 0, size);

  return mem;
}

static void
far_allocator_free (GstAllocator *allocator,
                    GstMemory    *mem)
{
  g_free (mem);
}

static void
far_allocator_class_init (FarAllocatorClass *klass)
{
  klass->alloc = far_allocator_alloc;
  klass->free = far_allocator_free;
}

static gpointer
map_nothing (GstMemory  *mem,
             GstMapInfo *info,
             gsize       max_size)
{
  return NULL;
}

static void
far_allocator_init (FarAllocator *self)
{
  self->mem_type = "FarMemory";
  self->mem_map_full = map_nothing;
  GST_OBJECT_FLAG_SET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}

static void
test_cannot_be_mapped (void)
{
  g_autoptr (GstAllocator) allocator = g_object_new (far_allocator_get_type (), NULL);
  g_autoptr (GstBuffer) buffer = gst_buffer_new ();
  g_autoptr (GError) error = NULL;

  gst_buffer_append_memory (buffer, GST_ALLOCATOR_GET_CLASS (allocator)->alloc (allocator, SIZE, NULL));
  g_assert_null (gst_bp_buffer_view (buffer, GST_MAP_READ, &error));
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ);
  g_assert_nonnull (strstr (error->message, "A buffer of FarMemory"));
  g_assert_nonnull (strstr (error->message, "for reading"));
  g_clear_error (&error);
  g_assert_null (gst_bp_buffer_view (buffer, GST_MAP_READWRITE, &error));
  g_assert_error (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_WRITE);
  g_assert_nonnull (strstr (error->message, "for writing"));
  g_assert_cmpuint (count_refs (buffer), ==, 1);
}

/* A buffer that is kept does not go back to its pool, and does when it no longer is.
 * Kept past the pool's end it is destroyed. */
static void
test_keeps_from_pool (gconstpointer data)
{
  const TestPoolKind *kind = data;
  GstBufferPool *pool = kind->make ();
  BpPooledView *views[2];
  GstBuffer *buffer, *next;
  int n_destroyed = 0;

  test_start_pool (pool, SIZE, 0, 2);
  for (guint i = 0; i < 2; i++)
    {
      buffer = test_acquire (pool);
      test_track (buffer, &n_destroyed);
      gst_buffer_memset (buffer, 0, (guint8) i, SIZE);
      views[i] = view_buffer (buffer, GST_MAP_READ);
      gst_buffer_unref (buffer);
    }
  g_assert_cmpint (test_try_acquire (pool, &next), ==, GST_FLOW_EOS);

  bp_pooled_view_unref (views[1]);
  g_assert_cmpint (test_try_acquire (pool, &next), ==, GST_FLOW_OK);
  g_assert_true (next == buffer);
  gst_buffer_unref (next);
  g_assert_cmpint (n_destroyed, ==, 0);

  test_stop_pool (pool);
  gst_object_unref (pool);
  check_view (views[0], 0);
  bp_pooled_view_unref (views[0]);
  g_assert_cmpint (n_destroyed, ==, 2);
}

/* A buffer of our allocator: the block is back in the bufpool with the view. */
static void
test_keeps_pooled_memory (void)
{
  g_autoptr (GstAllocator) allocator = gst_bp_allocator_new (NULL);
  GstBuffer *buffer = gst_buffer_new_allocate (allocator, SIZE, NULL);
  BpPooledView *view;

  gst_buffer_memset (buffer, 0, 5, SIZE);
  view = view_buffer (buffer, GST_MAP_READ);
  gst_buffer_unref (buffer);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 1);
  check_view (view, 5);
  bp_pooled_view_unref (view);
  g_assert_cmpuint (test_get_stat (allocator, "outstanding"), ==, 0);
  g_assert_cmpuint (test_get_stat (allocator, "idle"), ==, 1);
}

#define N_THREADS 4
#define N_ROUNDS 500

/* Each thread has its views, and drops those that another has made. */
typedef struct
{
  GstBuffer *buffer;
  gpointer shelf[16];
} Exchange;

static gpointer
exchange_views (gpointer data)
{
  Exchange *exchange = data;

  for (guint i = 0; i < N_ROUNDS; i++)
    {
      gpointer *place = &exchange->shelf[i % G_N_ELEMENTS (exchange->shelf)];
      BpPooledView *view = view_buffer (exchange->buffer, GST_MAP_READ);
      BpPooledView *other = g_atomic_pointer_get (place);

      check_view (view, 7);
      if (!g_atomic_pointer_compare_and_exchange (place, other, view))
        other = view;
      if (other != NULL)
        {
          check_view (other, 7);
          bp_pooled_view_unref (other);
        }
    }

  return NULL;
}

static void
test_threads (void)
{
  Exchange exchange = { .buffer = new_buffer (7) };
  int n_destroyed = 0;
  GThread *threads[N_THREADS];

  test_track (exchange.buffer, &n_destroyed);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("views", exchange_views, &exchange);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);

  gst_buffer_unref (exchange.buffer);
  g_assert_cmpint (n_destroyed, ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (exchange.shelf); i++)
    bp_pooled_view_unref (exchange.shelf[i]);
  g_assert_cmpint (n_destroyed, ==, 1);
}

static void
test_view_misuse (void)
{
  g_autoptr (GstBuffer) buffer = new_buffer (7);

  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_CRITICAL, "*GST_IS_BUFFER*");
  g_assert_null (gst_bp_buffer_view (NULL, GST_MAP_READ, NULL));
  g_test_assert_expected_messages ();
  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_CRITICAL, "*flags & GST_MAP_READWRITE*");
  g_assert_null (gst_bp_buffer_view (buffer, 0, NULL));
  g_test_assert_expected_messages ();
}

void
test_add_cases (void)
{
  g_test_add_func ("/view/read", test_read);
  g_test_add_func ("/view/unmaps", test_unmaps);
  g_test_add_func ("/view/written-elsewhere", test_written_elsewhere);
  g_test_add_func ("/view/write", test_write);
  g_test_add_func ("/view/write-shared", test_write_shared);
  g_test_add_func ("/view/write-shared-memory", test_write_shared_memory);
  g_test_add_func ("/view/pieces", test_pieces);
  g_test_add_func ("/view/empty", test_empty);
  g_test_add_func ("/view/mapped-elsewhere", test_mapped_elsewhere);
  g_test_add_func ("/view/cannot-be-mapped", test_cannot_be_mapped);
  test_add_for_both ("view/keeps-from-pool", test_keeps_from_pool);
  g_test_add_func ("/view/keeps-pooled-memory", test_keeps_pooled_memory);
  g_test_add_func ("/view/threads", test_threads);
  g_test_add_func ("/view/misuse", test_view_misuse);
}
