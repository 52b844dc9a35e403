/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <bufpool.h>

#include <string.h>

/* The registered types, the error domain and the version, as users and bindings
 * see them: with the public library alone. */

static void
assert_enum (GType        type,
             const char  *name,
             const char **nicks,
             guint        n_nicks)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (type);

  g_assert_cmpstr (g_type_name (type), ==, name);
  g_assert_cmpuint (klass->n_values, ==, n_nicks);
  for (guint i = 0; i < n_nicks; i++)
    {
      GEnumValue *value = g_enum_get_value (klass, (int) i);

      g_assert_nonnull (value);
      g_assert_cmpstr (value->value_nick, ==, nicks[i]);
      g_assert_true (g_str_has_prefix (value->value_name, "BP_"));
    }
}

static void
test_enums (void)
{
  const char *element_types[] = {
    "none", "u8", "i8", "u16", "i16", "u32", "i32", "u64", "i64", "f32", "f64",
  };
  const char *errors[] = {
    "released", "busy", "out-of-range", "too-large", "no-memory", "create-failed", "limit",
    "budget", "flushing", "closed",
  };
  const char *dump_formats[] = { "text", "json" };

  assert_enum (BP_TYPE_ELEMENT_TYPE, "BpElementType", element_types,
               G_N_ELEMENTS (element_types));
  assert_enum (BP_TYPE_POOL_ERROR, "BpPoolError", errors, G_N_ELEMENTS (errors));
  assert_enum (BP_TYPE_DUMP_FORMAT, "BpDumpFormat", dump_formats, G_N_ELEMENTS (dump_formats));
}

static void
test_flags (void)
{
  g_autoptr (GFlagsClass) klass = g_type_class_ref (BP_TYPE_ACQUIRE_FLAGS);
  GFlagsValue *uninit = g_flags_get_value_by_nick (klass, "uninit");

  g_assert_true (G_TYPE_IS_FLAGS (BP_TYPE_ACQUIRE_FLAGS));
  g_assert_cmpstr (g_type_name (BP_TYPE_ACQUIRE_FLAGS), ==, "BpAcquireFlags");
  g_assert_cmpuint (klass->n_values, ==, 2);
  g_assert_cmpuint (klass->mask, ==, 1);
  g_assert_nonnull (uninit);
  g_assert_cmpuint (uninit->value, ==, 1);
  g_assert_cmpstr (uninit->value_name, ==, "BP_ACQUIRE_UNINIT");
  g_assert_cmpuint (g_flags_get_value_by_nick (klass, "none")->value, ==, 0);
  g_assert_cmpuint (BP_ACQUIRE_NONE, ==, 0);
  g_assert_cmpuint (BP_ACQUIRE_UNINIT, ==, 1);
}

/* In the order of the enumeration, so that numbers stay what they are. */
static void
test_values (void)
{
  const struct
  {
    BpElementType type;
    int value;
    gsize size;
  } expected[] = {
    { BP_ELEMENT_TYPE_NONE, 0, 0 }, { BP_ELEMENT_TYPE_U8, 1, 1 },
    { BP_ELEMENT_TYPE_I8, 2, 1 },   { BP_ELEMENT_TYPE_U16, 3, 2 },
    { BP_ELEMENT_TYPE_I16, 4, 2 },  { BP_ELEMENT_TYPE_U32, 5, 4 },
    { BP_ELEMENT_TYPE_I32, 6, 4 },  { BP_ELEMENT_TYPE_U64, 7, 8 },
    { BP_ELEMENT_TYPE_I64, 8, 8 },  { BP_ELEMENT_TYPE_F32, 9, 4 },
    { BP_ELEMENT_TYPE_F64, 10, 8 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_cmpint (expected[i].type, ==, expected[i].value);
      g_assert_cmpuint (bp_element_type_get_size (expected[i].type), ==, expected[i].size);
    }
  g_assert_cmpint (BP_POOL_ERROR_RELEASED, ==, 0);
  g_assert_cmpint (BP_POOL_ERROR_BUSY, ==, 1);
  g_assert_cmpint (BP_POOL_ERROR_OUT_OF_RANGE, ==, 2);
  g_assert_cmpint (BP_POOL_ERROR_TOO_LARGE, ==, 3);
  g_assert_cmpint (BP_POOL_ERROR_NO_MEMORY, ==, 4);
  g_assert_cmpint (BP_POOL_ERROR_CREATE_FAILED, ==, 5);
  g_assert_cmpint (BP_POOL_ERROR_LIMIT, ==, 6);
  g_assert_cmpint (BP_POOL_ERROR_BUDGET, ==, 7);
  g_assert_cmpint (BP_POOL_ERROR_FLUSHING, ==, 8);
  g_assert_cmpint (BP_POOL_ERROR_CLOSED, ==, 9);
}

static void
test_quark (void)
{
  g_assert_cmpstr (g_quark_to_string (BP_POOL_ERROR), ==, "bp-pool-error-quark");
  g_assert_true (BP_POOL_ERROR == bp_pool_error_quark ());
}

static void
test_type_kinds (void)
{
  const GType boxed[] = {
    BP_TYPE_POOLED, BP_TYPE_POOLED_VIEW, BP_TYPE_POOLED_SLICE, BP_TYPE_POOL_STATS,
  };

  for (guint i = 0; i < G_N_ELEMENTS (boxed); i++)
    {
      g_assert_true (G_TYPE_IS_BOXED (boxed[i]));
      g_assert_true (g_str_has_prefix (g_type_name (boxed[i]), "BpPool"));
    }
  g_assert_true (G_TYPE_IS_OBJECT (BP_TYPE_POOL));
  g_assert_true (G_TYPE_IS_FINAL (BP_TYPE_POOL));
  g_assert_true (G_TYPE_IS_OBJECT (BP_TYPE_BUDGET));
  g_assert_true (G_TYPE_IS_FINAL (BP_TYPE_BUDGET));
  g_assert_true (G_TYPE_IS_INTERFACE (BP_TYPE_REUSABLE));
  g_assert_cmpstr (g_type_name (BP_TYPE_POOL), ==, "BpPool");
  g_assert_cmpstr (g_type_name (BP_TYPE_BUDGET), ==, "BpBudget");
  g_assert_cmpstr (g_type_name (BP_TYPE_REUSABLE), ==, "BpReusable");
}

/* Views are boxed, and count references. */
static void
test_view (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_I32, 0, 8, 0);
  g_autoptr (BpPooled) pooled = bp_pool_acquire_sized (pool, 10, NULL);
  g_autoptr (BpPooledView) view = NULL;
  BpPooledView *copy;
  gsize size, length;

  g_assert_true (bp_pooled_reserve (pooled, 25, NULL));
  view = bp_pooled_get_view (pooled, NULL);
  copy = g_boxed_copy (BP_TYPE_POOLED_VIEW, view);
  g_assert_true (copy == view);
  g_boxed_free (BP_TYPE_POOLED_VIEW, copy);

  /* The whole capacity, to be written; and how much of it is valid. */
  g_assert_true (bp_pooled_view_get_address (view) == (guintptr) bp_pooled_get_data (pooled, NULL));
  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, 100);
  g_assert_cmpuint (bp_pooled_view_get_length_bytes (view), ==, 40);
  g_assert_true (bp_pooled_view_get_extent (view, &size, &length) ==
                 bp_pooled_view_get_address (view));
  g_assert_cmpuint (size, ==, 100);
  g_assert_cmpuint (length, ==, 40);
  g_assert_true (bp_pooled_view_get_extent (view, NULL, NULL) ==
                 bp_pooled_view_get_address (view));
  g_assert_true (bp_pooled_view_is_writable (view));
  memset ((gpointer) bp_pooled_view_get_address (view), 1, 100);

  /* It keeps the memory, whatever becomes of the handle and the pool. */
  bp_pooled_release (pooled);
  g_clear_pointer (&pooled, bp_pooled_unref);
  g_assert_finalize_object (g_steal_pointer (&pool));
  memset ((gpointer) bp_pooled_view_get_address (view), 2, 100);
}

static void
count_up (gpointer data)
{
  *(guint *) data += 1;
}

static gpointer
unref_view (gpointer data)
{
  bp_pooled_view_unref (data);

  return NULL;
}

/* Of memory that belongs to no pool: it is freed once, with the last reference. */
static void
test_view_of_others (void)
{
  guint8 memory[40] = { 0 };
  guint n_freed = 0;
  BpPooledView *view;
  gsize size, length;

  for (guint is_writable = 0; is_writable < 2; is_writable++)
    {
      view = bp_pooled_view_new_with_free_func (memory, sizeof (memory), is_writable, count_up, &n_freed);
      g_assert_cmpint (bp_pooled_view_is_writable (view), ==, is_writable);
      g_assert_true (bp_pooled_view_get_extent (view, &size, &length) == (guintptr) memory);
      g_assert_cmpuint (size, ==, sizeof (memory));
      g_assert_cmpuint (length, ==, sizeof (memory));

      g_assert_true (g_boxed_copy (BP_TYPE_POOLED_VIEW, view) == view);
      bp_pooled_view_unref (view);
      g_assert_cmpuint (n_freed, ==, is_writable);
      g_thread_join (g_thread_new ("unref", unref_view, view));
      g_assert_cmpuint (n_freed, ==, is_writable + 1);
    }

  /* Nothing is freed and nothing can be read, but there is an address. */
  view = bp_pooled_view_new_with_free_func (NULL, 0, TRUE, NULL, NULL);
  g_assert_cmpuint (bp_pooled_view_get_size_bytes (view), ==, 0);
  g_assert_cmpuint (bp_pooled_view_get_address (view), !=, 0);
  bp_pooled_view_unref (view);
}

static void
test_version (void)
{
  g_autofree char *version = g_strdup_printf ("%d.%d.%d", BP_MAJOR_VERSION, BP_MINOR_VERSION,
                                              BP_MICRO_VERSION);

  g_assert_cmpstr (version, ==, BP_VERSION_S);
  g_assert_true (BP_CHECK_VERSION (0, 9, 0));
  g_assert_false (BP_CHECK_VERSION (1, 0, 0));
  g_assert_true (BP_CHECK_VERSION (BP_MAJOR_VERSION, BP_MINOR_VERSION, BP_MICRO_VERSION));
  g_assert_false (BP_CHECK_VERSION (BP_MAJOR_VERSION, BP_MINOR_VERSION, BP_MICRO_VERSION + 1));
  g_assert_false (BP_CHECK_VERSION (BP_MAJOR_VERSION, BP_MINOR_VERSION + 1, 0));
  g_assert_false (BP_CHECK_VERSION (BP_MAJOR_VERSION + 1, 0, 0));
}

/* The library that runs, not the headers: of the same major version, and not older. */
static void
test_version_of_library (void)
{
  guint major = bp_get_major_version ();
  guint minor = bp_get_minor_version ();
  guint micro = bp_get_micro_version ();

  g_assert_cmpuint (major, ==, BP_MAJOR_VERSION);
  g_assert_cmpuint (minor, ==, BP_MINOR_VERSION);
  g_assert_cmpuint (micro, ==, BP_MICRO_VERSION);
  g_assert_null (bp_check_version (major, minor, micro));
  g_assert_null (bp_check_version (major, 0, G_MAXUINT));
  g_assert_nonnull (strstr (bp_check_version (major, minor, micro + 1), "too old"));
  g_assert_nonnull (strstr (bp_check_version (major, minor + 1, 0), "too old"));
  g_assert_nonnull (strstr (bp_check_version (major + 1, 0, 0), "too old"));
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/types/enums", test_enums);
  g_test_add_func ("/types/flags", test_flags);
  g_test_add_func ("/types/values", test_values);
  g_test_add_func ("/types/quark", test_quark);
  g_test_add_func ("/types/kinds", test_type_kinds);
  g_test_add_func ("/types/view", test_view);
  g_test_add_func ("/types/view-of-others", test_view_of_others);
  g_test_add_func ("/types/version", test_version);
  g_test_add_func ("/types/version-of-library", test_version_of_library);

  return g_test_run ();
}
