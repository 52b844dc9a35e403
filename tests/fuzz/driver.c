/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "test-utils.h"

/*
 * What runs a target that is built without libFuzzer: it replays inputs, in files or in
 * folders, and makes up others, half of them of those that it has replayed.
 *
 *   fuzz-operations [-s SECONDS] [-n INPUTS] [FILE-OR-FOLDER...]
 *
 * Inputs that are made up come from a seed, which is printed, and accepted in
 * BUFPOOL_TEST_SEED. What fails is left in the file crash-input.
 */

#define MOST_BYTES 400
#define SMALL_NUMBER 32
#define MOST_CHANGES 8
#define CRASH_FILE "crash-input"

static int n_seconds;
static int n_inputs;
static char **paths;

static const GOptionEntry options[] = {
  { "seconds", 's', 0, G_OPTION_ARG_INT, &n_seconds, "Make up inputs for so long", "N" },
  { "inputs", 'n', 0, G_OPTION_ARG_INT, &n_inputs, "Make up so many inputs", "N" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &paths, NULL, "FILE-OR-FOLDER..." },
  G_OPTION_ENTRY_NULL
};

/* The input that is being run. */
static const guint8 *current;
static volatile gsize n_current;

/* What has been replayed, of GBytes. */
static GPtrArray *replayed;

/* Only what is safe in a signal handler; then it ends as it would have. */
static void
on_crash (int number)
{
  int file = open (CRASH_FILE, O_WRONLY | O_CREAT | O_TRUNC, 0666);

  if (file >= 0)
    {
      (void) !write (file, current, n_current);
      close (file);
    }
  signal (number, SIG_DFL);
  raise (number);
}

static void
run (const guint8 *data,
     gsize         size)
{
  current = data;
  n_current = size;
  LLVMFuzzerTestOneInput (data, size);
  n_current = 0;
}

static gboolean
replay_file (const char *path,
             GError    **error)
{
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (path, &data, &size, error))
    return FALSE;
  run ((const guint8 *) data, size);
  g_ptr_array_add (replayed, g_bytes_new_take (g_steal_pointer (&data), size));

  return TRUE;
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* In the order of the names, so that a run can be repeated. */
static gboolean
replay (const char *path,
        guint      *n_replayed,
        GError    **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      (*n_replayed)++;
      return replay_file (path, error);
    }

  dir = g_dir_open (path, 0, error);
  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (path, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (guint i = 0; i < names->len; i++)
    {
      (*n_replayed)++;
      if (!replay_file (g_ptr_array_index (names, i), error))
        return FALSE;
    }

  return TRUE;
}

static guint64
get_seed (void)
{
  const char *given = g_getenv ("BUFPOOL_TEST_SEED");

  if (given != NULL)
    return g_ascii_strtoull (given, NULL, 10);

  return (guint64) g_random_int () << 32 | g_random_int ();
}

/* Small numbers are the more telling ones. */
static guint8
make_byte (TestRandom *random,
           gboolean    is_small)
{
  return (guint8) test_random_below (random, is_small ? SMALL_NUMBER : 256);
}

static gsize
make_anew (TestRandom *random,
           guint8     *data)
{
  gsize size = test_random_below (random, MOST_BYTES);
  guint n_small = test_random_below (random, 3);

  for (gsize i = 0; i < size; i++)
    data[i] = make_byte (random, test_random_below (random, 4) < n_small);

  return size;
}

static gsize
insert (guint8       *data,
        gsize         size,
        gsize         at,
        const guint8 *added,
        gsize         n_added)
{
  n_added = MIN (n_added, MOST_BYTES - size);
  memmove (data + at + n_added, data + at, size - at);
  memcpy (data + at, added, n_added);

  return size + n_added;
}

/* One that was replayed, with other bytes in it, or parts of another one. */
static gsize
make_of_others (TestRandom *random,
                guint8     *data)
{
  guint n_changes = 1 + test_random_below (random, MOST_CHANGES);
  gsize size = 0;

  for (guint i = 0; i <= n_changes; i++)
    {
      GBytes *other = g_ptr_array_index (replayed, test_random_below (random, replayed->len));
      gsize n_other = 0, from, at = test_random_below (random, (guint) size + 1);
      const guint8 *bytes = g_bytes_get_data (other, &n_other);

      if (n_other == 0)
        continue;
      if (i == 0)
        {
          size = insert (data, 0, 0, bytes, n_other);
        }
      else if (at < size && test_random_below (random, 2) == 0)
        {
          data[at] = make_byte (random, test_random_below (random, 2) == 0);
        }
      else
        {
          from = test_random_below (random, (guint) n_other);
          size = insert (data, size, at, bytes + from,
                         1 + test_random_below (random, (guint) (n_other - from)));
        }
    }

  return size;
}

static guint64
make_up (void)
{
  g_autoptr (GTimer) timer = g_timer_new ();
  guint64 n_done = 0, seed = get_seed ();
  TestRandom random;
  guint8 data[MOST_BYTES];

  test_random_init (&random, seed);
  g_print ("BUFPOOL_TEST_SEED=%" G_GUINT64_FORMAT " repeats this run\n", seed);
  for (; n_done < (guint64) n_inputs || g_timer_elapsed (timer, NULL) < n_seconds; n_done++)
    {
      gboolean is_new = replayed->len == 0 || n_done % 2 == 0;

      run (data, is_new ? make_anew (&random, data) : make_of_others (&random, data));
    }

  return n_done;
}

int
main (int   argc,
      char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  guint n_replayed = 0;
  guint64 n_made_up = 0;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s: %s\n", argv[0], error->message);
      return 2;
    }

  replayed = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  signal (SIGABRT, on_crash);
  signal (SIGSEGV, on_crash);
  signal (SIGBUS, on_crash);
  signal (SIGTRAP, on_crash);
  LLVMFuzzerInitialize (&argc, &argv);
  for (guint i = 0; paths != NULL && paths[i] != NULL; i++)
    {
      if (!replay (paths[i], &n_replayed, &error))
        {
          g_printerr ("%s: %s\n", argv[0], error->message);
          return 2;
        }
    }
  if (n_seconds > 0 || n_inputs > 0)
    n_made_up = make_up ();
  g_print ("%u inputs replayed, %" G_GUINT64_FORMAT " made up, %.1f s of the processor\n", n_replayed,
           n_made_up, (double) clock () / CLOCKS_PER_SEC);
  g_clear_pointer (&replayed, g_ptr_array_unref);

  return 0;
}
