/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-admission-private.h"

#include "bp-acquire-private.h"
#include "bp-counters-private.h"
#include "bp-limit-private.h"
#include "bp-poison-private.h"
#include "bp-return-private.h"

void
bp_admission_init (BpAdmission *self,
                   BpCore      *core,
                   gsize        n_elements,
                   gboolean     zeroed,
                   gpointer     acquire_data)
{
  memset (self, 0, sizeof (BpAdmission));
  self->core = core;
  self->n_elements = n_elements;
  self->zeroed = zeroed;
  self->request.acquire_data = acquire_data;
  self->waiter.owner = core;
  g_cond_init (&self->cond);
}

void
bp_admission_clear (BpAdmission *self)
{
  BpPooled *pooled = g_steal_pointer (&self->waiter.handed);

  if (pooled != NULL)
    bp_core_return_slow (pooled, TRUE);
  bp_limit_end_request (self->core, &self->request);
  g_cond_clear (&self->cond);
}

BpPooled *
bp_admission_try (BpAdmission *self, GError **error)
{
  BpPooled *pooled = g_steal_pointer (&self->waiter.handed);

  if (pooled == NULL)
    pooled = bp_core_request (self->core, &self->request, error);
  if (pooled != NULL && bp_core_is_of_elements (self->core))
    pooled = bp_core_fit (pooled, self->n_elements, self->zeroed, &self->request, error);

  return pooled;
}

void
bp_admission_join (BpAdmission *self, void (*wake) (BpWaiter *waiter))
{
  BpCore *core = self->core;
  BpQuota *quota = self->request.blocked;

  bp_item_discharge (&core->config, self->request.n_reserved);
  self->request.n_reserved = 0;

  self->waiter.n_wanted = self->request.n_wanted;
  self->waiter.wake = wake;
  self->begin = bp_trace_begin (&core->config, wait, self->request.n_wanted);
  bp_quota_join (quota, &self->waiter);
  /* Set before the queue was flushed: either that found this waiter, or it sees the flag. */
  if (atomic_load (&core->is_flushing))
    bp_quota_dismiss (quota, &self->waiter, BP_WAITER_FLUSHED);
  else if (atomic_load (&core->is_closed))
    bp_quota_dismiss (quota, &self->waiter, BP_WAITER_CLOSED);
  else if (quota != &core->out)
    bp_budget_core_watch (core->config.budget);
  bp_counters_wait (core, 1);
}

static void
fail (BpAdmission *self, BpWaiterState state, GError **error)
{
  if (state == BP_WAITER_FLUSHED)
    g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_FLUSHING,
                         "The pool is flushing: waiting for a buffer was ended");
  else if (state == BP_WAITER_CLOSED)
    g_set_error_literal (error, BP_POOL_ERROR, BP_POOL_ERROR_CLOSED,
                         "The pool has been disposed: waiting for a buffer was ended");
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET,
                 "%" G_GUINT64_FORMAT " bytes were waited for, and the budget has less in all "
                 "by now: ask for less, or raise max-bytes", self->waiter.n_wanted);
}

/* It keeps its charge. One that is not counted takes the permit over, the others have one. */
static void
take_handed (BpAdmission *self)
{
  BpCore *core = self->core;
  BpPooled *pooled = self->waiter.handed;

  bp_poison_mark_used (&core->config, pooled);
  bp_core_hand_out_slow (pooled);
  if (!pooled->is_uncounted && self->request.has_permit)
    bp_quota_give (&core->out, 1);
  else if (pooled->is_uncounted && !self->request.has_permit)
    bp_quota_add (&core->out, 1);
  pooled->is_uncounted = FALSE;
  self->request.has_permit = FALSE;
}

gboolean
bp_admission_leave (BpAdmission *self, GError **error)
{
  BpQuota *quota = self->request.blocked;
  BpWaiterState state = bp_quota_leave (quota, &self->waiter);

  bp_trace_end (&self->core->config, wait, self->begin, state);
  bp_counters_wait (self->core, -1);
  switch (state)
    {
    case BP_WAITER_SERVED:
      if (quota == &self->core->out)
        self->request.has_permit = TRUE;
      else
        self->request.n_reserved = self->waiter.n_wanted;
      return TRUE;

    case BP_WAITER_HANDED:
      take_handed (self);
      return TRUE;

    case BP_WAITER_OUTSIDE:
    case BP_WAITER_QUEUED:
      return FALSE;

    case BP_WAITER_REFUSED:
    case BP_WAITER_FLUSHED:
    case BP_WAITER_CLOSED:
    default:
      fail (self, state, error);
      return FALSE;
    }
}

static void
wake_sleeper (BpWaiter *waiter)
{
  BpAdmission *self = (BpAdmission *) ((guint8 *) waiter - G_STRUCT_OFFSET (BpAdmission, waiter));

  g_cond_signal (&self->cond);
}

gulong
bp_admission_connect (GCancellable *cancellable, GCallback callback, gpointer data)
{
  gulong handler = 0;

  BP_TSAN_RELEASE (data);
  BP_TSAN_IGNORE_BEGIN ();
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, callback, data, NULL);
  BP_TSAN_IGNORE_END ();

  return handler;
}

void
bp_admission_disconnect (GCancellable *cancellable, gulong handler)
{
  BP_TSAN_IGNORE_BEGIN ();
  g_cancellable_disconnect (cancellable, handler);
  BP_TSAN_IGNORE_END ();
}

static void
on_cancelled (GCancellable *cancellable, gpointer data)
{
  BpAdmission *self = data;
  GMutex *mutex;

  /* GObject's locks are not seen either. */
  BP_TSAN_ACQUIRE (self);
  mutex = &self->request.blocked->mutex;
  bp_mutex_lock (mutex);
  self->is_cancelled = TRUE;
  g_cond_signal (&self->cond);
  bp_mutex_unlock (mutex);
  BP_TSAN_RELEASE (self);
}

static void
sleep_until (BpAdmission *self, gint64 end_time)
{
  GMutex *mutex = &self->request.blocked->mutex;

  bp_mutex_lock (mutex);
  while (self->waiter.state == BP_WAITER_QUEUED && !self->is_cancelled)
    {
      if (!bp_cond_wait (&self->cond, mutex, end_time))
        break;
    }
  bp_mutex_unlock (mutex);
}

static gboolean
wait_for_turn (BpAdmission *self, gint64 end_time, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gulong handler;

  self->is_cancelled = FALSE;
  bp_admission_join (self, wake_sleeper);
  handler = bp_admission_connect (cancellable, G_CALLBACK (on_cancelled), self);
  sleep_until (self, end_time);
  bp_admission_disconnect (cancellable, handler);
  BP_TSAN_ACQUIRE (self);

  if (bp_admission_leave (self, &local_error))
    return !g_cancellable_set_error_if_cancelled (cancellable, error);

  if (local_error != NULL)
    g_propagate_error (error, g_steal_pointer (&local_error));
  else if (self->is_cancelled)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Waiting was cancelled");
  else
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                         "No buffer came back in time: wait longer, or raise the limit");

  return FALSE;
}

BpPooled *
bp_admission_run (BpAdmission *self, gint64 end_time, GCancellable *cancellable, GError **error)
{
  for (;;)
    {
      g_autoptr (GError) local_error = NULL;
      BpPooled *pooled;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return NULL;
      pooled = bp_admission_try (self, &local_error);
      if (pooled != NULL)
        return pooled;
      if (end_time == 0 || !bp_admission_is_blocked (self) || bp_in_fork)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          return NULL;
        }
      if (!wait_for_turn (self, end_time, cancellable, error))
        return NULL;
    }
}
