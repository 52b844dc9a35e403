/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "fixture.h"

static const Sine sine = {
  "sine.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, 1, 8000, 500, 0.5
};

/* Runs the program with a terminal for its messages. Returns our end of it. */
static int
start_on_terminal (Fixture             *fixture,
                   const char * const  *args,
                   GSubprocess        **process)
{
  g_autoptr (GSubprocessLauncher) launcher = fixture_new_launcher (fixture);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  int ours = posix_openpt (O_RDWR | O_NOCTTY);
  int theirs;

  g_assert_cmpint (ours, >=, 0);
  g_assert_cmpint (grantpt (ours), ==, 0);
  g_assert_cmpint (unlockpt (ours), ==, 0);
  theirs = open (ptsname (ours), O_RDWR | O_NOCTTY);
  g_assert_cmpint (theirs, >=, 0);

  g_ptr_array_add (argv, (char *) g_getenv ("AUDIO_PIPELINE"));
  for (guint i = 0; args[i] != NULL; i++)
    g_ptr_array_add (argv, (char *) args[i]);
  g_ptr_array_add (argv, NULL);

  g_subprocess_launcher_set_flags (launcher, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_subprocess_launcher_take_stderr_fd (launcher, theirs);
  *process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv->pdata, &error);
  g_assert_no_error (error);

  return ours;
}

/* Appends what the program says until it says @text, or with NULL to the end. */
static void
read_until (int         terminal,
            const char *text,
            GString    *said)
{
  while (text == NULL || strstr (said->str, text) == NULL)
    {
      char block[1000];
      ssize_t n = read (terminal, block, sizeof block);

      /* The terminal of a program that has ended gives an error */
      if (n <= 0)
        return;
      g_string_append_len (said, block, n);
    }
}

static void
test_bar (Fixture       *fixture,
          gconstpointer  data G_GNUC_UNUSED)
{
  const char * const args[] = { "sine.wav", "--loop=20", NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  int terminal;

  fixture_write_sine (fixture, &sine);
  terminal = start_on_terminal (fixture, args, &process);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &fixture->out, NULL, &error);
  g_assert_no_error (error);
  read_until (terminal, NULL, said);
  close (terminal);

  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
  g_assert_nonnull (strstr (said->str, "\r["));
  g_assert_nonnull (strstr (said->str, "times real time"));
  g_assert_null (strchr (said->str, '\n'));
  g_assert_true (g_str_has_suffix (said->str, "\r\033[K"));
  g_assert_nonnull (strstr (fixture->out, "Duration"));
}

static void
test_no_bar (Fixture       *fixture,
             gconstpointer  data G_GNUC_UNUSED)
{
  fixture_write_sine (fixture, &sine);
  fixture_run (fixture, "sine.wav", "--loop=2000", NULL);
  fixture_assert_fine (fixture);
}

static void
interrupt (Fixture *fixture,
           int      signal_number)
{
  const char * const args[] = { "sine.wav", "--loop=100000", "--output=out.wav", NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GString) said = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  int terminal;

  fixture_write_sine (fixture, &sine);
  terminal = start_on_terminal (fixture, args, &process);
  read_until (terminal, "[", said);
  g_subprocess_send_signal (process, signal_number);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &fixture->out, NULL, &error);
  g_assert_no_error (error);
  read_until (terminal, NULL, said);
  close (terminal);

  g_assert_true (g_subprocess_get_if_signaled (process));
  g_assert_cmpint (g_subprocess_get_term_sig (process), ==, signal_number);
  g_assert_nonnull (strstr (said->str, "audio-pipeline: sine.wav: interrupted"));
  g_assert_cmpstr (fixture->out, ==, "");
  g_assert_cmpuint (fixture_count_files (fixture), ==, 1);
  g_clear_pointer (&fixture->out, g_free);
}

static void
test_interrupt (Fixture       *fixture,
                gconstpointer  data G_GNUC_UNUSED)
{
  interrupt (fixture, SIGINT);
  interrupt (fixture, SIGTERM);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD_TEST ("/terminal/bar", test_bar);
  ADD_TEST ("/terminal/no-bar", test_no_bar);
  ADD_TEST ("/terminal/interrupt", test_interrupt);

  return g_test_run ();
}
