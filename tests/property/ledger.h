/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include "layout.h"
#include "test-items.h"
#include "test-utils.h"

/*
 * The limits of a game, and what its budget must come to.
 *
 * A game may have max-outstanding, max-idle-bytes, flushing and a budget, which change
 * while it is played. The budget is shared with a rival: a simple pool of bytes, which now
 * and then takes memory and gives it back.
 *
 * The ledger knows to the byte what is out of both pools. What lies idle in them goes as
 * soon as bytes are short: so a call must fail with BUDGET if what is out, and what it
 * asks for, is more than max-bytes, and must not otherwise. Idle buffers may go only if
 * bytes are short, and no more of them than needed, but for all of a cache. After every
 * operation the bytes used are the sum of all.
 */

typedef struct _Model Model;
typedef struct _Effect Effect;

typedef struct
{
  gboolean has_limits;
  guint max_outstanding;
  guint64 max_idle_bytes;
  gboolean is_flushing;

  /* NULL if the game has none. */
  BpBudget *budget;
  guint64 max_bytes;
  /* As of the last check. */
  guint64 used;
  guint64 peak;
  /* What is out of the model's pool. */
  _Atomic guint64 out_bytes;
  atomic_uint n_out;

  BpPool *rival;
  Layout *rival_layout;
  /* Of BpPooled. */
  GPtrArray *rival_held;
  GMutex rival_mutex;
  _Atomic guint64 rival_bytes;

  /* In a crowd: what can have been out, or used, since all were at rest. */
  _Atomic guint64 most_out;
  _Atomic guint64 most_used;

  atomic_uint n_refused;
  guint64 n_reclaimed;
} Ledger;

/* Before there is a pool. */
void     ledger_init           (Model            *model,
                                TestRandom       *random,
                                gboolean          may_have_limits);
/* Makes a pool that has the budget. */
BpPool  *ledger_make_pool      (Model            *model,
                                guint             n_shards,
                                guint             max_buffers,
                                gsize             trim_capacity);
/* Once the pool is there. */
void     ledger_begin          (Model            *model,
                                TestRandom       *random);
/* When all is gone. */
void     ledger_clear          (Model            *model);

/* Whether an idle buffer that was charged otherwise may come to so many bytes. */
gboolean ledger_keeps          (Model            *model,
                                guint64           n_charged,
                                guint64           n_bytes);
/* Whether so many more bytes can be had only if something idle goes. */
gboolean ledger_is_short       (Model            *model,
                                guint64           n_bytes);
/* Whether so many more bytes may be out. */
gboolean ledger_fits           (Model            *model,
                                guint64           n_bytes);
/* After a call that got a buffer: nothing was in the way. */
void     ledger_check_admitted (Model            *model);
/* After a call that did not get a buffer of so many bytes. The error is NULL for a call
 * that has none. */
void     ledger_check_refused  (Model            *model,
                                guint64           n_bytes,
                                const GError     *error,
                                Effect           *effect);

/* Operations on limits. */
void     ledger_set            (Model            *model,
                                TestRandom       *random,
                                Effect           *effect);
void     ledger_work_on_rival  (Model            *model,
                                TestRandom       *random,
                                Effect           *effect);

/* Checks all sums. The arguments are what the operation had to be charged, what lies idle
 * in the pool, and the buffers that went without being asked for. */
void     ledger_check          (Model            *model,
                                const Effect     *effect,
                                guint64           n_charged,
                                guint64           n_idle_bytes,
                                GArray           *given_up);
/* The pool has gone, and some of its buffers are still out. */
void     ledger_check_orphans  (Model            *model);
/* After a crowd has come to rest. Its numbers are taken as they are, but the sum is
 * checked. */
void     ledger_reconcile      (Model            *model,
                                guint64           n_idle_bytes);
/* Before it starts again, */
void     ledger_note_most      (Model            *model);
/* and in the middle of it: nothing is more than it can be. */
void     ledger_check_crowd    (Model            *model);
