/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Overwrites contents for good, so that they cannot be found. Compilers leave out a
 * plain memset() if the memory is freed next. */
void bp_wipe (gpointer data, gsize n_bytes);
