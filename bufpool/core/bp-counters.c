/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-counters-private.h"

/* Numbers that sysprof_collector_request_counters() gives begin with 1 in every thread, and
 * again in every library that has the collector in it. They never come so far. */
#define FIRST_COUNTER 0x10000
#define N_COUNTERS 4

static const char *const names[N_COUNTERS] = { "buffers out", "buffers idle", "bytes idle", "calls waiting" };

/* Defined with the name that the pool has when it is first counted; 0 if another thread is
 * about to do that. */
static guint
get_first (BpCore *core)
{
  static atomic_uint next = FIRST_COUNTER;
  const char *name = bp_peek (core->config.name);
  guint first = bp_peek (core->counters), none = 0;
  SysprofCaptureCounter counters[N_COUNTERS] = { 0, };

  if (first != 0)
    return first;
  first = atomic_fetch_add (&next, N_COUNTERS);
  if (!atomic_compare_exchange_strong (&core->counters, &none, first))
    return 0;

  for (guint i = 0; i < N_COUNTERS; i++)
    {
      counters[i].id = (first + i) & 0xffffff;
      counters[i].type = SYSPROF_CAPTURE_COUNTER_INT64;
      g_snprintf (counters[i].category, sizeof counters[i].category, "bufpool %s",
                  name != NULL ? name : "(no name)");
      g_strlcpy (counters[i].name, names[i], sizeof counters[i].name);
    }
  sysprof_collector_define_counters (counters, N_COUNTERS);

  return first;
}

/* Others go on: what moves meanwhile may be missed, or counted twice. */
static guint64
count_idle (BpCore *core)
{
  guint64 n_idle = 0;

  for (guint i = 0; i < core->n_shards; i++)
    n_idle += bp_peek (core->shards[i].n);
  for (guint i = 0; i < BP_SLOT_WORDS; i++)
    for (guint64 slots = atomic_load (&core->holders[i]); slots != 0; slots &= slots - 1)
      {
        BpCache *cache = bp_core_get_made_cache (core, i * 64 + (guint) __builtin_ctzll (slots));

        n_idle += bp_peek (cache->n);
      }

  return n_idle;
}

void
bp_counters_set (BpCore *core)
{
  guint64 n_live, values[N_COUNTERS];
  guint ids[N_COUNTERS], first;

  /* A pool that is being made has no name yet. */
  if (bp_in_fork || bp_core_is_realtime (core) || bp_core_get_n_made (core) == 0 ||
      !sysprof_collector_is_active () || (first = get_first (core)) == 0)
    return;

  for (guint i = 0; i < N_COUNTERS; i++)
    ids[i] = first + i;
  values[1] = count_idle (core);
  n_live = bp_core_get_n_made (core) - bp_core_get_n_gone (core);
  values[0] = n_live > values[1] ? n_live - values[1] : 0;
  values[2] = bp_peek (core->is_counting) ? bp_peek (core->idle_bytes)
                                          : values[1] * bp_peek (core->recent_bytes);
  values[3] = bp_peek (core->n_waiting);
  sysprof_collector_set_counters (ids, (const SysprofCaptureCounterValue *) values, N_COUNTERS);
}
