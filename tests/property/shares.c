/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "buffer.h"

/* Every operation on what shares a buffer. */

void
buffer_drop_share (Buffer *self,
                   guint   index,
                   Effect *effect)
{
  gboolean is_pin = !g_array_index (self->shares, Share, index).is_released;

  buffer_foresee (self, self->n_refs, buffer_get_n_pins (self) - is_pin, FALSE, effect);
  buffer_remove_share (self, index);
}

/* Where it is not immutable, what is shared can be written. */
static void
write_view (Buffer *self,
            Share  *share)
{
  guint8 *data = (guint8 *) bp_pooled_view_get_address (share->share);

  for (gsize i = 0; i < share->n_bytes; i++)
    {
      data[i] ^= 0xff;
      self->content[share->offset + i] ^= 0xff;
    }
}

static void
share_slice (Buffer     *self,
             Share      *share,
             TestRandom *random)
{
  gsize element_size = self->model->element_size;
  gsize length = share->n_bytes / element_size;
  gsize n_elements = test_random_below (random, (guint) length + 2);
  gsize offset = test_random_below (random, (guint) length + 1);
  ShareKind kind = (ShareKind) test_random_below (random, 3);
  g_autoptr (GError) error = NULL;
  gsize n_bytes = share->n_bytes;
  gpointer made;

  if (self->shares->len == MOST_SHARES)
    return;

  if (kind == SHARE_BYTES)
    made = bp_pooled_slice_get_bytes (share->share, &error);
  else if (kind == SHARE_VIEW)
    made = bp_pooled_slice_get_view (share->share, &error);
  else
    made = bp_pooled_slice_sub (share->share, offset, n_elements, &error);

  if (share->is_released)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      return;
    }
  if (kind == SHARE_SLICE && offset + n_elements > length)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  g_assert_no_error (error);

  if (kind == SHARE_SLICE)
    n_bytes = n_elements * element_size;
  buffer_add_share (self, kind, made,
                    share->offset + (kind == SHARE_SLICE ? offset * element_size : 0), n_bytes);
}

static void
release_slice (Buffer *self,
               Share  *share,
               Effect *effect)
{
  gboolean is_first = !share->is_released;

  share->is_released = TRUE;
  if (is_first)
    buffer_foresee (self, self->n_refs, buffer_get_n_pins (self), FALSE, effect);
  g_assert_cmpint (bp_pooled_slice_release (share->share), ==, is_first);
}

static void
steal_from_slice (Buffer *self,
                  guint   index)
{
  Share *share = &g_array_index (self->shares, Share, index);
  g_autoptr (GError) error = NULL;
  BpPooled *handle = bp_pooled_slice_steal_pooled (share->share, &error);

  if (share->is_released || self->is_released)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      return;
    }
  if (buffer_get_n_pins (self) > 1)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
      return;
    }
  g_assert_no_error (error);

  if (self->n_refs > 0)
    g_assert_true (handle == self->handle);
  self->handle = handle;
  self->n_refs++;
  bp_pooled_slice_unref (share->share);
  g_array_remove_index_fast (self->shares, index);
}

void
buffer_operate_share (Buffer     *self,
                      TestRandom *random,
                      Effect     *effect)
{
  guint index = test_random_below (random, self->shares->len);
  Share *share = &g_array_index (self->shares, Share, index);

  switch (test_random_below (random, 5))
    {
    case 0:
      if (share->kind == SHARE_SLICE)
        steal_from_slice (self, index);
      break;

    case 1:
      if (share->kind == SHARE_SLICE)
        release_slice (self, share, effect);
      break;

    case 2:
      if (share->kind == SHARE_SLICE)
        share_slice (self, share, random);
      else if (share->kind == SHARE_VIEW)
        write_view (self, share);
      break;

    default:
      buffer_drop_share (self, index, effect);
      break;
    }
}
