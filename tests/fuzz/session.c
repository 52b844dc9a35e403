/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

#include <stdlib.h>

#include "bp-debug-private.h"

/* How a game begins and ends. */

#define MOST_ITERATIONS 100000
#define N_KINDS 16
#define N_PREFILLED 4
#define LARGEST_BUDGET 8000

/* In the first byte, behind the number of pools. */
enum
{
  HAS_SWITCHES = 1 << 2,
  HAS_BUDGET = 1 << 3
};

/* In the one that follows if it says so. */
enum
{
  SAMPLES = 1 << 0,
  POISONS = 1 << 1,
  KEEPS_NONE = 7 << 2
};

static BpDebugFlags first_flags;
static guint first_interval;
static gboolean is_expected;
static guint n_criticals;

static void
on_message (const char     *domain,
            GLogLevelFlags  level,
            const char     *message,
            gpointer        data)
{
  if ((level & G_LOG_LEVEL_CRITICAL) != 0 && is_expected)
    {
      n_criticals++;
      return;
    }
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) == 0)
    return;

  /* Not by a breakpoint, as GLib does: a fuzzer looks out for this signal. */
  g_printerr ("%s: %s\n", domain != NULL ? domain : "", message);
  abort ();
}

void
game_expect (void)
{
  is_expected = TRUE;
  n_criticals = 0;
}

gboolean
game_was_told (void)
{
  is_expected = FALSE;

  return n_criticals > 0;
}

void
game_set_up (void)
{
  game_traces = g_getenv ("BUFPOOL_FUZZ_TRACE") != NULL;
  g_log_set_default_handler (on_message, NULL);
  g_type_class_ref (BP_TYPE_POOL);
  first_flags = bp_debug_flags;
  first_interval = bp_debug_interval;
  test_warm_up ();
  g_type_class_ref (TEST_TYPE_OBJECT);
  g_type_class_ref (TEST_TYPE_FLOATING);
  g_type_class_ref (TEST_TYPE_STREAM);
  game_begin_threads ();
}

static guint8
read_byte (Game *self)
{
  guint8 byte;

  if (self->n_left == 0)
    return 0;
  byte = *self->data++;
  self->n_left--;

  return byte;
}

static const TestKind *
get_kind (guint number)
{
  static const guint kinds[] = { 1, 1, 2, 3 };

  return &test_kinds[number < 10 || number >= 14 ? 0 : kinds[number - 10]];
}

static BpPool *
make_realtime (Member *member,
               guint   kind,
               guint   max_buffers,
               gsize   trim_capacity,
               gboolean clears)
{
  BpPool *pool;

  if (kind == 12)
    pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", max_buffers,
                         "item-funcs", &game_item_funcs, NULL);
  else
    pool = g_object_new (BP_TYPE_POOL, "realtime", TRUE, "max-buffers", max_buffers,
                         "element-type", BP_ELEMENT_TYPE_U8 + kind % 10,
                         "trim-capacity", (guint64) trim_capacity,
                         "clear-on-release", clears, NULL);
  member->is_realtime = TRUE;

  return pool;
}

/* By the functions that there are for it, if no more is to be set. */
static BpPool *
make_simple (guint        kind,
             BpItemFuncs *funcs,
             guint        shards,
             guint        max_buffers,
             gsize        trim_capacity)
{
  BpPool *pool;

  switch (kind)
    {
    case 10:
      pool = bp_pool_new_for_size (12);
      break;

    case 11:
      pool = bp_pool_new_for_size (3);
      break;

    case 12:
      pool = bp_pool_new_with_funcs (funcs, funcs->user_data, game_item_destroy);
      break;

    case 13:
      pool = bp_pool_new_for_type (TEST_TYPE_OBJECT);
      break;

    case 14:
      pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
      break;

    default:
      return bp_pool_new_full (BP_ELEMENT_TYPE_U8 + kind % 10, shards, max_buffers, trim_capacity);
    }
  bp_pool_set_max_buffers (pool, max_buffers);
  bp_pool_set_trim_capacity (pool, trim_capacity);

  return pool;
}

static BpPool *
make_member_of_budget (guint        kind,
                       BpItemFuncs *funcs,
                       guint        shards,
                       guint        max_buffers,
                       BpBudget    *budget)
{
  if (kind == 10 || kind == 11)
    return g_object_new (BP_TYPE_POOL, "element-size", kind == 10 ? 12 : 3, "shards", shards,
                         "max-buffers", max_buffers, "budget", budget, NULL);
  if (kind == 12)
    return g_object_new (BP_TYPE_POOL, "item-funcs", funcs, "shards", shards,
                         "max-buffers", max_buffers, "budget", budget, NULL);
  if (kind == 13)
    return g_object_new (BP_TYPE_POOL, "item-type", TEST_TYPE_OBJECT, "shards", shards,
                         "max-buffers", max_buffers, "budget", budget, NULL);

  return g_object_new (BP_TYPE_POOL, "element-type", BP_ELEMENT_TYPE_U8 + kind % 10,
                       "shards", shards, "max-buffers", max_buffers, "budget", budget, NULL);
}

static void
begin_member (Game *self)
{
  static const guint shards[] = { 1, 1, 2, 3, 4, 8, 16, 0 };
  static const guint sizes[] = { 256, 1, 2, 5, 8, 16, 64, 0 };
  static const gsize trims[] = { 0, 0, 8, 50 };
  static const int caches[] = { -1, -1, -1, 0, 1, 3, 16, 64 };
  Member *member = &self->members[self->n_members++];
  guint kind = read_byte (self), shape = read_byte (self), more = read_byte (self);
  guint n_shards = shards[shape & 7], max_buffers = sizes[more & 7];
  gsize trim_capacity = trims[more >> 3 & 3];
  gboolean is_special = (shape & 64) != 0, clears = (more & 32) != 0;
  BpItemFuncs funcs = game_item_funcs;

  memset (member, 0, sizeof (Member));
  member->game = self;
  kind %= N_KINDS;
  member->model.kind = get_kind (kind);
  member->model.ledger.has_limits = TRUE;
  test_counters_reset (&member->model.counters);
  funcs.user_data = member;
  funcs.destroy = game_item_destroy;

  if (is_special && (more & 64) != 0 && kind < 10)
    {
      member->is_realtime = TRUE;
      member->model.pool = make_realtime (member, kind, MAX (max_buffers, 1), trim_capacity, clears);
    }
  else if (is_special && self->budget != NULL)
    {
      member->has_budget = TRUE;
      member->model.ledger.budget = self->budget;
      member->model.pool = make_member_of_budget (kind, &funcs, n_shards, max_buffers, self->budget);
    }
  else if (is_special && kind < 12)
    {
      member->is_aligned = TRUE;
      member->model.pool = g_object_new (BP_TYPE_POOL, "element-size", kind < 10 ? 4 : 12,
                                         "alignment", 64 << kind % 3, "shards", n_shards,
                                         "max-buffers", max_buffers, NULL);
    }
  else
    {
      member->model.pool = make_simple (kind, &funcs, n_shards, max_buffers, trim_capacity);
    }
  member->model.element_size = bp_pool_get_element_size (member->model.pool);
  if (member->is_realtime)
    {
      bp_pool_prefill (member->model.pool, MIN (N_PREFILLED, MAX (max_buffers, 1)), 64, NULL);
      return;
    }
  bp_pool_set_thread_cache (member->model.pool, caches[shape >> 3 & 7]);
  if (clears && member->model.element_size > 0)
    bp_pool_set_clear_on_release (member->model.pool, TRUE);
  if ((more & 128) != 0)
    bp_pool_set_max_outstanding (member->model.pool, 1 + (shape >> 6 & 3));
}

/* What BUFPOOL_DEBUG switches, as far as that can be done later. */
static void
begin_switches (guint8 switches)
{
  bp_debug_flags = first_flags;
  if ((switches & SAMPLES) != 0)
    bp_debug_flags |= BP_DEBUG_BACKTRACE;
  if ((switches & POISONS) != 0)
    bp_debug_flags |= BP_DEBUG_POISON;
  if ((switches & KEEPS_NONE) == KEEPS_NONE)
    bp_debug_flags |= BP_DEBUG_DISABLE;
  if ((switches & SAMPLES) != 0)
    bp_debug_interval = 1 + (switches >> 6);
}

void
game_begin (Game         *self,
            const guint8 *data,
            gsize         size)
{
  guint flags, n_members;

  memset (self, 0, sizeof (Game));
  test_counters_reset (&test_object_counters);
  self->data = data;
  self->n_left = size;
  self->held = g_ptr_array_new ();
  self->calls = g_ptr_array_new ();
  flags = read_byte (self);
  n_members = 1 + flags % GAME_MOST_POOLS;
  begin_switches ((flags & HAS_SWITCHES) != 0 ? read_byte (self) : 0);
  if ((flags & HAS_BUDGET) != 0)
    self->budget = bp_budget_new ((flags >> 4) * LARGEST_BUDGET / 15);
  while (self->n_members < n_members)
    begin_member (self);
}

static void
end_buffer (Game   *self,
            Buffer *buffer)
{
  game_take (self, buffer);
  while (buffer->shares->len > 0)
    buffer_remove_share (buffer, buffer->shares->len - 1);
  for (; buffer->n_refs > 0; buffer->n_refs--)
    bp_pooled_unref (buffer->handle);
  game_let_go (self, buffer);
}

static void
end_pools (Game *self)
{
  for (guint i = 0; i < self->n_members; i++)
    {
      Member *member = &self->members[i];

      g_object_add_weak_pointer (G_OBJECT (member->model.pool), (gpointer *) &member->model.pool);
      g_object_unref (member->model.pool);
      g_assert_null (member->model.pool);
      g_clear_object (&member->monitor);
    }
}

void
game_end (Game *self)
{
  gboolean is_first = self->n_steps > 0 && self->n_steps % 2 == 0;

  self->thread = 0;
  end_faults ();
  self->n_faulty = 0;
  self->n_armed = 0;
  game_end_waiters (self);
  game_end_calls (self);
  game_allow_barriers (self);
  self->was_plain = FALSE;
  game_check (self, TRUE);

  if (is_first)
    end_pools (self);
  while (self->held->len > 0)
    end_buffer (self, g_ptr_array_index (self->held, self->held->len - 1));
  if (!is_first)
    {
      game_check (self, TRUE);
      end_pools (self);
    }

  for (guint i = 0; i < self->n_members; i++)
    {
      Member *member = &self->members[i];

      g_assert_cmpuint (member->model.ledger.n_out, ==, 0);
      g_assert_cmpuint (member->model.ledger.out_bytes, ==, 0);
      g_assert_cmpuint (test_counters_live (&member->model.counters), ==, 0);
      if (member->model.kind == &test_kinds[2])
        g_assert_true (member->is_destroyed);
    }
  g_assert_cmpuint (test_counters_live (&test_object_counters), ==, 0);
  if (self->budget != NULL)
    {
      g_assert_cmpuint (bp_budget_get_used_bytes (self->budget), ==, 0);
      g_object_add_weak_pointer (G_OBJECT (self->budget), (gpointer *) &self->budget);
      g_object_unref (self->budget);
      g_assert_null (self->budget);
    }
  for (guint i = 0; i < MOST_ITERATIONS && g_main_context_iteration (NULL, FALSE); i++)
    ;
  g_assert_false (g_main_context_pending (NULL));
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->calls);
  bp_debug_flags = first_flags;
  bp_debug_interval = first_interval;
}
