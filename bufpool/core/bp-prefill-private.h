/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/* Makes idle buffers, all of them or none: first it takes the places, then it makes the
 * buffers, then it publishes them. */
gboolean bp_core_prefill (BpCore    *core,
                          guint      n_buffers,
                          gsize      n_elements,
                          GError   **error);
/* Keeps a buffer or an item from outside, or destroys it. */
void     bp_core_recycle (BpPooled  *pooled);
