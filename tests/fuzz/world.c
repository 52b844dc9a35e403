/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

#include "bp-fence-private.h"
#include "test-next.h"

/* What is around the pools: threads, time, memory that is not to be had, barriers that the
 * kernel refuses; and threads that wait. */

#define MOST_RINGS 4

typedef void (*CondWaitFunc) (GCond  *cond,
                              GMutex *mutex);

/* How many threads are in there: those that wait without a time. */
static atomic_uint n_asleep;

#undef g_cond_wait

void
g_cond_wait (GCond  *cond,
             GMutex *mutex)
{
  static _Atomic (gpointer) next;
  CondWaitFunc func;

  *(gpointer *) &func = test_find_next (&next, "g_cond_wait");
  atomic_fetch_add (&n_asleep, 1);
  func (cond, mutex);
  atomic_fetch_sub (&n_asleep, 1);
}

void
do_thread (Game       *game,
           const Step *step)
{
  guint thread = step->a % (GAME_N_WORKERS + 1);

  if (game->depth > 0)
    return;
  /* That one must not be at work. */
  if (step->b >= 240 && thread > 0 && thread != game->thread)
    game_renew_thread (thread);
  game->thread = thread;
}

void
do_pass_time (Game       *game,
              const Step *step)
{
  test_clock_advance (step->a);
  do_run_loop (game, step);
}

/* An alarm is always due, since the clock stands still. */
void
do_run_loop (Game       *game,
             const Step *step)
{
  if (game->depth > 1)
    return;
  for (guint i = 0; i < MOST_RINGS && g_main_context_iteration (NULL, FALSE); i++)
    ;
}

/* Allocations fail only while no thread waits. Most calls allocate once or twice. */
void
do_fail (Game       *game,
         const Step *step)
{
  static const int n_good[] = { 0, 0, 0, 1, 1, 2, 3, 5 };

  if (game->n_waiters > 0 || game->depth > 0)
    return;
  fail_from (n_good[step->a % G_N_ELEMENTS (n_good)], step->b % 2);
  game->had_faults = TRUE;
  game->n_faulty = 2 + step->c % 3;
}

static void
repair (gpointer data)
{
  Game *game = data;

  for (guint i = 0; i < game->n_members; i++)
    {
      BpPooled *pooled;

      if (!game->members[i].is_stuck || game->members[i].is_realtime)
        continue;
      pooled = bp_pool_try_acquire (game->members[i].model.pool, NULL);
      if (pooled != NULL)
        bp_pooled_unref (pooled);
    }
}

/* Each thread comes by, and each pool looks at all caches again. The main thread calls it, since
 * it lets the others work. */
void
game_allow_barriers (Game *self)
{
  if (!self->is_forbidden)
    return;

  bp_fence_set_failing (FALSE);
  for (guint i = 0; i <= GAME_N_WORKERS; i++)
    game_run_in (i, repair, self);
  for (guint i = 0; i < self->n_members; i++)
    {
      Member *member = &self->members[i];
      int thread_cache = bp_pool_get_thread_cache (member->model.pool);

      bp_pool_set_thread_cache (member->model.pool, thread_cache == 0 ? 1 : 0);
      bp_pool_set_thread_cache (member->model.pool, thread_cache);
      member->is_stuck = FALSE;
    }
  self->is_forbidden = FALSE;
}

void
do_forbid (Game       *game,
           const Step *step)
{
  if (game->thread > 0 || game->depth > 0 || game->n_waiters > 0 || game->calls->len > 0 ||
      game->n_faulty > 0)
    return;
  if (game->is_forbidden)
    {
      game_allow_barriers (game);
      return;
    }

  bp_fence_set_failing (TRUE);
  game->is_forbidden = TRUE;
  for (guint i = 0; i < game->n_members; i++)
    game->members[i].is_stuck = TRUE;
}

guint
game_count_queued (Game *self)
{
  guint n = 0;

  for (guint i = 0; i < self->n_members; i++)
    n += test_n_waiters (self->members[i].model.pool);
  for (guint i = 0; i < self->n_members; i++)
    {
      if (self->members[i].has_budget)
        return n + test_n_budget_waiters (self->members[i].model.pool);
    }

  return n;
}

static void
collect (Game *self,
         guint index)
{
  TestWaiter *waiter = self->waiters[index];
  Member *member = self->waiting[index];

  test_thread_join (g_steal_pointer (&waiter->thread));
  if (waiter->pooled != NULL)
    game_keep (member, waiter->pooled, (guint8) waiter->n_elements);
  else
    g_assert_true (waiter->error->domain == BP_POOL_ERROR || waiter->error->domain == G_IO_ERROR);
  g_clear_error (&waiter->error);
  g_clear_object (&waiter->cancellable);
  g_free (waiter);

  self->n_waiters--;
  self->waiters[index] = self->waiters[self->n_waiters];
  self->waiting[index] = self->waiting[self->n_waiters];
}

static guint
count_waiting (Game *self)
{
  guint n = 0;

  for (guint i = 0; i < self->n_waiters; i++)
    n += !atomic_load (&self->waiters[i]->is_done);

  return n;
}

/* A thread leaves the queue in the call that serves it, and only then wakes up: so as many
 * in the queues as are asleep are asleep there. */
void
game_settle (Game *self)
{
  guint n;

  if (self->n_waiters == 0)
    return;
  while ((n = count_waiting (self)) > 0 &&
         !(game_count_queued (self) == n && atomic_load (&n_asleep) == n))
    g_thread_yield ();
  /* From the last one on, since the last takes the place of one that goes. */
  for (guint i = self->n_waiters; i-- > 0;)
    {
      if (atomic_load (&self->waiters[i]->is_done))
        collect (self, i);
    }
}

/* A thread waits for ever, or until a step cancels that. */
void
do_wait (Game       *game,
         const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  TestWaiter *waiter;

  if (game->depth > 0 || game->n_faulty > 0 || game->is_forbidden || game->calls->len > 0)
    return;
  if (game->n_waiters == GAME_MOST_WAITERS || step->b >= 192)
    {
      if (game->n_waiters == 0)
        return;
      waiter = game->waiters[step->b % game->n_waiters];
      g_cancellable_cancel (waiter->cancellable);
      while (!atomic_load (&waiter->is_done))
        g_thread_yield ();
      return;
    }
  /* Threads that really wait take long. */
  if (game->n_waits == GAME_MOST_WAITS || step->b >= 64)
    return;
  if (member->is_realtime || game->n_armed > 0 || !game_has_room (game, 1 + game->n_waiters))
    return;

  waiter = g_new (TestWaiter, 1);
  *waiter = (TestWaiter) TEST_WAITER_INIT (member->model.pool, game_pick_length (member, step->c));
  waiter->flags = step->b % 2 == 0 ? BP_ACQUIRE_NONE : BP_ACQUIRE_UNINIT;
  waiter->cancellable = g_cancellable_new ();
  game->n_waits++;
  game->waiters[game->n_waiters] = waiter;
  game->waiting[game->n_waiters++] = member;
  test_waiter_start (waiter);
}

void
game_end_waiters (Game *self)
{
  for (guint i = 0; i < self->n_waiters; i++)
    {
      g_cancellable_cancel (self->waiters[i]->cancellable);
      while (!atomic_load (&self->waiters[i]->is_done))
        g_thread_yield ();
    }
  game_settle (self);
  g_assert_cmpuint (self->n_waiters, ==, 0);
}
