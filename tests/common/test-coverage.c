/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Linked to the tests in builds that count lines and branches, see tests/coverage. */

#include "test-coverage.h"

#include <signal.h>

/* Of libgcov. A file of the program is not counted itself, so it has no counters. */
void __gcov_dump (void);

void
test_dump_coverage (void)
{
  __gcov_dump ();
}

/* An abort of the library is what some tests look for, in a child that exits by it. Its signal
 * comes from g_error() itself, in no function that must not be interrupted. */
static void
dump_and_die (int number)
{
  __gcov_dump ();
  signal (number, SIG_DFL);
  raise (number);
}

static void __attribute__ ((constructor))
look_for_aborts (void)
{
  signal (SIGABRT, dump_and_die);
  signal (SIGTRAP, dump_and_die);
}
