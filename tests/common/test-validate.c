/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-validate.h"

typedef struct
{
  BpCore *core;
  GHashTable *seen;
  GString *faults;
  guint64 n_idle;
  guint64 idle_bytes;
  guint64 n_in_rings;
  guint64 bytes_in_rings;
  guint64 n_places;
  guint n_holders;
} Check;

static void G_GNUC_PRINTF (3, 4)
expect (Check *check, gboolean holds, const char *format, ...)
{
  va_list args;

  if (holds)
    return;

  va_start (args, format);
  g_string_append_vprintf (check->faults, format, args);
  g_string_append_c (check->faults, '\n');
  va_end (args);
}

static void
check_idle (Check *check, BpPooled *pooled)
{
  BpCore *core = check->core;
  guint64 word = bp_peek (pooled->word) & ~BP_WORD_SAMPLE;

  check->n_idle++;
  check->idle_bytes += pooled->bytes;
  expect (check, g_hash_table_add (check->seen, pooled), "buffer %p is idle twice", (gpointer) pooled);
  expect (check, pooled->core == core, "buffer %p is another pool's", (gpointer) pooled);
  expect (check, word == 0 || (word == BP_WORD_DIRTY && core->config.kind == BP_KIND_OBJECT),
          "idle buffer %p has the word %" G_GINT64_MODIFIER "x", (gpointer) pooled, word);
  expect (check, bp_peek (pooled->data) != NULL, "idle buffer %p has no data", (gpointer) pooled);
  if (!bp_core_is_of_elements (core))
    return;
  expect (check, bp_peek (pooled->capacity) > 0, "idle buffer %p has no capacity",
          (gpointer) pooled);
  expect (check, pooled->bytes == bp_peek (pooled->capacity) * core->config.element_size,
          "buffer %p counts for %" G_GSIZE_FORMAT " bytes", (gpointer) pooled, pooled->bytes);
  expect (check, !bp_item_is_unwiped (&core->config, pooled), "idle buffer %p is not wiped",
          (gpointer) pooled);
}

static void
check_cache (Check *check, guint slot, BpCache *cache)
{
  guint n = (guint) bp_peek (cache->n), room = bp_peek (cache->room), n_places = bp_peek (cache->places);
  gboolean is_holder = (bp_peek (check->core->holders[slot / 64]) >> slot % 64 & 1) != 0;

  expect (check, n <= n_places && room <= n_places && n <= BP_CACHE_MAX && room <= BP_CACHE_MAX,
          "cache %u: %u buffers, room for %u, %u places", slot, n, room, n_places);
  expect (check, room == 0 || !bp_peek (check->core->config.clears),
          "cache %u: room for %u that are not wiped", slot, room);
  expect (check, is_holder == (n_places > 0), "cache %u has %u places, and the bitmap says %d",
          slot, n_places, is_holder);
  expect (check, bp_peek (cache->bias) == 0, "cache %u is revoked", slot);
  expect (check, bp_peek (cache->cell->cache) != cache, "cache %u is busy", slot);
  expect (check, n_places == 0 || !bp_peek (check->core->is_limited),
          "cache %u has %u places, and the pool has limits", slot, n_places);

  check->n_places += n_places;
  check->n_holders += is_holder;
  for (guint i = 0; i < n && i < BP_CACHE_MAX; i++)
    check_idle (check, cache->buffers[i]);
}

static void
check_shard (Check *check, guint index)
{
  BpShard *shard = &check->core->shards[index];
  guint64 n_bytes = check->idle_bytes;
  guint n = bp_peek (shard->n);

  expect (check, n <= shard->size, "shard %u: %u buffers in an array of %u", index, n, shard->size);
  for (guint i = 0; i < BP_N_LOOKS; i++)
    expect (check, shard->n_quiet[i] <= n, "shard %u: %u are quiet, of %u", index,
            shard->n_quiet[i], n);
  check->n_places += n;
  check->n_in_rings += n;
  for (guint i = 0; i < n && n <= shard->size; i++)
    check_idle (check, shard->ring[(shard->first + i) & (shard->size - 1)]);
  check->bytes_in_rings += check->idle_bytes - n_bytes;
}

static void
check_quota (Check *check, BpQuota *quota, const char *name)
{
  expect (check, bp_peek (quota->n_waiters) == 0 && quota->first == NULL && quota->last == NULL,
          "%u wait for %s", bp_peek (quota->n_waiters), name);
  expect (check, bp_peek (quota->used) <= bp_peek (quota->peak),
          "%" G_GUINT64_FORMAT " %s used, and at most %" G_GUINT64_FORMAT,
          bp_peek (quota->used), name, bp_peek (quota->peak));
}

/* What is counted once a limit has been set, against what lies there. */
static void
check_limits (Check *check)
{
  BpCore *core = check->core;
  guint64 n_exist = bp_core_get_n_made (core) - bp_core_get_n_gone (core);
  guint64 max_idle_bytes = bp_peek (core->max_idle_bytes);
  guint max_outstanding = bp_peek (core->max_outstanding);
  gboolean has_limit = max_outstanding > 0 || max_idle_bytes > 0;

  check_quota (check, &core->out, "permits");
  expect (check, bp_peek (core->is_limited) == (has_limit || bp_peek (core->is_flushing)),
          "a limit that is set or not does not show");
  expect (check, bp_peek (core->is_counting) || !has_limit, "it has limits, and does not count");
  expect (check,
          bp_peek (core->out.max) == (max_outstanding > 0 ? max_outstanding : BP_NO_MAX),
          "%" G_GUINT64_FORMAT " permits, and max-outstanding is %u", bp_peek (core->out.max),
          max_outstanding);
  expect (check, max_idle_bytes == 0 || check->idle_bytes <= max_idle_bytes,
          "%" G_GUINT64_FORMAT " bytes are idle, but max-idle-bytes is %" G_GUINT64_FORMAT,
          check->idle_bytes, max_idle_bytes);
  if (!bp_peek (core->is_counting))
    return;

  expect (check, bp_peek (core->is_controlled), "it counts, and is not controlled");
  expect (check, bp_peek (core->n_made) % 2 == 1 && bp_peek (core->n_gone) % 2 == 1,
          "it counts, and what is made and gone does not say so");
  expect (check, bp_peek (core->out.used) == n_exist - check->n_in_rings + bp_peek (core->n_held_permits),
          "%" G_GUINT64_FORMAT " permits are used, but %" G_GUINT64_FORMAT " buffers exist, %"
          G_GUINT64_FORMAT " of them in rings", bp_peek (core->out.used), n_exist,
          check->n_in_rings);
  expect (check, bp_peek (core->idle_bytes) == check->bytes_in_rings,
          "%" G_GUINT64_FORMAT " bytes are counted in rings, and there are %" G_GUINT64_FORMAT,
          bp_peek (core->idle_bytes), check->bytes_in_rings);
}

/* While its alarm is not set no return may find a place. */
static void
check_alarm (Check *check)
{
  BpCore *core = check->core;
  gboolean has_alarm = core->alarm != NULL;

  expect (check, !has_alarm || bp_peek (core->is_controlled),
          "it has an alarm, and is not controlled");
  expect (check, !has_alarm || bp_peek (core->idle_timeout) > 0,
          "it has an alarm, and no idle-timeout");
  expect (check, !has_alarm || !bp_peek (core->is_closed), "it is closed, and has an alarm");
  if (!bp_peek (core->is_asleep))
    return;

  expect (check, check->n_idle == 0, "it is asleep, and %" G_GUINT64_FORMAT " are idle",
          check->n_idle);
  expect (check, check->n_holders == 0, "it is asleep, and %u caches have places",
          check->n_holders);
}

/* Other pools may have the rest. */
static void
check_budget (Check *check)
{
  BpBudgetCore *budget = check->core->config.budget;

  if (budget == NULL)
    return;

  check_quota (check, &budget->bytes, "bytes of the budget");
  expect (check, check->idle_bytes <= bp_peek (budget->bytes.used),
          "%" G_GUINT64_FORMAT " bytes are idle, and %" G_GUINT64_FORMAT " of the budget used",
          check->idle_bytes, bp_peek (budget->bytes.used));
  expect (check, bp_peek (check->core->is_controlled), "it has a budget, and is not controlled");
}

/* A realtime pool's cells, and their buffers. */
static void
check_realtime (Check *check)
{
  BpHomes *homes = check->core->homes;
  BpStock *stock = check->core->config.stock;
  guint64 n_exist = bp_core_get_n_made (check->core) - bp_core_get_n_gone (check->core);
  guint64 n_lines = 0;
  guint n_homes = 0;

  if (homes == NULL)
    return;

  for (guint i = 0; i < homes->n_homes; i++)
    {
      BpPooled *pooled = bp_peek (homes->homes[i].pooled);

      n_homes += pooled != NULL;
      if (!bp_cells_is_full (homes->cells, i))
        continue;
      expect (check, pooled != NULL, "cell %u is full, and no handle's home", i);
      if (pooled == NULL)
        continue;
      check_idle (check, pooled);
      expect (check, pooled->home == i + 1, "cell %u has a buffer of cell %" G_GSIZE_FORMAT, i,
              pooled->home - 1);
      expect (check, bp_peek (homes->homes[i].bytes) == pooled->bytes,
              "cell %u counts for %" G_GSIZE_FORMAT " bytes, its buffer for %" G_GSIZE_FORMAT, i,
              bp_peek (homes->homes[i].bytes), pooled->bytes);
    }
  expect (check, n_homes == bp_peek (homes->n_taken), "%u buffers have cells, and %u are "
          "counted", n_homes, bp_peek (homes->n_taken));
  expect (check, n_homes <= n_exist, "%u buffers have cells, and %" G_GUINT64_FORMAT " exist",
          n_homes, n_exist);
  expect (check, check->core->caches == NULL, "it has caches, and is realtime");

  for (guint i = 0; i < stock->n_lines; i++)
    n_lines += bp_cells_is_full (stock->cells, i);
  expect (check, n_lines + n_exist <= stock->n_lines, "%" G_GUINT64_FORMAT " buffers exist, and %"
          G_GUINT64_FORMAT " of %u lines are free", n_exist, n_lines, stock->n_lines);
}

/* The counters say how many there must be, and handles are counted; those without a
 * buffer are still referred to. */
static void
check_sums (Check *check)
{
  BpCore *core = check->core;
  guint64 n_made = bp_core_get_n_made (core), n_gone = bp_core_get_n_gone (core);
  guint64 n_refs = bp_peek (core->refs);
  gint64 n_free = bp_peek (core->free);

  expect (check, n_free >= 0 && (guint64) n_free + check->n_places == bp_peek (core->max),
          "%" G_GINT64_FORMAT " places are free, %" G_GUINT64_FORMAT " are held, of %u", n_free,
          check->n_places, bp_peek (core->max));
  expect (check, check->n_holders == bp_peek (core->n_holders),
          "%u caches hold places, and %u are counted", check->n_holders,
          bp_peek (core->n_holders));
  expect (check, check->n_idle <= bp_peek (core->max_buffers),
          "%" G_GUINT64_FORMAT " idle, but max-buffers is %u", check->n_idle,
          bp_peek (core->max_buffers));
  expect (check, n_made >= n_gone + check->n_idle && n_made - n_gone <= (guint64) bp_peek (core->n_peak),
          "%" G_GUINT64_FORMAT " made, %" G_GUINT64_FORMAT " gone, %" G_GUINT64_FORMAT
          " idle, at most %" G_GINT64_FORMAT, n_made, n_gone, check->n_idle,
          bp_peek (core->n_peak));
  expect (check, n_refs >= 1 + (n_made - n_gone),
          "%" G_GUINT64_FORMAT " references for %" G_GUINT64_FORMAT " buffers", n_refs,
          n_made - n_gone);
}

char *
test_validate_core (BpCore *core)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Check check = { .core = core, .seen = seen, .faults = g_string_new (NULL) };
  gint n_caches = 0;

  for (BpCache *cache = core->caches; cache != NULL; cache = cache->next)
    n_caches++;
  for (guint slot = 0; slot < BP_MAX_SLOTS; slot++)
    {
      BpCache *cache = bp_core_get_cache (core, slot);

      if (cache == NULL)
        continue;
      n_caches--;
      check_cache (&check, slot, cache);
    }
  expect (&check, n_caches == 0, "%d caches more are in the list than are there", n_caches);
  for (guint i = 0; i < core->n_shards; i++)
    check_shard (&check, i);
  check_realtime (&check);
  check_sums (&check);
  check_limits (&check);
  check_budget (&check);
  check_alarm (&check);

  return g_string_free (check.faults, check.faults->len == 0);
}
