/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

/* Calls that a caller must not make. Each is a critical, and changes nothing. */

typedef struct
{
  guint64 acquired;
  guint64 returned;
  guint64 dropped;
  guint64 idle;
  guint64 idle_bytes;
  guint64 outstanding;
} Snapshot;

static void
read_numbers (BpPool   *pool,
              Snapshot *numbers)
{
  numbers->acquired = get_stat (pool, acquired);
  numbers->returned = get_stat (pool, returned);
  numbers->dropped = get_stat (pool, dropped);
  numbers->idle = get_stat (pool, idle);
  numbers->idle_bytes = get_stat (pool, idle_bytes);
  numbers->outstanding = get_stat (pool, outstanding);
}

/* Without a pool, or a handle. */
static void
call_with_null (guint choice)
{
  switch (choice % 20)
    {
    case 0:
      g_assert_null (bp_pool_acquire (NULL));
      break;

    case 1:
      g_assert_null (bp_pool_try_acquire (NULL, NULL));
      break;

    case 2:
      bp_pooled_unref (NULL);
      break;

    case 3:
      g_assert_false (bp_pooled_release (NULL));
      break;

    case 4:
      g_assert_null (bp_pooled_get_data (NULL, NULL));
      break;

    case 5:
      g_assert_false (bp_pooled_reserve (NULL, 1, NULL));
      break;

    case 6:
      g_assert_null (bp_pooled_slice_new_take (NULL, 0, NULL));
      break;

    case 7:
      bp_pooled_slice_unref (NULL);
      break;

    case 8:
      bp_pooled_view_unref (NULL);
      break;

    case 9:
      g_assert_cmpuint (bp_pooled_view_get_address (NULL), ==, 0);
      break;

    case 10:
      g_assert_null (bp_pool_get_stats (NULL));
      break;

    case 11:
      bp_pool_stats_free (NULL);
      bp_pool_stats_copy (NULL);
      break;

    case 12:
      bp_pool_set_max_buffers (NULL, 1);
      break;

    case 13:
      bp_budget_set_max_bytes (NULL, 1);
      break;

    case 14:
      g_assert_null (bp_pool_new (BP_ELEMENT_TYPE_NONE));
      break;

    case 15:
      g_assert_null (bp_pool_new_full (BP_ELEMENT_TYPE_U8, G_MAXUINT, 1, 0));
      break;

    case 16:
      g_assert_null (bp_pool_new_for_size (0));
      break;

    case 17:
      g_assert_null (bp_pool_new_for_type (G_TYPE_OBJECT));
      break;

    case 18:
      g_assert_null (bp_pool_new_with_funcs (NULL, NULL, NULL));
      break;

    default:
      g_assert_null (bp_pool_acquire_with (NULL, NULL, NULL));
      break;
    }
}

/* What is for pools of another kind. */
static void
call_wrong_pool (Member *member,
                 guint   choice)
{
  BpPool *pool = member->model.pool;
  gboolean is_elements = member->model.element_size > 0;
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = NULL;
  TestItem item = { .magic = TEST_ITEM_MAGIC };
  gpointer data = &item;

  switch (choice % 8)
    {
    case 0:
      if (is_elements)
        bp_pool_recycle_item (pool, data);
      else
        bp_pool_recycle_data (pool, data, 8);
      break;

    case 1:
      g_assert_null (is_elements ? bp_pool_attach_item (pool, data, &error)
                                 : bp_pool_attach_data (pool, data, 1, 8, &error));
      break;

    case 2:
      g_assert_null (bp_pool_acquire_full (pool, 0, BP_ACQUIRE_NONE, NULL, -2, NULL, &error));
      break;

    case 3:
      g_assert_null (is_elements ? bp_pool_acquire_with (pool, NULL, NULL)
                                 : bp_pool_acquire_sized (pool, 1, &error));
      break;

    case 4:
      g_assert_null (is_elements ? bp_pool_read (pool, NULL, 1, NULL, &error)
                                 : (gpointer) bp_pool_acquire_array (pool, 1, 1, &error));
      break;

    case 5:
      g_assert_false (bp_pool_acquire_many (is_elements ? NULL : pool, 1, &pooled, 1, &error));
      break;

    case 6:
      bp_pool_acquire_async (NULL, 0, NULL, NULL, NULL);
      break;

    default:
      bp_pool_set_thread_cache (pool, 65);
      break;
    }
  g_assert_no_error (error);
}

/* What cannot be done to this buffer. */
static void
call_wrong_buffer (Buffer *buffer,
                   guint   choice)
{
  BpPooled *handle = buffer->handle;
  gsize element_size = buffer->model->element_size, n = 1;
  g_autoptr (GError) error = NULL;

  if (element_size == 0)
    {
      switch (choice % 6)
        {
        case 0:
          g_assert_null (bp_pooled_resize (handle, 1));
          break;

        case 1:
          g_assert_false (bp_pooled_append (handle, &n, 1, &error));
          break;

        case 2:
          g_assert_null (bp_pooled_get_bytes (handle, &error));
          break;

        case 3:
          g_assert_null (bp_pooled_steal_data (handle, NULL, NULL, &error));
          break;

        case 4:
          g_assert_null (bp_pooled_get_view (handle, &error));
          break;

        default:
          g_assert_null (bp_pooled_dup_data (handle, &n, &error));
          break;
        }
      g_assert_no_error (error);
      return;
    }

  switch (choice % 5)
    {
    case 0:
      g_assert_null (bp_pooled_get_data_checked (handle, element_size + 1, &n));
      break;

    case 1:
      g_assert_null (bp_pooled_resize_checked (handle, element_size + 1, 1));
      break;

    case 2:
      g_assert_null (bp_pooled_steal_item (handle, &error));
      break;

    case 3:
      g_assert_false (bp_pooled_write (handle, 0, NULL, 1, &error));
      break;

    default:
      g_assert_false (bp_pooled_append_bytes (handle, NULL, 1, &error));
      break;
    }
  g_assert_no_error (error);
}

void
do_wrong (Game       *game,
          const Step *step)
{
  Member *member = game_pick_member (game, step->a);
  Buffer *buffer = game_pick_buffer (game, step->b);
  Snapshot before, after;

  if (buffer != NULL && buffer->n_refs > 0 && step->c >= 128)
    member = game_get_member (buffer);
  read_numbers (member->model.pool, &before);
  game_expect ();
  if (step->c < 64)
    call_with_null (step->c);
  else if (step->c < 128)
    call_wrong_pool (member, step->c);
  else if (buffer != NULL && buffer->n_refs > 0)
    call_wrong_buffer (buffer, step->c);
  else
    call_with_null (step->b);
  g_assert_true (game_was_told ());
  read_numbers (member->model.pool, &after);
  g_assert_cmpmem (&before, sizeof before, &after, sizeof after);
  if (buffer != NULL)
    buffer_verify (buffer);
}
