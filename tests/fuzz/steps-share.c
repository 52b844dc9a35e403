/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

/* Steps on what shares a buffer: bytes, views and slices. */

/* Why there is no share. */
static void
check_no_share (Buffer       *buffer,
                gboolean      is_released,
                const GError *error)
{
  Member *member = game_get_member (buffer);

  g_assert_nonnull (error);
  g_assert_true (error->domain == BP_POOL_ERROR);
  if (is_released)
    g_assert_cmpint (error->code, ==, BP_POOL_ERROR_RELEASED);
  else if (member->is_realtime)
    g_assert_cmpint (error->code, ==, BP_POOL_ERROR_LIMIT);
  else
    {
      g_assert_cmpint (error->code, ==, BP_POOL_ERROR_NO_MEMORY);
      g_assert_true (member->game->had_faults);
    }
}

static void
take_slice (Buffer     *buffer,
            const Step *step)
{
  gsize length = step->c % (buffer->length + 2);
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice = bp_pooled_slice_new_take (buffer->handle, length, &error);

  buffer->n_refs--;
  if (slice != NULL)
    {
      g_assert_no_error (error);
      g_assert_cmpuint (length, <=, buffer->length);
      g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, length);
      buffer_add_share (buffer, SHARE_SLICE, slice, 0, length * buffer->model->element_size);
    }
  else if (!buffer->is_released && length > buffer->length)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  else
    check_no_share (buffer, buffer->is_released, error);
}

void
do_share (Game       *game,
          const Step *step)
{
  Buffer *buffer = game_pick_buffer (game, step->a);
  ShareKind kind = step->b % 4 == 1 ? SHARE_VIEW : SHARE_BYTES;
  g_autoptr (GError) error = NULL;
  gpointer share;

  if (buffer == NULL || buffer->n_refs == 0 || buffer->model->element_size == 0 ||
      buffer->shares->len == MOST_SHARES)
    return;

  game_take (game, buffer);
  if (step->b % 4 == 0)
    {
      take_slice (buffer, step);
      game_let_go (game, buffer);
      return;
    }
  if (step->b % 4 == 1)
    share = bp_pooled_get_view (buffer->handle, &error);
  else if (step->b % 4 == 2)
    share = bp_pooled_get_bytes (buffer->handle, &error);
  else
    {
      share = bp_pooled_unref_to_bytes (buffer->handle, &error);
      buffer->n_refs--;
    }
  if (share != NULL)
    buffer_add_share (buffer, kind, share, 0, buffer_get_n_bytes (buffer));
  else
    check_no_share (buffer, buffer->is_released, error);
  game_let_go (game, buffer);
}

static void
look_at_view (Buffer *buffer,
              Share  *share)
{
  BpPooledView *view = share->share;
  gsize size = 0, length = 0;
  guint8 *data;

  g_assert_true (bp_pooled_view_ref (view) == view);
  g_boxed_free (BP_TYPE_POOLED_VIEW, g_boxed_copy (BP_TYPE_POOLED_VIEW, view));
  bp_pooled_view_unref (view);
  g_assert_true (bp_pooled_view_get_extent (view, &size, &length) ==
                 bp_pooled_view_get_address (view));
  g_assert_cmpuint (size, ==, bp_pooled_view_get_size_bytes (view));
  g_assert_cmpuint (length, ==, share->n_bytes);
  g_assert_cmpuint (size, >=, length);
  if (!bp_pooled_view_is_writable (view))
    return;

  g_assert_cmpuint (size, ==, buffer->capacity * buffer->model->element_size);
  data = (guint8 *) bp_pooled_view_get_address (view);
  for (gsize i = 0; i < MIN (length, 8); i++)
    {
      data[i] ^= 0xff;
      buffer->content[share->offset + i] ^= 0xff;
    }
}

static void
look_at_slice (Buffer *buffer,
               Share  *share)
{
  BpPooledSlice *slice = share->share;
  gsize element_size = share->is_released ? 0 : buffer->model->element_size, n_bytes = 1;
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *copy = NULL;

  g_assert_true (bp_pooled_slice_ref (slice) == slice);
  g_boxed_free (BP_TYPE_POOLED_SLICE, g_boxed_copy (BP_TYPE_POOLED_SLICE, slice));
  bp_pooled_slice_unref (slice);
  g_assert_cmpuint (bp_pooled_slice_get_element_size (slice), ==, element_size);
  g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==,
                    element_size > 0 ? share->n_bytes / element_size : 0);
  g_assert_cmpint (bp_pooled_slice_is_empty (slice), ==,
                   share->is_released || share->n_bytes == 0);
  if (!share->is_released)
    g_assert_cmpint (bp_pooled_slice_get_element_type (slice), ==,
                     bp_pool_get_element_type (buffer->model->pool));
  copy = bp_pooled_slice_dup_data (slice, &n_bytes, &error);
  if (copy != NULL)
    g_assert_cmpmem (copy, n_bytes, buffer->content + share->offset, share->n_bytes);
  else if (share->is_released)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  else
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY);
}

/* A share of a share. A part of it is mostly within it. Whether there is one more. */
static gboolean
share_slice (Buffer    *buffer,
             guint      index,
             ShareKind  kind,
             guint8     part)
{
  const Share share = g_array_index (buffer->shares, Share, index);
  gsize element_size = buffer->model->element_size, length = share.n_bytes / element_size;
  gsize offset = part % 16 % (length + 2), n = part / 16 % (length - MIN (offset, length) + 2);
  gsize n_bytes = share.n_bytes;
  g_autoptr (GError) error = NULL;
  gpointer made;

  if (buffer->shares->len == MOST_SHARES)
    return FALSE;
  if (kind == SHARE_BYTES)
    made = bp_pooled_slice_get_bytes (share.share, &error);
  else if (kind == SHARE_VIEW)
    made = bp_pooled_slice_get_view (share.share, &error);
  else
    made = bp_pooled_slice_sub (share.share, offset, n, &error);

  if (made == NULL)
    {
      if (kind == SHARE_SLICE && !share.is_released && offset + n > length)
        g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      else
        check_no_share (buffer, share.is_released, error);
      return FALSE;
    }
  g_assert_no_error (error);
  game_reach (CASE_SHARE, 2 * kind + (share.offset > 0));
  if (kind == SHARE_SLICE)
    {
      g_assert_cmpuint (offset + n, <=, length);
      n_bytes = n * element_size;
    }
  else
    offset = 0;
  buffer_add_share (buffer, kind, made, share.offset + offset * element_size, n_bytes);

  return TRUE;
}

/* Up to so many times: a slice, a slice of that and so on, and what is wanted of the last. */
static void
share_slices (Buffer     *buffer,
              guint       index,
              const Step *step)
{
  static const ShareKind kinds[] = { SHARE_BYTES, SHARE_VIEW, SHARE_SLICE, SHARE_SLICE };
  ShareKind last = kinds[step->b / 8 % G_N_ELEMENTS (kinds)];

  for (guint n_more = step->b / 64; n_more > 0; n_more--)
    {
      if (!share_slice (buffer, index, SHARE_SLICE, step->c))
        return;
      index = buffer->shares->len - 1;
    }
  share_slice (buffer, index, last, step->c);
}

static void
steal_from_slice (Buffer *buffer,
                  guint   index)
{
  Share *share = &g_array_index (buffer->shares, Share, index);
  guint n_pins = buffer_get_n_pins (buffer);
  g_autoptr (GError) error = NULL;
  BpPooled *handle = bp_pooled_slice_steal_pooled (share->share, &error);

  if (handle == NULL)
    {
      g_assert_nonnull (error);
      if (share->is_released || buffer->is_released)
        g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      else
        {
          g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
          g_assert_cmpuint (n_pins, >, 1);
        }
      return;
    }
  g_assert_false (share->is_released || buffer->is_released);
  g_assert_cmpuint (n_pins, ==, 1);
  if (buffer->n_refs > 0)
    g_assert_true (handle == buffer->handle);
  buffer->handle = handle;
  buffer->n_refs++;
  g_assert_true (bp_pooled_slice_is_released (share->share));
  bp_pooled_slice_unref (share->share);
  g_array_remove_index_fast (buffer->shares, index);
}

void
do_with_share (Game       *game,
               const Step *step)
{
  Buffer *buffer = game_pick_buffer (game, step->a);
  Share *share;
  guint index;
  gboolean is_first;

  if (buffer == NULL || buffer->shares->len == 0)
    return;
  index = step->c % buffer->shares->len;
  share = &g_array_index (buffer->shares, Share, index);

  game_take (game, buffer);
  if (step->b % 8 < 2)
    buffer_remove_share (buffer, index);
  else if (share->kind == SHARE_VIEW)
    look_at_view (buffer, share);
  else if (share->kind == SHARE_SLICE && step->b % 8 == 3)
    {
      is_first = !share->is_released;
      share->is_released = TRUE;
      g_assert_cmpint (bp_pooled_slice_release (share->share), ==, is_first);
    }
  else if (share->kind == SHARE_SLICE && step->b % 8 == 4)
    steal_from_slice (buffer, index);
  else if (share->kind == SHARE_SLICE && step->b % 8 == 5)
    look_at_slice (buffer, share);
  else if (share->kind == SHARE_SLICE)
    share_slices (buffer, index, step);
  game_let_go (game, buffer);
}
