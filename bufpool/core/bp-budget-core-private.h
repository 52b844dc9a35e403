/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-wait-private.h"

/*
 * A budget: bytes that any number of pools share.
 *
 * Every byte of capacity of a member's buffers is charged before its memory is taken, and
 * given back after it has been freed, whether the buffer is out or idle. So the budget is
 * never over its limit by a byte, but for what was there when the limit was lowered.
 *
 * RECLAIM. When bytes are short, idle buffers of all members go first. The mutex of the
 * budget guards the list of members only: a member is referred to under it, and asked
 * without it, since it takes locks of its own and calls the user's code.
 *
 * WAITING. While a call waits for bytes, no idle buffer may lie where it is not seen. A
 * waiter joins the queue, has every member's caches emptied and turned off, reclaims, and
 * then sleeps. A return puts its buffer into a ring, and looks for waiters before it
 * unlocks that: so either the waiter finds the buffer, or the return the waiter. The same
 * is done while there is more than there may be, since the limit was lowered.
 */

typedef struct _BpBudgetCore BpBudgetCore;
typedef struct _BpMember BpMember;

typedef enum
{
  /* What was not used since it was looked at last. */
  BP_RECLAIM_QUIET,
  /* The oldest that lie in rings. */
  BP_RECLAIM_OLDEST,
  /* What threads have in their caches, too. */
  BP_RECLAIM_ALL
} BpReclaim;

/* What a pool is to its budget. */
typedef struct
{
  gboolean (*try_ref) (BpMember *member);
  void (*unref) (BpMember *member);
  /* Frees idle buffers of so many bytes, if it has them; how many they were. */
  guint64 (*reclaim) (BpMember *member, guint64 n_bytes, BpReclaim how);
  /* Lets every return be seen for a while. */
  void (*watch) (BpMember *member);
} BpMemberFuncs;

struct _BpMember
{
  const BpMemberFuncs *funcs;
  BpMember *prev;
  BpMember *next;
};

struct _BpBudgetCore
{
  BpQuota bytes;
  _Atomic gsize refs;
  /* Threads that have what they reclaimed in their hands. */
  atomic_uint n_reclaiming;
  /* With the mutex of the quota. */
  BpMember *members;

  /* All budgets, so that fork() finds them. */
  BpBudgetCore *prev_budget;
  BpBudgetCore *next_budget;
  /* Those that a fork() has locked, with a reference. */
  BpBudgetCore *next_locked;
};

BpBudgetCore *bp_budget_core_new (guint64 max_bytes);
BpBudgetCore *bp_budget_core_ref (BpBudgetCore *self);
void bp_budget_core_unref (BpBudgetCore *self);

void bp_budget_core_add_member (BpBudgetCore *self, BpMember *member);
void bp_budget_core_remove_member (BpBudgetCore *self, BpMember *member);

/* Reclaims what is missing; FALSE and BUDGET if that is not enough, or others wait. */
gboolean bp_budget_core_charge (BpBudgetCore *self, guint64 n_bytes, GError **error);
/* Only if they are free, and no call waits. */
gboolean bp_budget_core_try_charge (BpBudgetCore *self, guint64 n_bytes);

static inline void
bp_budget_core_give (BpBudgetCore *self, guint64 n_bytes)
{
  bp_quota_give (&self->bytes, n_bytes);
}

static inline gboolean
bp_budget_core_is_short (BpBudgetCore *self)
{
  return bp_quota_is_short (&self->bytes);
}

/* Frees what is too much at once. Whether it was a change. */
gboolean bp_budget_core_set_max (BpBudgetCore *self, guint64 max_bytes);
/* With nothing locked: reclaims for waiters, or what is too much, until nothing is missing
 * or nothing lies idle. */
void bp_budget_core_serve (BpBudgetCore *self);
/* After a waiter has joined the queue, before it sleeps; and when the limit was lowered. */
void bp_budget_core_watch (BpBudgetCore *self);

/* Around a fork(); afterwards waiters are served, with nothing locked. */
void bp_budget_core_lock_all (void);
void bp_budget_core_unlock_all (gboolean is_child);
void bp_budget_core_serve_all (void);
