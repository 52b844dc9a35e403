/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

/* A stream that a test conducts: what each read gives, when an asynchronous one
 * ends, and with what error. */
#define TEST_TYPE_STREAM (test_stream_get_type ())
G_DECLARE_FINAL_TYPE (TestStream, test_stream, TEST, STREAM, GInputStream)

struct _TestStream
{
  GInputStream parent_instance;

  /* Every read takes from here, at most so many bytes at once; 0 for no limit. */
  const guint8 *data;
  gsize n_left;
  gsize max_read;
  /* What reads fail with, if set, when so many bytes have been read: every one of them, or
   * only the first, as a socket's do; then comes what is left. */
  GError *error;
  gsize n_before_error;
  gboolean fails_once;
  /* What reads return instead of the true number, if not 0. */
  gssize lie;
  /* Runs when a read begins, before it takes anything. */
  void (*on_read) (TestStream *self,
                   gpointer    data);
  gpointer on_read_data;

  /* What the last read was given. */
  gpointer buffer;
  gsize count;
  guint n_reads;

  /* Asynchronous reads wait here until test_stream_finish(), if it is held. */
  gboolean is_held;
  GTask *pending;
};

TestStream *test_stream_new    (gconstpointer  data,
                                gsize          n_bytes);
/* Lets the pending read go on, which may be cancelled by now. */
void        test_stream_finish (TestStream    *self);
