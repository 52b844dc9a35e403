/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Before the first pool is made: has the library tell valgrind, if that is there. */
void     test_watch_memory  (void);
/* Whether AddressSanitizer or valgrind watches the memory of idle buffers, and whether
 * it lets the program use an address. */
gboolean test_is_watched    (void);
gboolean test_is_accessible (gconstpointer address);
