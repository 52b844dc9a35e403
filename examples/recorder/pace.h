/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Holds something up to a number of bytes a second. */
typedef struct
{
  guint64 rate;     /* 0: as fast as it goes */
  gint64  due;      /* when what went through should have taken so long */
} Pace;

void      pace_init (Pace          *self,
                     guint64        bytes_per_second);
gboolean  pace_wait (Pace          *self,
                     guint64        n_bytes,
                     GCancellable  *cancellable);

G_END_DECLS
