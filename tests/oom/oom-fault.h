/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Allocations of this thread that fail when the sweep says so: all of them, those of GLib
 * and of the C library too, or only those that the linker can reach. */

/* What made an allocation. */
typedef enum
{
  /* The library, by a function that returns NULL. */
  OOM_TRIES,
  /* GLib, by a function that ends the program. */
  OOM_ABORTS,
  /* GLib or the C library, for purposes of their own. */
  OOM_OTHER
} OomKind;

/* The place after the call is what addr2line finds: so far behind the begin of the file. */
typedef struct
{
  OomKind kind;
  const char *file;
  gsize offset;
} OomCaller;

typedef enum
{
  /* One allocation, of any of them. */
  OOM_ONE,
  /* It, and all others from then on that return NULL. */
  OOM_ALL_THAT_TRY,
  OOM_N_WAYS,
  /* None but those, at once. */
  OOM_ONLY_THAT_TRY
} OomWay;

/* So many succeed before the first that fails; what made that is stored at once. */
void      oom_begin   (guint      n_good,
                       OomWay     way,
                       OomCaller *caller);
/* Whether any has failed. */
gboolean  oom_end     (void);

/* Whether allocations of the aborting kind are among those that fail: then a failure needs
 * a process of its own. */
gboolean  oom_aborts  (void);
/* From now on this thread's count: how many blocks of memory there are more, or 0 where they
 * are not counted. */
void      oom_watch   (void);
gint64    oom_n_live  (void);
