/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"

static const Sine sines[] = {
  { "sine.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 44100, 2, 30000, 1000, 0.5 },
  { "sine.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, 44100, 2, 30000, 1000, 0.5 },
  { "sine.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 2, 30000, 1000, 0.5 },
  { "sine.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 48000, 2, 30000, 1000, 0.5 },
};

static void
test_missing (Fixture       *fixture,
              gconstpointer  data G_GNUC_UNUSED)
{
  fixture_run (fixture, "missing.wav", "--output=out.wav", NULL);
  fixture_assert_refused (fixture, "No such file");
  g_assert_cmpuint (fixture_count_files (fixture), ==, 0);
}

static void
test_empty (Fixture       *fixture,
            gconstpointer  data G_GNUC_UNUSED)
{
  fixture_write (fixture, "empty.wav", "", 0);
  fixture_run (fixture, "empty.wav", "--output=out.wav", NULL);
  fixture_assert_refused (fixture, "empty");
  g_assert_cmpuint (fixture_count_files (fixture), ==, 1);
}

static void
test_not_audio (Fixture       *fixture,
                gconstpointer  data G_GNUC_UNUSED)
{
  const char text[] = "This is a letter and no music.\nIt has two lines.\n";
  guint8 noise[5000];
  g_autoptr (GRand) rand = g_rand_new_with_seed (42);

  fixture_write (fixture, "letter.wav", text, strlen (text));
  fixture_run (fixture, "letter.wav", "--output=out.wav", NULL);
  fixture_assert_refused (fixture, "not an audio file");

  for (guint i = 0; i < sizeof noise; i++)
    noise[i] = g_rand_int_range (rand, 0, 256);
  fixture_write (fixture, "noise.flac", noise, sizeof noise);
  fixture_run (fixture, "noise.flac", "--output=out.wav", NULL);
  fixture_assert_refused (fixture, "not an audio file");

  fixture_run (fixture, ".", NULL);
  fixture_assert_refused (fixture, "Is a directory");

  g_assert_cmpuint (fixture_count_files (fixture), ==, 2);
}

/* Cut off at several places of the header, of the audio and near the end */
static void
test_truncated (Fixture       *fixture,
                gconstpointer  data G_GNUC_UNUSED)
{
  for (guint i = 0; i < G_N_ELEMENTS (sines); i++)
    {
      g_autofree char *path = fixture_path (fixture, sines[i].name);
      g_autofree char *whole = NULL;
      gsize size;
      g_autoptr (GError) error = NULL;

      fixture_write_sine (fixture, &sines[i]);
      g_file_get_contents (path, &whole, &size, &error);
      g_assert_no_error (error);

      for (guint j = 0; j < 20; j++)
        {
          const gsize cut = j == 19 ? size - 1 : size * j / 19 + 10;
          const char *extra = j % 2 == 0 ? NULL : "--no-pool";

          g_test_message ("%s: %" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
                          sines[i].name, cut, size);
          fixture_write (fixture, sines[i].name, whole, MIN (cut, size - 1));
          fixture_run (fixture, sines[i].name, "--output=out.wav", extra, NULL);
          fixture_assert_refused (fixture, cut > size / 2 ? "truncated" : sines[i].name);
        }

      g_remove (path);
      g_assert_cmpuint (fixture_count_files (fixture), ==, 0);
    }
}

static void
test_command_line (Fixture       *fixture,
                   gconstpointer  data G_GNUC_UNUSED)
{
  fixture_write_sine (fixture, &sines[0]);

  fixture_run (fixture, NULL, NULL);
  fixture_assert_refused (fixture, "no file given");
  fixture_run (fixture, "sine.wav", "sine.wav", NULL);
  fixture_assert_refused (fixture, "more than one file");
  fixture_run (fixture, "sine.wav", "--loop=0", NULL);
  fixture_assert_refused (fixture, "--loop=0: must be at least 1");
  fixture_run (fixture, "sine.wav", "--loop=x", NULL);
  fixture_assert_refused (fixture, "--loop");
  fixture_run (fixture, "sine.wav", "--gain=nan", NULL);
  fixture_assert_refused (fixture, "--gain=nan: must be between");
  fixture_run (fixture, "sine.wav", "--gain=1000", NULL);
  fixture_assert_refused (fixture, "--gain=1000: must be between");
  fixture_run (fixture, "sine.wav", "--louder", NULL);
  fixture_assert_refused (fixture, "--louder");

  fixture_run (fixture, "--version", NULL);
  fixture_assert_fine (fixture);
  g_assert_true (g_str_has_prefix (fixture->out, "audio-pipeline 0."));
  fixture_run (fixture, "--help", NULL);
  fixture_assert_fine (fixture);
  g_assert_nonnull (strstr (fixture->out, "--no-pool"));
}

static void
test_cannot_open_output (Fixture       *fixture,
                         gconstpointer  data G_GNUC_UNUSED)
{
  fixture_write_sine (fixture, &sines[0]);

  fixture_run (fixture, "sine.wav", "--output=missing/out.wav", NULL);
  fixture_assert_refused (fixture, "cannot write missing/out.wav: No such file or directory");
  fixture_run (fixture, "sine.wav", "--output=.", NULL);
  fixture_assert_refused (fixture, "not a regular file");
  fixture_run (fixture, "sine.wav", "--output=/dev/null", NULL);
  fixture_assert_refused (fixture, "not a regular file");
  fixture_run (fixture, "sine.wav", "--output=out.wav", "--loop=100000", NULL);
  fixture_assert_refused (fixture, "4 GiB");

  g_assert_cmpuint (fixture_count_files (fixture), ==, 1);
}

static void
limit_file_size (gpointer data)
{
  const struct rlimit *limit = data;

  setrlimit (RLIMIT_FSIZE, limit);
}

/* What a full disk does too: the write fails after it went well for a while */
static void
test_cannot_write (Fixture       *fixture,
                   gconstpointer  data G_GNUC_UNUSED)
{
  static struct rlimit limit = { 100000, 100000 };
  const char * const args[] = { "sine.wav", "--output=out.wav", NULL };
  g_autoptr (GSubprocessLauncher) launcher = fixture_new_launcher (fixture);
  const char before[] = "what was there before";
  g_autofree char *path = fixture_path (fixture, "out.wav");
  g_autofree char *after = NULL;
  g_autoptr (GError) error = NULL;

  fixture_write_sine (fixture, &sines[0]);
  fixture_write (fixture, "out.wav", before, strlen (before));

  g_subprocess_launcher_set_child_setup (launcher, limit_file_size, &limit, NULL);
  fixture_run_with (fixture, launcher, args);
  fixture_assert_refused (fixture, "cannot write");
  g_assert_cmpuint (fixture_count_files (fixture), ==, 2);

  g_file_get_contents (path, &after, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (after, ==, before);
}

static void
test_output_takes_the_place (Fixture       *fixture,
                             gconstpointer  data G_GNUC_UNUSED)
{
  g_autofree char *path = fixture_path (fixture, "sine.wav");
  g_autofree char *link_path = fixture_path (fixture, "link.wav");
  const mode_t mask = umask (022);
  struct stat info;
  double peak;
  double rms;

  /* The input itself, through a link: it is read to its end before */
  fixture_write_sine (fixture, &sines[0]);
  g_assert_cmpint (symlink ("sine.wav", link_path), ==, 0);
  fixture_run (fixture, "sine.wav", "--output=link.wav", "--gain=-10", NULL);
  umask (mask);
  fixture_assert_fine (fixture);

  g_assert_cmpint (g_lstat (link_path, &info), ==, 0);
  g_assert_true (S_ISLNK (info.st_mode));
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0644);
  g_assert_cmpuint (fixture_count_files (fixture), ==, 2);

  fixture_run (fixture, "link.wav", NULL);
  fixture_assert_fine (fixture);
  fixture_get_loudness (fixture, &peak, &rms);
  g_assert_cmpfloat_with_epsilon (peak, -16.02, 0.011);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD_TEST ("/errors/missing", test_missing);
  ADD_TEST ("/errors/empty", test_empty);
  ADD_TEST ("/errors/not-audio", test_not_audio);
  ADD_TEST ("/errors/truncated", test_truncated);
  ADD_TEST ("/errors/command-line", test_command_line);
  ADD_TEST ("/errors/cannot-open-output", test_cannot_open_output);
  ADD_TEST ("/errors/cannot-write", test_cannot_write);
  ADD_TEST ("/errors/output-takes-the-place", test_output_takes_the_place);

  return g_test_run ();
}
