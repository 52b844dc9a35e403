/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "memory.h"

G_BEGIN_DECLS

typedef struct
{
  char       *output;         /* (nullable): a WAV file */
  double      seconds;
  int         rate;           /* frames a second */
  int         period;         /* frames */
  int         n_buffers;
  int         priority;       /* of SCHED_FIFO; 0 for none */
  int         stall_ms;       /* how long the writer once does nothing */
  double      frequency;
  MemoryKind  memory;
  gboolean    show_version;
} Options;

#define CHANNELS 2

Options *options_new_parsed   (int       *argc,
                               char    ***argv,
                               GError   **error);
void     options_free         (Options   *self);
guint64  options_get_n_periods (const Options *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Options, options_free)

G_END_DECLS
