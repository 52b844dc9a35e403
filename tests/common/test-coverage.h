/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Writes what this process has counted of the library's lines and branches, in builds that
 * count them: exit() does this, _exit() does not. */
#ifdef TEST_WITH_COVERAGE
void test_dump_coverage (void);
#else
static inline void
test_dump_coverage (void)
{
}
#endif
