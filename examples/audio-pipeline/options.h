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
  char     *output;         /* NULL to measure only */
  double    gain;           /* in decibels */
  int       n_times;
  gboolean  no_pool;
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
