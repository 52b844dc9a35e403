/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "options.h"
#include "ring.h"

G_BEGIN_DECLS

/* The real-time thread: what a sound server or a sound card calls in other programs. */
typedef struct
{
  const Options *options;
  Memory        *memory;
  Ring          *ring;

  pthread_barrier_t gate;          /* passed twice: when it is ready, and when it begins */
  gint64         begin_ns;         /* of the first period, set in between */
  atomic_bool    is_over;
  double         phase;
  double         step;

  /* To be read when the thread has ended. */
  guint64        n_callbacks;
  guint64        n_lost;           /* periods that began too late */
  guint64        n_without;        /* for which there was no buffer */
  guint64        n_late;           /* callbacks that ended after their period */
  gint64         worst_ns;         /* of a callback */
  gint64         sum_ns;
  gint64         worst_wake_ns;    /* after its time */
  glong          n_faults;
  int            policy_error;     /* why it has no priority, or 0 */
} Callback;

gint64   callback_get_time (void);
gpointer callback_run      (gpointer data);

G_END_DECLS
