/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test-holders.h"
#include "test-team.h"
#include "test-utils.h"

/* Dumps while four threads acquire, hand over and give back in every way. */

#define N_WORKERS 4
#define N_SHELVES 16

typedef struct
{
  BpPool *pools[2];
  /* Where threads leave handles for each other. */
  _Atomic (BpPooled *) shelves[N_SHELVES];
  atomic_uint n_working;
  guint n_rounds;
  gboolean forks;
} Scene;

static void
end (BpPooled *pooled, TestRandom *random)
{
  BpPooledSlice *slice;
  GBytes *bytes;

  switch (test_random_below (random, 7))
    {
    case 0:
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      break;

    case 1:
      bytes = bp_pooled_get_bytes (pooled, NULL);
      bp_pooled_release (pooled);
      bp_pooled_unref (pooled);
      g_bytes_unref (bytes);
      break;

    case 2:
      g_free (bp_pooled_steal_data (pooled, NULL, NULL, NULL));
      bp_pooled_unref (pooled);
      break;

    case 3:
      slice = bp_pooled_slice_new_take (pooled, 10, NULL);
      g_assert_nonnull (slice);
      bp_pooled_slice_unref (slice);
      break;

    case 4:
      bp_pooled_set_note (pooled, "the end is near");
      bp_pooled_resize (pooled, 3000);
      bp_pooled_unref_many (&pooled, 1);
      break;

    default:
      bp_pooled_unref (pooled);
      break;
    }
}

static void
acquire (Scene *scene, TestRandom *random)
{
  BpPool *pool = scene->pools[test_random_below (random, 2)];
  BpPooled *held[5];

  g_assert_true (bp_pool_acquire_many (pool, 10 + test_random_below (random, 2000), held, 5, NULL));
  for (guint i = 0; i < 5; i++)
    {
      guint shelf = test_random_below (random, N_SHELVES);
      BpPooled *old;

      bp_pooled_set_note (held[i], "on a shelf");
      old = atomic_exchange (&scene->shelves[shelf], held[i]);
      if (old != NULL)
        end (old, random);
      end (bp_pool_acquire_sized (pool, 100, NULL), random);
    }
}

static void
work (guint index, gpointer data)
{
  Scene *scene = data;
  TestRandom random;

  test_random_init (&random, index);
  for (guint i = 0; i < scene->n_rounds; i++)
    {
      acquire (scene, &random);
      if (index == 0 && i % 64 == 0)
        bp_pool_drop_idle (scene->pools[0], test_random_below (&random, 10));
    }
  atomic_fetch_sub (&scene->n_working, 1);
}

/* A child of fork() has all records as they were at one moment. */
static void
fork_once (BpPool *pool)
{
  pid_t pid = fork ();
  int status;

  g_assert_cmpint (pid, >=, 0);
  if (pid == 0)
    {
      BpPooled *pooled = bp_pool_acquire_sized (pool, 10, NULL);
      char *text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
      gboolean is_there = !bp_pooled_is_sampled (pooled) || strstr (text, "fork_once") != NULL ||
                          strstr (text, "test-threads-holders+") != NULL;

      bp_pooled_unref (pooled);
      _exit (is_there ? 0 : 1);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (status, ==, 0);
}

static void
dump (guint index, gpointer data)
{
  Scene *scene = data;

  for (guint i = 0; atomic_load (&scene->n_working) > 0; i++)
    {
      g_autofree char *text = bp_pool_dump_outstanding (scene->pools[i % 2],
                                                        i % 4 < 2 ? BP_DUMP_TEXT : BP_DUMP_JSON);

      g_assert_cmpuint (strlen (text), >, 20);
      if (scene->forks && i % 16 == 0)
        fork_once (scene->pools[i % 2]);
    }
}

static void
play (guint index, gpointer data)
{
  if (index < N_WORKERS)
    work (index, data);
  else
    dump (index, data);
}

static void
run (gboolean forks)
{
  Scene scene = { .n_rounds = test_scale (400), .forks = forks, .n_working = N_WORKERS };

  for (guint i = 0; i < 2; i++)
    scene.pools[i] = bp_pool_new (BP_ELEMENT_TYPE_U8);
  test_run_threads (N_WORKERS + 1, play, &scene);

  for (guint i = 0; i < N_SHELVES; i++)
    {
      if (scene.shelves[i] != NULL)
        bp_pooled_unref (scene.shelves[i]);
    }
  for (guint i = 0; i < 2; i++)
    {
      test_assert_samples (scene.pools[i], 0, 0);
      assert_valid (scene.pools[i]);
      g_object_unref (scene.pools[i]);
    }
}

static void
test_dump (gconstpointer debug)
{
  g_autofree char *all = g_strjoin (",", (const char *) debug, g_getenv ("BUFPOOL_DEBUG"), NULL);

  if (test_in_subprocess (all))
    run (FALSE);
}

#define N_RACES 2000

typedef struct
{
  BpPool *pool;
  TestRace race;
  _Atomic (BpPooled *) pooled;
  guint n_rounds;
} NoteRace;

/* One thread writes a note for a handle. Meanwhile another releases it and acquires anew,
 * and that acquire takes the same record. The new handle must not get the note. A third one
 * reads the records. */
static void
race_for_note (guint index, gpointer data)
{
  NoteRace *self = data;

  for (guint i = 0; i < self->n_rounds; i++)
    {
      BpPooled *pooled, *next = NULL;

      if (index == 0)
        atomic_store (&self->pooled, bp_pooled_ref (bp_pool_acquire_sized (self->pool, 10, NULL)));
      test_race_meet (&self->race, 3);
      pooled = atomic_load (&self->pooled);
      if (index == 1)
        {
          bp_pooled_set_note (pooled, "of the old one");
        }
      else if (index == 2)
        {
          g_free (bp_pool_dump_outstanding (self->pool, BP_DUMP_JSON));
        }
      else
        {
          bp_pooled_release (pooled);
          next = bp_pool_acquire_sized (self->pool, 10, NULL);
        }
      test_race_meet (&self->race, 3);
      if (index == 0)
        {
          g_autofree char *text = bp_pool_dump_outstanding (self->pool, BP_DUMP_TEXT);

          g_assert_cmpuint (test_count_parts (text, "of the old one"), ==, 0);
          bp_pooled_unref (next);
        }
      if (index < 2)
        bp_pooled_unref (pooled);
      test_race_meet (&self->race, 3);
    }
}

static void
test_note (void)
{
  g_autofree char *all = g_strjoin (",", "backtrace", g_getenv ("BUFPOOL_DEBUG"), NULL);
  NoteRace race = { .n_rounds = test_scale (N_RACES) };

  if (!test_in_subprocess (all))
    return;

  race.pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  test_run_threads (3, race_for_note, &race);
  test_assert_samples (race.pool, 0, 0);
  g_object_unref (race.pool);
}

static void
test_fork (void)
{
#ifdef TEST_WITH_TSAN
  g_test_skip ("ThreadSanitizer loses count of the locks in a child of several threads");
#elif defined (TEST_WITH_ASAN)
  /* Those of its allocator may be another thread's when the process forks. */
  g_test_skip ("AddressSanitizer's malloc() may wait for ever in a child of several threads");
#else
  g_autofree char *all = g_strjoin (",", "backtrace=3", g_getenv ("BUFPOOL_DEBUG"), NULL);

  if (test_in_subprocess (all))
    run (TRUE);
#endif
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/threads-holders/every", "backtrace", test_dump);
  g_test_add_data_func ("/threads-holders/some", "backtrace=7", test_dump);
  g_test_add_data_func ("/threads-holders/poison", "poison,backtrace=3", test_dump);
  g_test_add_data_func ("/threads-holders/off", "leaks", test_dump);
  g_test_add_func ("/threads-holders/note", test_note);
  g_test_add_func ("/threads-holders/fork", test_fork);

  return g_test_run ();
}
