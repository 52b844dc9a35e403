/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <sndfile.h>

G_BEGIN_DECLS

/* A folder of its own for every test, and what came out of the last run of the
 * program in it. */
typedef struct
{
  char *folder;
  int   status;     /* exit status, or minus the signal that ended it */
  char *out;
  char *err;
} Fixture;

/* A sine wave to write to a file. */
typedef struct
{
  const char *name;
  int         format;
  int         rate;
  int         channels;
  int         n_frames;
  double      frequency;
  double      amplitude;
} Sine;

void        fixture_set_up           (Fixture            *self,
                                      gconstpointer       data);
void        fixture_tear_down        (Fixture            *self,
                                      gconstpointer       data);
char       *fixture_path             (Fixture            *self,
                                      const char         *name);
void        fixture_write_sine       (Fixture            *self,
                                      const Sine         *sine);
void        fixture_write            (Fixture            *self,
                                      const char         *name,
                                      gconstpointer       data,
                                      gsize               size);
float      *fixture_read_samples     (Fixture            *self,
                                      const char         *name,
                                      SF_INFO            *info);
void        fixture_assert_same      (Fixture            *self,
                                      const char         *one,
                                      const char         *other);
guint       fixture_count_files      (Fixture            *self);

GSubprocessLauncher *
            fixture_new_launcher     (Fixture            *self);
void        fixture_run              (Fixture            *self,
                                      const char         *arg,
                                      ...) G_GNUC_NULL_TERMINATED;
void        fixture_run_with         (Fixture            *self,
                                      GSubprocessLauncher *launcher,
                                      const char * const *args);
void        fixture_assert_fine      (Fixture            *self);
void        fixture_assert_refused   (Fixture            *self,
                                      const char         *reason);
char       *fixture_dup_summary_line (Fixture            *self,
                                      const char         *label);
void        fixture_get_loudness     (Fixture            *self,
                                      double             *peak,
                                      double             *rms);

#define ADD_TEST(path, func) \
  g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

G_END_DECLS
