/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-waiter.h"

#include "bp-pool-private.h"

guint
test_n_waiters (BpPool *pool)
{
  return atomic_load (&pool->core->out.n_waiters);
}

guint
test_n_budget_waiters (BpPool *pool)
{
  return atomic_load (&pool->core->config.budget->bytes.n_waiters);
}

void
test_await_waiters (BpPool *pool,
                    guint   n_waiters)
{
  while (test_n_waiters (pool) != n_waiters)
    g_thread_yield ();
}

void
test_await_budget_waiters (BpPool *pool,
                           guint   n_waiters)
{
  while (test_n_budget_waiters (pool) != n_waiters)
    g_thread_yield ();
}

static void
run (guint    index,
     gpointer data)
{
  TestWaiter *self = data;

  self->pooled = bp_pool_acquire_full (self->pool, self->n_elements, self->flags,
                                       self->acquire_data, self->timeout_us, self->cancellable,
                                       &self->error);
  atomic_store (&self->is_done, TRUE);
  if (self->done != NULL)
    test_queue_push (self->done, self);
}

void
test_waiter_start (TestWaiter *self)
{
  atomic_store (&self->is_done, FALSE);
  self->pooled = NULL;
  self->error = NULL;
  self->thread = test_thread_start (run, 0, self);
}

void
test_waiter_begin (TestWaiter *self)
{
  guint n_waiters = test_n_waiters (self->pool);

  test_waiter_start (self);
  test_await_waiters (self->pool, n_waiters + 1);
}

void
test_waiter_begin_for_bytes (TestWaiter *self)
{
  guint n_waiters = test_n_budget_waiters (self->pool);

  test_waiter_start (self);
  test_await_budget_waiters (self->pool, n_waiters + 1);
}

static void
join (TestWaiter *self)
{
  test_thread_join (g_steal_pointer (&self->thread));
  g_assert_true ((self->pooled != NULL) != (self->error != NULL));
}

BpPooled *
test_waiter_end (TestWaiter *self)
{
  join (self);
  g_assert_no_error (self->error);

  return g_steal_pointer (&self->pooled);
}

void
test_waiter_fail (TestWaiter *self,
                  GQuark      domain,
                  int         code)
{
  join (self);
  g_assert_error (self->error, domain, code);
  g_clear_error (&self->error);
}

void
test_outcome_take (GObject      *pool,
                   GAsyncResult *result,
                   gpointer      outcome)
{
  TestOutcome *self = outcome;

  g_assert_false (self->is_done);
  self->is_done = TRUE;
  self->pooled = bp_pool_acquire_finish (BP_POOL (pool), result, &self->error);
  g_assert_true ((self->pooled != NULL) != (self->error != NULL));
}

static void
run_until_done (TestOutcome *self)
{
  while (!self->is_done)
    g_main_context_iteration (NULL, TRUE);
}

BpPooled *
test_outcome_end (TestOutcome *self)
{
  run_until_done (self);
  g_assert_no_error (self->error);

  return g_steal_pointer (&self->pooled);
}

void
test_outcome_fail (TestOutcome *self,
                   GQuark       domain,
                   int          code)
{
  run_until_done (self);
  g_assert_error (self->error, domain, code);
  g_clear_error (&self->error);
}

void
test_run_all (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}
