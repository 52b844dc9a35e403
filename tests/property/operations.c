/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "buffer.h"

/* Every operation on a buffer that is out, with what it must do to the buffer and to
 * the pool. */

#define MOST_REFS 4
#define MOST_ELEMENTS 64

typedef void (*Operation) (Buffer     *self,
                           TestRandom *random,
                           Effect     *effect);

/* Whether a change must be possible; if not, why it failed. */
static gboolean
check_change (Buffer   *self,
              gboolean  is_done,
              GError   *error)
{
  if (self->is_released)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
  else if (buffer_get_n_pins (self) > 0)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUSY);
  else
    return TRUE;

  g_assert_false (is_done);

  return FALSE;
}

/* After a call that may have made the buffer larger, to a capacity that it needs or to
 * more. TRUE if the call succeeded; otherwise the buffer is as it was. */
static gboolean
check_growth (Buffer *self,
              gsize   n_needed,
              gsize   n_best,
              GError *error,
              Effect *effect)
{
  Model *model = self->model;
  gsize n_before = self->n_charged, element_size = model->element_size;

  if (error != NULL)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      g_assert_nonnull (model->ledger.budget);
      g_assert_cmpuint (n_needed, >, self->capacity);
      g_assert_true (model->is_crowd || !ledger_fits (model, n_needed * element_size));
      effect->kind = EFFECT_REFUSED;
      effect->code = BP_POOL_ERROR_BUDGET;
      effect->n_charged = n_needed * element_size;
      return FALSE;
    }

  if (n_needed > self->capacity)
    {
      effect->n_charged = n_best * element_size;
      effect->n_extra = n_before;
      if (!model->is_crowd)
        g_assert_cmpuint (bp_pooled_get_capacity (self->handle), ==,
                          ledger_fits (model, effect->n_charged) ? n_best : n_needed);
    }
  buffer_update (self);

  return TRUE;
}

static void
run_ref (Buffer     *self,
         TestRandom *random,
         Effect     *effect)
{
  if (self->n_refs == MOST_REFS)
    return;
  g_assert_true (bp_pooled_ref (self->handle) == self->handle);
  self->n_refs++;
}

static void
run_unref (Buffer     *self,
           TestRandom *random,
           Effect     *effect)
{
  buffer_foresee (self, self->n_refs - 1, buffer_get_n_pins (self), FALSE, effect);
  bp_pooled_unref (self->handle);
  self->n_refs--;
}

static void
run_release (Buffer     *self,
             TestRandom *random,
             Effect     *effect)
{
  gboolean is_first = !self->is_released;

  self->is_released = TRUE;
  buffer_foresee (self, self->n_refs, buffer_get_n_pins (self), TRUE, effect);
  g_assert_cmpint (bp_pooled_release (self->handle), ==, is_first);
}

static void
run_resize (Buffer     *self,
            TestRandom *random,
            Effect     *effect)
{
  gsize length = model_choose_length (self->model, random);
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  if (!self->is_released && buffer_get_n_pins (self) == 0 && test_random_below (random, 2) == 0)
    {
      is_done = bp_pooled_resize (self->handle, length) != NULL;
      if (!is_done)
        error = g_error_new_literal (BP_POOL_ERROR, BP_POOL_ERROR_BUDGET, "nothing else");
    }
  else
    {
      is_done = bp_pooled_try_resize (self->handle, length, &error);
    }

  if (check_change (self, is_done, error) && check_growth (self, length, length, error, effect))
    buffer_set_length (self, length, TRUE);
}

static void
run_set_length (Buffer     *self,
                TestRandom *random,
                Effect     *effect)
{
  gsize length = model_choose_length (self->model, random);
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pooled_set_length (self->handle, length, &error);

  if (!check_change (self, is_done, error))
    return;
  if (length > self->capacity)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  g_assert_no_error (error);
  buffer_set_length (self, length, FALSE);
}

static void
run_reserve (Buffer     *self,
             TestRandom *random,
             Effect     *effect)
{
  gsize capacity = model_choose_length (self->model, random);
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pooled_reserve (self->handle, capacity, &error);

  if (check_change (self, is_done, error) && check_growth (self, capacity, capacity, error, effect))
    g_assert_cmpuint (self->capacity, >=, capacity);
}

static void
run_append (Buffer     *self,
            TestRandom *random,
            Effect     *effect)
{
  gsize n_elements = test_random_below (random, 20);
  gsize n_bytes = n_elements * self->model->element_size;
  gsize n_before = buffer_get_n_bytes (self), n_needed = self->length + n_elements;
  g_autofree guint8 *data = g_malloc0 (n_bytes + 1);
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  for (gsize i = 0; i < n_bytes; i++)
    data[i] = (guint8) test_random_next (random);
  if (test_random_below (random, 2) == 0)
    is_done = bp_pooled_append (self->handle, data, n_elements, &error);
  else
    is_done = bp_pooled_append_bytes (self->handle, data, n_bytes, &error);

  if (!check_change (self, is_done, error) ||
      !check_growth (self, n_needed, MAX (n_needed, self->capacity + self->capacity / 2), error,
                     effect))
    return;
  buffer_set_length (self, n_needed, TRUE);
  memcpy (self->content + n_before, data, n_bytes);
}

static void
run_write (Buffer     *self,
           TestRandom *random,
           Effect     *effect)
{
  gsize element_size = self->model->element_size;
  gsize offset = test_random_below (random, MOST_ELEMENTS);
  gsize n_elements = test_random_below (random, 20);
  gsize n_bytes = n_elements * element_size;
  g_autofree guint8 *data = g_malloc0 (n_bytes + 1);
  g_autoptr (GError) error = NULL;
  gboolean is_done;

  for (gsize i = 0; i < n_bytes; i++)
    data[i] = (guint8) test_random_next (random);
  if (test_random_below (random, 2) == 0)
    is_done = bp_pooled_write (self->handle, offset, data, n_elements, &error);
  else
    is_done = bp_pooled_write_bytes (self->handle, offset * element_size, data, n_bytes, &error);

  if (!check_change (self, is_done, error))
    return;
  if (offset + n_elements > self->length)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  g_assert_no_error (error);
  memcpy (self->content + offset * element_size, data, n_bytes);
}

static void
run_share (Buffer     *self,
           TestRandom *random,
           Effect     *effect)
{
  ShareKind kind = test_random_below (random, 2) == 0 ? SHARE_BYTES : SHARE_VIEW;
  g_autoptr (GError) error = NULL;
  gpointer share;

  if (self->shares->len == MOST_SHARES)
    return;

  if (kind == SHARE_BYTES)
    share = bp_pooled_get_bytes (self->handle, &error);
  else
    share = bp_pooled_get_view (self->handle, &error);
  if (self->is_released)
    {
      g_assert_null (share);
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      return;
    }
  g_assert_no_error (error);
  buffer_add_share (self, kind, share, 0, buffer_get_n_bytes (self));
}

static void
run_unref_to_bytes (Buffer     *self,
                    TestRandom *random,
                    Effect     *effect)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes;

  if (self->shares->len == MOST_SHARES)
    return;

  bytes = bp_pooled_unref_to_bytes (self->handle, &error);
  self->n_refs--;
  if (self->is_released)
    {
      g_assert_null (bytes);
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      return;
    }
  g_assert_no_error (error);
  buffer_add_share (self, SHARE_BYTES, bytes, 0, buffer_get_n_bytes (self));
}

static void
run_slice (Buffer     *self,
           TestRandom *random,
           Effect     *effect)
{
  gsize length = test_random_below (random, (guint) self->length + 2);
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice;

  if (self->shares->len == MOST_SHARES)
    return;

  if (!self->is_released && length > self->length)
    buffer_foresee (self, self->n_refs - 1, buffer_get_n_pins (self), FALSE, effect);
  slice = bp_pooled_slice_new_take (self->handle, length, &error);
  self->n_refs--;

  if (self->is_released)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      return;
    }
  if (length > self->length)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }
  g_assert_no_error (error);
  buffer_add_share (self, SHARE_SLICE, slice, 0, length * self->model->element_size);
}

static void
run_dup (Buffer     *self,
         TestRandom *random,
         Effect     *effect)
{
  g_autoptr (GError) error = NULL;
  g_autofree guint8 *copy = NULL;
  gsize n_bytes;

  copy = bp_pooled_dup_data (self->handle, &n_bytes, &error);
  if (self->is_released)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_RELEASED);
      return;
    }
  g_assert_no_error (error);
  g_assert_cmpmem (copy, n_bytes, self->content, buffer_get_n_bytes (self));
}

/* Before another thread can have its bytes. */
static void
foresee_stealing (Buffer *self)
{
  if (!self->is_released && buffer_get_n_pins (self) == 0)
    buffer_leave (self);
}

static void
run_steal (Buffer     *self,
           TestRandom *random,
           Effect     *effect)
{
  g_autoptr (GError) error = NULL;
  g_autofree gpointer data = NULL;
  gsize length, capacity;

  foresee_stealing (self);
  data = bp_pooled_steal_data (self->handle, &length, &capacity, &error);
  if (!check_change (self, data != NULL, error))
    return;
  g_assert_no_error (error);

  g_assert_cmpuint (length, ==, self->length);
  g_assert_cmpuint (capacity, ==, MAX (self->capacity, 1));
  if (self->capacity > 0)
    g_assert_true (data == self->data);
  g_assert_cmpmem (data, buffer_get_n_bytes (self), self->content, buffer_get_n_bytes (self));

  effect->kind = EFFECT_STOLEN;
  self->is_released = TRUE;
}

static void
run_fill (Buffer     *self,
          TestRandom *random,
          Effect     *effect)
{
  if (!self->is_gone)
    buffer_fill (self, random);
}

static void
run_refuse (Buffer     *self,
            TestRandom *random,
            Effect     *effect)
{
  if (self->is_gone || test_random_below (random, 4) != 0)
    return;
  if (model_is_objects (self->model))
    ((TestObject *) self->data)->refuse = TRUE;
  else
    ((TestItem *) self->data)->refuse = TRUE;
}

static void
run_dup_object (Buffer     *self,
                TestRandom *random,
                Effect     *effect)
{
  g_autoptr (GObject) object = bp_pooled_dup_object (self->handle);

  if (self->is_released || !model_is_objects (self->model))
    g_assert_null (object);
  else
    g_assert_true ((gpointer) object == self->data);
}

static void
run_steal_item (Buffer     *self,
                TestRandom *random,
                Effect     *effect)
{
  g_autoptr (GError) error = NULL;
  gpointer item;

  foresee_stealing (self);
  item = bp_pooled_steal_item (self->handle, &error);
  if (!check_change (self, item != NULL, error))
    return;
  g_assert_no_error (error);

  g_assert_true (item == self->data);
  if (model_is_objects (self->model))
    g_object_unref (item);
  else
    test_item_funcs.free (item, &self->model->counters);

  effect->kind = EFFECT_STOLEN;
  self->is_released = TRUE;
}

static const Operation element_operations[] = {
  run_ref, run_unref, run_unref, run_unref, run_release, run_resize, run_resize, run_set_length,
  run_reserve, run_append, run_write, run_share, run_unref_to_bytes, run_slice, run_dup,
  run_steal, run_fill,
};

static const Operation item_operations[] = {
  run_ref, run_unref, run_unref, run_unref, run_release, run_fill, run_refuse, run_dup_object,
  run_steal_item,
};

void
buffer_operate (Buffer     *self,
                TestRandom *random,
                Effect     *effect)
{
  buffer_verify (self);

  if (self->n_refs == 0 || (self->shares->len > 0 && test_random_below (random, 2) == 0))
    buffer_operate_share (self, random, effect);
  else if (self->model->element_size > 0)
    element_operations[test_random_below (random, G_N_ELEMENTS (element_operations))]
      (self, random, effect);
  else
    item_operations[test_random_below (random, G_N_ELEMENTS (item_operations))]
      (self, random, effect);

  buffer_verify (self);
}

void
buffer_end (Buffer     *self,
            TestRandom *random,
            Effect     *effect)
{
  buffer_verify (self);
  if (self->shares->len > 0)
    buffer_drop_share (self, test_random_below (random, self->shares->len), effect);
  else if (test_random_below (random, 4) == 0)
    run_release (self, random, effect);
  else
    run_unref (self, random, effect);
}
