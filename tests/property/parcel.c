/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "parcel.h"

Parcel *
parcel_new_buffer (Buffer *buffer)
{
  Parcel *self = g_new0 (Parcel, 1);

  self->buffer = buffer;

  return self;
}

Buffer *
parcel_open (Parcel *self)
{
  Buffer *buffer = self->buffer;

  g_free (self);

  return buffer;
}

void
parcel_verify (Parcel *self)
{
  gconstpointer data;
  gsize n_bytes;

  if (self->buffer != NULL)
    {
      buffer_verify (self->buffer);
      return;
    }

  if (self->bytes != NULL)
    {
      data = g_bytes_get_data (self->bytes, &n_bytes);
    }
  else
    {
      data = bp_pooled_slice_get_data (self->slice, &n_bytes);
      n_bytes *= bp_pooled_slice_get_element_size (self->slice);
    }
  g_assert_cmpmem (data, n_bytes, self->content, self->n_bytes);
}

void
parcel_drop (Parcel *self)
{
  Scattered *scattered = self->scattered;
  gboolean is_last;

  parcel_verify (self);
  is_last = atomic_fetch_sub (&scattered->n_left, 1) == 1;
  if (is_last)
    {
      atomic_fetch_sub (&scattered->ledger->out_bytes, scattered->n_charged);
      atomic_fetch_sub (&scattered->ledger->n_out, 1);
    }
  if (self->bytes != NULL)
    g_bytes_unref (self->bytes);
  else
    bp_pooled_slice_unref (self->slice);
  g_free (self->content);
  g_free (self);

  if (is_last)
    {
      atomic_fetch_sub (scattered->n_scattered, 1);
      g_free (scattered);
    }
}

static Parcel *
new_share (Buffer    *buffer,
           Scattered *scattered,
           gsize      offset,
           gsize      n_bytes)
{
  Parcel *self = g_new0 (Parcel, 1);

  self->scattered = scattered;
  self->content = g_memdup2 (buffer->content + offset, n_bytes);
  self->n_bytes = n_bytes;

  return self;
}

static void
share_bytes (Buffer    *buffer,
             Scattered *scattered,
             guint      n_parcels,
             Parcel   **parcels)
{
  for (guint i = 0; i < n_parcels; i++)
    {
      parcels[i] = new_share (buffer, scattered, 0, buffer_get_n_bytes (buffer));
      if (i + 1 < n_parcels)
        parcels[i]->bytes = bp_pooled_get_bytes (buffer->handle, NULL);
      else
        parcels[i]->bytes = bp_pooled_unref_to_bytes (buffer->handle, NULL);
      g_assert_nonnull (parcels[i]->bytes);
    }
}

static void
share_slices (Buffer     *buffer,
              Scattered  *scattered,
              TestRandom *random,
              guint       n_parcels,
              Parcel    **parcels)
{
  gsize element_size = buffer->model->element_size;
  gsize length = buffer->length;
  BpPooledSlice *whole = bp_pooled_slice_new_take (buffer->handle, length, NULL);

  for (guint i = 0; i < n_parcels; i++)
    {
      gsize offset = test_random_below (random, (guint) length);
      gsize n_elements = 1 + test_random_below (random, (guint) (length - offset));

      parcels[i] = new_share (buffer, scattered, offset * element_size, n_elements * element_size);
      parcels[i]->slice = bp_pooled_slice_sub (whole, offset, n_elements, NULL);
      g_assert_nonnull (parcels[i]->slice);
    }
  bp_pooled_slice_unref (whole);
}

guint
parcel_scatter (Buffer       *buffer,
                TestRandom   *random,
                atomic_uint  *n_scattered,
                Parcel      **parcels)
{
  guint n_parcels = 1 + test_random_below (random, PARCEL_MOST_SHARES);
  Scattered *scattered;

  if (buffer->is_gone || buffer->is_released || buffer->n_refs != 1 ||
      buffer->shares->len > 0 || buffer->length == 0)
    return 0;

  scattered = g_new0 (Scattered, 1);
  scattered->n_left = n_parcels;
  scattered->n_scattered = n_scattered;
  scattered->ledger = &buffer->model->ledger;
  scattered->n_charged = buffer->n_charged;
  atomic_fetch_add (n_scattered, 1);

  if (test_random_below (random, 2) == 0)
    share_bytes (buffer, scattered, n_parcels, parcels);
  else
    share_slices (buffer, scattered, random, n_parcels, parcels);

  buffer->is_gone = TRUE;
  buffer_free (buffer);

  return n_parcels;
}
