/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "model.h"

#include "bp-pool-private.h"

static void
add_idle (GArray   *list,
          BpPooled *pooled)
{
  Idle idle = { .data = bp_peek (pooled->data), .bytes = pooled->bytes };

  if (pooled->core->config.kind == BP_KIND_OBJECT && bp_peek (pooled->word) == BP_WORD_DIRTY)
    idle.refuses = ((TestObject *) idle.data)->refuse;
  g_array_append_val (list, idle);
}

static int
compare_idle (gconstpointer a,
              gconstpointer b)
{
  guintptr first = (guintptr) ((const Idle *) a)->data;
  guintptr second = (guintptr) ((const Idle *) b)->data;

  return first < second ? -1 : first > second;
}

/* All that lies idle, by address. */
static GArray *
list_idle (BpCore *core)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Idle));

  for (guint i = 0; i < core->config.n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      for (guint j = 0; j < bp_peek (shard->count); j++)
        add_idle (list, shard->ring[bp_shard_wrap (shard, shard->head + j)]);
    }
  for (guint slot = 1; slot < bp_slots_end (); slot++)
    {
      BpFront *front = bp_core_get_front_of_slot (core, slot);

      if (front == NULL)
        continue;
      for (guint i = 0; i < bp_peek (front->reserve); i++)
        {
          if (i < bp_peek (front->n_local) || i >= bp_peek (front->outbox))
            add_idle (list, front->places[i]);
        }
    }

  g_array_sort (list, compare_idle);
  for (guint i = 1; i < list->len; i++)
    g_assert_cmpuint ((guintptr) g_array_index (list, Idle, i - 1).data, <,
                      (guintptr) g_array_index (list, Idle, i).data);

  return list;
}

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

/* What one list has and the other has not. */
static GArray *
subtract (GArray *list,
          GArray *other)
{
  GArray *rest = g_array_new (FALSE, FALSE, sizeof (Idle));
  guint j = 0;

  for (guint i = 0; i < list->len; i++)
    {
      Idle idle = g_array_index (list, Idle, i);

      while (j < other->len &&
             compare_idle (&g_array_index (other, Idle, j), &idle) < 0)
        j++;
      if (j == other->len || g_array_index (other, Idle, j).data != idle.data)
        g_array_append_val (rest, idle);
      else
        g_assert_cmpuint (g_array_index (other, Idle, j).bytes, ==, idle.bytes);
    }

  return rest;
}

/* A pool of a random shape. */
Model *
model_new (const TestKind *kind,
           TestRandom     *random)
{
  static const guint shards[] = { 1, 1, 2, 3, 4, 8, 16, 0 };
  static const guint sizes[] = { 0, 1, 2, 5, 8, 16, 24, 32, 64 };
  static const gsize trims[] = { 0, 0, 8, 50 };
  static const int caches[] = { -1, -1, 0, 0, 1, 3, 16, 64 };
  Model *self = g_new0 (Model, 1);
  guint n_shards = shards[test_random_below (random, G_N_ELEMENTS (shards))];

  test_counters_reset (&self->counters);
  test_counters_reset (&test_object_counters);
  self->kind = kind;
  self->max_buffers = sizes[test_random_below (random, G_N_ELEMENTS (sizes))];
  self->trim_capacity = trims[test_random_below (random, G_N_ELEMENTS (trims))];
  self->thread_cache = caches[test_random_below (random, G_N_ELEMENTS (caches))];
  self->pool = kind->make (&self->counters, n_shards, self->max_buffers, self->trim_capacity);
  self->element_size = bp_pool_get_element_size (self->pool);
  bp_pool_set_thread_cache (self->pool, self->thread_cache);
  self->idle = list_idle (self->pool->core);

  return self;
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

  g_array_unref (self->idle);
  g_free (self);
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

/* What must be gone and what more is gone: where fronts hide places from each other,
 * some buffers are dropped though others' places are free. */
static void
check_dropped (Model *self,
               guint  n_dropped,
               guint  n_needed)
{
  g_assert_cmpuint (n_dropped, >=, n_needed);
  if (self->thread_cache == 0)
    g_assert_cmpuint (n_dropped, ==, n_needed);

  self->n_early_drops += n_dropped - n_needed;
  self->expected.dropped += n_dropped;
}

static guint
get_surplus (guint n,
             guint limit)
{
  return n > limit ? n - limit : 0;
}

/* Of the idle buffers one is gone, which is the acquired one; or none, and it is
 * new. Items that refuse are destroyed on the way. */
static void
check_acquired (Model        *self,
                const Effect *effect,
                guint64       n_missed,
                GArray       *removed,
                GArray       *after)
{
  guint n_taken = 0;

  for (guint i = 0; i < removed->len; i++)
    {
      const Idle *idle = &g_array_index (removed, Idle, i);

      if (idle->refuses)
        {
          self->expected.dropped++;
          continue;
        }

      n_taken++;
      if (idle->data != effect->data)
        {
          g_assert_true (effect->may_be_larger);
          g_assert_cmpuint (idle->bytes, <, effect->bytes);
        }
      else if (self->element_size > 0)
        {
          g_assert_cmpuint (idle->bytes, ==, effect->bytes);
        }
    }

  g_assert_cmpuint (n_taken + n_missed, ==, 1);
  for (guint i = 0; i < after->len; i++)
    g_assert_true (g_array_index (after, Idle, i).data != effect->data);

  if (n_missed > 0 && after->len > 0)
    {
      g_assert_cmpint (self->thread_cache, !=, 0);
      self->n_needless_misses++;
    }

  self->expected.acquired++;
  self->expected.misses += n_missed;
  self->expected.outstanding++;
}

/* It lies idle now, whatever had to go for it. Only where all that lies idle is in
 * fronts of others it may have to go itself. */
static void
check_kept (Model        *self,
            const Effect *effect,
            GArray       *removed,
            GArray       *added)
{
  guint n_needed = get_surplus (self->idle->len + 1, self->max_buffers);

  check_dropped (self, removed->len + 1 - added->len, n_needed);
  if (added->len == 0)
    {
      g_assert_cmpint (self->thread_cache, !=, 0);
      self->n_newest_dropped++;
      return;
    }

  g_assert_cmpuint (added->len, ==, 1);
  g_assert_cmpuint (g_array_index (added, Idle, 0).bytes, ==, effect->bytes);
  if (!effect->is_trimmed)
    g_assert_true (g_array_index (added, Idle, 0).data == effect->data);
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
check_sums (Model  *self,
            GArray *after)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < after->len; i++)
    n_bytes += g_array_index (after, Idle, i).bytes;

  g_assert_cmpuint (after->len, <=, self->max_buffers);
  g_assert_cmpuint (get_stat (self->pool, idle), ==, after->len);
  g_assert_cmpuint (get_stat (self->pool, idle_bytes), ==, n_bytes);
}

void
model_check (Model        *self,
             const Effect *effect)
{
  g_autoptr (GArray) after = list_idle (self->pool->core);
  g_autoptr (GArray) removed = subtract (self->idle, after);
  g_autoptr (GArray) added = subtract (after, self->idle);
  guint n_before = self->idle->len;
  guint n_added = 0;
  Numbers numbers;

  read_numbers (self->pool, &numbers);

  switch (effect->kind)
    {
    case EFFECT_NONE:
      g_assert_cmpuint (removed->len, ==, 0);
      break;

    case EFFECT_ACQUIRED:
      check_acquired (self, effect, numbers.misses - self->expected.misses, removed, after);
      break;

    case EFFECT_RETURNED:
      self->expected.outstanding--;
      self->expected.returned++;
      if (effect->is_refused)
        {
          g_assert_cmpuint (removed->len, ==, 0);
          self->expected.dropped++;
          break;
        }
      n_added = MIN (added->len, 1);
      check_kept (self, effect, removed, added);
      break;

    case EFFECT_ATTACHED:
      g_assert_cmpuint (removed->len, ==, 0);
      self->expected.outstanding++;
      break;

    case EFFECT_STOLEN:
      g_assert_cmpuint (removed->len, ==, 0);
      self->expected.outstanding--;
      break;

    case EFFECT_ADDED:
      if (effect->is_refused)
        {
          g_assert_cmpuint (removed->len, ==, 0);
          break;
        }
      n_added = MIN (added->len, 1);
      check_kept (self, effect, removed, added);
      break;

    case EFFECT_FILLED:
      g_assert_cmpuint (removed->len, ==, 0);
      n_added = effect->n;
      for (guint i = 0; i < added->len; i++)
        g_assert_cmpuint (g_array_index (added, Idle, i).bytes, ==, effect->bytes);
      break;

    case EFFECT_EMPTIED:
      g_assert_cmpuint (removed->len, ==, get_surplus (n_before, effect->n));
      self->expected.dropped += removed->len;
      break;

    case EFFECT_SET:
      read_settings (self);
      check_dropped (self, removed->len, get_surplus (n_before, self->max_buffers));
      break;

    case EFFECT_CLOSED:
      self->is_closed = TRUE;
      g_assert_cmpuint (after->len, ==, 0);
      self->expected.dropped += removed->len;
      break;

    default:
      g_assert_not_reached ();
    }

  g_assert_cmpuint (added->len, ==, n_added);
  check_all_numbers (self, &numbers);
  check_sums (self, after);

  g_array_unref (self->idle);
  self->idle = g_steal_pointer (&after);
}

void
model_reconcile (Model         *self,
                 const Numbers *done)
{
  Numbers numbers;

  read_settings (self);
  read_numbers (self->pool, &numbers);
  g_assert_cmpuint (numbers.acquired, ==, done->acquired);
  g_assert_cmpuint (numbers.outstanding, ==, done->outstanding);
  assert_valid (self->pool);

  g_array_unref (self->idle);
  self->idle = list_idle (self->pool->core);
  self->expected = numbers;
  check_sums (self, self->idle);
}
