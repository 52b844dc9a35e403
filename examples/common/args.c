/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "args.h"

/**
 * args_parse:
 * @summary: what the program does, for --help
 * @description: (nullable): what else --help says, after the options
 * @entries: the options
 * @argc: (inout): of main()
 * @argv: (inout): of main()
 *
 * Returns: %FALSE with @error set if there is an unknown option or a wrong value
 */
gboolean
args_parse (const char          *summary,
            const char          *description,
            const GOptionEntry  *entries,
            int                 *argc,
            char              ***argv,
            GError             **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (context, summary);
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);

  return g_option_context_parse (context, argc, argv, error);
}

/**
 * args_refuse:
 * @format: what is wrong with the command line, as for printf()
 * @...: the arguments of @format
 *
 * Returns: %FALSE, with @error set
 */
gboolean
args_refuse (GError     **error,
             const char  *format,
             ...)
{
  va_list args;

  va_start (args, format);
  if (error != NULL)
    *error = g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, args);
  va_end (args);

  return FALSE;
}

/**
 * args_refuse_size:
 * @name: of the option
 * @word: its value, which is no size
 *
 * Returns: %FALSE, with @error set
 */
gboolean
args_refuse_size (const char  *name,
                  const char  *word,
                  GError     **error)
{
  return args_refuse (error, "--%s=%s: no size: write it as 65536, 64KiB, 64MiB or 1GiB",
                      name, word);
}

/**
 * args_check_number:
 * @name: of the option
 * @number: its value
 * @least: the least that is allowed
 * @most: the most that is allowed
 *
 * Returns: %FALSE with @error set if @number is not allowed
 */
gboolean
args_check_number (const char *name,
                   int         number,
                   int         least,
                   int         most,
                   GError    **error)
{
  return (number >= least && number <= most)
      || args_refuse (error, "--%s=%d: must be from %d to %d", name, number, least, most);
}
