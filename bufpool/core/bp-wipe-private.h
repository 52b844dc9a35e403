/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Overwrites contents that nobody is to find any more. A plain memset() is left out by
 * compilers if the memory is freed next. */
void bp_wipe (gpointer data, gsize n_bytes);
