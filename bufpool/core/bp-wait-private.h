/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * A quota: a number that must not exceed a limit, and a queue of waiters, which wait
 * until their share of it is free. The permits of a pool are one, and the bytes of a
 * budget.
 *
 * FIRST COME, FIRST SERVED. Every waiter is in the queue. While the queue is not empty,
 * only waiters are served. What is given back is taken on behalf of the first waiter,
 * which finds its share when it wakes up.
 *
 * NO LOST WAKE-UP. Each side stores one number, and then reads the other's:
 *
 *   waiter                               thread that gives back
 *     n_waiters++                          used -= n
 *     does it fit? then take it            is there a waiter? then lock, and serve
 *     sleep
 *
 * Both are sequentially consistent, so one of them at least sees the other. Giving back
 * without a waiter locks nothing.
 *
 * A waiter that leaves, for whatever reason, serves the next; one that was served in the
 * meantime gives its share back.
 *
 * tests/models/wait.pml is this.
 */

#define BP_NO_MAX G_MAXUINT64

typedef enum
{
  BP_WAITER_OUTSIDE,
  BP_WAITER_QUEUED,
  /* Its share is taken for it. */
  BP_WAITER_SERVED,
  /* It got the thing itself that another thread gave back. */
  BP_WAITER_HANDED,
  /* It can never be served: the limit has become less than its share. */
  BP_WAITER_REFUSED,
  BP_WAITER_FLUSHED,
  BP_WAITER_CLOSED
} BpWaiterState;

typedef struct _BpWaiter BpWaiter;

struct _BpWaiter
{
  BpWaiter *prev;
  BpWaiter *next;
  guint64 n_wanted;
  /* Whose waiters are flushed together. */
  gconstpointer owner;
  BpWaiterState state;
  gpointer handed;
  /* Called with the quota's mutex: it lets the waiter know, and does nothing else. */
  void (*wake) (BpWaiter *waiter);
};

typedef struct
{
  _Alignas (BP_CACHE_PAIR) _Atomic guint64 used;
  _Atomic guint64 peak;
  _Atomic guint64 max;
  atomic_uint n_waiters;
  GMutex mutex;
  BpWaiter *first;
  BpWaiter *last;
} BpQuota;

void bp_quota_init (BpQuota *quota, guint64 max);
void bp_quota_clear (BpQuota *quota);

static inline gboolean
bp_quota_has_waiters (BpQuota *quota)
{
  return atomic_load (&quota->n_waiters) > 0;
}

/* A call waits, or there is more than there may be since the limit was lowered. */
static inline gboolean
bp_quota_is_short (BpQuota *quota)
{
  return bp_quota_has_waiters (quota) || bp_peek (quota->used) > bp_peek (quota->max);
}

/* FALSE if it does not fit, or others wait. */
gboolean bp_quota_take (BpQuota *quota, guint64 n);
/* Whether it fits or not. */
void bp_quota_add (BpQuota *quota, guint64 n);
void bp_quota_give (BpQuota *quota, guint64 n);
/* The first half of giving: the caller must serve the waiters afterwards. */
void bp_quota_lower (BpQuota *quota, guint64 n);
/* Those that fit. */
void bp_quota_serve (BpQuota *quota);
/* Refuses waiters that want more. Whether it was a change. */
gboolean bp_quota_set_max (BpQuota *quota, guint64 max);

/* At the end of the queue; it may be served at once. */
void bp_quota_join (BpQuota *quota, BpWaiter *waiter);
/* Whatever its state is; afterwards it is outside of the queue. */
BpWaiterState bp_quota_leave (BpQuota *quota, BpWaiter *waiter);
/* How much is missing for the first in the queue, or too much if no call waits. */
guint64 bp_quota_get_shortage (BpQuota *quota);
/* Gives a thing to the first in the queue, if that is one of the owner's that wants no
 * more than so much. */
gboolean bp_quota_hand_over (BpQuota *quota, gconstpointer owner, guint64 n, gpointer thing);
/* It leaves with that state, if it is still in the queue. */
void bp_quota_dismiss (BpQuota *quota, BpWaiter *waiter, BpWaiterState state);
/* The same for all of an owner's waiters. */
void bp_quota_flush (BpQuota *quota, gconstpointer owner, BpWaiterState state);
/* In the child of a fork(), with the mutex: there are no waiters there. Waiters without
 * a thread find themselves outside. */
void bp_quota_forget_waiters (BpQuota *quota);
