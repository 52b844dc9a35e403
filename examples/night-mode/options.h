/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  char     *input;
  char     *output;         /* (nullable): a folder */
  int       burst;          /* frames */
  int       workers;        /* threads */
  gboolean  hand_over;
  int       ahead;          /* bursts */
  guint64   budget;         /* bytes; 0 for none */
  int       n_times;
  gboolean  no_pool;
  double    stay;           /* seconds */
  char     *log;            /* (nullable) */
  gboolean  show_version;
} Options;

Options  *options_new   (void);
void      options_free  (Options   *self);
gboolean  options_parse (Options   *self,
                         int       *argc,
                         char    ***argv,
                         GError   **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Options, options_free)

G_END_DECLS
