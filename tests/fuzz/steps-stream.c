/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

/* Steps that read from streams, and calls that end later. */

#define MOST_ITERATIONS 100000
#define N_BYTES 300
#define N_SIZES 8

static guint8 bytes[N_BYTES];

static void
on_read (TestStream *stream,
         gpointer    data)
{
  game_call_back (data);
}

/* It gives pieces, ends early or at once, fails, or returns false numbers. */
static TestStream *
make_stream (Game       *game,
             const Step *step)
{
  TestStream *stream;

  for (guint i = 0; i < N_BYTES; i++)
    bytes[i] = (guint8) (i * 5 + 1);
  stream = test_stream_new (bytes, step->b % 2 == 0 ? N_BYTES
                                                    : step->c / N_SIZES % N_SIZES * N_BYTES / N_SIZES);
  stream->max_read = step->b / 2 % 4 * 7;
  if (step->b / 8 % 4 == 3)
    {
      stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "the fuzzer's");
      stream->n_before_error = step->b / 32;
      stream->fails_once = step->b % 64 < 32;
    }
  stream->on_read = on_read;
  stream->on_read_data = game;

  return stream;
}

static gsize
get_n_given (TestStream *stream)
{
  return (gsize) (stream->data - bytes);
}

/* What an error of a read may be. With an error no bytes are lost. */
static void
check_failed (Member       *member,
              TestStream   *stream,
              const GError *error,
              gsize         count,
              guint         n_callbacks)
{
  g_assert_nonnull (error);
  g_assert_cmpuint (get_n_given (stream), ==, 0);
  if (error->domain != G_IO_ERROR)
    game_check_refused (member, error, count, 1, n_callbacks);
}

/* All that the stream has given; as much as was asked for, if it has so much and all of it
 * is to be read. */
static void
check_read (TestStream   *stream,
            const guint8 *data,
            gsize         n_bytes,
            gsize         count,
            gboolean      may_be_short)
{
  g_assert_cmpuint (n_bytes, <=, count);
  g_assert_cmpuint (n_bytes, ==, get_n_given (stream));
  g_assert_cmpmem (data, n_bytes, bytes, n_bytes);
  if (!may_be_short)
    g_assert_true (n_bytes == count || stream->n_left == 0);
}

static void
keep_slice (Member        *member,
            BpPooledSlice *slice,
            TestStream    *stream,
            gsize          count,
            gboolean       may_be_short)
{
  Game *game = member->game;
  gsize n_bytes;
  const guint8 *data = bp_pooled_slice_get_data (slice, &n_bytes);
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;

  check_read (stream, data, n_bytes, count, may_be_short);
  pooled = bp_pooled_slice_steal_pooled (slice, &error);
  g_assert_no_error (error);
  bp_pooled_slice_unref (slice);
  if (game_has_room (game, 1))
    game_keep (member, pooled, (guint8) n_bytes);
  else
    bp_pooled_unref (pooled);
}

static gboolean
is_of_bytes (Member *member)
{
  return member->model.element_size == 1;
}

void
do_read (Game       *game,
         const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  gsize count = game_pick_length (member, step->c), n_bytes;
  guint n_callbacks = game->n_callbacks, way = step->a / 8 % 3;
  gboolean may_fail;
  g_autoptr (TestStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) read = NULL;
  BpPooledSlice *slice;

  if (!is_of_bytes (member) || (count > G_MAXUINT32 && step->a % 3 != 0))
    return;
  stream = make_stream (game, step);
  may_fail = stream->error != NULL;
  if (way == 2)
    {
      read = bp_pool_read_bytes (member->model.pool, G_INPUT_STREAM (stream), count, NULL, &error);
      if (read == NULL)
        {
          check_failed (member, stream, error, count, n_callbacks);
          return;
        }
      n_bytes = g_bytes_get_size (read);
      check_read (stream, g_bytes_get_data (read, NULL), n_bytes, count, TRUE);
      return;
    }

  if (way == 0)
    slice = bp_pool_read (member->model.pool, G_INPUT_STREAM (stream), count, NULL, &error);
  else
    slice = bp_pool_read_all (member->model.pool, G_INPUT_STREAM (stream), count, NULL, &error);
  if (slice != NULL)
    keep_slice (member, slice, stream, count, way == 0 || may_fail);
  else
    check_failed (member, stream, error, count, n_callbacks);
}

static void
on_done (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Call *call = user_data;
  Game *game = call->game;
  Member *member = call->member;
  BpPool *pool = BP_POOL (object);
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice = NULL;
  BpPooled *pooled = NULL;

  g_assert_true (pool == member->model.pool);
  if (call->kind == CALL_ACQUIRE)
    pooled = bp_pool_acquire_finish (pool, result, &error);
  else if (call->kind == CALL_READ)
    slice = bp_pool_read_finish (pool, result, &error);
  else
    slice = bp_pool_read_all_finish (pool, result, &error);

  g_assert_true ((pooled != NULL || slice != NULL) == (error == NULL));
  if (call->is_cancelled)
    g_assert_null (pooled);
  if (pooled != NULL)
    {
      g_assert_cmpuint (bp_pooled_get_length (pooled), ==, call->count);
      if (game_has_room (game, 1))
        game_keep (member, pooled, (guint8) call->count);
      else
        bp_pooled_unref (pooled);
    }
  if (slice != NULL)
    keep_slice (member, slice, call->stream, call->count,
                call->kind == CALL_READ || call->may_fail || call->is_cancelled);
  else if (call->stream != NULL)
    g_assert_cmpuint (get_n_given (call->stream), ==, 0);
  g_ptr_array_remove_fast (game->calls, call);
  game_call_back (game);

  g_clear_object (&call->stream);
  g_object_unref (call->cancellable);
  g_free (call);
}

static void
begin_call (Game       *game,
            const Step *step,
            gsize       count)
{
  Member *member = game_pick_member (game, step->a);
  BpPool *pool = member->model.pool;
  Call *call;

  if (member->is_realtime || game->calls->len == GAME_MOST_CALLS || game->n_waiters > 0 ||
      game->is_forbidden)
    return;
  call = g_new0 (Call, 1);
  call->kind = is_of_bytes (member) ? step->a / 8 % 3 : CALL_ACQUIRE;
  call->game = game;
  call->member = member;
  call->count = count;
  call->cancellable = g_cancellable_new ();
  g_ptr_array_add (game->calls, call);
  if (call->kind == CALL_ACQUIRE)
    {
      bp_pool_acquire_async (pool, count, call->cancellable, on_done, call);
      return;
    }

  call->stream = make_stream (game, step);
  call->may_fail = call->stream->error != NULL;
  call->stream->is_held = step->b % 3 == 0;
  if (call->kind == CALL_READ)
    bp_pool_read_async (pool, G_INPUT_STREAM (call->stream), count, 0, call->cancellable, on_done,
                        call);
  else
    bp_pool_read_all_async (pool, G_INPUT_STREAM (call->stream), count, 0, call->cancellable,
                            on_done, call);
}

/* A call that ends when the main context runs; or two, the second for less. */
void
do_call (Game       *game,
         const Step *step)
{
  gsize count = game_pick_length (game_pick_member (game, step->a), step->c);

  begin_call (game, step, count);
  if (step->b >= 128)
    begin_call (game, step, count / 4);
}

static void
finish_read (Call *call)
{
  if (call->stream != NULL && call->stream->pending != NULL)
    test_stream_finish (call->stream);
}

/* It is cancelled, or the stream goes on. */
void
do_with_call (Game       *game,
              const Step *step)
{
  Call *call;

  if (game->calls->len == 0)
    return;
  call = g_ptr_array_index (game->calls, step->a % game->calls->len);
  if (step->b % 2 == 0)
    {
      call->is_cancelled = TRUE;
      g_cancellable_cancel (call->cancellable);
    }
  else
    finish_read (call);
}

void
game_end_calls (Game *self)
{
  for (guint i = 0; self->calls->len > 0; i++)
    {
      g_assert_cmpuint (i, <, MOST_ITERATIONS);
      for (guint j = 0; j < self->calls->len; j++)
        {
          Call *call = g_ptr_array_index (self->calls, j);

          if (i > 0)
            {
              call->is_cancelled = TRUE;
              g_cancellable_cancel (call->cancellable);
            }
          finish_read (call);
        }
      g_main_context_iteration (NULL, FALSE);
    }
}
