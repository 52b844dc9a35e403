/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-test.h"

/* gst_bp_memory_new_with_owner(). */

#define SIZE 1000

/* An owner that counts how many there are of it. */
static int n_owners;

static gpointer
copy_owner (gpointer boxed)
{
  g_atomic_int_inc (&n_owners);

  return boxed;
}

static void
free_owner (gpointer boxed)
{
  g_atomic_int_add (&n_owners, -1);
}

static void
init_owner (GValue *owner)
{
  static GType type;

  if (type == 0)
    type = g_boxed_type_register_static ("TestOwner", copy_owner, free_owner);
  g_value_init (owner, type);
  g_value_set_static_boxed (owner, &type);
  g_assert_cmpint (n_owners, ==, 0);
}

static gpointer
unref_memory (gpointer data)
{
  gst_memory_unref (data);

  return NULL;
}

static void
test_owner (void)
{
  g_auto (GValue) owner = G_VALUE_INIT;
  guint8 data[SIZE];
  GstMemory *mem, *share;
  gsize offset, max_size;

  init_owner (&owner);
  memset (data, 4, SIZE);
  mem = gst_bp_memory_new_with_owner ((guintptr) data, SIZE, 0, &owner);
  g_assert_cmpint (n_owners, ==, 1);
  g_assert_true (gst_memory_is_type (mem, GST_ALLOCATOR_SYSMEM));
  g_assert_cmpuint (gst_memory_get_sizes (mem, &offset, &max_size), ==, SIZE);
  g_assert_cmpuint (offset, ==, 0);
  g_assert_cmpuint (max_size, ==, SIZE);
  test_check_memory (mem, 4);
  test_fill_memory (mem, 5);
  g_assert_cmpint (data[SIZE - 1], ==, 5);

  /* The last share gives the owner up, in any thread. */
  share = gst_memory_share (mem, 100, -1);
  gst_memory_unref (mem);
  g_assert_cmpint (n_owners, ==, 1);
  g_thread_join (g_thread_new ("unref", unref_memory, share));
  g_assert_cmpint (n_owners, ==, 0);
}

/* What nothing may write to, a buffer copies before it is written. */
static void
test_owner_read_only (void)
{
  g_auto (GValue) owner = G_VALUE_INIT;
  GstBuffer *buffer = gst_buffer_new ();
  guint8 data[SIZE];
  GstMapInfo info;

  init_owner (&owner);
  memset (data, 4, SIZE);
  gst_buffer_append_memory (buffer, gst_bp_memory_new_with_owner ((guintptr) data, SIZE,
                                                                  GST_MEMORY_FLAG_READONLY, &owner));
  g_assert_false (gst_memory_map (gst_buffer_peek_memory (buffer, 0), &info, GST_MAP_WRITE));
  g_assert_true (gst_buffer_map (buffer, &info, GST_MAP_WRITE));
  g_assert_true (info.data != data);
  memset (info.data, 5, info.size);
  gst_buffer_unmap (buffer, &info);
  g_assert_cmpint (n_owners, ==, 0);
  gst_buffer_unref (buffer);
  g_assert_cmpint (data[0], ==, 4);
}

static void
test_owner_misuse (void)
{
  GValue none = G_VALUE_INIT;
  g_auto (GValue) owner = G_VALUE_INIT;
  guint8 data[1];

  init_owner (&owner);
  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_CRITICAL, "*address != 0*");
  g_assert_null (gst_bp_memory_new_with_owner (0, 1, 0, &owner));
  g_test_assert_expected_messages ();
  g_test_expect_message ("GstBufpool", G_LOG_LEVEL_CRITICAL, "*G_IS_VALUE*");
  g_assert_null (gst_bp_memory_new_with_owner ((guintptr) data, 1, 0, &none));
  g_test_assert_expected_messages ();
  g_assert_cmpint (n_owners, ==, 0);
}

void
test_add_cases (void)
{
  g_test_add_func ("/owner/freed", test_owner);
  g_test_add_func ("/owner/read-only", test_owner_read_only);
  g_test_add_func ("/owner/misuse", test_owner_misuse);
}
