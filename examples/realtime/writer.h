/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "callback.h"
#include "wav-writer.h"

G_BEGIN_DECLS

/* The thread that may wait: it waits for the disk, and frees what is to be freed. */
typedef struct
{
  const Options *options;
  Callback      *callback;
  WavWriter     *file;            /* NULL if nothing is kept */

  /* To be read when the thread has ended. */
  guint64        n_written;       /* periods that came */
  guint64        n_silent;        /* periods of silence in the place of lost ones */
  guint          most_waiting;    /* periods that were in the ring at a time */
  GError        *error;
} Writer;

gpointer writer_run (gpointer data);

G_END_DECLS
