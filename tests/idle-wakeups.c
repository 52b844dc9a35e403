/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-signs.h"
#include "test-utils.h"

/* A process that does nothing does not wake up because of idle-timeout. What its main
 * context asks of poll() is counted, by the clock of the system. */

#define TIMEOUT_MS 50
#define N_HELD 20
#define N_SECONDS 10

static guint n_polls;

static int
count_poll (GPollFD *fds,
            guint    n_fds,
            int      timeout)
{
  n_polls++;

  return g_poll (fds, n_fds, timeout);
}

static GMainContext *
new_context (void)
{
  GMainContext *context = g_main_context_new ();

  g_main_context_set_poll_func (context, count_poll);

  return context;
}

static void
set_timeout (BpPool       *pool,
             GMainContext *context,
             guint         milliseconds)
{
  g_main_context_push_thread_default (context);
  bp_pool_set_idle_timeout (pool, milliseconds);
  g_main_context_pop_thread_default (context);
}

static void
use (BpPool *pool)
{
  BpPooled *held[N_HELD];

  test_acquire_many (pool, held, N_HELD);
  for (guint i = 0; i < N_HELD; i++)
    bp_pooled_resize (held[i], 4096);
  test_unref_many (held, N_HELD);
}

/* The alarm is set to the time that was asked for, and the context sleeps until then. */
static void
test_due (void)
{
  g_autoptr (GMainContext) context = new_context ();
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  int timeout;

  set_timeout (pool, context, 3600 * 1000);
  use (pool);
  timeout = test_context_get_timeout (context);
  g_assert_cmpint (timeout, >, 3500 * 1000);
  g_assert_cmpint (timeout, <=, 3600 * 1000);

  set_timeout (pool, context, G_MAXUINT);
  timeout = test_context_get_timeout (context);
  g_assert_cmpint (timeout, >, 3600 * 1000);

  set_timeout (pool, context, 0);
  g_assert_cmpint (test_context_get_timeout (context), ==, -1);
}

/* Two looks, and then none until the next return. */
static void
fall_asleep (BpPool       *pool,
             GMainContext *context)
{
  gint64 begin = g_get_monotonic_time ();

  n_polls = 0;
  use (pool);
  test_context_run_out (context);
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  assert_valid (pool);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, TIMEOUT_MS * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpuint (n_polls, <=, 4);
}

static void
test_asleep (void)
{
  g_autoptr (GMainContext) context = new_context ();
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);

  set_timeout (pool, context, TIMEOUT_MS);
  for (guint i = 0; i < 3; i++)
    fall_asleep (pool, context);
}

static gboolean
set_flag (gpointer flag)
{
  *(gboolean *) flag = TRUE;

  return G_SOURCE_REMOVE;
}

/* How often the process went to sleep of its own accord; 0 where the system does not say. */
static guint64
get_n_sleeps (void)
{
  g_autofree char *text = NULL;
  const char *found;

  if (!g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    return 0;
  found = strstr (text, "\nvoluntary_ctxt_switches:");

  return found != NULL ? g_ascii_strtoull (strchr (found, ':') + 1, NULL, 10) : 0;
}

/* The end of the ten seconds is the only thing to wake up for. */
static void
test_ten_seconds (void)
{
  g_autoptr (GMainContext) context = new_context ();
  g_autoptr (BpPool) pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autoptr (GSource) end = g_timeout_source_new_seconds (N_SECONDS);
  gboolean is_over = FALSE;
  guint64 n_sleeps;

  if (!g_test_slow ())
    {
      g_test_skip ("counting takes ten seconds: -m slow");
      return;
    }

  set_timeout (pool, context, TIMEOUT_MS);
  fall_asleep (pool, context);
  n_polls = 0;
  n_sleeps = get_n_sleeps ();
  g_source_set_callback (end, set_flag, &is_over, NULL);
  g_source_attach (end, context);
  while (!is_over)
    g_main_context_iteration (context, TRUE);
  g_test_message ("%u polls, asleep %" G_GUINT64_FORMAT " times", n_polls,
                  get_n_sleeps () - n_sleeps);
  /* A second poll where the first one was a fraction of a millisecond too short. */
  g_assert_cmpuint (n_polls, <=, 2);
  g_assert_cmpuint (get_n_sleeps () - n_sleeps, <=, 4);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/idle-wakeups/due", test_due);
  g_test_add_func ("/idle-wakeups/asleep", test_asleep);
  g_test_add_func ("/idle-wakeups/ten-seconds", test_ten_seconds);

  return g_test_run ();
}
