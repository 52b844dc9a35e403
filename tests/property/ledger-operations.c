/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-lock-private.h"
#include "model.h"

/* Every operation that has to do with limits only. */

#define MOST_OUT 30
/* In units: what a usual buffer of the game comes to at most. */
#define MOST_BUDGET_UNITS 30
#define MOST_IDLE_UNITS 8
#define MOST_RIVAL_UNITS 3
#define MOST_FILLED 4

static void
set_max_bytes (Ledger  *self,
               guint64  max_bytes)
{
  if (atomic_load (&self->most_used) < max_bytes)
    atomic_store (&self->most_used, max_bytes);
  self->max_bytes = max_bytes;
  bp_budget_set_max_bytes (self->budget, max_bytes);
  g_assert_cmpuint (bp_budget_get_max_bytes (self->budget), ==, max_bytes);
}

static void
set_max_outstanding (Model *model,
                     guint  max_outstanding)
{
  Ledger *self = &model->ledger;
  guint64 most = max_outstanding > 0 ? max_outstanding : G_MAXUINT64;

  if (atomic_load (&self->most_out) < most)
    atomic_store (&self->most_out, most);
  self->max_outstanding = max_outstanding;
  bp_pool_set_max_outstanding (model->pool, max_outstanding);
  g_assert_cmpuint (bp_pool_get_max_outstanding (model->pool), ==, max_outstanding);
}

static void
set_max_idle_bytes (Model   *model,
                    guint64  max_idle_bytes)
{
  model->ledger.max_idle_bytes = max_idle_bytes;
  bp_pool_set_max_idle_bytes (model->pool, max_idle_bytes);
  g_assert_cmpuint (bp_pool_get_max_idle_bytes (model->pool), ==, max_idle_bytes);
}

static void
set_flushing (Model    *model,
              gboolean  is_flushing)
{
  model->ledger.is_flushing = is_flushing;
  bp_pool_set_flushing (model->pool, is_flushing);
  g_assert_cmpint (bp_pool_get_flushing (model->pool), ==, is_flushing);
}

void
ledger_begin (Model      *model,
              TestRandom *random)
{
  Ledger *self = &model->ledger;

  if (self->budget != NULL)
    set_max_bytes (self, test_random_below (random, MOST_BUDGET_UNITS * model_get_unit (model)));
}

void
ledger_set (Model      *model,
            TestRandom *random,
            Effect     *effect)
{
  Ledger *self = &model->ledger;
  guint unit = model_get_unit (model);

  effect->kind = EFFECT_SET;
  if (self->is_flushing)
    {
      set_flushing (model, FALSE);
      return;
    }

  switch (test_random_below (random, self->budget != NULL ? 6 : 3))
    {
    case 0:
      set_flushing (model, test_random_below (random, 2) == 0);
      break;

    case 1:
      set_max_outstanding (model, test_random_below (random, 2) *
                                  test_random_below (random, MOST_OUT));
      break;

    case 2:
      set_max_idle_bytes (model, test_random_below (random, 2) *
                                 test_random_below (random, MOST_IDLE_UNITS * unit));
      break;

    default:
      effect->kind = EFFECT_RIVAL;
      set_max_bytes (self, test_random_below (random, MOST_BUDGET_UNITS * unit));
      break;
    }
}

static void
take_rival (Model      *model,
            TestRandom *random,
            Effect     *effect)
{
  Ledger *self = &model->ledger;
  gsize n_bytes = test_random_below (random, MOST_RIVAL_UNITS * model_get_unit (model));
  guint64 n_misses = get_stat (self->rival, misses);
  g_autoptr (GError) error = NULL;
  gpointer attached = NULL;
  BpPooled *pooled;

  if (test_random_below (random, 4) == 0)
    {
      attached = g_malloc (n_bytes + 1);
      pooled = bp_pool_attach_data (self->rival, attached, 0, n_bytes, &error);
    }
  else
    {
      pooled = bp_pool_acquire_uninit (self->rival, n_bytes, &error);
    }

  effect->n_charged = n_bytes;
  if (pooled == NULL)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      if (!model->is_crowd)
        g_assert_false (ledger_fits (model, n_bytes));
      effect->code = BP_POOL_ERROR_BUDGET;
      effect->is_counted = attached == NULL;
      g_free (attached);
      self->n_refused++;
      return;
    }

  effect->data = bp_pooled_get_data (pooled, NULL);
  effect->bytes = bp_pooled_get_capacity (pooled);
  effect->n = attached != NULL || get_stat (self->rival, misses) > n_misses;
  atomic_fetch_add (&self->rival_bytes, effect->bytes);
  bp_mutex_lock (&self->rival_mutex);
  g_ptr_array_add (self->rival_held, pooled);
  bp_mutex_unlock (&self->rival_mutex);
}

static void
drop_rival (Model      *model,
            TestRandom *random)
{
  Ledger *self = &model->ledger;
  BpPooled *pooled = NULL;

  bp_mutex_lock (&self->rival_mutex);
  if (self->rival_held->len > 0)
    pooled = g_ptr_array_steal_index_fast (self->rival_held,
                                           test_random_below (random, self->rival_held->len));
  bp_mutex_unlock (&self->rival_mutex);
  if (pooled == NULL)
    return;

  atomic_fetch_sub (&self->rival_bytes, bp_pooled_get_capacity (pooled));
  bp_pooled_unref (pooled);
}

static void
prefill_rival (Model      *model,
               TestRandom *random,
               Effect     *effect)
{
  guint n_buffers = 1 + test_random_below (random, MOST_FILLED);
  gsize n_bytes = 1 + test_random_below (random, model_get_unit (model));
  g_autoptr (GError) error = NULL;

  effect->n_charged = n_buffers * n_bytes;
  effect->is_highest_unknown = TRUE;
  if (bp_pool_prefill (model->ledger.rival, n_buffers, n_bytes, &error))
    return;

  g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
  effect->code = BP_POOL_ERROR_BUDGET;
  if (!model->is_crowd)
    g_assert_false (ledger_fits (model, effect->n_charged));
}

void
ledger_work_on_rival (Model      *model,
                      TestRandom *random,
                      Effect     *effect)
{
  Ledger *self = &model->ledger;
  guint choice = test_random_below (random, 12);

  if (self->budget == NULL)
    return;

  effect->kind = EFFECT_RIVAL;
  if (choice == 0)
    {
      bp_pool_drop_idle (self->rival, 0);
      effect->empties_rival = TRUE;
    }
  else if (choice == 1)
    {
      prefill_rival (model, random, effect);
    }
  else if (choice < 7)
    {
      take_rival (model, random, effect);
    }
  else
    {
      drop_rival (model, random);
    }
}
