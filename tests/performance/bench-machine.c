/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bench-machine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>

/* The value of the first "key: value" or "key : value" line of a file */
static char *
dup_field (const char *path,
           const char *key)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return NULL;

  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon != NULL && g_str_has_prefix (lines[i], key))
        return g_strstrip (g_strdup (colon + 1));
    }

  return NULL;
}

char *
bench_machine_dup_cpu (void)
{
  g_autofree char *model = dup_field ("/proc/cpuinfo", "model name");
  struct utsname name;

  if (model != NULL)
    return g_steal_pointer (&model);
  if (uname (&name) == 0)
    return g_strdup (name.machine);

  return g_strdup ("unknown");
}

char *
bench_machine_dup_date (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  return g_date_time_format (now, "%Y-%m-%d");
}

/* The most memory this process has had, in KiB. Not ru_maxrss, which a process
 * inherits from the one that started it.
 */
guint64
bench_machine_get_peak (void)
{
  g_autofree char *peak = dup_field ("/proc/self/status", "VmHWM");

  return peak != NULL ? g_ascii_strtoull (peak, NULL, 10) : 0;
}

static guint64
get_faults (int whose)
{
  struct rusage usage;

  if (getrusage (whose, &usage) != 0)
    return 0;

  return (guint64) usage.ru_minflt + (guint64) usage.ru_majflt;
}

guint64
bench_machine_get_faults (void)
{
  return get_faults (RUSAGE_SELF);
}

guint64
bench_machine_get_thread_faults (void)
{
  return get_faults (RUSAGE_THREAD);
}

/* How many threads wanted to run in the last minute; negative: not known */
double
bench_machine_get_load (void)
{
  double load;

  return getloadavg (&load, 1) == 1 ? load : -1;
}
