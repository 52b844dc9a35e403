/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "outcome.h"

#include "bp-thread-private.h"

static void
read_numbers (BpPool  *pool,
              Numbers *numbers)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);

  numbers->acquired = bp_pool_stats_get_acquired (stats);
  numbers->misses = bp_pool_stats_get_misses (stats);
  numbers->returned = bp_pool_stats_get_returned (stats);
  numbers->dropped = bp_pool_stats_get_dropped (stats);
  numbers->outstanding = bp_pool_stats_get_outstanding (stats);
  numbers->idle_bytes = bp_pool_stats_get_idle_bytes (stats);
  numbers->peak_buffers = bp_pool_stats_get_peak_buffers (stats);
}

static void
read_settings (Model *self)
{
  self->max_buffers = bp_pool_get_max_buffers (self->pool);
  self->trim_capacity = bp_pool_get_trim_capacity (self->pool);
  self->thread_cache = bp_pool_get_thread_cache (self->pool);
}

#define MOST_ELEMENTS 64
#define MANY_ELEMENTS 700
#define LARGE_BYTES (64 * 1024)
#define ITEM_UNIT 1000

static Model *
make_model (const TestKind *kind,
            TestRandom     *random,
            guint           n_shards,
            guint           max_buffers,
            gsize           trim_capacity,
            int             thread_cache,
            gboolean        may_have_limits)
{
  Model *self = g_new0 (Model, 1);

  test_counters_reset (&self->counters);
  test_counters_reset (&test_object_counters);
  self->kind = kind;
  ledger_init (self, random, may_have_limits);
  if (self->ledger.budget != NULL)
    self->pool = ledger_make_pool (self, n_shards, max_buffers, trim_capacity);
  else
    self->pool = kind->make (&self->counters, n_shards, max_buffers, trim_capacity);
  self->element_size = bp_pool_get_element_size (self->pool);
  self->is_large = self->element_size > 0 && test_random_below (random, 4) == 0;
  bp_pool_set_thread_cache (self->pool, thread_cache);
  self->layout = layout_new (self->pool);
  self->rations = g_malloc0_n (BP_MAX_SLOTS, sizeof *self->rations);
  read_settings (self);
  ledger_begin (self, random);

  return self;
}

/* A pool of a random shape. */
Model *
model_new (const TestKind *kind,
           TestRandom     *random)
{
  static const guint shards[] = { 1, 1, 2, 3, 4, 8, 16, 0 };
  static const guint sizes[] = { 0, 1, 2, 5, 8, 16, 24, 32, 64, 256 };
  static const gsize trims[] = { 0, 0, 8, 50 };
  static const int caches[] = { -1, -1, 0, 0, 1, 3, 16, 64 };
  guint n_shards = shards[test_random_below (random, G_N_ELEMENTS (shards))];
  guint max_buffers = sizes[test_random_below (random, G_N_ELEMENTS (sizes))];
  gsize trim_capacity = trims[test_random_below (random, G_N_ELEMENTS (trims))];

  return make_model (kind, random, n_shards, max_buffers, trim_capacity,
                     caches[test_random_below (random, G_N_ELEMENTS (caches))], TRUE);
}

Model *
model_new_default (const TestKind *kind,
                   TestRandom     *random,
                   guint           max_buffers)
{
  return make_model (kind, random, 0, max_buffers, 0, -1, FALSE);
}

/* Nothing is left of the items, once all is gone. */
void
model_free (Model *self)
{
  g_clear_object (&self->pool);

  if (g_str_equal (self->kind->name, "funcs"))
    g_assert_cmpuint (self->counters.n_destroyed, ==, 1);
  g_assert_cmpuint (test_counters_live (&self->counters), ==, 0);
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);

  ledger_clear (self);
  layout_free (self->layout);
  g_free (self->rations);
  g_free (self);
}

gsize
model_choose_length (Model      *self,
                     TestRandom *random)
{
  if (self->is_large)
    return test_random_below (random, (guint) (LARGE_BYTES / self->element_size));

  return test_random_below (random, test_random_below (random, 30) == 0 ? MANY_ELEMENTS
                                                                       : MOST_ELEMENTS);
}

guint
model_get_unit (Model *self)
{
  if (self->element_size == 0)
    return ITEM_UNIT;

  return self->is_large ? LARGE_BYTES : (guint) (MOST_ELEMENTS * self->element_size);
}

gsize
model_get_item_bytes (Model *self)
{
  return model_is_objects (self) ? TEST_OBJECT_BYTES : TEST_ITEM_BYTES;
}

gboolean
model_is_objects (Model *self)
{
  return g_str_equal (self->kind->name, "object");
}

gboolean
model_keeps_none (Model *self)
{
  return self->is_closed || self->max_buffers == 0;
}

static void
check_all_numbers (Model         *self,
                   const Numbers *numbers)
{
  g_assert_cmpuint (numbers->acquired, ==, self->expected.acquired);
  g_assert_cmpuint (numbers->misses, ==, self->expected.misses);
  g_assert_cmpuint (numbers->returned, ==, self->expected.returned);
  g_assert_cmpuint (numbers->dropped, ==, self->expected.dropped);
  g_assert_cmpuint (numbers->outstanding, ==, self->expected.outstanding);
}

static void
check_sums (Model        *self,
            const Layout *after)
{
  guint64 n_bytes = layout_sum_bytes (after);

  g_assert_cmpuint (after->idle->len, <=, self->max_buffers);
  if (self->ledger.max_idle_bytes > 0)
    g_assert_cmpuint (n_bytes, <=, self->ledger.max_idle_bytes);
  g_assert_cmpuint (get_stat (self->pool, idle), ==, after->idle->len);
  g_assert_cmpuint (get_stat (self->pool, idle_bytes), ==, n_bytes);
}

/* The most that there were. What was dropped for one from outside was there with it. */
static void
check_peak (Model         *self,
            const Layout  *after,
            const Numbers *numbers)
{
  guint64 n_live = after->idle->len + numbers->outstanding;
  guint64 n_before = self->layout->idle->len + self->expected.outstanding;

  g_assert_cmpuint (numbers->peak_buffers, >=, MAX (self->expected.peak_buffers, n_live));
  g_assert_cmpuint (numbers->peak_buffers, <=,
                    MAX (self->expected.peak_buffers, MAX (n_live, n_before) + 1));
  self->expected.peak_buffers = numbers->peak_buffers;
}

void
model_check (Model        *self,
             const Effect *effect)
{
  g_autoptr (Layout) after = layout_new (self->pool);
  g_autoptr (GArray) removed = layout_subtract (self->layout, after);
  g_autoptr (GArray) added = layout_subtract (after, self->layout);
  Numbers numbers;
  Outcome outcome = { effect, &numbers, after, removed, added, effect->n_charged };

  read_numbers (self->pool, &numbers);
  check_peak (self, after, &numbers);
  layout_look_back (self->layout, after);
  if (effect->kind == EFFECT_SET)
    read_settings (self);

  outcome_check (self, &outcome);
  check_all_numbers (self, &numbers);
  check_sums (self, after);
  ledger_check (self, effect, outcome.n_charged, numbers.idle_bytes, removed);

  layout_free (self->layout);
  self->layout = g_steal_pointer (&after);
}

void
model_reconcile (Model         *self,
                 const Numbers *done)
{
  Numbers numbers;

  read_settings (self);
  read_numbers (self->pool, &numbers);
  /* While an acquire waits it may try several times, or get what has never been idle. */
  if (self->ledger.budget == NULL)
    g_assert_cmpuint (numbers.acquired, ==, done->acquired);
  g_assert_cmpuint (numbers.outstanding, ==, done->outstanding);
  g_assert_cmpuint (numbers.peak_buffers, >=, self->expected.peak_buffers);
  assert_valid (self->pool);

  layout_free (self->layout);
  self->layout = layout_new (self->pool);
  self->expected = numbers;
  memset (self->rations, 0, BP_MAX_SLOTS * sizeof *self->rations);
  check_sums (self, self->layout);
  ledger_reconcile (self, numbers.idle_bytes);
}
