/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "message.h"

/**
 * message_print:
 * @text: what went wrong
 *
 * Prints it on stderr, after the name of the program, as one line: the name of a file
 * may have line feeds.
 */
void
message_print (const char *text)
{
  g_autofree char *line = g_strdelimit (g_strdup (text), "\r\n", ' ');

  g_printerr ("%s: %s\n", g_get_prgname (), line);
}

/**
 * message_print_file:
 * @path: (nullable): the file that it is about
 * @text: what went wrong
 *
 * The same, with the name of a file before @text.
 */
void
message_print_file (const char *path,
                    const char *text)
{
  g_autofree char *name = path != NULL ? g_filename_display_name (path) : NULL;
  g_autofree char *line = name != NULL ? g_strdup_printf ("%s: %s", name, text)
                                       : g_strdup (text);

  message_print (line);
}
