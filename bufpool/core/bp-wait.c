/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-wait-private.h"

#include "bp-lock-private.h"

void
bp_quota_init (BpQuota *quota, guint64 max)
{
  memset (quota, 0, sizeof (BpQuota));
  g_mutex_init (&quota->mutex);
  bp_poke (quota->max, max);
}

void
bp_quota_clear (BpQuota *quota)
{
  g_mutex_clear (&quota->mutex);
}

static void
note_peak (BpQuota *quota, guint64 used)
{
  guint64 peak = bp_peek (quota->peak);

  while (used > peak && !atomic_compare_exchange_weak (&quota->peak, &peak, used))
    ;
}

/* Without a look at the queue. */
static gboolean
take (BpQuota *quota, guint64 n)
{
  guint64 used = atomic_load (&quota->used);

  for (;;)
    {
      guint64 max = bp_peek (quota->max);

      if (n > max || used > max - n)
        return FALSE;
      if (!atomic_compare_exchange_weak (&quota->used, &used, used + n))
        continue;
      note_peak (quota, used + n);
      return TRUE;
    }
}

/* If the limit is lowered meanwhile, either this sees the new limit, or the thread that
 * lowers it sees what was taken. */
gboolean
bp_quota_take (BpQuota *quota, guint64 n)
{
  if (bp_quota_has_waiters (quota) || !take (quota, n))
    return FALSE;
  if (G_LIKELY (atomic_load (&quota->used) <= atomic_load (&quota->max)))
    return TRUE;
  bp_quota_give (quota, n);

  return FALSE;
}

void
bp_quota_add (BpQuota *quota, guint64 n)
{
  note_peak (quota, atomic_fetch_add (&quota->used, n) + n);
}

void
bp_quota_lower (BpQuota *quota, guint64 n)
{
  atomic_fetch_sub (&quota->used, n);
}

void
bp_quota_give (BpQuota *quota, guint64 n)
{
  bp_quota_lower (quota, n);
  /* After a fork() all are served. */
  if (G_UNLIKELY (bp_quota_has_waiters (quota)) && !bp_in_fork)
    bp_quota_serve (quota);
}

/* With the mutex, as all below that change the queue. */
static void
unlink_waiter (BpQuota *quota, BpWaiter *waiter, BpWaiterState state)
{
  if (waiter->prev != NULL)
    waiter->prev->next = waiter->next;
  else
    quota->first = waiter->next;
  if (waiter->next != NULL)
    waiter->next->prev = waiter->prev;
  else
    quota->last = waiter->prev;
  atomic_fetch_sub (&quota->n_waiters, 1);
  waiter->prev = waiter->next = NULL;
  waiter->state = state;
}

static void
dismiss (BpQuota *quota, BpWaiter *waiter, BpWaiterState state)
{
  unlink_waiter (quota, waiter, state);
  waiter->wake (waiter);
}

static void
serve (BpQuota *quota)
{
  while (quota->first != NULL)
    {
      BpWaiter *waiter = quota->first;

      if (waiter->n_wanted > bp_peek (quota->max))
        dismiss (quota, waiter, BP_WAITER_REFUSED);
      else if (take (quota, waiter->n_wanted))
        dismiss (quota, waiter, BP_WAITER_SERVED);
      else
        break;
    }
}

void
bp_quota_serve (BpQuota *quota)
{
  bp_mutex_lock (&quota->mutex);
  serve (quota);
  bp_mutex_unlock (&quota->mutex);
}

gboolean
bp_quota_set_max (BpQuota *quota, guint64 max)
{
  gboolean is_change;

  bp_mutex_lock (&quota->mutex);
  is_change = atomic_exchange (&quota->max, max) != max;
  serve (quota);
  for (BpWaiter *waiter = quota->first, *next; waiter != NULL; waiter = next)
    {
      next = waiter->next;
      if (waiter->n_wanted > max)
        dismiss (quota, waiter, BP_WAITER_REFUSED);
    }
  bp_mutex_unlock (&quota->mutex);

  return is_change;
}

void
bp_quota_join (BpQuota *quota, BpWaiter *waiter)
{
  waiter->state = BP_WAITER_QUEUED;
  waiter->handed = NULL;
  waiter->next = NULL;

  bp_mutex_lock (&quota->mutex);
  waiter->prev = quota->last;
  if (quota->last != NULL)
    quota->last->next = waiter;
  else
    quota->first = waiter;
  quota->last = waiter;
  atomic_fetch_add (&quota->n_waiters, 1);
  serve (quota);
  if (waiter->state == BP_WAITER_QUEUED && waiter->n_wanted > bp_peek (quota->max))
    dismiss (quota, waiter, BP_WAITER_REFUSED);
  bp_mutex_unlock (&quota->mutex);
}

BpWaiterState
bp_quota_leave (BpQuota *quota, BpWaiter *waiter)
{
  BpWaiterState state;

  bp_mutex_lock (&quota->mutex);
  state = waiter->state;
  if (state == BP_WAITER_QUEUED)
    {
      unlink_waiter (quota, waiter, BP_WAITER_OUTSIDE);
      serve (quota);
    }
  bp_mutex_unlock (&quota->mutex);

  return state;
}

guint64
bp_quota_get_shortage (BpQuota *quota)
{
  guint64 n_fits, used;
  gboolean is_waited_for;

  bp_mutex_lock (&quota->mutex);
  serve (quota);
  is_waited_for = quota->first != NULL;
  n_fits = bp_peek (quota->max) - (is_waited_for ? quota->first->n_wanted : 0);
  used = atomic_load (&quota->used);
  bp_mutex_unlock (&quota->mutex);

  /* A thread that has given back meanwhile will serve the first. */
  return used > n_fits ? used - n_fits : (guint64) is_waited_for;
}

gboolean
bp_quota_hand_over (BpQuota *quota, gconstpointer owner, guint64 n, gpointer thing)
{
  BpWaiter *waiter;
  gboolean is_wanted;

  bp_mutex_lock (&quota->mutex);
  waiter = quota->first;
  is_wanted = waiter != NULL && waiter->owner == owner && waiter->n_wanted <= n &&
              atomic_load (&quota->used) <= bp_peek (quota->max);
  if (is_wanted)
    {
      waiter->handed = thing;
      dismiss (quota, waiter, BP_WAITER_HANDED);
      serve (quota);
    }
  bp_mutex_unlock (&quota->mutex);

  return is_wanted;
}

void
bp_quota_dismiss (BpQuota *quota, BpWaiter *waiter, BpWaiterState state)
{
  bp_mutex_lock (&quota->mutex);
  if (waiter->state == BP_WAITER_QUEUED)
    {
      dismiss (quota, waiter, state);
      serve (quota);
    }
  bp_mutex_unlock (&quota->mutex);
}

void
bp_quota_flush (BpQuota *quota, gconstpointer owner, BpWaiterState state)
{
  bp_mutex_lock (&quota->mutex);
  for (BpWaiter *waiter = quota->first, *next; waiter != NULL; waiter = next)
    {
      next = waiter->next;
      if (waiter->owner == owner)
        dismiss (quota, waiter, state);
    }
  serve (quota);
  bp_mutex_unlock (&quota->mutex);
}

void
bp_quota_forget_waiters (BpQuota *quota)
{
  for (BpWaiter *waiter = quota->first, *next; waiter != NULL; waiter = next)
    {
      next = waiter->next;
      unlink_waiter (quota, waiter, BP_WAITER_OUTSIDE);
    }
}
