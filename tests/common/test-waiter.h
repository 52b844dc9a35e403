/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include <bufpool.h>

#include "test-sync.h"
#include "test-team.h"

/*
 * Threads that wait for a buffer, and the queues that they wait in, so that a test can say
 * which of them waits at what moment, without a look at the clock.
 */

/* How many wait for a permit of the pool, or for bytes of its budget. */
guint    test_n_waiters        (BpPool     *pool);
guint    test_n_budget_waiters (BpPool     *pool);
/* Return when so many do. */
void     test_await_waiters    (BpPool     *pool,
                                guint       n_waiters);
void     test_await_budget_waiters (BpPool *pool,
                                guint       n_waiters);

/* A thread with a call of bp_pool_acquire_full(). What comes first can be set before it is
 * started; what comes after it is to be read when it has been joined. */
typedef struct
{
  BpPool *pool;
  gsize n_elements;
  BpAcquireFlags flags;
  gpointer acquire_data;
  gint64 timeout_us;
  GCancellable *cancellable;
  /* If there is one, the waiter is pushed when it is done. */
  TestQueue *done;

  atomic_bool is_done;
  BpPooled *pooled;
  GError *error;
  TestThread *thread;
} TestWaiter;

/* Waits for ever, for a permit if n_elements is 0. */
#define TEST_WAITER_INIT(p, n) { .pool = (p), .n_elements = (n), .timeout_us = -1 }

void     test_waiter_start     (TestWaiter *self);
/* Starts it, and returns when it waits. */
void     test_waiter_begin     (TestWaiter *self);
void     test_waiter_begin_for_bytes (TestWaiter *self);
/* They join it, and fail the test unless it got a buffer, or that error. */
BpPooled *test_waiter_end      (TestWaiter *self);
void     test_waiter_fail      (TestWaiter *self,
                                GQuark      domain,
                                int         code);

/* What a call of bp_pool_acquire_async() has come to; the callback for it. */
typedef struct
{
  gboolean is_done;
  BpPooled *pooled;
  GError *error;
} TestOutcome;

#define TEST_OUTCOME_INIT { FALSE, NULL, NULL }

void      test_outcome_take    (GObject      *pool,
                                GAsyncResult *result,
                                gpointer      outcome);
/* They run the main context until it is done, and fail the test unless it got a buffer, or
 * that error. */
BpPooled *test_outcome_end     (TestOutcome  *self);
void      test_outcome_fail    (TestOutcome  *self,
                                GQuark        domain,
                                int           code);
/* All that is due in the main context, which may be nothing. */
void      test_run_all         (void);
