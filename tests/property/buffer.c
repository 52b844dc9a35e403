/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "buffer.h"

/* What items hold is their size: it has no other use here. */
static gsize *
get_item_content (Buffer *self)
{
  return model_is_objects (self->model) ? &((TestObject *) self->data)->byte_size
                                        : &((TestItem *) self->data)->byte_size;
}

gsize
buffer_get_n_bytes (Buffer *self)
{
  return self->length * self->model->element_size;
}

static void
make_content (Buffer *self)
{
  guint8 *data = self->data;

  for (gsize i = 0; i < buffer_get_n_bytes (self); i++)
    data[i] = self->content[i] = (guint8) (self->stamp + i * 7);
}

/* The stamp is unlikely to be another buffer's. */
void
buffer_fill (Buffer     *self,
             TestRandom *random)
{
  guint n_stamps = 1 << 24;

  /* Where it is a size it is one that a budget may have. */
  if (self->model->ledger.has_limits && self->model->element_size == 0)
    n_stamps = model_get_unit (self->model);
  self->stamp = 1 + test_random_below (random, n_stamps);
  if (self->model->element_size > 0)
    make_content (self);
  else
    *get_item_content (self) = self->stamp;
}

Buffer *
buffer_new (Model    *model,
            BpPooled *handle)
{
  Buffer *self = g_new0 (Buffer, 1);

  self->model = model;
  self->handle = handle;
  self->n_refs = 1;
  self->shares = g_array_new (FALSE, FALSE, sizeof (Share));
  if (model->element_size == 0)
    {
      self->data = bp_pooled_get_item (handle);
      self->bytes_when_taken = *get_item_content (self);
    }
  else
    {
      self->data = bp_pooled_get_data (handle, &self->length);
      self->capacity = bp_pooled_get_capacity (handle);
      self->content = g_malloc (buffer_get_n_bytes (self) + 1);
    }
  g_assert_nonnull (self->data);
  g_assert_cmpuint (self->length, <=, self->capacity);
  g_assert_false (bp_pooled_is_released (handle));
  self->n_charged = buffer_get_charge (self);
  atomic_fetch_add (&model->ledger.out_bytes, self->n_charged);
  atomic_fetch_add (&model->ledger.n_out, 1);

  return self;
}

gsize
buffer_get_charge (Buffer *self)
{
  return self->model->element_size > 0 ? self->capacity * self->model->element_size
                                       : self->bytes_when_taken;
}

void
buffer_leave (Buffer *self)
{
  atomic_fetch_sub (&self->model->ledger.out_bytes, self->n_charged);
  atomic_fetch_sub (&self->model->ledger.n_out, 1);
  self->is_gone = TRUE;
}

gboolean
buffer_is_done (Buffer *self)
{
  return self->n_refs == 0 && self->shares->len == 0;
}

void
buffer_free (Buffer *self)
{
  g_assert_true (self->is_gone);
  g_array_unref (self->shares);
  g_free (self->content);
  g_free (self);
}

void
buffer_get_taken (Buffer *self,
                  gsize   n_elements,
                  Effect *effect)
{
  effect->data = self->data;
  effect->bytes = buffer_get_charge (self);
  effect->n_charged = effect->bytes;
  effect->may_be_larger = n_elements > 0;
  g_assert_cmpuint (self->capacity, >=, n_elements);
}

void
buffer_set_length (Buffer   *self,
                   gsize     length,
                   gboolean  is_zeroed)
{
  gsize old = buffer_get_n_bytes (self);
  gsize n_bytes = length * self->model->element_size;

  buffer_update (self);
  self->length = length;
  self->content = g_realloc (self->content, n_bytes + 1);
  for (gsize i = old; i < n_bytes; i++)
    {
      if (is_zeroed)
        self->content[i] = 0;
      else
        ((guint8 *) self->data)[i] = self->content[i] = (guint8) i;
    }
}

/* Where the memory is, after what may have moved it. */
void
buffer_update (Buffer *self)
{
  gsize n_before = self->n_charged;

  self->data = bp_pooled_get_data (self->handle, NULL);
  self->capacity = bp_pooled_get_capacity (self->handle);
  self->n_charged = buffer_get_charge (self);
  atomic_fetch_add (&self->model->ledger.out_bytes, self->n_charged - n_before);
}

static void
verify_share (Buffer      *self,
              const Share *share)
{
  gconstpointer shown = (const guint8 *) self->data + share->offset;
  gconstpointer data = NULL;
  gsize n_bytes = 0;

  switch (share->kind)
    {
    case SHARE_BYTES:
      data = g_bytes_get_data (share->share, &n_bytes);
      break;

    case SHARE_VIEW:
      data = (gconstpointer) bp_pooled_view_get_address (share->share);
      n_bytes = bp_pooled_view_get_length_bytes (share->share);
      break;

    case SHARE_SLICE:
      g_assert_cmpint (bp_pooled_slice_is_released (share->share), ==, share->is_released);
      data = bp_pooled_slice_get_data (share->share, &n_bytes);
      n_bytes *= self->model->element_size;
      break;

    default:
      g_assert_not_reached ();
    }

  if (share->is_released)
    {
      g_assert_cmpuint (n_bytes, ==, 0);
      return;
    }
  g_assert_cmpuint (n_bytes, ==, share->n_bytes);
  if (n_bytes > 0)
    g_assert_true (data == shown);
}

static void
verify_handle (Buffer *self)
{
  gsize n_elements;

  g_assert_cmpint (bp_pooled_is_released (self->handle), ==, self->is_released);
  if (self->is_released)
    {
      g_assert_null (bp_pooled_get_data (self->handle, NULL));
      g_assert_null (bp_pooled_get_item (self->handle));
      g_assert_cmpuint (bp_pooled_get_length (self->handle), ==, 0);
      g_assert_cmpuint (bp_pooled_get_capacity (self->handle), ==, 0);
      return;
    }

  if (self->model->element_size == 0)
    {
      g_assert_true (bp_pooled_get_item (self->handle) == self->data);
      return;
    }
  g_assert_true (bp_pooled_get_data (self->handle, &n_elements) == self->data);
  g_assert_cmpuint (n_elements, ==, self->length);
  g_assert_cmpuint (bp_pooled_get_capacity (self->handle), ==, self->capacity);
}

void
buffer_verify (Buffer *self)
{
  if (self->n_refs > 0)
    verify_handle (self);
  for (guint i = 0; i < self->shares->len; i++)
    verify_share (self, &g_array_index (self->shares, Share, i));

  if (self->is_gone)
    return;
  if (self->model->element_size == 0)
    g_assert_cmpuint (*get_item_content (self), ==, self->stamp);
  else
    g_assert_cmpmem (self->data, buffer_get_n_bytes (self),
                     self->content, buffer_get_n_bytes (self));
}

guint
buffer_get_n_pins (Buffer *self)
{
  guint n_pins = 0;

  for (guint i = 0; i < self->shares->len; i++)
    {
      if (!g_array_index (self->shares, Share, i).is_released)
        n_pins++;
    }

  return n_pins;
}

void
buffer_add_share (Buffer    *self,
                  ShareKind  kind,
                  gpointer   share,
                  gsize      offset,
                  gsize      n_bytes)
{
  Share added = { kind, share, offset, n_bytes, FALSE };

  g_array_append_val (self->shares, added);
}

void
buffer_remove_share (Buffer *self,
                     guint   index)
{
  const Share *share = &g_array_index (self->shares, Share, index);

  switch (share->kind)
    {
    case SHARE_BYTES:
      g_bytes_unref (share->share);
      break;

    case SHARE_VIEW:
      bp_pooled_view_unref (share->share);
      break;

    case SHARE_SLICE:
      bp_pooled_slice_unref (share->share);
      break;

    default:
      g_assert_not_reached ();
    }
  g_array_remove_index_fast (self->shares, index);
}

void
buffer_get_returned (Buffer   *self,
                     gboolean  may_call,
                     Effect   *effect)
{
  Model *model = self->model;

  effect->data = self->data;
  effect->is_refused = model_keeps_none (model);
  if (model->element_size > 0)
    {
      gsize trim = model->trim_capacity;

      effect->is_refused |= self->capacity == 0;
      effect->is_trimmed = trim > 0 && self->capacity > 2 * trim;
      effect->bytes = (effect->is_trimmed ? trim : self->capacity) * model->element_size;
      effect->is_refused |= !ledger_keeps (model, self->n_charged, effect->bytes);
      return;
    }

  if (model_is_objects (model))
    {
      effect->is_refused |= may_call && ((TestObject *) self->data)->refuse;
      effect->bytes = may_call ? self->stamp : self->bytes_when_taken;
    }
  else
    {
      effect->is_refused |= ((TestItem *) self->data)->refuse;
      effect->bytes = self->stamp;
    }
  effect->is_refused |= !ledger_keeps (model, self->n_charged, effect->bytes);
  if (!effect->is_refused)
    effect->n_highest = model->ledger.used - self->n_charged + effect->bytes;
}

void
buffer_foresee (Buffer   *self,
                guint     n_refs,
                guint     n_pins,
                gboolean  may_call,
                Effect   *effect)
{
  if (self->is_gone || n_pins > 0 || (n_refs > 0 && !self->is_released))
    return;

  effect->kind = EFFECT_RETURNED;
  buffer_get_returned (self, may_call, effect);
  buffer_leave (self);
}
