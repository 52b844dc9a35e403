/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "output.h"

#include <errno.h>
#include <stdio.h>

#include "message.h"

/**
 * output_flush:
 * @what: what the program has written to stdout, such as "the summary"
 *
 * Returns: %FALSE, with a message printed, if not all of it could be written
 */
gboolean
output_flush (const char *what)
{
  g_autofree char *text = NULL;

  if (fflush (stdout) == 0 && !ferror (stdout))
    return TRUE;

  text = g_strdup_printf ("cannot write %s: %s", what, g_strerror (errno));
  message_print (text);

  return FALSE;
}
