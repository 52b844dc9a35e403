/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* MAP_ANONYMOUS is an extension. */
#ifndef _DEFAULT_SOURCE
# define _DEFAULT_SOURCE
#endif

#include "oom-sweep.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "oom-fault.h"
#include "test-team.h"
#include "test-utils.h"

#define SECONDS_UNTIL_STUCK 20
#define MOST_POINTS 2000
#define NEVER G_MAXINT

/* What the process has done before the call. */
typedef enum
{
  /* Nothing that the scenario does not need. */
  COLD,
  /* The same call. */
  WARM,
  /* The same call; and another pool has all handles that lay ready. */
  HOARDED,
  /* The same call, by another thread. */
  NEW_THREAD,
  N_PASTS
} Past;

/* What became of a failed allocation. */
typedef enum
{
  /* None failed: the call has fewer. */
  NO_FAULT,
  REFUSED,
  DONE_ALL_THE_SAME,
  ENDED,
  /* Anything else, which has been reported. */
  BROKEN
} Outcome;

/* One run of a scenario, which may be a child's. */
typedef struct
{
  const Scenario *scenario;
  Past past;
  OomWay way;
  guint n_good;
  /* What comes of it. */
  Outcome outcome;
  OomCaller caller;
  gint64 n_more;
} Run;

static struct
{
  guint n_scenarios;
  guint n_points;
  guint n_failed;
  guint n_refused;
  guint n_done;
  guint n_ended;
} counts;

static const char *const pasts[] = { "cold", "warm", "hoarded", "new-thread" };
static const char *const ways[] = { "one", "all-that-try" };
static const char *const kinds[] = { "tries", "aborts", "other" };

G_STATIC_ASSERT (G_N_ELEMENTS (pasts) == N_PASTS && G_N_ELEMENTS (ways) == OOM_N_WAYS);

/* GLib's words, or the library's where it says that it ends the program as GLib does. */
static const char *const last_words[] = {
  "failed to allocate",
  "Unexpected error from C library during",
  "no memory for a handle",
  "No memory for a realtime pool",
  "returns such an error)",
  "Error creating thread",
  "GLib-GIO:ERROR:",
};

/* The test goes on, to find what else is wrong. */
static void
fail (Run        *run,
      const char *what)
{
  g_autofree char *which = run->n_good == NEVER ? g_strdup ("none")
                                                : g_strdup_printf ("%u", run->n_good);

  g_test_message ("%s, %s, %s, allocation %s (%s, %s+0x%" G_GSIZE_MODIFIER "x): %s",
                  run->scenario->name, pasts[run->past], ways[run->way], which,
                  kinds[run->caller.kind], run->caller.file, run->caller.offset, what);
  g_test_fail ();
}

static void
check_error (const Scenario *scenario,
             GError         *error)
{
  if (scenario->flags & SAYS_NO)
    g_assert_no_error (error);
  else if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED))
    g_assert_true (scenario->kind == ITEMS || scenario->kind == LIMITED_ITEMS);
  else
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
}

/* With a fault, or with none if n_good is NEVER. */
static void
pass (Run   *run,
      guint  n_good)
{
  const Scenario *scenario = run->scenario;
  g_autofree World *world = g_new (World, 1);
  g_autoptr (GError) error = NULL;
  Snapshot snapshot;
  OomCaller ignored;
  gboolean is_done, had_fault;

  world_init (world, scenario->kind, scenario->n_idle);
  if (run->past == HOARDED)
    world_hoard (world);
  snapshot_take (&snapshot, world);

  oom_begin (n_good, run->way, n_good == NEVER ? &ignored : &run->caller);
  is_done = scenario->call (world, &error);
  had_fault = oom_end ();

  if (had_fault)
    run->outcome = is_done ? DONE_ALL_THE_SAME : REFUSED;
  if (!is_done)
    {
      g_assert_true (had_fault);
      check_error (scenario, error);
      g_clear_error (&error);
      snapshot_check (&snapshot, world, scenario->flags & MAY_MOVE);
      g_assert_true (scenario->call (world, &error));
    }
  g_assert_no_error (error);
  if (world->pool != NULL)
    assert_valid (world->pool);
  world_clear (world);
}

static void
pass_in_thread (guint    n_good,
                gpointer run)
{
  oom_watch ();
  pass (run, n_good);
}

static void
pass_by_thread (Run   *run,
                guint  n_good)
{
  test_thread_join (test_thread_start (pass_in_thread, n_good, run));
}

/* Counts how many blocks more there are in the end. */
static void
run_here (Run *run)
{
  void (*pass_it) (Run   *run,
                   guint  n_good) = run->past == NEW_THREAD ? pass_by_thread : pass;
  gint64 n_before;

  oom_watch ();
  if (run->past != COLD)
    {
      pass (run, NEVER);
      pass_it (run, NEVER);
      test_warm_up ();
    }
  n_before = oom_n_live ();
  pass_it (run, run->n_good);
  pass (run, NEVER);
  run->n_more = oom_n_live () - n_before;
}

/* GLib's own handler allocates, and takes locks that it may have at this moment. */
static void
say_and_end (const char     *domain,
             GLogLevelFlags  level,
             const char     *message,
             gpointer        data)
{
  gssize n_written = write (STDERR_FILENO, message, strlen (message));

  if ((level & G_LOG_FLAG_FATAL) || n_written < 0)
    abort ();
}

static void
be_child (Run *run,
          int  output)
{
  const struct rlimit no_core = { 0, 0 };

  dup2 (output, STDOUT_FILENO);
  dup2 (output, STDERR_FILENO);
  setrlimit (RLIMIT_CORE, &no_core);
  g_log_set_default_handler (say_and_end, NULL);
  alarm (SECONDS_UNTIL_STUCK);
  if (run->scenario->kind == SAMPLED)
    g_setenv ("BUFPOOL_DEBUG", "backtrace", TRUE);
  run_here (run);
  _exit (0);
}

/* What a child says, in a file without a name. */
static int
get_output (void)
{
  static FILE *file;

  if (file == NULL)
    file = tmpfile ();
  g_assert_nonnull (file);
  g_assert_cmpint (ftruncate (fileno (file), 0), ==, 0);
  g_assert_cmpint (lseek (fileno (file), 0, SEEK_SET), ==, 0);

  return fileno (file);
}

static char *
read_all (int output)
{
  char words[4096];
  gssize n_read = pread (output, words, sizeof words - 1, 0);

  words[MAX (n_read, 0)] = '\0';

  return g_strdup (words);
}

static gboolean
are_last_words (const char *output)
{
  for (guint i = 0; i < G_N_ELEMENTS (last_words); i++)
    {
      if (strstr (output, last_words[i]) != NULL)
        return TRUE;
    }

  return FALSE;
}

static void
run_in_child (Run *run)
{
  static Run *shared;
  int file = get_output ();
  g_autofree char *output = NULL;
  int status;
  pid_t pid;

  if (shared == NULL)
    shared = mmap (NULL, sizeof (Run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  *shared = *run;
  fflush (stdout);
  pid = fork ();
  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    be_child (shared, file);

  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  output = read_all (file);
  if (WIFEXITED (status) && WEXITSTATUS (status) == 0)
    {
      *run = *shared;
      return;
    }

  if (!WIFSIGNALED (status) || WTERMSIG (status) != SIGABRT ||
      run->n_good == NEVER || !are_last_words (output))
    {
      g_autofree char *what = NULL;

      g_strdelimit (output, "\n", ' ');
      what = g_strdup_printf ("ended with status 0x%x: %s", (guint) status, output);
      fail (shared, what);
      run->outcome = BROKEN;
      return;
    }
  run->caller = shared->caller;
  run->outcome = ENDED;
}

static void
do_run (Run *run)
{
  if (oom_aborts ())
    run_in_child (run);
  else
    run_here (run);
}

/* A fault that should have been an error and ended the program, or the other way round. */
static void
check_outcome (Run *run)
{
  ScenarioFlags allowed = run->caller.kind == OOM_TRIES && run->way == OOM_ONE ? ENDS_ITSELF
                                                                         : MAY_END | ENDS_ITSELF;

  if (run->outcome == ENDED && !(run->scenario->flags & allowed))
    fail (run, "ended the program");
  if (run->caller.kind == OOM_ABORTS && run->way == OOM_ONE && run->outcome != NO_FAULT &&
      run->outcome < ENDED)
    fail (run, "did not end the program");
}

/* Which allocations end the program when only they fail. They do so too when more fail after
 * them. */
typedef struct
{
  gboolean ends[MOST_POINTS];
  guint n_ended;
} Points;

static void
sweep_one (const Scenario *scenario,
           Past            past,
           OomWay          way,
           Points         *points)
{
  Run good = { .scenario = scenario, .past = past, .way = way, .n_good = NEVER };

  do_run (&good);
  if (good.outcome != NO_FAULT)
    return;
  /* The places that acquires come from are kept for good. */
  if (past != COLD && scenario->kind != SAMPLED && good.n_more > 0)
    fail (&good, "leaves blocks behind, though nothing fails");
  for (guint n_good = 0;; n_good++)
    {
      Run run = { .scenario = scenario, .past = past, .way = way, .n_good = n_good };

      g_assert_cmpuint (n_good, <, MOST_POINTS);
      if (way != OOM_ONE && points->ends[n_good])
        continue;
      do_run (&run);
      check_outcome (&run);
      if (run.outcome == NO_FAULT)
        break;

      /* How large the tables of GLib become that are made here follows from addresses, too. */
      if (run.outcome < ENDED && past != COLD && run.n_more > good.n_more)
        {
          g_autofree char *what = g_strdup_printf ("%" G_GINT64_FORMAT " blocks more in the end, "
                                                   "not %" G_GINT64_FORMAT, run.n_more,
                                                   good.n_more);

          fail (&run, what);
        }
      counts.n_points += way == OOM_ONE;
      counts.n_failed++;
      counts.n_refused += run.outcome == REFUSED;
      counts.n_done += run.outcome == DONE_ALL_THE_SAME;
      counts.n_ended += run.outcome == ENDED;
      points->n_ended += run.outcome == ENDED;
      points->ends[n_good] = run.outcome == ENDED && run.caller.kind == OOM_ABORTS;
    }
}

void
sweep (gconstpointer data)
{
  const Scenario *scenario = data;
  guint n_ended = 0;

  if (!oom_aborts () && (scenario->kind == SAMPLED || (scenario->flags & ENDS_ITSELF)))
    {
      g_test_skip ("this needs a child, in a build without a sanitizer");
      return;
    }

  counts.n_scenarios++;
  for (Past past = 0; past < N_PASTS; past++)
    {
      Points points = { .n_ended = 0 };

      for (OomWay way = 0; way < OOM_N_WAYS; way++)
        {
          /* In a child only. */
          if (oom_aborts () || way == OOM_ONE || !(scenario->flags & MAY_END))
            sweep_one (scenario, past, way, &points);
        }
      n_ended += points.n_ended;
    }
  if ((scenario->flags & (MAY_END | ENDS_ITSELF)) && oom_aborts () && n_ended == 0)
    {
      g_test_message ("%s did never end the program", scenario->name);
      g_test_fail ();
    }
}

/* By stdio: with g_print() it would be a comment in a comment. */
void
sweep_tell (void)
{
  printf ("# figure: scenarios %u\n", counts.n_scenarios);
  printf ("# figure: points %u\n", counts.n_points);
  printf ("# figure: failures %u\n", counts.n_failed);
  printf ("# figure: errors %u\n", counts.n_refused);
  printf ("# figure: done %u\n", counts.n_done);
  printf ("# figure: ended %u\n", counts.n_ended);
}
