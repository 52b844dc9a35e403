/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "message.h"

/**
 * message_print:
 * @text: what went wrong
 *
 * Prints one line on stderr, after the name of the program, whatever the names of
 * files are.
 */
void
message_print (const char *text)
{
  g_autofree char *line = g_strdelimit (g_strdup (text), "\r\n", ' ');

  g_printerr ("%s: %s\n", g_get_prgname (), line);
}
