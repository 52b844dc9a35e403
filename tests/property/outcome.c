/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "outcome.h"

static guint
get_surplus (guint n,
             guint limit)
{
  return n > limit ? n - limit : 0;
}

static guint
get_worth (Model        *model,
           const Layout *layout)
{
  return ration_get_worth (model->element_size == 0, layout->recent_bytes);
}

static Ration *
get_ration (Model        *model,
            const Layout *layout,
            Want          want)
{
  return &model->rations[layout->slot][want];
}

/* A look brings buffers from the caches of other threads to other places. If bytes were
 * short, those caches were emptied anyway. */
static void
account_for_look (Model        *model,
                  const Effect *effect,
                  const Layout *after)
{
  guint n_found = 0, n_vacant = 0;

  if (ledger_is_short (model, effect->n_charged))
    {
      ration_lose_track (get_ration (model, after, WANT_BUFFERS));
      ration_lose_track (get_ration (model, after, WANT_PLACES));
      return;
    }

  for (guint i = 0; i < model->layout->idle->len; i++)
    {
      const Idle *idle = layout_get (model->layout, i);
      const Idle *now = layout_find (after, idle->data);

      if (layout_is_others (model->layout, idle->slot))
        n_found += now == NULL || now->slot != idle->slot;
    }
  for (guint i = 0; i < model->layout->caches->len; i++)
    {
      const Cache *cache = &g_array_index (model->layout->caches, Cache, i);

      if (layout_is_others (model->layout, cache->slot))
        n_vacant += get_surplus (cache->n_vacant, layout_find_cache (after, cache->slot)->n_vacant);
    }

  if (n_found > 0)
    ration_find (get_ration (model, after, WANT_BUFFERS), get_worth (model, after), n_found);
  if (n_vacant > 0)
    ration_find (get_ration (model, after, WANT_PLACES), get_worth (model, after), n_vacant);
}

/* What lies idle now could not be had: it is in the caches of living threads, which are
 * looked into only now and then; or it was there before bytes were found to be short. */
static void
check_missed (Model        *model,
              const Effect *effect,
              const Layout *after)
{
  gboolean is_short = ledger_is_short (model, effect->n_charged);

  for (guint i = 0; i < after->idle->len; i++)
    {
      const Idle *idle = layout_get (after, i);
      const Idle *before = is_short ? layout_find (model->layout, idle->data) : idle;

      g_assert_nonnull (before);
      g_assert_true (layout_is_others (after, before->slot));
    }
  if (after->idle->len == 0)
    return;

  g_assert_cmpint (model->thread_cache, !=, 0);
  model->n_needless_misses++;
  ration_do_without (get_ration (model, after, WANT_BUFFERS), WANT_BUFFERS,
                     get_worth (model, after), 0);
}

/* An object that cannot be used: it refuses, or there are no bytes for its growth. */
static gboolean
is_unusable (Model      *model,
             const Idle *idle)
{
  return idle->refuses || (idle->n_more > 0 &&
                           !ledger_keeps (model, idle->bytes, idle->bytes + idle->n_more));
}

/* Takes from the buffers that are gone the objects that were destroyed on the way. */
static void
account_for_unusable (Model  *model,
                      GArray *removed)
{
  for (guint i = removed->len; i > 0; i--)
    {
      if (!is_unusable (model, &g_array_index (removed, Idle, i - 1)))
        continue;
      g_array_remove_index (removed, i - 1);
      model->expected.dropped++;
    }
}

/* Removes the idle buffer that was acquired, and returns its bytes. It is the same, or was
 * made larger. If others are gone as well it was made larger, and may lie where one of them
 * lay. */
static gsize
remove_taken (Model        *model,
              const Effect *effect,
              GArray       *removed)
{
  gboolean of_elements = model->element_size > 0;
  gboolean may_be_same = !of_elements || removed->len == 1;
  guint best = G_MAXUINT;
  gsize n_bytes;

  for (guint i = 0; i < removed->len; i++)
    {
      const Idle *idle = &g_array_index (removed, Idle, i);

      if (may_be_same && idle->data == effect->data &&
          (!of_elements || idle->bytes == effect->bytes))
        {
          g_array_remove_index (removed, i);
          return effect->bytes;
        }
      if (idle->bytes < effect->bytes &&
          (best == G_MAXUINT || idle->bytes < g_array_index (removed, Idle, best).bytes))
        best = i;
    }

  g_assert_true (effect->may_be_larger);
  g_assert_cmpuint (best, <, removed->len);
  n_bytes = g_array_index (removed, Idle, best).bytes;
  g_array_remove_index (removed, best);

  return n_bytes;
}

/* Either one idle buffer is gone, which is the acquired one, or none, and the acquired one is
 * new. Items that refuse are destroyed on the way. What else is gone was given up. Returns
 * what was charged. */
static guint64
check_acquired (Model        *model,
                const Effect *effect,
                guint64       n_missed,
                GArray       *removed,
                const Layout *after)
{
  guint64 n_charged = effect->n_charged;

  account_for_look (model, effect, after);
  if (n_missed == 0)
    {
      gsize n_bytes = remove_taken (model, effect, removed);

      n_charged = effect->bytes - n_bytes;
    }
  account_for_unusable (model, removed);
  model->expected.dropped += removed->len;

  g_assert_cmpuint (n_missed, <=, 1);
  g_assert_null (layout_find (after, effect->data));
  if (n_missed > 0)
    check_missed (model, effect, after);

  model->expected.acquired++;
  model->expected.misses += n_missed;
  model->expected.outstanding++;

  return n_charged;
}

/* Buffers that went without being asked for were the oldest of their ring. */
static void
check_given_up (Model        *model,
                GArray       *removed,
                const Layout *after)
{
  for (guint i = 0; i < removed->len; i++)
    layout_check_oldest (model->layout, &g_array_index (removed, Idle, i), after);
  model->expected.dropped += removed->len;
}

/* A call that a limit refused has changed nothing, except that idle buffers are gone if the
 * bytes did not suffice even so. */
static guint
check_refused (Model         *model,
               const Effect  *effect,
               const Numbers *numbers,
               GArray        *removed,
               GArray        *added,
               const Layout  *after)
{
  guint64 n_missed = numbers->misses - model->expected.misses;
  guint n_left = 0;

  if (effect->code != BP_POOL_ERROR_BUDGET)
    {
      g_assert_cmpuint (removed->len, ==, 0);
      return 0;
    }

  account_for_look (model, effect, after);
  if (effect->is_counted)
    {
      /* An idle buffer was there, or an empty one was made, and went back. */
      g_assert_cmpuint (n_missed, <=, 1);
      model->expected.acquired++;
      model->expected.returned++;
      model->expected.misses += n_missed;
      model->expected.dropped += n_missed;
      if (n_missed > 0 && model->thread_cache == 0)
        g_assert_cmpuint (model->layout->idle->len, ==, 0);
      n_left = n_missed == 0;
    }
  else
    {
      account_for_unusable (model, removed);
    }
  g_assert_cmpuint (after->idle->len, >=, n_left);
  if (effect->n_charged <= model->ledger.max_bytes)
    g_assert_cmpuint (after->idle->len, ==, n_left);

  /* As it comes back it is trimmed. */
  if (n_left > 0 && added->len > 0)
    {
      g_assert_cmpuint (g_array_index (added, Idle, 0).bytes, ==,
                        model->trim_capacity * model->element_size);
      layout_remove_larger (removed, 2 * model->trim_capacity * model->element_size);
    }
  model->expected.dropped += removed->len;

  return n_left > 0 ? MIN (added->len, 1) : 0;
}

/* A buffer was dropped though there was room for one more. The only reason may be vacant
 * places that other threads keep. */
static void
check_early_drop (Model        *model,
                  const Layout *after)
{
  g_assert_cmpint (model->thread_cache, !=, 0);
  g_assert_cmpint (model->layout->n_free, ==, 0);
  g_assert_cmpuint (layout_count_vacant (model->layout, FALSE), ==, 0);

  model->n_early_drops++;
  ration_do_without (get_ration (model, after, WANT_PLACES), WANT_PLACES,
                     get_worth (model, after), layout_count_vacant (after, TRUE));
}

/* The buffer that makes room is the oldest of the thread's ring, else of another ring, else
 * of a cache: the thread's own, or one of a thread that has ended. */
static void
check_victim (Model      *model,
              const Idle *victim)
{
  g_assert_cmpuint (victim->n_older, ==, 0);
  if (layout_count_ring (model->layout, model->layout->home) > 0)
    {
      g_assert_cmpuint (victim->slot, ==, 0);
      g_assert_cmpuint (victim->shard, ==, model->layout->home);
    }
  g_assert_false (layout_is_others (model->layout, victim->slot));
}

static void
check_added (const Effect *effect,
             const Idle   *idle)
{
  g_assert_cmpuint (idle->bytes, ==, effect->bytes);
  if (!effect->is_trimmed)
    g_assert_true (idle->data == effect->data);
}

/* The buffer lies idle now, whatever had to go for it. Only if all idle buffers are in the
 * caches of other threads, it goes itself. */
static void
check_kept (Model        *model,
            const Effect *effect,
            GArray       *removed,
            GArray       *added,
            const Layout *after)
{
  guint n_needed = get_surplus (model->layout->idle->len + 1, model->max_buffers);
  guint n_dropped = removed->len + 1 - added->len;

  account_for_look (model, effect, after);
  g_assert_cmpuint (added->len, <=, 1);
  g_assert_cmpuint (n_dropped, >=, n_needed);
  g_assert_cmpuint (n_dropped, <=, 1);
  model->expected.dropped += n_dropped;
  if (n_dropped > n_needed)
    check_early_drop (model, after);
  else if (n_dropped > 0)
    ration_forget (get_ration (model, after, WANT_PLACES));

  if (added->len == 0)
    {
      for (guint i = 0; i < model->layout->idle->len; i++)
        g_assert_true (layout_is_others (model->layout, layout_get (model->layout, i)->slot));
      return;
    }

  if (removed->len > 0)
    check_victim (model, &g_array_index (removed, Idle, 0));
  check_added (effect, &g_array_index (added, Idle, 0));
}

/* With max-idle-bytes all idle buffers lie in rings. The oldest make room for the new one, if
 * that is not too large by itself: first those of the thread's ring, and no more than have
 * to. */
static void
check_kept_in_bytes (Model        *model,
                     const Effect *effect,
                     GArray       *removed,
                     GArray       *added,
                     const Layout *after)
{
  guint64 max = model->ledger.max_idle_bytes, n_idle = layout_sum_bytes (model->layout), most = 0;
  guint n_before = model->layout->idle->len;

  if (effect->bytes > max)
    {
      g_assert_cmpuint (removed->len + added->len, ==, 0);
      model->expected.dropped++;
      return;
    }

  g_assert_cmpuint (added->len, ==, 1);
  check_added (effect, &g_array_index (added, Idle, 0));
  if (removed->len == 0)
    return;

  for (guint i = 0; i < removed->len; i++)
    {
      const Idle *idle = &g_array_index (removed, Idle, i);

      layout_check_oldest (model->layout, idle, after);
      layout_check_turn (model->layout, idle, after);
      n_idle -= idle->bytes;
      most = MAX (most, idle->bytes);
    }
  g_assert_true (n_idle + most + effect->bytes > max ||
                 n_before - removed->len + 2 > model->max_buffers);
  model->expected.dropped += removed->len;
}

/* The oldest of each ring or cache went, and caches lose nothing before the rings are
 * empty. */
static void
check_oldest_went (Model        *model,
                   const Layout *after)
{
  gboolean from_caches = FALSE;

  for (guint i = 0; i < model->layout->idle->len; i++)
    {
      const Idle *idle = layout_get (model->layout, i);

      if (layout_find (after, idle->data) != NULL)
        continue;
      from_caches |= idle->slot != 0;
      for (guint j = 0; j < model->layout->idle->len; j++)
        {
          const Idle *other = layout_get (model->layout, j);

          if (other->slot == idle->slot && other->shard == idle->shard &&
              other->n_older < idle->n_older)
            g_assert_null (layout_find (after, other->data));
        }
    }

  if (from_caches)
    g_assert_cmpuint (layout_count_rings (after), ==, 0);
}

/* What a setter dropped was too much, in number or in bytes. */
static void
check_set (Model        *model,
           GArray       *removed,
           const Layout *after)
{
  guint n_surplus = get_surplus (model->layout->idle->len, model->max_buffers);
  guint64 most = 0;

  model->expected.dropped += removed->len;
  if (model->ledger.max_idle_bytes == 0 || removed->len == n_surplus)
    {
      g_assert_cmpuint (removed->len, ==, n_surplus);
      check_oldest_went (model, after);
      return;
    }

  /* What caches gave back goes, if the rings are full. */
  g_assert_cmpuint (removed->len, >, n_surplus);
  if (layout_count_rings (model->layout) < model->layout->idle->len)
    return;
  for (guint i = 0; i < removed->len; i++)
    {
      layout_check_oldest (model->layout, &g_array_index (removed, Idle, i), after);
      most = MAX (most, g_array_index (removed, Idle, i).bytes);
    }
  g_assert_cmpuint (layout_sum_bytes (after) + most, >, model->ledger.max_idle_bytes);
}


/* The new buffers lie idle. If idle buffers of the same pool went for them, a new one may lie
 * where one of those lay. */
static void
check_filled (Model        *model,
              const Effect *effect,
              GArray       *removed,
              GArray       *added)
{
  guint n_hidden = get_surplus (effect->n, added->len);

  if (n_hidden > 0)
    g_assert_true (ledger_is_short (model, effect->n_charged));
  for (guint i = 0; i < added->len; i++)
    g_assert_cmpuint (g_array_index (added, Idle, i).bytes, ==, effect->bytes);
  g_assert_cmpuint (added->len + n_hidden, ==, effect->n);
  model->expected.dropped += removed->len + n_hidden;
}

static void
check_returned (Model        *model,
                const Effect *effect,
                GArray       *removed,
                GArray       *added,
                const Layout *after)
{
  g_assert_cmpuint (added->len, <=, 1);
  if (effect->is_refused)
    {
      g_assert_cmpuint (removed->len + added->len, ==, 0);
      model->expected.dropped += !effect->is_ignored;
    }
  else if (model->ledger.max_idle_bytes > 0)
    {
      check_kept_in_bytes (model, effect, removed, added, after);
    }
  else
    {
      check_kept (model, effect, removed, added, after);
    }
  g_array_set_size (removed, 0);
}

static void
check_emptied (Model        *model,
               const Effect *effect,
               GArray       *removed,
               const Layout *after)
{
  if (effect->kind == EFFECT_EMPTIED)
    {
      g_assert_cmpuint (removed->len, ==, get_surplus (model->layout->idle->len, effect->n));
      model->expected.dropped += removed->len;
      check_oldest_went (model, after);
    }
  else if (effect->kind == EFFECT_SET)
    {
      check_set (model, removed, after);
    }
  else
    {
      model->is_closed = TRUE;
      g_assert_cmpuint (after->idle->len, ==, 0);
      model->expected.dropped += removed->len;
    }
  g_array_set_size (removed, 0);
}

void
outcome_check (Model   *model,
               Outcome *outcome)
{
  const Effect *effect = outcome->effect;
  const Layout *after = outcome->after;
  GArray *removed = outcome->removed, *added = outcome->added;
  guint n_added = 0;

  switch (effect->kind)
    {
    case EFFECT_NONE:
    case EFFECT_RIVAL:
      check_given_up (model, removed, after);
      break;

    case EFFECT_ACQUIRED:
      outcome->n_charged =
        check_acquired (model, effect, outcome->numbers->misses - model->expected.misses,
                        removed, after);
      break;

    case EFFECT_FAILED:
      /* Before an acquire fails, the caches of other threads are looked into in any case. */
      g_assert_cmpuint (removed->len, ==, 0);
      g_assert_cmpuint (after->idle->len, ==, 0);
      break;

    case EFFECT_REFUSED:
      n_added = check_refused (model, effect, outcome->numbers, removed, added, after);
      break;

    case EFFECT_RETURNED:
      model->expected.outstanding--;
      model->expected.returned++;
      check_returned (model, effect, removed, added, after);
      n_added = added->len;
      break;

    case EFFECT_ATTACHED:
      check_given_up (model, removed, after);
      model->expected.outstanding++;
      break;

    case EFFECT_STOLEN:
      check_given_up (model, removed, after);
      model->expected.outstanding--;
      break;

    case EFFECT_ADDED:
      check_returned (model, effect, removed, added, after);
      n_added = added->len;
      break;

    case EFFECT_FILLED:
      check_filled (model, effect, removed, added);
      n_added = added->len;
      break;

    case EFFECT_EMPTIED:
    case EFFECT_SET:
    case EFFECT_CLOSED:
      check_emptied (model, effect, removed, after);
      break;

    default:
      g_assert_not_reached ();
    }

  g_assert_cmpuint (added->len, ==, n_added);
}
