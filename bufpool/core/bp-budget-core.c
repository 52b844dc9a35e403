/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-budget-core-private.h"

#include <stdlib.h>

#include "bp-lock-private.h"
#include "bp-types.h"

/* How often an acquire yields to other threads that free memory. */
#define MAX_YIELDS 100

static GMutex budgets_mutex;
static BpBudgetCore *budgets;
static BpBudgetCore *locked_budgets;

BpBudgetCore *
bp_budget_core_new (guint64 max_bytes)
{
  BpBudgetCore *self = aligned_alloc (BP_CACHE_PAIR, sizeof (BpBudgetCore));

  if (self == NULL)
    g_error ("%s: failed to allocate %" G_GSIZE_FORMAT " bytes", G_STRLOC, sizeof (BpBudgetCore));

  memset (self, 0, sizeof (BpBudgetCore));
  bp_quota_init (&self->bytes, max_bytes);
  bp_poke (self->refs, 1);

  bp_mutex_lock (&budgets_mutex);
  self->next_budget = budgets;
  if (budgets != NULL)
    budgets->prev_budget = self;
  budgets = self;
  bp_mutex_unlock (&budgets_mutex);

  return self;
}

BpBudgetCore *
bp_budget_core_ref (BpBudgetCore *self)
{
  bp_count (self->refs, 1);

  return self;
}

/* With the list locked: FALSE if it is being freed. */
static gboolean
try_ref (BpBudgetCore *self)
{
  gsize refs = bp_peek (self->refs);

  while (refs > 0)
    {
      if (atomic_compare_exchange_weak (&self->refs, &refs, refs + 1))
        return TRUE;
    }

  return FALSE;
}

void
bp_budget_core_unref (BpBudgetCore *self)
{
  if (atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) > 1)
    return;

  bp_mutex_lock (&budgets_mutex);
  if (self->next_budget != NULL)
    self->next_budget->prev_budget = self->prev_budget;
  if (self->prev_budget != NULL)
    self->prev_budget->next_budget = self->next_budget;
  else
    budgets = self->next_budget;
  bp_mutex_unlock (&budgets_mutex);

  bp_quota_clear (&self->bytes);
  free (self);
}

void
bp_budget_core_add_member (BpBudgetCore *self, BpMember *member)
{
  bp_mutex_lock (&self->bytes.mutex);
  member->prev = NULL;
  member->next = self->members;
  if (self->members != NULL)
    self->members->prev = member;
  self->members = member;
  bp_mutex_unlock (&self->bytes.mutex);
}

void
bp_budget_core_remove_member (BpBudgetCore *self, BpMember *member)
{
  bp_mutex_lock (&self->bytes.mutex);
  if (member->next != NULL)
    member->next->prev = member->prev;
  if (member->prev != NULL)
    member->prev->next = member->next;
  else
    self->members = member->next;
  bp_mutex_unlock (&self->bytes.mutex);
}

/* The one after it, or the first, with a reference: that keeps it in the list. */
static BpMember *
get_next (BpBudgetCore *self, BpMember *member)
{
  BpMember *next;

  bp_mutex_lock (&self->bytes.mutex);
  next = member != NULL ? member->next : self->members;
  while (next != NULL && !next->funcs->try_ref (next))
    next = next->next;
  bp_mutex_unlock (&self->bytes.mutex);

  if (member != NULL)
    member->funcs->unref (member);

  return next;
}

static guint64
reclaim_from_all (BpBudgetCore *self, guint64 n_bytes, BpReclaim how)
{
  guint64 n_found = 0;

  for (BpMember *member = get_next (self, NULL); member != NULL; member = get_next (self, member))
    {
      if (n_found < n_bytes || how == BP_RECLAIM_QUIET)
        n_found += member->funcs->reclaim (member, n_found < n_bytes ? n_bytes - n_found : 0, how);
    }

  return n_found;
}

static guint64
reclaim (BpBudgetCore *self, guint64 n_bytes)
{
  guint64 n_found;

  atomic_fetch_add (&self->n_reclaiming, 1);
  n_found = reclaim_from_all (self, n_bytes, BP_RECLAIM_QUIET);
  if (n_found < n_bytes)
    n_found += reclaim_from_all (self, n_bytes - n_found, BP_RECLAIM_OLDEST);
  if (n_found < n_bytes)
    n_found += reclaim_from_all (self, n_bytes - n_found, BP_RECLAIM_ALL);
  atomic_fetch_sub (&self->n_reclaiming, 1);

  return n_found;
}

static gboolean
fail_budget (BpBudgetCore *self, guint64 n_bytes, GError **error)
{
  guint64 used = bp_peek (self->bytes.used), max = bp_peek (self->bytes.max);

  if (n_bytes > max)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET,
                 "%" G_GUINT64_FORMAT " bytes were asked for, and the budget has %"
                 G_GUINT64_FORMAT " in all: ask for less, or raise max-bytes", n_bytes, max);
  else
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET,
                 "%" G_GUINT64_FORMAT " bytes were asked for, and of the budget's %"
                 G_GUINT64_FORMAT " there are %" G_GUINT64_FORMAT " in use%s: give buffers "
                 "back, raise max-bytes, or wait with acquire_wait()",
                 n_bytes, max, used,
                 bp_quota_has_waiters (&self->bytes) ? " and others waiting" : "");

  return FALSE;
}

gboolean
bp_budget_core_try_charge (BpBudgetCore *self, guint64 n_bytes)
{
  return bp_quota_take (&self->bytes, n_bytes);
}

gboolean
bp_budget_core_charge (BpBudgetCore *self, guint64 n_bytes, GError **error)
{
  guint n_yields = 0;

  while (!bp_quota_take (&self->bytes, n_bytes))
    {
      guint64 max = bp_peek (self->bytes.max), used = bp_peek (self->bytes.used);

      if (n_bytes > max || bp_quota_has_waiters (&self->bytes))
        return fail_budget (self, n_bytes, error);
      if (used <= max - n_bytes || reclaim (self, used - (max - n_bytes)) > 0)
        continue;
      /* Others may be about to free more than they need, or have just done so. Their
       * callbacks may come here as well, so there is an end to it. */
      if (bp_peek (self->n_reclaiming) == 0 && bp_peek (self->bytes.used) > max - n_bytes)
        return fail_budget (self, n_bytes, error);
      if (n_yields++ == MAX_YIELDS)
        return fail_budget (self, n_bytes, error);
      g_thread_yield ();
    }

  return TRUE;
}

gboolean
bp_budget_core_set_max (BpBudgetCore *self, guint64 max_bytes)
{
  gboolean is_change = bp_quota_set_max (&self->bytes, max_bytes);

  bp_budget_core_serve (self);
  /* What comes back from now on is not kept either. */
  if (bp_budget_core_is_short (self))
    bp_budget_core_watch (self);

  return is_change;
}

void
bp_budget_core_serve (BpBudgetCore *self)
{
  guint64 n_short;

  do
    n_short = bp_quota_get_shortage (&self->bytes);
  while (n_short > 0 && reclaim (self, n_short) > 0);
}

void
bp_budget_core_watch (BpBudgetCore *self)
{
  for (BpMember *member = get_next (self, NULL); member != NULL; member = get_next (self, member))
    member->funcs->watch (member);

  bp_budget_core_serve (self);
}

void
bp_budget_core_lock_all (void)
{
  bp_mutex_lock (&budgets_mutex);
  for (BpBudgetCore *budget = budgets; budget != NULL; budget = budget->next_budget)
    {
      if (!try_ref (budget))
        continue;
      budget->next_locked = locked_budgets;
      locked_budgets = budget;
      bp_mutex_lock (&budget->bytes.mutex);
    }
}

void
bp_budget_core_unlock_all (gboolean is_child)
{
  for (BpBudgetCore *budget = locked_budgets; budget != NULL; budget = budget->next_locked)
    {
      if (is_child)
        bp_quota_forget_waiters (&budget->bytes);
      bp_mutex_unlock (&budget->bytes.mutex);
    }
  bp_mutex_unlock (&budgets_mutex);
}

void
bp_budget_core_serve_all (void)
{
  while (locked_budgets != NULL)
    {
      BpBudgetCore *budget = locked_budgets;

      locked_budgets = budget->next_locked;
      if (bp_budget_core_is_short (budget))
        bp_budget_core_serve (budget);
      bp_budget_core_unref (budget);
    }
}
