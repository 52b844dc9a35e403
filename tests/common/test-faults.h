/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Allocations of the library's that fail when a test says so. The linker puts the functions
 * of test-faults.c in the place of those that the library calls. */

/* So many allocations still succeed. The next one fails, or all that come then. */
void     fail_from    (int      n_good,
                       gboolean all);
/* How many have failed since. */
guint    get_n_faults (void);
/* Whether any has failed. From now on they succeed. */
gboolean end_faults   (void);
