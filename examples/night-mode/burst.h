/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "frames.h"

G_BEGIN_DECLS

/* So many sums of samples fit 16 bits */
#define BURST_MAX_FRAMES 256

/* With fewer there is no telling which one does not fit */
#define BURST_LEAST_TO_LEAVE_OUT 3

#define BURST_NONE_LEFT_OUT (-1)

typedef struct _Burst Burst;

Burst        *burst_new      (gsize         frame_bytes,
                              GError      **error);
void          burst_free     (Burst        *self);
const guint8 *burst_average  (Burst        *self,
                              const Frame  *frames,
                              guint         n_frames,
                              int          *left_out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Burst, burst_free)

G_END_DECLS
