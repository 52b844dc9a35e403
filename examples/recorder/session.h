/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "options.h"

G_BEGIN_DECLS

/* One recording: the readers, the writer, and what is between them. */
typedef struct _Session Session;

typedef struct
{
  guint64  used;          /* bytes of all buffers now */
  guint64  peak;          /* and at most so far */
  guint64  n_waits;
  gint64   wait_us;
  guint64  n_dropped;     /* frames */
  guint64  bytes_dropped;
  guint64  n_discarded;   /* frames that the operator did not wait for */
  guint64  bytes_read;
  guint64  bytes_written;
  guint64  frames_written;
  gint64   bytes_total;   /* of all sources, or -1 where that is not known */
} SessionCounts;

Session  *session_new         (const Options   *options,
                               gboolean         is_limited,
                               GError         **error);
void      session_free        (Session         *self);
gboolean  session_start       (Session         *self,
                               GSourceFunc      done,
                               gpointer         user_data,
                               GError         **error);
void      session_stop        (Session         *self);
void      session_abort       (Session         *self);
gboolean  session_finish      (Session         *self,
                               GError         **error);

guint     session_get_sources (Session         *self);
void      session_get_counts  (Session         *self,
                               SessionCounts   *counts);
char    **session_dup_faults  (Session         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Session, session_free)

G_END_DECLS
