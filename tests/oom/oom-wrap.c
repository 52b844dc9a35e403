/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-fault.h"

#include "test-faults.h"

/* Where malloc() belongs to a sanitizer, or has no other name: only what the library calls
 * and returns NULL fails, by test-faults.c. */

void
oom_begin (guint      n_good,
           OomWay     way,
           OomCaller *caller)
{
  *caller = (OomCaller) { .kind = OOM_TRIES, .file = "?" };
  fail_from ((int) n_good, way != OOM_ONE);
}

gboolean
oom_end (void)
{
  return end_faults ();
}

void
oom_watch (void)
{
}

gboolean
oom_aborts (void)
{
  return FALSE;
}

gint64
oom_n_live (void)
{
  return 0;
}
