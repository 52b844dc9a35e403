/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "bp-acquire-private.h"

/*
 * An acquire that may wait: for a permit, then for bytes of the budget, each in its queue.
 *
 *   try it; if it is blocked, join the queue, sleep, end the wait, and try it again
 *
 * What was got for it is kept from one try to the next: a permit, or bytes. But a waiter
 * for bytes holds neither bytes nor a buffer: it gives them back first. So two waiters are
 * never in each other's way.
 */

typedef struct
{
  BpCore *core;
  gsize n_elements;
  gboolean zeroed;
  BpRequest request;
  BpWaiter waiter;
  GCond cond;
  gboolean is_cancelled;
  /* When it joined the queue, for a mark. */
  gint64 begin;
} BpAdmission;

void bp_admission_init (BpAdmission *self, BpCore *core, gsize n_elements, gboolean zeroed,
                        gpointer acquire_data);
/* Gives back what is left. */
void bp_admission_clear (BpAdmission *self);

/* The buffer, or an error; then it is blocked if waiting may help. */
BpPooled *bp_admission_try (BpAdmission *self, GError **error);

static inline gboolean
bp_admission_is_blocked (BpAdmission *self)
{
  return self->request.blocked != NULL;
}

/* Joins the queue; from then on wake() may be called, from any thread. */
void bp_admission_join (BpAdmission *self, void (*wake) (BpWaiter *waiter));
/* Leaves it. TRUE if it should be tried again, FALSE with the error if it was dismissed; or
 * FALSE without one if nothing has happened yet. */
gboolean bp_admission_leave (BpAdmission *self, GError **error);

/* callback() is called when the cancellable is cancelled, at once if it already is; 0
 * without a cancellable. bp_admission_disconnect() waits for a callback that is under
 * way. */
gulong bp_admission_connect (GCancellable *cancellable, GCallback callback, gpointer data);
void bp_admission_disconnect (GCancellable *cancellable, gulong handler);

/* All of it. The time is that of the monotonic clock: -1 for ever, 0 not at all. */
BpPooled *bp_admission_run (BpAdmission *self, gint64 end_time, GCancellable *cancellable,
                            GError **error);
