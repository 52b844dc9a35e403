/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fixture.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

void
fixture_set_up (Fixture       *self,
                gconstpointer  data G_GNUC_UNUSED)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("audio-pipeline-XXXXXX", &error);
  g_assert_no_error (error);
}

void
fixture_tear_down (Fixture       *self,
                   gconstpointer  data G_GNUC_UNUSED)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = fixture_path (self, name);

      g_remove (path);
    }

  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->out);
  g_free (self->err);
}

char *
fixture_path (Fixture    *self,
              const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

void
fixture_write_sine (Fixture    *self,
                    const Sine *sine)
{
  g_autofree char *path = fixture_path (self, sine->name);
  g_autofree float *frame = g_new (float, sine->channels);
  SF_INFO info = {
    .samplerate = sine->rate,
    .channels = sine->channels,
    .format = sine->format,
  };
  SNDFILE *file = sf_open (path, SFM_WRITE, &info);

  g_assert_nonnull (file);

  for (int i = 0; i < sine->n_frames; i++)
    {
      for (int c = 0; c < sine->channels; c++)
        frame[c] = sine->amplitude * sin (2 * G_PI * sine->frequency * i / sine->rate);
      g_assert_cmpint (sf_writef_float (file, frame, 1), ==, 1);
    }

  g_assert_cmpint (sf_close (file), ==, 0);
}

void
fixture_write (Fixture       *self,
               const char    *name,
               gconstpointer  data,
               gsize          size)
{
  g_autofree char *path = fixture_path (self, name);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, size, &error);
  g_assert_no_error (error);
}

float *
fixture_read_samples (Fixture    *self,
                      const char *name,
                      SF_INFO    *info)
{
  g_autofree char *path = fixture_path (self, name);
  SNDFILE *file;
  float *samples;

  *info = (SF_INFO) { 0 };
  file = sf_open (path, SFM_READ, info);
  g_assert_nonnull (file);

  samples = g_new0 (float, info->frames * info->channels + 1);
  g_assert_cmpint (sf_readf_float (file, samples, info->frames), ==, info->frames);
  g_assert_cmpint (sf_close (file), ==, 0);

  return samples;
}

void
fixture_assert_same (Fixture    *self,
                     const char *one,
                     const char *other)
{
  g_autofree char *one_path = fixture_path (self, one);
  g_autofree char *other_path = fixture_path (self, other);
  g_autofree char *one_data = NULL;
  g_autofree char *other_data = NULL;
  gsize one_size;
  gsize other_size;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (one_path, &one_data, &one_size, &error);
  g_assert_no_error (error);
  g_file_get_contents (other_path, &other_data, &other_size, &error);
  g_assert_no_error (error);

  g_assert_cmpmem (one_data, one_size, other_data, other_size);
}

guint
fixture_count_files (Fixture *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  guint n_files = 0;

  g_assert_nonnull (dir);
  while (g_dir_read_name (dir) != NULL)
    n_files++;

  return n_files;
}

/* The program runs in the folder, so that names of files need no path. */
GSubprocessLauncher *
fixture_new_launcher (Fixture *self)
{
  GSubprocessLauncher *launcher;

  launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE
                                        | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_subprocess_launcher_set_cwd (launcher, self->folder);
  g_subprocess_launcher_setenv (launcher, "LC_ALL", "C.UTF-8", TRUE);

  return launcher;
}

void
fixture_run_with (Fixture             *self,
                  GSubprocessLauncher *launcher,
                  const char * const  *args)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&self->out, g_free);
  g_clear_pointer (&self->err, g_free);

  g_ptr_array_add (argv, (char *) g_getenv ("AUDIO_PIPELINE"));
  for (guint i = 0; args[i] != NULL; i++)
    g_ptr_array_add (argv, (char *) args[i]);
  g_ptr_array_add (argv, NULL);

  process = g_subprocess_launcher_spawnv (launcher, (const char * const *) argv->pdata, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &self->out, &self->err, &error);
  g_assert_no_error (error);

  self->status = g_subprocess_get_if_signaled (process)
                   ? -g_subprocess_get_term_sig (process)
                   : g_subprocess_get_exit_status (process);
}

void
fixture_run (Fixture    *self,
             const char *arg,
             ...)
{
  g_autoptr (GSubprocessLauncher) launcher = fixture_new_launcher (self);
  g_autoptr (GPtrArray) args = g_ptr_array_new ();
  va_list list;

  va_start (list, arg);
  for (; arg != NULL; arg = va_arg (list, const char *))
    g_ptr_array_add (args, (char *) arg);
  va_end (list);
  g_ptr_array_add (args, NULL);

  fixture_run_with (self, launcher, (const char * const *) args->pdata);
}

void
fixture_assert_fine (Fixture *self)
{
  g_assert_cmpstr (self->err, ==, "");
  g_assert_cmpint (self->status, ==, 0);
}

/* One line that holds @reason, exit status 1, and no summary. */
void
fixture_assert_refused (Fixture    *self,
                        const char *reason)
{
  g_test_message ("%s", self->err);

  g_assert_cmpint (self->status, ==, 1);
  g_assert_cmpstr (self->out, ==, "");
  g_assert_true (g_str_has_prefix (self->err, "audio-pipeline: "));
  g_assert_nonnull (strstr (self->err, reason));
  g_assert_true (strchr (self->err, '\n') == self->err + strlen (self->err) - 1);
}

char *
fixture_dup_summary_line (Fixture    *self,
                          const char *label)
{
  g_auto (GStrv) lines = g_strsplit (self->out, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strchug (lines[i]);

      if (g_str_has_prefix (line, label) && line[strlen (label)] == ' ')
        return g_strdup (g_strchug (lines[i] + strlen (label)));
    }

  g_test_message ("no line '%s' in: %s", label, self->out);
  g_assert_not_reached ();
}

void
fixture_get_loudness (Fixture *self,
                      double  *peak,
                      double  *rms)
{
  g_autofree char *line = fixture_dup_summary_line (self, "Loudness");

  g_assert_cmpint (sscanf (line, "peak %lf dBFS, RMS %lf dBFS", peak, rms), ==, 2);
}
