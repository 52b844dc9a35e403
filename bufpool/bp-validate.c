/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

/*
 * The validator: what must hold of the whole structure when no other thread is
 * using the pool. The tests call it after every phase.
 */

typedef struct
{
  BpCore *core;
  GHashTable *seen;
  GString *faults;
  guint64 n_idle;
  gsize n_bytes;
} Check;

static void G_GNUC_PRINTF (3, 4)
expect (Check      *check,
        gboolean    holds,
        const char *format,
        ...)
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
check_idle (Check    *check,
            BpPooled *pooled)
{
  BpCore *core = check->core;
  guint64 word = bp_peek (pooled->word);

  check->n_idle++;
  check->n_bytes += pooled->bytes;

  expect (check, g_hash_table_add (check->seen, pooled), "buffer %p is idle twice", (gpointer) pooled);
  expect (check, pooled->core == core, "buffer %p is another pool's", (gpointer) pooled);
  expect (check, word == 0 || (word == BP_WORD_DIRTY && core->config.kind == BP_KIND_OBJECT),
          "idle buffer %p has the word %" G_GINT64_MODIFIER "x", (gpointer) pooled, word);
  expect (check, pooled->shard < core->config.n_shards,
          "buffer %p is at home in shard %u", (gpointer) pooled, pooled->shard);
  expect (check, bp_peek (pooled->data) != NULL, "idle buffer %p has no data", (gpointer) pooled);
  if (core->config.kind == BP_KIND_ELEMENTS)
    {
      expect (check, bp_peek (pooled->capacity) > 0, "idle buffer %p has no capacity",
              (gpointer) pooled);
      expect (check,
              pooled->bytes == bp_peek (pooled->capacity) * core->config.element_size,
              "buffer %p counts for %" G_GSIZE_FORMAT " bytes", (gpointer) pooled, pooled->bytes);
    }
}

static void
check_shard (Check *check,
             guint  index)
{
  BpShard *shard = &check->core->shards[index];
  guint count = bp_peek (shard->count);
  guint size = bp_peek (shard->size);
  gsize n_bytes_before = check->n_bytes;

  expect (check, bp_peek (shard->part) == bp_core_get_part (check->core, index),
          "shard %u has the part %u", index, bp_peek (shard->part));
  expect (check, count <= size, "shard %u: count %u of %u", index, count, size);
  expect (check, (guint64) count + bp_peek (shard->reserved) <= bp_peek (shard->part),
          "shard %u: %u idle and %u reserved exceed its part, %u",
          index, count, bp_peek (shard->reserved), bp_peek (shard->part));

  for (guint i = 0; i < count && count <= size; i++)
    check_idle (check, shard->ring[(shard->head + i) % size]);

  expect (check, check->n_bytes - n_bytes_before == bp_peek (shard->idle_bytes),
          "shard %u: idle bytes are %" G_GSIZE_FORMAT ", not %" G_GSIZE_FORMAT, index,
          check->n_bytes - n_bytes_before, bp_peek (shard->idle_bytes));
}

static void
check_front (Check   *check,
             BpFront *front,
             guint    slot,
             guint64 *reserved)
{
  guint n_local = bp_peek (front->n_local);
  guint outbox = bp_peek (front->outbox);
  guint reserve = bp_peek (front->reserve);
  gsize n_bytes_before = check->n_bytes;

  expect (check, n_local <= outbox && outbox <= reserve && reserve <= BP_FRONT_PLACES,
          "front %u: local %u, outbox %u, reserve %u", slot, n_local, outbox, reserve);
  expect (check, bp_peek (front->bias) == 0, "front %u is revoked", slot);
  expect (check, front->cell == &bp_cells[slot], "front %u has another's cell", slot);
  expect (check, bp_peek (front->cell->front) != front, "front %u is busy", slot);
  reserved[front->shard] += reserve;

  for (guint i = 0; i < reserve && i < BP_FRONT_PLACES; i++)
    {
      if (i < n_local)
        expect (check, front->places[i]->shard < check->core->config.n_shards,
                "front %u: place %u", slot, i);
      if (i < n_local || i >= outbox)
        check_idle (check, front->places[i]);
    }

  expect (check, check->n_bytes - n_bytes_before == bp_front_get_idle_bytes (front),
          "front %u: idle bytes are %" G_GSIZE_FORMAT ", not %" G_GSIZE_FORMAT, slot,
          check->n_bytes - n_bytes_before, bp_front_get_idle_bytes (front));
}

static void
check_fronts (Check *check)
{
  g_autofree guint64 *reserved = g_new0 (guint64, check->core->config.n_shards);

  for (guint slot = 1; slot < bp_slots_end (); slot++)
    {
      BpFront *front = bp_core_get_front_of_slot (check->core, slot);

      if (front != NULL)
        check_front (check, front, slot, reserved);
    }

  for (guint i = 0; i < check->core->config.n_shards; i++)
    expect (check, reserved[i] == bp_peek (check->core->shards[i].reserved),
            "shard %u has reserved %u places, its fronts have %" G_GUINT64_FORMAT,
            i, bp_peek (check->core->shards[i].reserved), reserved[i]);
}

/* The counters say how many there must be, and the handles are counted. */
static void
check_sums (Check *check)
{
  BpCore *core = check->core;
  guint64 n_made = 0, n_gone = 0, n_out = 0, n_back = 0, n_husks = 0, n_aside = 0;

  for (guint i = 0; i < core->config.n_shards; i++)
    {
      BpShard *shard = &core->shards[i];

      n_made += bp_peek (shard->misses) + bp_peek (shard->added) + bp_peek (shard->attached);
      n_gone += bp_peek (shard->refused) + bp_peek (shard->evicted) + bp_peek (shard->stolen);
      n_out += bp_peek (shard->hits) + bp_peek (shard->steals) + bp_peek (shard->misses) +
               bp_peek (shard->attached);
      n_back += bp_peek (shard->recycled) + bp_peek (shard->refused) + bp_peek (shard->stolen);
      n_husks += bp_peek (shard->n_husks);
    }
  for (guint slot = 1; slot < bp_slots_end (); slot++)
    {
      BpFront *front = bp_core_get_front_of_slot (core, slot);

      if (front != NULL)
        {
          n_out += bp_peek (front->hits);
          n_back += bp_peek (front->recycled);
          n_aside += bp_peek (front->spare) != NULL;
        }
    }
  for (BpPooled *pooled = bp_peek (core->doomed); pooled != NULL; pooled = pooled->next)
    n_aside++;

  expect (check, n_out >= n_back, "%" G_GUINT64_FORMAT " are out and %" G_GUINT64_FORMAT
          " came back", n_out, n_back);
  expect (check, n_made == check->n_idle + (n_out - n_back) + n_gone,
          "%" G_GUINT64_FORMAT " made, %" G_GUINT64_FORMAT " idle, %" G_GUINT64_FORMAT
          " out, %" G_GUINT64_FORMAT " gone", n_made, check->n_idle, n_out - n_back, n_gone);
  expect (check, check->n_idle <= bp_peek (core->max_buffers),
          "%" G_GUINT64_FORMAT " idle, but max-buffers is %u", check->n_idle,
          bp_peek (core->max_buffers));
  expect (check,
          bp_peek (core->refs) - 1 ==
          check->n_idle + (n_out - n_back) + n_husks + n_aside,
          "%" G_GSIZE_FORMAT " handles live, but %" G_GUINT64_FORMAT " idle, %"
          G_GUINT64_FORMAT " out, %" G_GUINT64_FORMAT " husks, %" G_GUINT64_FORMAT " aside",
          bp_peek (core->refs) - 1, check->n_idle, n_out - n_back, n_husks, n_aside);
}

char *
bp_core_validate (BpCore *core)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Check check = { .core = core, .seen = seen, .faults = g_string_new (NULL) };

  for (guint i = 0; i < core->config.n_shards; i++)
    check_shard (&check, i);
  check_fronts (&check);
  check_sums (&check);

  return g_string_free (check.faults, check.faults->len == 0);
}
