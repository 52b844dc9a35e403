/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "model.h"

#define RIVAL_BUFFERS 1000

static gpointer object_class;

void
ledger_init (Model      *model,
             TestRandom *random,
             gboolean    may_have_limits)
{
  Ledger *self = &model->ledger;

  g_mutex_init (&self->rival_mutex);
  self->rival_held = g_ptr_array_new ();
  self->has_limits = may_have_limits && test_random_below (random, 2) == 0;
  if (!self->has_limits || test_random_below (random, 3) == 0)
    return;

  self->budget = bp_budget_new (G_MAXUINT64);
  self->max_bytes = G_MAXUINT64;
  self->rival = g_object_new (BP_TYPE_POOL,
                              "budget", self->budget,
                              "max-buffers", RIVAL_BUFFERS,
                              "shards", 1 + test_random_below (random, 3),
                              NULL);
  self->rival_layout = layout_new (self->rival);
}

BpPool *
ledger_make_pool (Model *model,
                  guint  n_shards,
                  guint  max_buffers,
                  gsize  trim_capacity)
{
  BpBudget *budget = model->ledger.budget;
  BpItemFuncs funcs = test_item_funcs;
  BpPool *pool;

  /* Made here, for ThreadSanitizer: see test-items.c. */
  if (object_class == NULL)
    object_class = g_type_class_ref (TEST_TYPE_OBJECT);
  funcs.user_data = &model->counters;
  funcs.destroy = test_item_destroy_notify;

  if (g_str_equal (model->kind->name, "elements"))
    pool = g_object_new (BP_TYPE_POOL, "shards", n_shards, "budget", budget,
                         "element-type", BP_ELEMENT_TYPE_U8, NULL);
  else if (g_str_equal (model->kind->name, "sized"))
    pool = g_object_new (BP_TYPE_POOL, "shards", n_shards, "budget", budget,
                         "element-size", 12, NULL);
  else if (g_str_equal (model->kind->name, "funcs"))
    pool = g_object_new (BP_TYPE_POOL, "shards", n_shards, "budget", budget,
                         "item-funcs", &funcs, NULL);
  else
    pool = g_object_new (BP_TYPE_POOL, "shards", n_shards, "budget", budget,
                         "item-type", TEST_TYPE_OBJECT, NULL);
  bp_pool_set_max_buffers (pool, max_buffers);
  bp_pool_set_trim_capacity (pool, trim_capacity);

  return pool;
}

void
ledger_clear (Model *model)
{
  Ledger *self = &model->ledger;

  g_assert_cmpuint (self->out_bytes, ==, 0);
  g_assert_cmpuint (self->n_out, ==, 0);
  for (guint i = 0; i < self->rival_held->len; i++)
    bp_pooled_unref (g_ptr_array_index (self->rival_held, i));
  g_ptr_array_unref (self->rival_held);
  g_mutex_clear (&self->rival_mutex);
  if (self->budget == NULL)
    return;

  layout_free (self->rival_layout);
  g_object_unref (self->rival);
  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 0);
  g_object_unref (self->budget);
}

gboolean
ledger_keeps (Model   *model,
              guint64  n_charged,
              guint64  n_bytes)
{
  Ledger *self = &model->ledger;

  return self->budget == NULL || model->is_crowd ||
         self->used - n_charged + n_bytes <= self->max_bytes;
}

gboolean
ledger_is_short (Model   *model,
                 guint64  n_bytes)
{
  Ledger *self = &model->ledger;

  return self->budget != NULL && self->used + n_bytes > self->max_bytes;
}

gboolean
ledger_fits (Model   *model,
             guint64  n_bytes)
{
  Ledger *self = &model->ledger;
  guint64 n_out = self->out_bytes + self->rival_bytes;

  return self->budget == NULL || (n_bytes <= self->max_bytes && n_out <= self->max_bytes - n_bytes);
}

/* The error code of the limit in the way; -1 for none. */
static int
get_obstacle (Model *model)
{
  Ledger *self = &model->ledger;

  if (self->is_flushing)
    return BP_POOL_ERROR_FLUSHING;
  if (self->max_outstanding > 0 && model->expected.outstanding >= self->max_outstanding)
    return BP_POOL_ERROR_LIMIT;

  return -1;
}

void
ledger_check_admitted (Model *model)
{
  if (!model->is_crowd)
    g_assert_cmpint (get_obstacle (model), ==, -1);
}

/* A waiter that has left since may have been in the way. */
static void
check_refused_in_crowd (Model        *model,
                        const GError *error,
                        Effect       *effect)
{
  g_assert_true (model->ledger.has_limits);
  if (error == NULL || error->domain == G_IO_ERROR)
    {
      g_assert_true (error == NULL || error->code == G_IO_ERROR_TIMED_OUT);
      return;
    }

  g_assert_true (error->domain == BP_POOL_ERROR);
  effect->code = error->code;
  if (error->code == BP_POOL_ERROR_BUDGET)
    g_assert_nonnull (model->ledger.budget);
  else if (error->code != BP_POOL_ERROR_FLUSHING && error->code != BP_POOL_ERROR_CLOSED)
    g_assert_cmpint (error->code, ==, BP_POOL_ERROR_LIMIT);
}

void
ledger_check_refused (Model        *model,
                      guint64       n_bytes,
                      const GError *error,
                      Effect       *effect)
{
  int obstacle;

  model->ledger.n_refused++;
  effect->kind = EFFECT_REFUSED;
  effect->n_charged = n_bytes;
  if (model->is_crowd)
    {
      check_refused_in_crowd (model, error, effect);
      return;
    }

  obstacle = get_obstacle (model);
  effect->code = obstacle >= 0 ? obstacle : BP_POOL_ERROR_BUDGET;
  if (error != NULL)
    g_assert_error (error, BP_POOL_ERROR, effect->code);
  if (obstacle < 0)
    g_assert_false (ledger_fits (model, n_bytes));
}

/* Buffers that the rival itself took are not given up. Returns what the others were
 * charged. */
static guint64
account_for_rival (const Effect *effect,
                   GArray       *lost)
{
  guint best = G_MAXUINT;
  gsize n_bytes;

  if (effect->empties_rival)
    g_array_set_size (lost, 0);
  if (effect->data == NULL || effect->n > 0)
    return effect->n_charged;

  for (guint i = 0; i < lost->len; i++)
    {
      const Idle *idle = &g_array_index (lost, Idle, i);
      gboolean is_same = lost->len == 1 && idle->data == effect->data &&
                         idle->bytes == effect->bytes;

      if (is_same || (idle->bytes < effect->bytes &&
                      (best == G_MAXUINT || idle->bytes < g_array_index (lost, Idle, best).bytes)))
        best = i;
    }
  g_assert_cmpuint (best, <, lost->len);
  n_bytes = g_array_index (lost, Idle, best).bytes;
  g_array_remove_index (lost, best);

  return effect->bytes - n_bytes;
}

/* No buffer went without need. */
static void
check_shortage (Ledger  *self,
                guint64  n_charged,
                GArray  *given_up,
                GArray  *lost)
{
  guint64 n_wanted = self->used + n_charged, n_bytes = 0, most = 0;
  gboolean from_cache = FALSE;

  for (guint i = 0; i < given_up->len + lost->len; i++)
    {
      const Idle *idle = i < given_up->len ? &g_array_index (given_up, Idle, i)
                                           : &g_array_index (lost, Idle, i - given_up->len);

      n_bytes += idle->bytes;
      most = MAX (most, idle->bytes);
      from_cache |= idle->slot != 0;
      self->n_reclaimed++;
    }
  if (given_up->len + lost->len == 0)
    return;

  g_assert_cmpuint (n_wanted, >, self->max_bytes);
  if (!from_cache)
    g_assert_cmpuint (n_bytes - most, <, n_wanted - self->max_bytes);
}

static void
check_peak (Ledger       *self,
            const Effect *effect)
{
  guint64 peak = bp_budget_get_peak_bytes (self->budget);
  guint64 expected = MAX (self->used + effect->n_extra, effect->n_highest);

  expected = MAX (expected, self->peak);
  if (effect->is_highest_unknown)
    {
      g_assert_cmpuint (peak, >=, expected);
      g_assert_cmpuint (peak, <=, MAX (expected, self->max_bytes));
    }
  else
    {
      g_assert_cmpuint (peak, ==, expected);
    }
  self->peak = peak;
}

/* The bytes used are the sum of what is out and what is idle. They are no more than the
 * limit, unless the limit was lowered: then all of them are out. */
static void
check_sum (Ledger  *self,
           guint64  n_idle_bytes)
{
  guint64 n_out = self->out_bytes + self->rival_bytes;

  n_idle_bytes += layout_sum_bytes (self->rival_layout);
  self->used = bp_budget_get_used_bytes (self->budget);
  g_assert_cmpuint (self->used, ==, n_out + n_idle_bytes);
  if (self->used > self->max_bytes)
    g_assert_cmpuint (n_idle_bytes, ==, 0);
}

/* Before the budget refuses, all idle buffers have gone, but for one that was found too
 * small. If it could never do, none has gone. */
static void
check_refused (Model        *model,
               const Effect *effect,
               guint64       n_idle_bytes,
               guint         n_given_up)
{
  Ledger *self = &model->ledger;
  gboolean is_rival = effect->kind == EFFECT_RIVAL;

  if (effect->n_charged <= self->max_bytes)
    {
      g_assert_cmpuint (self->rival_layout->idle->len, <=, is_rival && effect->is_counted);
      if (is_rival)
        g_assert_cmpuint (n_idle_bytes, ==, 0);
    }
  else if (!effect->is_counted && (is_rival || model->element_size > 0))
    {
      g_assert_cmpuint (n_given_up, ==, 0);
    }
}

void
ledger_check (Model        *model,
              const Effect *effect,
              guint64       n_charged,
              guint64       n_idle_bytes,
              GArray       *given_up)
{
  Ledger *self = &model->ledger;
  g_autoptr (Layout) after = NULL;
  g_autoptr (GArray) lost = NULL;

  if (self->budget == NULL)
    {
      g_assert_cmpuint (given_up->len, ==, 0);
      return;
    }

  after = layout_new (self->rival);
  lost = layout_subtract (self->rival_layout, after);
  if (effect->kind == EFFECT_RIVAL)
    n_charged = account_for_rival (effect, lost);
  check_shortage (self, n_charged, given_up, lost);
  layout_free (self->rival_layout);
  self->rival_layout = g_steal_pointer (&after);
  check_sum (self, n_idle_bytes);
  check_peak (self, effect);

  if (effect->code == BP_POOL_ERROR_BUDGET)
    check_refused (model, effect, n_idle_bytes, given_up->len + lost->len);
}

void
ledger_check_orphans (Model *model)
{
  Ledger *self = &model->ledger;

  if (self->budget == NULL)
    return;

  layout_free (self->rival_layout);
  self->rival_layout = layout_new (self->rival);
  check_sum (self, 0);
}

void
ledger_reconcile (Model   *model,
                  guint64  n_idle_bytes)
{
  Ledger *self = &model->ledger;

  g_assert_cmpuint (self->n_out, ==, model->expected.outstanding);
  ledger_check_crowd (model);
  if (self->budget == NULL)
    return;

  layout_free (self->rival_layout);
  self->rival_layout = layout_new (self->rival);
  check_sum (self, n_idle_bytes);
  assert_valid (self->rival);
  g_assert_cmpuint (bp_budget_get_peak_bytes (self->budget), >=, self->used);
  self->peak = bp_budget_get_peak_bytes (self->budget);
}

void
ledger_note_most (Model *model)
{
  Ledger *self = &model->ledger;

  self->most_out = self->max_outstanding > 0 ? MAX (self->max_outstanding, self->n_out)
                                             : G_MAXUINT64;
  self->most_used = MAX (self->max_bytes, self->used);
}

/* Counted after buffers were taken, and before they were given back. */
void
ledger_check_crowd (Model *model)
{
  Ledger *self = &model->ledger;

  g_assert_cmpuint (self->n_out, <=, self->most_out);
  if (self->budget == NULL)
    return;

  g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), <=, self->most_used);
  g_assert_cmpuint (bp_budget_get_peak_bytes (self->budget), <=, MAX (self->peak, self->most_used));
}
