/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "model.h"

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

static Model *
make_model (const TestKind *kind,
            TestRandom     *random,
            guint           n_shards,
            guint           max_buffers,
            gsize           trim_capacity,
            int             thread_cache)
{
  Model *self = g_new0 (Model, 1);

  test_counters_reset (&self->counters);
  test_counters_reset (&test_object_counters);
  self->kind = kind;
  self->pool = kind->make (&self->counters, n_shards, max_buffers, trim_capacity);
  self->element_size = bp_pool_get_element_size (self->pool);
  self->is_large = self->element_size > 0 && test_random_below (random, 4) == 0;
  bp_pool_set_thread_cache (self->pool, thread_cache);
  self->layout = layout_new (self->pool);
  self->rations = g_malloc0_n (BP_MAX_SLOTS, sizeof *self->rations);
  read_settings (self);

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
                     caches[test_random_below (random, G_N_ELEMENTS (caches))]);
}

Model *
model_new_default (const TestKind *kind,
                   TestRandom     *random,
                   guint           max_buffers)
{
  return make_model (kind, random, 0, max_buffers, 0, -1);
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

static guint
get_surplus (guint n,
             guint limit)
{
  return n > limit ? n - limit : 0;
}

static guint
get_worth (Model        *self,
           const Layout *layout)
{
  return ration_get_worth (self->element_size == 0, layout->recent_bytes);
}

static Ration *
get_ration (Model        *self,
            const Layout *layout,
            Want          want)
{
  return &self->rations[layout->slot][want];
}

/* What a look has brought from the caches of others is not where it was. */
static void
account_for_look (Model        *self,
                  const Layout *after)
{
  guint n_found = 0, n_vacant = 0;

  for (guint i = 0; i < self->layout->idle->len; i++)
    {
      const Idle *idle = layout_get (self->layout, i);
      const Idle *now = layout_find (after, idle->data);

      if (layout_is_others (self->layout, idle->slot))
        n_found += now == NULL || now->slot != idle->slot;
    }
  for (guint i = 0; i < self->layout->caches->len; i++)
    {
      const Cache *cache = &g_array_index (self->layout->caches, Cache, i);

      if (layout_is_others (self->layout, cache->slot))
        n_vacant += get_surplus (cache->n_vacant, layout_find_cache (after, cache->slot)->n_vacant);
    }

  if (n_found > 0)
    ration_find (get_ration (self, after, WANT_BUFFERS), get_worth (self, after), n_found);
  if (n_vacant > 0)
    ration_find (get_ration (self, after, WANT_PLACES), get_worth (self, after), n_vacant);
}

/* What lies idle now was not to be had: it is in the caches of threads that live, and
 * those are looked into now and then only. */
static void
check_missed (Model        *self,
              const Layout *after)
{
  for (guint i = 0; i < after->idle->len; i++)
    g_assert_true (layout_is_others (after, layout_get (after, i)->slot));
  if (after->idle->len == 0)
    return;

  g_assert_cmpint (self->thread_cache, !=, 0);
  self->n_needless_misses++;
  ration_do_without (get_ration (self, after, WANT_BUFFERS), WANT_BUFFERS,
                     get_worth (self, after), 0);
}

/* Of the idle buffers one is gone, which is the acquired one; or none, and it is
 * new. Items that refuse are destroyed on the way. */
static void
check_acquired (Model        *self,
                const Effect *effect,
                guint64       n_missed,
                GArray       *removed,
                const Layout *after)
{
  guint n_taken = 0;

  account_for_look (self, after);
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
  g_assert_null (layout_find (after, effect->data));
  if (n_missed > 0)
    check_missed (self, after);

  self->expected.acquired++;
  self->expected.misses += n_missed;
  self->expected.outstanding++;
}

/* A buffer was dropped though there was room for one more: only what others have
 * vacant and keep may be the reason. */
static void
check_early_drop (Model        *self,
                  const Layout *after)
{
  g_assert_cmpint (self->thread_cache, !=, 0);
  g_assert_cmpint (self->layout->n_free, ==, 0);
  g_assert_cmpuint (layout_count_vacant (self->layout, FALSE), ==, 0);

  self->n_early_drops++;
  ration_do_without (get_ration (self, after, WANT_PLACES), WANT_PLACES,
                     get_worth (self, after), layout_count_vacant (after, TRUE));
}

/* What has to go makes room by its age: it is the oldest of the ring that the thread
 * puts its own into, else of another ring, else of a cache, its own or that of a thread
 * that has ended. */
static void
check_victim (Model      *self,
              const Idle *victim)
{
  g_assert_cmpuint (victim->n_older, ==, 0);
  if (layout_count_ring (self->layout, self->layout->home) > 0)
    {
      g_assert_cmpuint (victim->slot, ==, 0);
      g_assert_cmpuint (victim->shard, ==, self->layout->home);
    }
  g_assert_false (layout_is_others (self->layout, victim->slot));
}

/* It lies idle now, whatever had to go for it. Only where all that lies idle is in the
 * caches of others it goes itself. */
static void
check_kept (Model        *self,
            const Effect *effect,
            GArray       *removed,
            GArray       *added,
            const Layout *after)
{
  guint n_needed = get_surplus (self->layout->idle->len + 1, self->max_buffers);
  guint n_dropped = removed->len + 1 - added->len;

  account_for_look (self, after);
  g_assert_cmpuint (added->len, <=, 1);
  g_assert_cmpuint (n_dropped, >=, n_needed);
  g_assert_cmpuint (n_dropped, <=, 1);
  self->expected.dropped += n_dropped;
  if (n_dropped > n_needed)
    check_early_drop (self, after);
  else if (n_dropped > 0)
    ration_forget (get_ration (self, after, WANT_PLACES));

  if (added->len == 0)
    {
      for (guint i = 0; i < self->layout->idle->len; i++)
        g_assert_true (layout_is_others (self->layout, layout_get (self->layout, i)->slot));
      return;
    }

  if (removed->len > 0)
    check_victim (self, &g_array_index (removed, Idle, 0));
  g_assert_cmpuint (g_array_index (added, Idle, 0).bytes, ==, effect->bytes);
  if (!effect->is_trimmed)
    g_assert_true (g_array_index (added, Idle, 0).data == effect->data);
}

/* Of each ring, or cache, the oldest went; and caches lose nothing before the rings are
 * empty. */
static void
check_oldest_went (Model        *self,
                   const Layout *after)
{
  gboolean from_caches = FALSE;

  for (guint i = 0; i < self->layout->idle->len; i++)
    {
      const Idle *idle = layout_get (self->layout, i);

      if (layout_find (after, idle->data) != NULL)
        continue;
      from_caches |= idle->slot != 0;
      for (guint j = 0; j < self->layout->idle->len; j++)
        {
          const Idle *other = layout_get (self->layout, j);

          if (other->slot == idle->slot && other->shard == idle->shard &&
              other->n_older < idle->n_older)
            g_assert_null (layout_find (after, other->data));
        }
    }

  if (from_caches)
    g_assert_cmpuint (layout_count_rings (after), ==, 0);
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
  gsize n_bytes = 0;

  for (guint i = 0; i < after->idle->len; i++)
    n_bytes += layout_get (after, i)->bytes;

  g_assert_cmpuint (after->idle->len, <=, self->max_buffers);
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
  guint n_before = self->layout->idle->len;
  guint n_added = 0;
  Numbers numbers;

  read_numbers (self->pool, &numbers);
  check_peak (self, after, &numbers);
  layout_look_back (self->layout, after);

  switch (effect->kind)
    {
    case EFFECT_NONE:
      g_assert_cmpuint (removed->len, ==, 0);
      break;

    case EFFECT_ACQUIRED:
      check_acquired (self, effect, numbers.misses - self->expected.misses, removed, after);
      break;

    case EFFECT_FAILED:
      /* Before an acquire fails, the caches of others are looked into in any case. */
      g_assert_cmpuint (removed->len, ==, 0);
      g_assert_cmpuint (after->idle->len, ==, 0);
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
      check_kept (self, effect, removed, added, after);
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
          /* Memory for no element is never the pool's. */
          g_assert_cmpuint (removed->len, ==, 0);
          self->expected.dropped += effect->bytes > 0;
          break;
        }
      n_added = MIN (added->len, 1);
      check_kept (self, effect, removed, added, after);
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
      check_oldest_went (self, after);
      break;

    case EFFECT_SET:
      read_settings (self);
      g_assert_cmpuint (removed->len, ==, get_surplus (n_before, self->max_buffers));
      self->expected.dropped += removed->len;
      check_oldest_went (self, after);
      break;

    case EFFECT_CLOSED:
      self->is_closed = TRUE;
      g_assert_cmpuint (after->idle->len, ==, 0);
      self->expected.dropped += removed->len;
      break;

    default:
      g_assert_not_reached ();
    }

  g_assert_cmpuint (added->len, ==, n_added);
  check_all_numbers (self, &numbers);
  check_sums (self, after);

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
  g_assert_cmpuint (numbers.acquired, ==, done->acquired);
  g_assert_cmpuint (numbers.outstanding, ==, done->outstanding);
  g_assert_cmpuint (numbers.peak_buffers, >=, self->expected.peak_buffers);
  assert_valid (self->pool);

  layout_free (self->layout);
  self->layout = layout_new (self->pool);
  self->expected = numbers;
  memset (self->rations, 0, BP_MAX_SLOTS * sizeof *self->rations);
  check_sums (self, self->layout);
}
