/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the main thread does while other threads work: it draws how far they are, and has them
 * end early when the program is interrupted. */
typedef struct
{
  GMainLoop *loop;
  gint64     started;       /* in microseconds */
  void     (*cancel) (gpointer work);
  gpointer   work;
  gboolean   is_done;
  int        signal_number; /* that ended the work, or 0 */
} Watch;

void      watch_init        (Watch        *self);
void      watch_clear       (Watch        *self);
void      watch_set_work    (Watch        *self,
                             void        (*cancel) (gpointer work),
                             gpointer      work);
void      watch_run         (Watch        *self,
                             GSourceFunc   draw,
                             gpointer      user_data);
void      watch_cancel      (Watch        *self);
gboolean  watch_end         (gpointer      watch);
double    watch_get_seconds (const Watch  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Watch, watch_clear)

G_END_DECLS
