/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "frame-memory.h"

G_BEGIN_DECLS

typedef struct
{
  char     **sources;             /* files and addresses, or NULL */
  int        n_test_sources;
  guint64    test_bytes;          /* of each test source */
  guint64    test_rate;           /* of each, in bytes a second */

  char      *output;              /* (nullable): only for test sources */
  guint64    frame_bytes;
  guint64    writer_rate;         /* in bytes a second; 0 for as fast as it goes */

  Limits     limits;
  gboolean   no_limits;
  gboolean   compare;

  char      *check;               /* (nullable): a recording to check instead */
  char      *log;                 /* (nullable) */
  gboolean   quiet;
  gboolean   show_version;
} Options;

Options *options_new_parsed (int       *argc,
                             char    ***argv,
                             GError   **error);
void     options_free       (Options   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Options, options_free)

G_END_DECLS
