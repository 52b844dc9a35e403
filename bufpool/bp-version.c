/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-version.h"

/**
 * bp_get_major_version:
 *
 * The major version of the library the program runs with; %BP_MAJOR_VERSION is
 * that of the headers.
 *
 * Returns: a number
 *
 * Since: 0.9
 */
guint
bp_get_major_version (void)
{
  return BP_MAJOR_VERSION;
}

/**
 * bp_get_minor_version:
 *
 * The minor version of the library the program runs with; %BP_MINOR_VERSION is
 * that of the headers.
 *
 * Returns: a number
 *
 * Since: 0.9
 */
guint
bp_get_minor_version (void)
{
  return BP_MINOR_VERSION;
}

/**
 * bp_get_micro_version:
 *
 * The micro version of the library the program runs with; %BP_MICRO_VERSION is
 * that of the headers.
 *
 * Returns: a number
 *
 * Since: 0.9
 */
guint
bp_get_micro_version (void)
{
  return BP_MICRO_VERSION;
}

/**
 * bp_check_version:
 * @required_major: the major version needed
 * @required_minor: the minor version needed
 * @required_micro: the micro version needed
 *
 * Whether the library that the program runs with will do for a program made for
 * the given version: it is of the same major version, and not older.
 *
 * ```c
 * const char *mismatch = bp_check_version (BP_MAJOR_VERSION, BP_MINOR_VERSION,
 *                                          BP_MICRO_VERSION);
 *
 * if (mismatch != NULL)
 *   g_error ("%s", mismatch);
 * ```
 *
 * [func@CHECK_VERSION] asks the headers when the program is compiled.
 *
 * Returns: (transfer none) (nullable): %NULL if it will do, otherwise what is wrong
 *
 * Since: 0.9
 */
const char *
bp_check_version (guint required_major,
                  guint required_minor,
                  guint required_micro)
{
  if (required_major != BP_MAJOR_VERSION)
    return required_major > BP_MAJOR_VERSION
      ? "The bufpool library is too old: its major version is smaller than required"
      : "The bufpool library is too new: its major version is larger than required";
  if (required_minor > BP_MINOR_VERSION ||
      (required_minor == BP_MINOR_VERSION && required_micro > BP_MICRO_VERSION))
    return "The bufpool library is too old: it is of the required major version, but its "
           "minor or micro version is smaller";

  return NULL;
}
