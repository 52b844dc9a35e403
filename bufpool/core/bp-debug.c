/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-debug-private.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/memcheck.h>
#endif

static const GDebugKey debug_keys[] = {
  { "disable", BP_DEBUG_DISABLE },
  { "memcheck", BP_DEBUG_MEMCHECK },
  { "no-membarrier", BP_DEBUG_NO_MEMBARRIER },
};

BpDebugFlags bp_debug_flags;

/* Warn about typos: a silently ignored word wastes time. */
static void
warn_of_unknown_words (const char *value)
{
  g_auto (GStrv) words = g_strsplit_set (value, ":;, \t", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (*words[i] != '\0' && g_ascii_strcasecmp (words[i], "help") != 0 &&
          g_parse_debug_string (words[i], debug_keys, G_N_ELEMENTS (debug_keys)) == 0)
        g_warning ("BUFPOOL_DEBUG has the word \"%s\", which means nothing: there are disable, "
                   "memcheck and no-membarrier", words[i]);
    }
}

void
bp_debug_init (void)
{
  const char *value = g_getenv ("BUFPOOL_DEBUG");

  bp_debug_flags = g_parse_debug_string (value, debug_keys, G_N_ELEMENTS (debug_keys));
  if (value != NULL)
    warn_of_unknown_words (value);
}

void
bp_debug_mark (gpointer data, gsize n_bytes, gboolean is_idle)
{
#ifdef BP_HAVE_VALGRIND
  if (is_idle)
    VALGRIND_MAKE_MEM_NOACCESS (data, n_bytes);
  else
    VALGRIND_MAKE_MEM_UNDEFINED (data, n_bytes);
#endif
}

void
bp_misuse_report (const char *func, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  g_critical ("%s(): %s", func, message);
}
