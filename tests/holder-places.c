/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef TEST_HAVE_JSON
# include <json-glib/json-glib.h>
#endif

#include "test-holders.h"
#include "test-sync.h"
#include "test-team.h"
#include "test-utils.h"

/* Seeded leaks must be found by the name of their function, or by its line: in a dump,
 * when a pool is disposed, and when the process ends. This program exports its functions,
 * so that those that are not static have names. */

BpPooled *leak_small (BpPool *pool);
BpPooled *leak_large (BpPool *pool);
BpPooled *leak_by_other_thread (BpPool *pool);
BpPooled *leak_in_child (BpPool *pool);

static BpPooled *leaked[64];
static guint n_leaked;
/* Leak checkers report what nothing points at. Here the library is to report it. */
static BpPool *left_pool;

static BpPooled *
keep (BpPooled *pooled)
{
  g_assert_nonnull (pooled);
  leaked[n_leaked++] = pooled;

  return pooled;
}

G_NO_INLINE BpPooled *
leak_small (BpPool *pool)
{
  return keep (bp_pool_acquire_sized (pool, 100, NULL));
}

G_NO_INLINE BpPooled *
leak_large (BpPool *pool)
{
  return keep (bp_pool_acquire_uninit (pool, 100000, NULL));
}

G_NO_INLINE BpPooled *
leak_by_other_thread (BpPool *pool)
{
  return keep (bp_pool_acquire_sized (pool, 10, NULL));
}

G_NO_INLINE BpPooled *
leak_in_child (BpPool *pool)
{
  return keep (bp_pool_acquire_sized (pool, 10, NULL));
}

static const int line_of_static_leak = __LINE__ + 5;

static G_NO_INLINE BpPooled *
leak_static (BpPool *pool)
{
  BpPooled *pooled = bp_pool_acquire (pool);

  return keep (pooled);
}

/* From one place in the code. Volatile: compilers would make more than one place of the call. */
static G_NO_INLINE void
repeat (BpPooled *(*leak) (BpPool *pool), BpPool *pool, guint n)
{
  for (volatile guint i = 0; i < n; i++)
    leak (pool);
}

static void
end_leaks (void)
{
  while (n_leaked > 0)
    bp_pooled_unref (leaked[--n_leaked]);
}

/* Places by function. Equal places are together, and the place with the most bytes is
 * first. */
static void
test_functions (void)
{
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  repeat (leak_small, pool, 12);
  repeat (leak_large, pool, 2);
  for (guint i = 0; i < 50; i++)
    bp_pooled_unref (bp_pool_acquire_sized (pool, 100, NULL));

  test_assert_samples (pool, 14, 14);
  test_assert_dump (pool, "Pool \"frames\": 14 buffers are out, and of 14 *\n\n"
                    "2 buffers, 200000 bytes, acquired at\n  leak_large+0x*main+0x*\n\n"
                    "12 buffers, 1200 bytes, acquired at\n  leak_small+0x*main+0x*"
                    "    and 4 more\n");
  bp_pooled_set_note (leaked[3], "of the lecture");
  test_assert_dump (pool, "*1 buffer, 100 bytes, acquired at\n  of the lecture\n  leak_small+0x*");

  /* A note makes one place of several. Both may have been acquired in the same millisecond, so
   * the frames may be those of either. */
  bp_pooled_set_note (leaked[12], "of the lecture");
  test_assert_dump (pool, "Pool \"frames\": 14 buffers are out, and of 14 *\n\n"
                    "2 buffers, 100100 bytes, acquired at\n  of the lecture\n  leak_*+0x*\n\n"
                    "1 buffer, 100000 bytes, acquired at\n  leak_large+0x*\n\n"
                    "11 buffers, 1100 bytes, acquired at\n  leak_small+0x*");
  end_leaks ();
  test_assert_samples (pool, 0, 0);
}

/* Places by line, where a function has no name: the module and the offset are what
 * addr2line wants. */
static void
test_lines (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autofree char *text = NULL, *place = NULL, *wanted = NULL;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  leak_static (pool);
  text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
  place = test_resolve_place (text);
  if (place == NULL || strstr (place, "?") != NULL)
    {
      /* A skipped test would make a failure of the child, in which this runs. */
      g_test_message ("There is no addr2line, or no debug information: lines are not looked at");
    }
  else
    {
      wanted = g_strdup_printf ("leak_static holder-places.c:%d", line_of_static_leak);
      g_assert_true (g_str_has_prefix (place, wanted));
    }
  end_leaks ();
}

static void
leak_in_thread (guint index, gpointer pool)
{
  leak_by_other_thread (pool);
}

static void
test_threads (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autofree char *own = NULL, *text = NULL;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  test_thread_join (test_thread_start (leak_in_thread, 0, pool));
  test_assert_dump (pool, "*\n  leak_by_other_thread+0x*, thread *");
  own = g_strdup_printf ("*, thread %d (*", (int) getpid ());
  text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
  g_assert_false (g_pattern_match_simple (own, text));
  leak_small (pool);
  test_assert_dump (pool, own);
  end_leaks ();
}

/* A stack that was remembered is not taken for another one of the same depth. */
static G_NO_INLINE BpPooled *
choose (BpPool *pool, gboolean is_large)
{
  BpPooled *pooled = is_large ? leak_large (pool) : leak_small (pool);

  g_assert_nonnull (pooled);

  return pooled;
}

static void
test_same_depth (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autofree char *text = NULL;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  for (volatile guint i = 0; i < 20; i++)
    choose (pool, i % 2 == 0);
  text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
  g_assert_cmpuint (test_count_parts (text, "\n10 buffers, "), ==, 2);
  test_assert_dump (pool, "*10 buffers, 1000000 bytes*\n  leak_large*10 buffers, 1000 bytes*"
                    "\n  leak_small*");
  end_leaks ();
}

/* Of places with as many bytes, the one with the most buffers is first. */
static void
test_same_bytes (void)
{
  static const struct { const char *note; gsize size; } leaks[] = {
    { "a", 200 }, { "of two", 100 }, { "b", 200 }, { "of two", 100 }, { "c", 200 },
  };
  g_autoptr (BpPool) pool = NULL;

  if (!test_in_subprocess ("backtrace"))
    return;

  pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  for (guint i = 0; i < G_N_ELEMENTS (leaks); i++)
    bp_pooled_set_note (keep (bp_pool_acquire_sized (pool, leaks[i].size, NULL)), leaks[i].note);
  test_assert_dump (pool, "*, and of 5 *\n\n2 buffers, 200 bytes, acquired at\n  of two\n*"
                    "\n1 buffer, 200 bytes, *\n1 buffer, 200 bytes, *\n1 buffer, 200 bytes, *");
  end_leaks ();
}

#ifdef TEST_HAVE_JSON
static JsonObject *
get_object (JsonArray *array, guint i)
{
  return json_array_get_object_element (array, i);
}

/* The JSON that a program reads. Names may be anything. */
static void
test_json (void)
{
  g_autoptr (BpPool) pool = NULL;
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *json = NULL;
  const char *name = "a \"name\"\t\\ with \x01 of \xff all \xc3\xa4";
  JsonObject *root, *place, *frame, *handle;

  if (!test_in_subprocess ("backtrace=1"))
    return;

  pool = bp_pool_new (BP_ELEMENT_TYPE_F32);
  bp_pool_set_name (pool, name);
  repeat (leak_small, pool, 2);
  bp_pooled_set_note (leak_large (pool), "first\nsecond \"quoted\"");
  json = bp_pool_dump_outstanding (pool, BP_DUMP_JSON);
  g_assert_true (json_parser_load_from_data (parser, json, -1, &error));
  g_assert_no_error (error);

  root = json_node_get_object (json_parser_get_root (parser));
  g_assert_cmpstr (json_object_get_string_member (root, "pool"), ==,
                   "a \"name\"\t\\ with \x01 of \xef\xbf\xbd all \xc3\xa4");
  g_assert_cmpint (json_object_get_int_member (root, "outstanding"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (root, "samples"), ==, 3);
  g_assert_cmpint (json_object_get_int_member (root, "interval"), ==, 1);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (root, "places")), ==, 2);

  place = get_object (json_object_get_array_member (root, "places"), 0);
  g_assert_cmpint (json_object_get_int_member (place, "buffers"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (place, "bytes"), ==, 400000);
  g_assert_cmpstr (json_object_get_string_member (place, "note"), ==, "first\nsecond \"quoted\"");

  place = get_object (json_object_get_array_member (root, "places"), 1);
  g_assert_cmpint (json_object_get_int_member (place, "buffers"), ==, 2);
  g_assert_true (json_object_get_null_member (place, "note"));
  frame = get_object (json_object_get_array_member (place, "frames"), 0);
  g_assert_cmpstr (json_object_get_string_member (frame, "function"), ==, "leak_small");
  g_assert_cmpint (json_object_get_int_member (frame, "function-offset"), >, 0);
  g_assert_cmpint (json_object_get_int_member (frame, "offset"), >, 0);
  g_assert_nonnull (strstr (json_object_get_string_member (frame, "module"), "holder-places"));
  handle = get_object (json_object_get_array_member (place, "handles"), 1);
  g_assert_cmpint (json_object_get_int_member (handle, "bytes"), ==, 400);
  g_assert_cmpint (json_object_get_int_member (handle, "length"), ==, 100);
  g_assert_cmpint (json_object_get_int_member (handle, "references"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (handle, "pins"), ==, 0);
  g_assert_false (json_object_get_boolean_member (handle, "released"));
  g_assert_cmpint (json_object_get_int_member (handle, "milliseconds"), >=, 0);
  g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (handle, "thread"),
                                               "id"), ==, getpid ());
  end_leaks ();
}
#endif

/* A report at dispose, and one more at the end for what is out then. */
static void
test_dispose (void)
{
  if (test_in_heard_subprocess ("leaks,backtrace"))
    {
      g_autoptr (BpPool) pool = NULL;
      g_autoptr (BpPool) clean = NULL;

      clean = bp_pool_new (BP_ELEMENT_TYPE_U8);
      bp_pool_set_name (clean, "clean");
      bp_pooled_unref (bp_pool_acquire_sized (clean, 10, NULL));
      pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
      leak_small (pool);
      leak_large (pool);
      g_object_run_dispose (G_OBJECT (pool));
      g_clear_object (&pool);
      bp_pooled_unref (leaked[0]);
      return;
    }

  g_test_trap_assert_stderr ("*A pool is disposed while buffers are out. Pool \"frames\": 2 buffers*"
                             "leak_large+*leak_small+*The process ends while buffers of a "
                             "disposed pool are out. Pool \"frames\": 1 buffer is out*"
                             "leak_large+*");
  g_test_trap_assert_stderr_unmatched ("*disposed while*disposed while*");
  g_test_trap_assert_stderr_unmatched ("*clean*");
  g_test_trap_assert_stderr_unmatched ("*leak_small*leak_small*");
}

static void
test_no_leak (void)
{
  if (test_in_heard_subprocess ("leaks,backtrace=2"))
    {
      g_autoptr (BpPool) pool = NULL;

      pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
      repeat (leak_small, pool, 20);
      end_leaks ();
      return;
    }

  g_test_trap_assert_stderr_unmatched ("*buffers*");
}

static void
free_at_exit (void)
{
  end_leaks ();
}

static void
leak_pool (gboolean frees_at_exit)
{
  if (frees_at_exit)
    atexit (free_at_exit);
  left_pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
  leak_small (left_pool);
}

/* A pool that lives, and what handlers of atexit() free, whenever they were registered. */
static void
test_exit (void)
{
  if (test_in_heard_subprocess ("leaks"))
    {
      leak_pool (FALSE);
      exit (0);
    }

  g_test_trap_assert_stderr ("*bufpool:*The process ends while buffers are out. Pool \"frames\": "
                             "1 buffer is out; with BUFPOOL_DEBUG=backtrace *");
}

/* A note is a script's stack: an empty line in it is left out. */
static void
test_exit_note (void)
{
  if (test_in_heard_subprocess ("leaks,backtrace"))
    {
      BpPooled *pooled;

      left_pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
      pooled = bp_pool_acquire (left_pool);
      g_assert_true (bp_pooled_set_note (pooled, "first.py:1\n\nsecond.py:2"));
      exit (0);
    }

  g_test_trap_assert_stderr ("*The process ends*first.py:1\n*second.py:2\n*"
                             "A script's buffers are also out while its garbage collector has not "
                             "found them.\n*");
  g_test_trap_assert_stderr_unmatched ("*first.py:1\n*\n*second.py*");
}

static void
test_exit_handler (void)
{
  if (test_in_heard_subprocess ("leaks,backtrace"))
    {
      leak_pool (TRUE);
      exit (0);
    }

  g_test_trap_assert_stderr_unmatched ("*The process ends*");
}

/* A child reports its own buffers, and not those of its parent. */
static void
run_child (BpPool *pool, gboolean leaks)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      if (leaks)
        {
          g_autofree char *thread = g_strdup_printf ("*leak_in_child+*, thread %d (*", (int) getpid ());

          leak_in_child (pool);
          test_assert_samples (pool, 2, 2);
          test_assert_dump (pool, thread);
          test_assert_dump (pool, "*leak_small+*");
        }
      exit (0);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

static void
test_fork (void)
{
  if (test_in_heard_subprocess ("leaks,backtrace"))
    {
      left_pool = test_frames_pool_new (BP_ELEMENT_TYPE_U8);
      leak_small (left_pool);
      run_child (left_pool, FALSE);
      run_child (left_pool, TRUE);
      leak_large (left_pool);
      exit (0);
    }

  g_test_trap_assert_stderr ("*The process ends*: 1 buffer is out*leak_in_child+*"
                             "The process ends*: 2 buffers are out*leak_large+*leak_small+*");
  g_test_trap_assert_stderr_unmatched ("*leak_small*leak_small*");
  g_test_trap_assert_stderr_unmatched ("*leak_in_child*leak_in_child*");
  g_test_trap_assert_stderr_unmatched ("*The process ends*The process ends*The process ends*");
}

/* What lies idle when the process forks does not hide leaks of the child. */
static void
test_fork_idle (gconstpointer realtime)
{
  if (g_test_subprocess ())
    {
      BpPool *pool;

      g_setenv ("BUFPOOL_DEBUG", "leaks", TRUE);
      pool = g_object_new (BP_TYPE_POOL, "name", "frames", "max-buffers", 8, "realtime",
                           GPOINTER_TO_INT (realtime), NULL);
      g_assert_true (bp_pool_prefill (pool, 8, 10, NULL));
      run_child (pool, FALSE);
      if (fork () == 0)
        {
          for (guint i = 0; i < 3; i++)
            g_assert_nonnull (bp_pool_acquire (pool));
          exit (0);
        }
      g_assert_cmpint (wait (NULL), >, 0);
      exit (0);
    }

  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr ("*The process ends while buffers are out. Pool \"frames\": "
                             "3 buffers are out*");
  g_test_trap_assert_stderr_unmatched ("*The process ends*The process ends*");
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/holder-places/functions", test_functions);
  g_test_add_func ("/holder-places/lines", test_lines);
  g_test_add_func ("/holder-places/threads", test_threads);
  g_test_add_func ("/holder-places/same-depth", test_same_depth);
  g_test_add_func ("/holder-places/same-bytes", test_same_bytes);
#ifdef TEST_HAVE_JSON
  g_test_add_func ("/holder-places/json", test_json);
#endif
  g_test_add_func ("/holder-places/dispose", test_dispose);
  g_test_add_func ("/holder-places/no-leak", test_no_leak);
  g_test_add_func ("/holder-places/exit", test_exit);
  g_test_add_func ("/holder-places/exit-note", test_exit_note);
  g_test_add_func ("/holder-places/exit-handler", test_exit_handler);
  g_test_add_func ("/holder-places/fork", test_fork);
  g_test_add_data_func ("/holder-places/fork-idle", GINT_TO_POINTER (FALSE), test_fork_idle);
  g_test_add_data_func ("/holder-places/fork-idle-realtime", GINT_TO_POINTER (TRUE), test_fork_idle);

  return g_test_run ();
}
