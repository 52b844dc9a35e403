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
  { "backtrace", BP_DEBUG_BACKTRACE },
  { "leaks", BP_DEBUG_LEAKS },
  { "poison", BP_DEBUG_POISON },
};

#define INTERVAL_PREFIX "backtrace="
#define MAX_INTERVAL 1000000

BpDebugFlags bp_debug_flags;
guint bp_debug_interval = 1;

/* The word backtrace=N. */
static void
set_interval (const char *word)
{
  const char *number = word + strlen (INTERVAL_PREFIX);
  guint64 interval;

  if (!g_ascii_string_to_unsigned (number, 10, 1, MAX_INTERVAL, &interval, NULL))
    {
      g_warning ("BUFPOOL_DEBUG has \"%s\", which is ignored: it must be backtrace, for every "
                 "acquire, or backtrace=N, for 1 in N, with N from 1 to %d",
                 word, MAX_INTERVAL);
      return;
    }
  bp_debug_flags |= BP_DEBUG_BACKTRACE;
  bp_debug_interval = (guint) interval;
}

/* Reads the words that are more than a flag. It warns about typos: a silently ignored word
 * wastes time. */
static void
read_words (const char *value)
{
  g_auto (GStrv) words = g_strsplit_set (value, ":;, \t", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_ascii_strncasecmp (words[i], INTERVAL_PREFIX, strlen (INTERVAL_PREFIX)) == 0)
        set_interval (words[i]);
      else if (*words[i] != '\0' && g_ascii_strcasecmp (words[i], "help") != 0 &&
               g_parse_debug_string (words[i], debug_keys, G_N_ELEMENTS (debug_keys)) == 0)
        g_warning ("BUFPOOL_DEBUG has the word \"%s\", which means nothing: there are disable, "
                   "memcheck, no-membarrier, backtrace, leaks and poison", words[i]);
    }
}

void
bp_debug_init (void)
{
  const char *value = g_getenv ("BUFPOOL_DEBUG");

  bp_debug_flags = g_parse_debug_string (value, debug_keys, G_N_ELEMENTS (debug_keys));
  if (value != NULL)
    read_words (value);
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

/* Makes idle memory readable. */
void
bp_debug_mark_defined (gpointer data, gsize n_bytes)
{
#ifdef BP_HAVE_VALGRIND
  VALGRIND_MAKE_MEM_DEFINED (data, n_bytes);
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
