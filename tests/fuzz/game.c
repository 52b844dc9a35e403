/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

#include "bp-pool-private.h"

#define STEPS_BETWEEN_CHECKS 8

gboolean game_traces;

Member *
game_pick_member (Game   *self,
                  guint8  number)
{
  self->picked = &self->members[number % self->n_members];

  return self->picked;
}

Member *
game_get_member (Buffer *buffer)
{
  return (Member *) buffer->model;
}

/* NULL if there is none, or another step works on it. */
Buffer *
game_pick_buffer (Game   *self,
                  guint8  number)
{
  Buffer *buffer;

  if (self->held->len == 0)
    return NULL;
  buffer = g_ptr_array_index (self->held, number % self->held->len);
  for (guint i = 0; i < self->n_busy; i++)
    {
      if (self->busy[i] == buffer)
        return NULL;
    }
  self->picked = game_get_member (buffer);

  return buffer;
}

/* Few, mostly; now and then more than there can be. */
gsize
game_pick_length (Member *member,
                  guint8  number)
{
  static const gsize lengths[] = {
    0, 1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 40, 50, 64, 99, 100, 101, 128, 200, 255, 300, 500, 1000,
  };
  static const gsize rare[] = {
    4096, 70000, G_MAXSIZE, G_MAXSIZE / 2, G_MAXSSIZE, (gsize) G_MAXSSIZE + 1, G_MAXSIZE / 8 + 2,
    G_MAXSIZE - 7,
  };

  if (member->model.element_size == 0)
    return 0;
  if (number >= 256 - G_N_ELEMENTS (rare))
    return rare[255 - number];

  return lengths[number % G_N_ELEMENTS (lengths)];
}

void
game_take (Game   *self,
           Buffer *buffer)
{
  g_assert_cmpuint (self->n_busy, <, G_N_ELEMENTS (self->busy));
  self->busy[self->n_busy++] = buffer;
  buffer_verify (buffer);
}

/* Of a buffer larger than twice trim-capacity the pool keeps as much as that. */
static void
note_returned (Buffer *buffer)
{
  Member *member = game_get_member (buffer);
  gsize trim, capacity = buffer->capacity;

  /* The pool object may be gone first. */
  if (member->model.pool == NULL)
    return;
  trim = bp_pool_get_trim_capacity (member->model.pool);
  if (trim > 0 && capacity / 2 >= trim && capacity > 2 * trim)
    capacity = trim;
  member->n_returned++;
  member->returned_bytes += capacity * member->model.element_size;
}

/* The pool has the buffer again, unless the husk of an early release could not be had: then
 * it stays until the last reference goes. */
static void
settle_buffer (Game   *self,
               Buffer *buffer)
{
  gboolean is_husk;

  if (buffer->is_gone || buffer_get_n_pins (buffer) > 0)
    return;

  is_husk = buffer->n_refs > 0 && buffer->is_released && bp_peek (buffer->handle->data) == NULL;
  if (buffer->n_refs == 0 || is_husk)
    {
      note_returned (buffer);
      buffer_leave (buffer);
    }
  else if (buffer->is_released)
    g_assert_true (self->had_faults || game_get_member (buffer)->is_realtime);
}

void
game_let_go (Game   *self,
             Buffer *buffer)
{
  g_assert_true (self->busy[--self->n_busy] == buffer);
  settle_buffer (self, buffer);
  buffer_verify (buffer);
  if (buffer_is_done (buffer))
    {
      g_ptr_array_remove_fast (self->held, buffer);
      buffer_free (buffer);
    }
}

gboolean
game_has_room (Game  *self,
               guint  n)
{
  return self->held->len + n <= GAME_MOST_HELD;
}

Buffer *
game_keep (Member   *member,
           BpPooled *pooled,
           guint8    stamp)
{
  Buffer *buffer = buffer_new (&member->model, pooled);
  TestRandom random;

  if (model_is_objects (&member->model))
    game_watch_object (member, buffer->data);
  test_random_init (&random, stamp);
  buffer_fill (buffer, &random);
  g_ptr_array_add (member->game->held, buffer);

  return buffer;
}

gboolean
game_is_plain (Game  *self,
               guint  n_callbacks)
{
  return self->depth == 0 && self->n_callbacks == n_callbacks && self->calls->len == 0 &&
         self->n_waiters == 0 && self->n_faulty == 0 && !self->is_forbidden;
}

/* Of those with the budget. */
guint64
game_sum_out (Game *self)
{
  guint64 sum = 0;

  for (guint i = 0; i < self->n_members; i++)
    {
      if (self->members[i].has_budget)
        sum += self->members[i].model.ledger.out_bytes;
    }

  return sum;
}

static gboolean
is_too_much (Member *member,
             gsize   n_elements)
{
  guint64 n_bytes, max = bp_budget_get_max_bytes (member->game->budget);

  return !g_uint64_checked_mul (&n_bytes, n_elements, member->model.element_size) ||
         n_bytes > max || game_sum_out (member->game) > max - n_bytes;
}

static void
check_reason (Member *member,
              int     code,
              gsize   n_elements,
              guint   n_buffers,
              gboolean is_plain)
{
  BpPool *pool = member->model.pool;
  guint limit = bp_pool_get_max_outstanding (pool);
  gboolean is_huge = n_elements > G_MAXUINT32;

  switch (code)
    {
    case BP_POOL_ERROR_LIMIT:
      g_assert_true (member->is_realtime || !is_plain ||
                     (limit > 0 && member->model.ledger.n_out + n_buffers > limit));
      break;

    case BP_POOL_ERROR_BUDGET:
      g_assert_true (member->has_budget);
      /* Of many, some may be larger than they need to be. */
      if (is_plain && n_buffers == 1 && member->model.element_size > 0)
        g_assert_true (is_too_much (member, n_elements));
      break;

    case BP_POOL_ERROR_FLUSHING:
      g_assert_true (!is_plain || bp_pool_get_flushing (pool));
      break;

    case BP_POOL_ERROR_CLOSED:
      g_assert_true (!is_plain || member->is_disposed);
      break;

    case BP_POOL_ERROR_TOO_LARGE:
      g_assert_true (is_huge);
      break;

    case BP_POOL_ERROR_NO_MEMORY:
      g_assert_true (is_huge || member->game->had_faults);
      break;

    case BP_POOL_ERROR_OUT_OF_RANGE:
      g_assert_true (member->is_realtime);
      break;

    case BP_POOL_ERROR_CREATE_FAILED:
      g_assert_true (!is_plain ||
                     member->model.counters.n_created >= member->model.counters.fail_after);
      break;

    default:
      g_error ("an acquire failed with the error %d", code);
    }
}

void
game_check_refused (Member       *member,
                    const GError *error,
                    gsize         n_elements,
                    guint         n_buffers,
                    guint         n_callbacks)
{
  gboolean is_plain = game_is_plain (member->game, n_callbacks);

  g_assert_nonnull (error);
  if (error->domain != BP_POOL_ERROR)
    g_error ("an acquire failed: %s", error->message);
  game_reach_member (CASE_REFUSED, (guint) error->code, member);
  check_reason (member, error->code, n_elements, n_buffers, is_plain);
}

void
game_forget_done (Game *self)
{
  for (guint i = self->held->len; i-- > 0;)
    {
      Buffer *buffer = g_ptr_array_index (self->held, i);

      if (buffer_is_done (buffer))
        {
          g_ptr_array_remove_index_fast (self->held, i);
          buffer_free (buffer);
        }
    }
}

/* Where there are waiters, without the faults that say only that, and what the waiters have
 * by now. */
static void
check_structure (Member *member)
{
  Game *game = member->game;
  g_autofree char *faults = NULL;
  g_auto (GStrv) lines = NULL;

  if (member->is_stuck)
    return;
  faults = test_find_faults (member->model.pool);
  if (faults == NULL)
    return;

  lines = g_strsplit (faults, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      gboolean is_waiter = strstr (lines[i], " wait for ") != NULL ||
                           strstr (lines[i], " permits are used") != NULL;

      if (*lines[i] != '\0' && !(is_waiter && game->calls->len + game->n_waiters > 0))
        g_error ("the pool %u is not valid:\n%s", (guint) (member - game->members), faults);
    }
}

/* No wake-up is lost: a waiter that there is room for does not wait, nor one of a pool that
 * is flushing, or was disposed. */
static void
check_queue (Member  *member,
             BpQuota *quota)
{
  BpPool *pool = member->model.pool;
  guint64 used = bp_peek (quota->used), max = bp_peek (quota->max);

  if (member->is_disposed || bp_pool_get_flushing (pool))
    {
      for (BpWaiter *waiter = quota->first; waiter != NULL; waiter = waiter->next)
        g_assert_true (waiter->owner != pool->core);
    }

  if (quota->first != NULL)
    g_assert_true (quota->first->n_wanted > max || used > max - quota->first->n_wanted);
}

/* All that is not held waits in a queue, and has nothing while it does. */
static gboolean
is_settled (Game *self)
{
  guint n_waiting = self->calls->len + self->n_waiters;

  return n_waiting == 0 || game_count_queued (self) == n_waiting;
}

/* What has come back lies idle, or was dropped for it; with all of its capacity, or trimmed. */
static void
check_returned (Member  *member,
                guint64  n_idle,
                guint64  n_bytes,
                guint64  n_dropped)
{
  if (member->game->was_plain && member->n_returned > 0 && member->model.element_size > 0)
    {
      g_assert_cmpuint (n_idle + n_dropped, ==,
                        member->n_idle + member->n_dropped + member->n_returned);
      if (n_dropped == member->n_dropped)
        g_assert_cmpuint (n_bytes, ==, member->idle_bytes + member->returned_bytes);
    }

  member->n_idle = n_idle;
  member->idle_bytes = n_bytes;
  member->n_dropped = n_dropped;
  member->n_returned = 0;
  member->returned_bytes = 0;
}

/* Counting takes a barrier of the kernel: once for each pool. */
static guint64
check_numbers (Member *member)
{
  BpPool *pool = member->model.pool;
  Game *game = member->game;
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);
  guint64 n_out = bp_pool_stats_get_outstanding (stats), n_idle = bp_pool_stats_get_idle (stats);
  guint64 n_bytes = bp_pool_stats_get_idle_bytes (stats);

  g_assert_cmpuint (bp_pool_stats_get_acquired (stats), ==,
                    bp_pool_stats_get_hits (stats) + bp_pool_stats_get_misses (stats));
  g_assert_cmpuint (bp_pool_stats_get_peak_buffers (stats), >=, n_idle + n_out);
  check_queue (member, &pool->core->out);
  if (pool->core->config.budget != NULL)
    check_queue (member, &pool->core->config.budget->bytes);
  if (is_settled (game))
    g_assert_cmpuint (n_out, ==, member->model.ledger.n_out);
  else
    g_assert_cmpuint (n_out, >=, member->model.ledger.n_out);
  check_returned (member, n_idle, n_bytes, bp_pool_stats_get_dropped (stats));
  if (member->is_stuck)
    return n_bytes;
  g_assert_cmpuint (n_idle, <=, bp_pool_get_max_buffers (pool));
  if (bp_pool_get_max_idle_bytes (pool) > 0)
    g_assert_cmpuint (n_bytes, <=, bp_pool_get_max_idle_bytes (pool));

  return n_bytes;
}

/* What caches hold is only estimated where they cannot be revoked. */
static void
check_budget (Game    *self,
              guint64  n_idle_bytes)
{
  guint64 used = bp_budget_get_used_bytes (self->budget), sum = game_sum_out (self);
  guint64 peak = bp_budget_get_peak_bytes (self->budget);

  if (!is_settled (self))
    g_assert_cmpuint (used, >=, sum + n_idle_bytes);
  else if (!self->is_forbidden)
    g_assert_cmpuint (used, ==, sum + n_idle_bytes);
  g_assert_cmpuint (used, >=, sum);
  g_assert_cmpuint (peak, >=, used);
  g_assert_cmpuint (peak, >=, self->peak);
  self->peak = peak;
}

void
game_check (Game     *self,
            gboolean  is_thorough)
{
  guint64 n_idle_bytes = 0;

  g_assert_cmpuint (self->n_busy, ==, 0);
  g_assert_cmpuint (self->depth, ==, 0);

  for (guint i = 0; i < self->n_members; i++)
    {
      guint64 n_bytes;

      check_structure (&self->members[i]);
      n_bytes = check_numbers (&self->members[i]);
      if (self->members[i].has_budget)
        n_idle_bytes += n_bytes;
    }
  if (self->budget != NULL)
    check_budget (self, n_idle_bytes);
  if (!is_thorough)
    return;

  for (guint i = 0; i < self->held->len; i++)
    buffer_verify (g_ptr_array_index (self->held, i));
}

/* For a look at what went wrong. */
static void
print_members (Game *self)
{
  for (guint i = 0; i < self->n_members; i++)
    {
      Member *member = &self->members[i];
      g_autoptr (BpPoolStats) stats = bp_pool_get_stats (member->model.pool);
      g_autofree char *text = bp_pool_stats_to_string (stats);

      g_printerr ("  %u, %s of %" G_GSIZE_FORMAT "%s%s%s: out %u, %" G_GUINT64_FORMAT " bytes; %s\n",
                  i, member->model.kind->name, member->model.element_size,
                  member->has_budget ? ", budget" : "", member->is_realtime ? ", realtime" : "",
                  member->is_disposed ? ", disposed" : "", member->model.ledger.n_out,
                  member->model.ledger.out_bytes, text);
    }
  g_printerr ("  %u held, %u calls, %u waiters\n", self->held->len, self->calls->len,
              self->n_waiters);
}

gboolean
game_read_step (Game *self,
                Step *step)
{
  if (self->n_left < sizeof (Step))
    return FALSE;

  memcpy (step, self->data, sizeof (Step));
  self->data += sizeof (Step);
  self->n_left -= sizeof (Step);

  return TRUE;
}

#define STEP(name, weight) { #name, do_##name, weight }

/* Each as often as it is worth it. */
static const struct
{
  const char *name;
  StepFunc func;
  guint weight;
} steps[] = {
  STEP (take, 5), STEP (take_many, 1), STEP (attach, 1), STEP (change, 5), STEP (end, 6),
  STEP (share, 2), STEP (with_share, 3), STEP (look, 1), STEP (idle, 2), STEP (recycle, 2),
  STEP (set, 3), STEP (get, 1), STEP (budget, 1), STEP (dispose, 1), STEP (new, 1),
  STEP (read, 2), STEP (call, 2), STEP (with_call, 1), STEP (wait, 1), STEP (run_loop, 1),
  STEP (arm, 2), STEP (fail, 2), STEP (forbid, 1), STEP (pass_time, 1), STEP (item, 1),
  STEP (wrong, 1), STEP (thread, 3),
};

static guint
find_step (guint8 op)
{
  guint sum = 0, step = 0;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    sum += steps[i].weight;
  for (guint n = op % sum; n >= steps[step].weight; step++)
    n -= steps[step].weight;

  return step;
}

static void
do_traced (Game       *self,
           guint       number,
           const Step *step)
{
  guint n_faults = get_n_faults ();

  if (game_traces)
    g_printerr ("%*sthread %u: %s %u %u %u\n", 2 * self->depth, "", self->thread,
                steps[number].name, step->a, step->b, step->c);
  self->n_steps++;
  self->picked = NULL;
  steps[number].func (self, step);
  game_reach_step (self, number, get_n_faults () > n_faults);
}

void
game_do_step (Game       *self,
              const Step *step)
{
  guint n_callbacks = self->n_callbacks;
  gboolean was_plain = game_is_plain (self, n_callbacks);

  do_traced (self, find_step (step->op), step);
  if (self->depth > 0)
    return;

  game_settle (self);
  if (game_traces)
    print_members (self);
  self->was_plain = was_plain && game_is_plain (self, n_callbacks);
  if (self->n_faulty > 0 && --self->n_faulty == 0)
    end_faults ();
  game_check (self, self->n_steps % STEPS_BETWEEN_CHECKS == 0);
}
