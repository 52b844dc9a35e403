/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/* The setters, which return when what they ask for holds. Whether it was a change. */
gboolean bp_limit_set_max_outstanding (BpCore *core, guint max_outstanding);
gboolean bp_limit_set_max_idle_bytes (BpCore *core, guint64 max_idle_bytes);
gboolean bp_limit_set_flushing (BpCore *core, gboolean is_flushing);
