/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-pooled-view.h"

BpPooledView *bp_pooled_view_new (BpPooled *pinned, gconstpointer data, gsize n_bytes, gsize n_valid_bytes,
                                  gboolean is_writable, GError **error);
