/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "parcel.h"
#include "pool-operations.h"
#include "test-stream.h"
#include "test-sync.h"
#include "test-team.h"

/* Several threads at once do random operations on a pool and on their buffers, which
 * they also leave to each other, and some threads end and others take their place.
 * The thread that has a buffer has written its own contents into it, and finds them so.
 * In between all stop, and what they counted must be what the pool has counted. */

#define N_MEMBERS 5
#define N_BOXES 12
#define N_PHASES 6
#define STEPS_PER_PHASE 1000
#define STEPS_AT_REST 20
#define MOST_HELD 20
#define MOST_IDLE 256

typedef struct
{
  struct _Crowd *crowd;
  TestRandom random;
  /* Of Buffer. */
  GPtrArray *buffers;
  Numbers done;
  guint n_steps;
} Member;

typedef struct _Crowd
{
  Model *model;
  Member members[N_MEMBERS];
  _Atomic (Parcel *) boxes[N_BOXES];
  atomic_uint n_scattered;
  TestBarrier barrier;
  /* The last phase; only then the pool is disposed. */
  gboolean is_last;
} Crowd;

static void
count (Member       *member,
       const Effect *effect)
{
  if (effect->kind == EFFECT_ACQUIRED)
    member->done.acquired++;

  if (member->crowd->model->is_crowd)
    ledger_check_crowd (member->crowd->model);
  else
    model_check (member->crowd->model, effect);
}

static void
take (Member *member)
{
  Effect effect = { 0 };
  Buffer *buffer = pool_take (member->crowd->model, &member->random, &effect);

  if (buffer != NULL)
    g_ptr_array_add (member->buffers, buffer);
  count (member, &effect);
}

static Buffer *
pick (Member *member)
{
  if (member->buffers->len == 0)
    return NULL;

  return g_ptr_array_steal_index_fast (member->buffers,
                                       test_random_below (&member->random, member->buffers->len));
}

static void
work_on_buffer (Member   *member,
                gboolean  at_end)
{
  Buffer *buffer = pick (member);
  Effect effect = { 0 };

  if (buffer == NULL)
    return;

  if (at_end)
    buffer_end (buffer, &member->random, &effect);
  else
    buffer_operate (buffer, &member->random, &effect);
  count (member, &effect);

  if (buffer_is_done (buffer))
    buffer_free (buffer);
  else
    g_ptr_array_add (member->buffers, buffer);
}

/* What lay in the box is this member's now. */
static void
accept (Member *member,
        Parcel *parcel)
{
  if (parcel == NULL)
    return;

  parcel_verify (parcel);
  if (parcel->buffer != NULL)
    g_ptr_array_add (member->buffers, parcel_open (parcel));
  else
    parcel_drop (parcel);
}

static void
leave (Member *member,
       Parcel *parcel)
{
  guint box = test_random_below (&member->random, N_BOXES);

  accept (member, atomic_exchange (&member->crowd->boxes[box], parcel));
}

static void
leave_buffer (Member *member)
{
  Buffer *buffer = pick (member);

  leave (member, buffer != NULL ? parcel_new_buffer (buffer) : NULL);
}

static void
scatter (Member *member)
{
  Parcel *parcels[PARCEL_MOST_SHARES];
  Buffer *buffer = pick (member);
  guint n_parcels;

  if (buffer == NULL)
    return;

  n_parcels = parcel_scatter (buffer, &member->random, &member->crowd->n_scattered, parcels);
  if (n_parcels == 0)
    g_ptr_array_add (member->buffers, buffer);
  for (guint i = 0; i < n_parcels; i++)
    leave (member, parcels[i]);
}

/* Only the first member sets anything, so what it has set holds. */
static void
meddle (Member *member)
{
  Model *model = member->crowd->model;
  Effect effect = { 0 };

  switch (test_random_below (&member->random, model->ledger.has_limits ? 5 : 3))
    {
    case 0:
      pool_drop_idle (model, &member->random, &effect);
      break;

    case 1:
      pool_prefill (model, &member->random, &effect);
      break;

    case 2:
      pool_set (model, &member->random, &effect);
      break;

    default:
      ledger_set (model, &member->random, &effect);
      if (model->ledger.max_idle_bytes > 0)
        g_assert_cmpuint (get_stat (model->pool, idle_bytes), <=, model->ledger.max_idle_bytes);
      break;
    }
  g_assert_cmpuint (get_stat (model->pool, idle), <=, bp_pool_get_max_buffers (model->pool));
  count (member, &effect);
}

static void
recycle (Member *member)
{
  Effect effect = { 0 };

  pool_recycle (member->crowd->model, &member->random, &effect);
  count (member, &effect);
  g_assert_cmpuint (get_stat (member->crowd->model->pool, idle), <=, MOST_IDLE);
}

static void
compete (Member *member)
{
  Effect effect = { 0 };

  ledger_work_on_rival (member->crowd->model, &member->random, &effect);
  count (member, &effect);
}

static void
do_step (Member *member)
{
  guint choice = test_random_below (&member->random, 100);

  member->n_steps++;
  if (choice < 4)
    recycle (member);
  else if (choice < 8 && member == member->crowd->members)
    meddle (member);
  else if (choice < 12 && member->crowd->model->ledger.budget != NULL)
    compete (member);
  else if (choice < 18)
    leave_buffer (member);
  else if (choice < 22 && member->crowd->model->element_size > 0)
    scatter (member);
  else if (choice < 55 && member->buffers->len < MOST_HELD)
    take (member);
  else
    work_on_buffer (member, choice > 95 || member->buffers->len >= MOST_HELD);
}

static void
run_life (guint    index,
          gpointer data)
{
  Crowd *crowd = data;
  Member *member = &crowd->members[index];

  for (guint i = 0; i < STEPS_PER_PHASE; i++)
    do_step (member);
  if (index == 0 && crowd->is_last)
    g_object_run_dispose (G_OBJECT (crowd->model->pool));
  for (guint i = 0; i < STEPS_PER_PHASE; i++)
    do_step (member);
}

static guint
count_out (Crowd *crowd)
{
  guint n_out = crowd->n_scattered;

  for (guint i = 0; i < N_MEMBERS; i++)
    {
      for (guint j = 0; j < crowd->members[i].buffers->len; j++)
        n_out += !((Buffer *) g_ptr_array_index (crowd->members[i].buffers, j))->is_gone;
    }
  for (guint i = 0; i < N_BOXES; i++)
    {
      Parcel *parcel = crowd->boxes[i];

      n_out += parcel != NULL && parcel->buffer != NULL && !parcel->buffer->is_gone;
    }

  return n_out;
}

static void
limit (Member *member)
{
  Effect effect = { 0 };

  if (test_random_below (&member->random, 3) == 0)
    ledger_set (member->crowd->model, &member->random, &effect);
  else
    ledger_work_on_rival (member->crowd->model, &member->random, &effect);
  count (member, &effect);
}

/* All have stopped. One of them does something more, of which every effect is seen. */
static void
rest (Crowd *crowd)
{
  Member *member = &crowd->members[test_random_below (&crowd->members[0].random, N_MEMBERS)];
  Numbers done = { .outstanding = count_out (crowd) };

  for (guint i = 0; i < N_MEMBERS; i++)
    done.acquired += crowd->members[i].done.acquired;
  crowd->model->is_closed = crowd->is_last;
  model_reconcile (crowd->model, &done);

  crowd->model->is_crowd = FALSE;
  for (guint i = 0; i < STEPS_AT_REST; i++)
    {
      if (crowd->model->ledger.has_limits && test_random_below (&member->random, 4) == 0)
        limit (member);
      else if (test_random_below (&member->random, 2) == 0)
        take (member);
      else
        work_on_buffer (member, FALSE);
    }
  ledger_note_most (crowd->model);
  crowd->model->is_crowd = TRUE;
}

/* At the end all drop what they have, at once, and the pool, too. */
static void
leave_crowd (Crowd *crowd,
             guint  index)
{
  Member *member = &crowd->members[index];
  guint n_left = member->buffers->len / 2;

  while (member->buffers->len > 0)
    {
      if (index == 0 && member->buffers->len <= n_left)
        g_clear_object (&crowd->model->pool);
      work_on_buffer (member, TRUE);
    }
}

static void
run_member (guint    index,
            gpointer data)
{
  Crowd *crowd = data;

  for (guint phase = 0; phase < N_PHASES; phase++)
    {
      /* Every other member is a new thread each time. */
      if (index % 2 == 0)
        run_life (index, crowd);
      else
        test_thread_join (test_thread_start (run_life, index, crowd));

      if (test_barrier_wait (&crowd->barrier))
        {
          rest (crowd);
          crowd->is_last = phase + 2 == N_PHASES;
        }
      test_barrier_wait (&crowd->barrier);
    }

  leave_crowd (crowd, index);
}

static void
empty_boxes (Crowd *crowd)
{
  for (guint i = 0; i < N_BOXES; i++)
    accept (&crowd->members[0], crowd->boxes[i]);
  leave_crowd (crowd, 0);
  g_assert_cmpuint (crowd->n_scattered, ==, 0);
}

static guint64
play (const TestKind *kind,
      guint64         seed)
{
  Crowd crowd = { 0 };
  TestRandom random;
  guint64 n_steps = 0;

  test_random_init (&random, seed);
  crowd.model = model_new (kind, &random);
  crowd.model->is_crowd = TRUE;
  ledger_note_most (crowd.model);
  test_barrier_init (&crowd.barrier, N_MEMBERS);
  for (guint i = 0; i < N_MEMBERS; i++)
    {
      crowd.members[i].crowd = &crowd;
      crowd.members[i].buffers = g_ptr_array_new ();
      test_random_init (&crowd.members[i].random, test_random_next (&random));
    }

  test_run_threads (N_MEMBERS, run_member, &crowd);
  empty_boxes (&crowd);

  for (guint i = 0; i < N_MEMBERS; i++)
    {
      n_steps += crowd.members[i].n_steps;
      g_ptr_array_unref (crowd.members[i].buffers);
    }
  test_barrier_clear (&crowd.barrier);
  model_free (crowd.model);

  return n_steps;
}

static void
test_crowd (gconstpointer data)
{
  TestEffort effort;
  TestRandom random;
  guint64 n_games = 0, n_steps = 0;

  test_random_init (&random, test_get_seed ());
  test_effort_init (&effort, 16, TEST_N_KINDS);
  for (; test_effort_goes_on (&effort); n_games++)
    n_steps += play (data, test_random_next (&random));

  g_test_message ("%" G_GUINT64_FORMAT " games of %" G_GUINT64_FORMAT " steps", n_games, n_steps);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  test_warm_up ();
  g_type_class_unref (g_type_class_ref (TEST_TYPE_STREAM));
  for (guint i = 0; i < TEST_N_KINDS; i++)
    {
      g_autofree char *path = g_strconcat ("/property/crowd/", test_kinds[i].name, NULL);

      g_test_add_data_func (path, &test_kinds[i], test_crowd);
    }

  return g_test_run ();
}
