/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

/* Steps that change a buffer, or end it. */

#define MOST_REFS 4
#define MOST_WRITTEN 40

typedef enum
{
  CHANGE_RESIZE,
  CHANGE_RESIZE_CHECKED,
  CHANGE_TRY_RESIZE,
  CHANGE_RESERVE,
  CHANGE_SET_LENGTH,
  CHANGE_APPEND,
  CHANGE_APPEND_BYTES,
  CHANGE_WRITE,
  CHANGE_WRITE_BYTES,
  CHANGE_FILL,
  N_CHANGES
} Change;

/* Whether it must be possible; if not, it says why. */
static gboolean
may_change (Buffer       *buffer,
            const GError *error)
{
  if (!buffer->is_released && buffer_get_n_pins (buffer) == 0)
    return TRUE;

  if (buffer->is_released)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  else
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);

  return FALSE;
}

/* Growth that failed: there was a reason, and all is as it was. */
static void
check_not_grown (Buffer       *buffer,
                 const GError *error,
                 gsize         n_needed,
                 guint         n_callbacks)
{
  Member *member = game_get_member (buffer);

  g_assert_cmpuint (n_needed, >, buffer->capacity);
  g_assert_cmpuint (bp_pooled_get_capacity (buffer->handle), ==, buffer->capacity);
  game_check_refused (member, error, n_needed, 1, n_callbacks);
}

static void
resize (Game   *game,
        Buffer *buffer,
        Change  change,
        gsize   length)
{
  guint n_callbacks = game->n_callbacks;
  gsize element_size = buffer->model->element_size;
  g_autoptr (GError) error = NULL;
  gpointer data = NULL;

  /* These end the program where memory is short, as they say. */
  if (change != CHANGE_TRY_RESIZE && length > buffer->capacity &&
      (game->n_faulty > 0 || length > G_MAXUINT32))
    return;
  if (change == CHANGE_TRY_RESIZE)
    {
      if (bp_pooled_try_resize (buffer->handle, length, &error))
        data = bp_pooled_get_data (buffer->handle, NULL);
      if (!may_change (buffer, error))
        return;
    }
  else
    {
      game_expect ();
      if (change == CHANGE_RESIZE)
        data = bp_pooled_resize (buffer->handle, length);
      else
        data = bp_pooled_resize_checked (buffer->handle, element_size, length);
      g_assert_cmpint (game_was_told (), ==, !buffer->is_released &&
                                             buffer_get_n_pins (buffer) > 0 &&
                                             !game_get_member (buffer)->is_realtime);
      if (buffer->is_released || buffer_get_n_pins (buffer) > 0)
        {
          g_assert_null (data);
          return;
        }
      if (data == NULL)
        g_assert_true (game_get_member (buffer)->has_budget || game_get_member (buffer)->is_realtime);
    }

  if (error != NULL)
    check_not_grown (buffer, error, length, n_callbacks);
  else if (data != NULL)
    buffer_set_length (buffer, length, TRUE);
}

static void
reserve (Game   *game,
         Buffer *buffer,
         gsize   capacity)
{
  guint n_callbacks = game->n_callbacks;
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pooled_reserve (buffer->handle, capacity, &error);

  g_assert_cmpint (is_done, ==, error == NULL);
  if (!may_change (buffer, error))
    return;
  if (!is_done)
    {
      check_not_grown (buffer, error, capacity, n_callbacks);
      return;
    }
  buffer_update (buffer);
  g_assert_cmpuint (buffer->capacity, >=, capacity);
}

static void
set_length (Buffer *buffer,
            gsize   length)
{
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pooled_set_length (buffer->handle, length, &error);

  g_assert_cmpint (is_done, ==, error == NULL);
  if (!may_change (buffer, error))
    return;
  g_assert_cmpint (is_done, ==, length <= buffer->capacity);
  if (is_done)
    buffer_set_length (buffer, length, FALSE);
  else
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
}

static void
make_data (guint8 *data,
           gsize   n_bytes,
           guint8  stamp)
{
  for (gsize i = 0; i < n_bytes; i++)
    data[i] = (guint8) (stamp + 3 * i);
}

static void
append (Game       *game,
        Buffer     *buffer,
        Change      change,
        const Step *step)
{
  guint8 data[MOST_WRITTEN * 16];
  gsize element_size = buffer->model->element_size, n = step->c % MOST_WRITTEN;
  gsize n_bytes = n * element_size, n_before = buffer_get_n_bytes (buffer);
  gboolean is_odd = change == CHANGE_APPEND_BYTES && step->c >= 240 && element_size > 1;
  gsize n_odd = is_odd ? 1 : 0;
  guint n_callbacks = game->n_callbacks;
  g_autoptr (GError) error = NULL;

  make_data (data, n_bytes + n_odd, step->c);
  if (change == CHANGE_APPEND)
    bp_pooled_append (buffer->handle, data, n, &error);
  else
    bp_pooled_append_bytes (buffer->handle, data, n_bytes + n_odd, &error);

  if (is_odd)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  if (!may_change (buffer, error))
    return;
  if (error != NULL)
    {
      check_not_grown (buffer, error, buffer->length + n, n_callbacks);
      return;
    }
  buffer_set_length (buffer, buffer->length + n, TRUE);
  memcpy (buffer->content + n_before, data, n_bytes);
}

static void
overwrite (Buffer     *buffer,
           Change      change,
           gsize       offset,
           const Step *step)
{
  guint8 data[MOST_WRITTEN * 16];
  gsize element_size = buffer->model->element_size, n = step->c % MOST_WRITTEN;
  gsize n_bytes = n * element_size;
  gboolean is_odd = change == CHANGE_WRITE_BYTES && step->c >= 240 && element_size > 1;
  g_autoptr (GError) error = NULL;

  make_data (data, n_bytes, step->c);
  if (change == CHANGE_WRITE)
    bp_pooled_write (buffer->handle, offset, data, n, &error);
  else if (offset <= G_MAXSSIZE / element_size)
    bp_pooled_write_bytes (buffer->handle, offset * element_size + is_odd, data, n_bytes, &error);
  else
    return;

  if (is_odd)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  if (!may_change (buffer, error))
    return;
  if (offset > buffer->length || n > buffer->length - offset)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  g_assert_no_error (error);
  memcpy (buffer->content + offset * element_size, data, n_bytes);
}

static void
fill (Buffer     *buffer,
      const Step *step)
{
  TestRandom random;

  if (buffer->is_gone)
    return;
  test_random_init (&random, step->c);
  buffer_fill (buffer, &random);
  if (buffer->model->element_size > 0)
    return;
  if (model_is_objects (buffer->model))
    ((TestObject *) buffer->data)->refuse = step->c % 8 == 0;
  else
    ((TestItem *) buffer->data)->refuse = step->c % 8 == 0;
}

void
do_change (Game       *game,
           const Step *step)
{
  Buffer *buffer = game_pick_buffer (game, step->a);
  Change change = step->b % N_CHANGES;
  gsize length;

  if (buffer == NULL || buffer->n_refs == 0)
    return;
  length = game_pick_length (game_get_member (buffer), step->c);
  if (buffer->model->element_size == 0)
    change = CHANGE_FILL;

  game_take (game, buffer);
  switch (change)
    {
    case CHANGE_RESIZE:
    case CHANGE_RESIZE_CHECKED:
    case CHANGE_TRY_RESIZE:
      resize (game, buffer, change, length);
      break;

    case CHANGE_RESERVE:
      reserve (game, buffer, length);
      break;

    case CHANGE_SET_LENGTH:
      set_length (buffer, length);
      break;

    case CHANGE_APPEND:
    case CHANGE_APPEND_BYTES:
      append (game, buffer, change, step);
      break;

    case CHANGE_WRITE:
    case CHANGE_WRITE_BYTES:
      overwrite (buffer, change, step->b / N_CHANGES, step);
      break;

    case CHANGE_FILL:
    case N_CHANGES:
    default:
      fill (buffer, step);
      break;
    }
  game_let_go (game, buffer);
}

/* What is stolen is the caller's: contents and all. */
static void
steal (Buffer *buffer)
{
  Member *member = game_get_member (buffer);
  g_autoptr (GError) error = NULL;
  gsize length = 1, capacity = 1;
  gpointer thing;

  if (member->model.element_size > 0)
    thing = bp_pooled_steal_data (buffer->handle, &length, &capacity, &error);
  else
    thing = bp_pooled_steal_item (buffer->handle, &error);
  if (thing == NULL && g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY))
    {
      g_assert_true (member->game->had_faults);
      return;
    }
  if (!may_change (buffer, error))
    {
      g_assert_null (thing);
      return;
    }
  g_assert_no_error (error);
  buffer_leave (buffer);
  buffer->is_released = TRUE;
  if (member->model.element_size > 0)
    {
      g_assert_cmpuint (length, ==, buffer->length);
      g_assert_cmpuint (capacity, ==, MAX (buffer->capacity, 1));
      g_assert_cmpmem (thing, buffer_get_n_bytes (buffer), buffer->content,
                       buffer_get_n_bytes (buffer));
      g_free (thing);
      return;
    }
  g_assert_true (thing == buffer->data);
  if (model_is_objects (&member->model))
    g_object_unref (thing);
  else
    test_item_funcs.free (thing, &member->model.counters);
}

static void
drop_reference (Buffer     *buffer,
                const Step *step)
{
  BpPooled *handle = buffer->handle;

  if (step->c % 3 == 0)
    bp_pooled_unref_many (&handle, 1);
  else if (step->c % 3 == 1)
    g_boxed_free (BP_TYPE_POOLED, handle);
  else
    bp_pooled_unref (handle);
  buffer->n_refs--;
}

/* Several at once, of whichever pools; NULL is none. */
static void
drop_many (Game       *game,
           const Step *step)
{
  BpPooled *handles[GAME_MOST_BULK];
  Buffer *buffers[GAME_MOST_BULK];
  guint n = 0;

  if (game->n_busy > 0)
    return;
  for (guint i = 0; i < 1u + step->c % GAME_MOST_BULK; i++)
    {
      Buffer *buffer = game_pick_buffer (game, (guint8) (step->a + i));

      if (buffer == NULL || buffer->n_refs == 0)
        return;
      for (guint j = 0; j < n; j++)
        {
          if (buffers[j] == buffer)
            return;
        }
      handles[n] = buffer->handle;
      buffers[n++] = buffer;
    }
  for (guint i = 0; i < n; i++)
    game_take (game, buffers[i]);
  bp_pooled_unref_many (handles, n);
  for (guint i = n; i-- > 0;)
    {
      buffers[i]->n_refs--;
      game_let_go (game, buffers[i]);
    }
}

void
do_end (Game       *game,
        const Step *step)
{
  Buffer *buffer = game_pick_buffer (game, step->a);
  gboolean is_first;

  if (buffer == NULL || buffer->n_refs == 0)
    return;
  if (step->b >= 224)
    {
      drop_many (game, step);
      return;
    }

  game_take (game, buffer);
  switch (step->b % 8)
    {
    case 0:
      is_first = !buffer->is_released;
      buffer->is_released = TRUE;
      g_assert_cmpint (bp_pooled_release (buffer->handle), ==, is_first);
      break;

    case 1:
      if (!game_get_member (buffer)->is_aligned)
        steal (buffer);
      break;

    case 2:
      if (buffer->n_refs < MOST_REFS)
        {
          g_assert_true (step->c % 2 == 0
                         ? bp_pooled_ref (buffer->handle) == buffer->handle
                         : g_boxed_copy (BP_TYPE_POOLED, buffer->handle) == buffer->handle);
          buffer->n_refs++;
        }
      break;

    default:
      drop_reference (buffer, step);
      break;
    }
  game_let_go (game, buffer);
}

/* Getters, which change nothing. */
void
do_look (Game       *game,
         const Step *step)
{
  Buffer *buffer = game_pick_buffer (game, step->a);
  g_autoptr (GObject) object = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *copy = NULL;
  gsize n_elements = 1, n_bytes = 1, element_size;

  if (buffer == NULL || buffer->n_refs == 0)
    return;
  game_take (game, buffer);
  element_size = buffer->model->element_size;

  bp_pooled_set_note (buffer->handle, step->b % 2 == 0 ? "fuzz" : NULL);
  bp_pooled_is_sampled (buffer->handle);
  object = bp_pooled_dup_object (buffer->handle);
  if (buffer->is_released || !model_is_objects (buffer->model))
    g_assert_null (object);
  else
    g_assert_true ((gpointer) object == buffer->data);
  if (element_size == 0)
    {
      game_let_go (game, buffer);
      return;
    }

  g_assert_true (bp_pooled_get_data_checked (buffer->handle, element_size, &n_elements) ==
                 (buffer->is_released ? NULL : buffer->data));
  g_assert_cmpuint (n_elements, ==, buffer->is_released ? 0 : buffer->length);
  copy = bp_pooled_dup_data (buffer->handle, &n_bytes, &error);
  if (buffer->is_released)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  else if (copy != NULL)
    g_assert_cmpmem (copy, n_bytes, buffer->content, buffer_get_n_bytes (buffer));
  else
    g_assert_true (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY) &&
                   game->had_faults);
  game_let_go (game, buffer);
}
