/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-realtime-private.h"

#include "bp-poison-private.h"

static BpPooled *
fail_empty (BpCore *core, GError **error)
{
  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT,
               "The realtime pool has no idle buffer, and makes none: there are %u, and "
               "max-buffers is %u; give one back, or prefill() more",
               bp_peek (core->homes->n_taken), core->homes->n_homes);

  return NULL;
}

BpPooled *
bp_realtime_take (BpCore *core, GError **error)
{
  BpPooled *pooled = bp_homes_take (core->homes);

  if (G_UNLIKELY (pooled == NULL))
    return fail_empty (core, error);
  bp_poison_mark_used (&core->config, pooled);

  return pooled;
}

/* The buffer has already been counted as gone. */
static void
destroy_dropped (BpCore *core, BpPooled *pooled)
{
  bp_item_destroy (&core->config, pooled);
  bp_core_unref (core);
}

static BP_COLD void
drop (BpCore *core, BpPooled *pooled)
{
  if (bp_item_is_unwiped (&core->config, pooled))
    bp_item_wipe (pooled);
  bp_core_count_gone (core, FALSE);
  if (!bp_homes_drop (core->homes, pooled))
    destroy_dropped (core, pooled);
}

void
bp_realtime_place (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  if (bp_item_is_unwiped (&core->config, pooled))
    bp_item_wipe (pooled);
  if (G_UNLIKELY (bp_debug_flags & (BP_DEBUG_MEMCHECK | BP_DEBUG_POISON)))
    bp_poison_mark_idle (pooled);
  if (G_UNLIKELY (!bp_homes_put (core->homes, pooled)))
    drop (core, pooled);
}

/* A buffer that is too large is not kept: shrinking it would allocate. */
static gboolean
may_keep (BpCore *core, BpPooled *pooled)
{
  gsize trim = bp_peek (core->trim_capacity), capacity = bp_peek (pooled->capacity);

  if (bp_core_is_of_elements (core) && trim > 0 && capacity > trim && capacity - trim > trim)
    return FALSE;

  return bp_item_reset (&core->config, pooled, trim, TRUE);
}

void
bp_realtime_return (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  if (!may_keep (core, pooled))
    {
      drop (core, pooled);
      return;
    }

  bp_item_poison (pooled);
  bp_realtime_place (pooled);
}

static void
give_home (BpCore *core, BpPooled *pooled)
{
  bp_mutex_lock (&core->revoking);
  bp_homes_give (core->homes, pooled);
  bp_mutex_unlock (&core->revoking);
}

void
bp_realtime_publish (BpCore *core, BpPooled *list)
{
  while (list != NULL)
    {
      BpPooled *pooled = list;

      list = pooled->next;
      give_home (core, pooled);
      bp_realtime_place (pooled);
    }
}

void
bp_realtime_adopt (BpPooled *pooled)
{
  BpCore *core = pooled->core;
  guint n_vacant;

  if (bp_homes_reserve (core->homes, 1, &n_vacant))
    give_home (core, pooled);
}

/* With revoking held: two threads at once would drop too many. */
static BpPooled *
take_surplus (BpCore *core, guint64 max_idle)
{
  BpCellCounts counts = { 0, };
  BpPooled *list = NULL, *pooled;
  guint64 n_bytes = 0;

  bp_homes_count (core->homes, &counts, &n_bytes);
  for (; counts.n_full > max_idle && (pooled = bp_homes_take (core->homes)) != NULL;
       counts.n_full--)
    {
      bp_count (core->n_refused, 1);
      bp_homes_forget (core->homes, pooled);
      pooled->next = list;
      list = pooled;
    }

  return list;
}

void
bp_realtime_reduce (BpCore *core, guint64 max_idle)
{
  BpPooled *surplus, *dropped;

  bp_mutex_lock (&core->revoking);
  surplus = take_surplus (core, max_idle);
  dropped = bp_homes_take_dropped (core->homes, bp_peek (core->is_closed));
  bp_mutex_unlock (&core->revoking);

  bp_core_destroy_list (core, surplus);
  while (dropped != NULL)
    {
      BpPooled *pooled = dropped;

      dropped = pooled->next;
      destroy_dropped (core, pooled);
    }
}

/* is_closed is set already. */
void
bp_realtime_close (BpCore *core)
{
  bp_homes_close (core->homes);
  bp_realtime_reduce (core, 0);
}

gboolean
bp_realtime_refuses (BpCore *core, const char *property)
{
  if (!bp_core_is_realtime (core))
    return FALSE;

  g_critical ("A pool cannot have both realtime and %s: threads that must not wait cannot keep "
              "to it; leave one of them out", property);

  return TRUE;
}
