/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Linked to the tests in builds that count lines and branches, see tests/coverage. */

#include <sys/syscall.h>
#include <unistd.h>

/* Of libgcov. Writes the counts of the library, if that is linked into the program. */
void __gcov_dump (void);

/* In place of the one of the C library, which does not write them: for the children of
 * fork(), and for GLib, which ends a test's subprocess by it where it would abort. */
__attribute__ ((visibility ("default"))) void
_exit (int status)
{
  __gcov_dump ();
  for (;;)
    syscall (SYS_exit_group, status);
}
