/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "process-memory.h"

#include <string.h>
#include <sys/resource.h>

/* The number of bytes behind a word of /proc/self/status, which is in kB there;
 * 0 where there is no such file. */
static guint64
read_status (const char *word)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;

  line = strstr (status, word);

  return line != NULL ? g_ascii_strtoull (line + strlen (word), NULL, 10) * 1024 : 0;
}

/**
 * process_memory_get_now:
 *
 * Returns: the memory of this process that is in RAM, in bytes, or 0 where the
 *   system does not say so
 */
guint64
process_memory_get_now (void)
{
  return read_status ("\nVmRSS:");
}

/**
 * process_memory_get_peak:
 *
 * Returns: the most memory of this process that ever was in RAM, in bytes
 */
guint64
process_memory_get_peak (void)
{
  guint64 peak = read_status ("\nVmHWM:");
  struct rusage usage;

  if (peak == 0 && getrusage (RUSAGE_SELF, &usage) == 0)
    peak = (guint64) usage.ru_maxrss * 1024;

  return peak;
}
