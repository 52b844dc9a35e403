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
  guint64 word = bp_peek (pooled->word);

  check->n_idle++;
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
}

static void
check_cache (Check *check, guint slot, BpCache *cache)
{
  guint n = (guint) bp_peek (cache->n), room = bp_peek (cache->room), n_places = bp_peek (cache->places);
  gboolean is_holder = (bp_peek (check->core->holders[slot / 64]) >> slot % 64 & 1) != 0;

  expect (check, n <= n_places && room <= n_places && n <= BP_CACHE_MAX && room <= BP_CACHE_MAX,
          "cache %u: %u buffers, room for %u, %u places", slot, n, room, n_places);
  expect (check, is_holder == (n_places > 0), "cache %u has %u places, and the bitmap says %d",
          slot, n_places, is_holder);
  expect (check, bp_peek (cache->bias) == 0, "cache %u is revoked", slot);
  expect (check, bp_peek (cache->cell->cache) != cache, "cache %u is busy", slot);

  check->n_places += n_places;
  check->n_holders += is_holder;
  for (guint i = 0; i < n && i < BP_CACHE_MAX; i++)
    check_idle (check, cache->buffers[i]);
}

static void
check_shard (Check *check, guint index)
{
  BpShard *shard = &check->core->shards[index];
  guint n = bp_peek (shard->n);

  expect (check, n <= shard->size, "shard %u: %u buffers in an array of %u", index, n, shard->size);
  check->n_places += n;
  for (guint i = 0; i < n && n <= shard->size; i++)
    check_idle (check, shard->ring[(shard->first + i) & (shard->size - 1)]);
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
  check_sums (&check);

  return g_string_free (check.faults, check.faults->len == 0);
}
