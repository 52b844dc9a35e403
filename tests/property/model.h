/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "layout.h"
#include "ledger.h"
#include "rations.h"
#include "test-items.h"
#include "test-utils.h"

/*
 * The reference model of a pool: sets and sums.
 *
 * Every operation says by an Effect what it must have done to the pool. In turns, one
 * thread at a time, the model compares what lies idle before and after it, buffer by
 * buffer and where, and each number of the statistics. In a crowd, effects are only
 * counted, and the counts compared once all threads have stopped.
 *
 * With thread-cache 0 all is exact: no needless miss, no early drop. With caches both may
 * be, but only for what other threads that live have in theirs, and only so often as
 * rations.h says.
 */

typedef enum
{
  EFFECT_NONE,
  EFFECT_ACQUIRED,
  /* There was none, and none could be made. */
  EFFECT_FAILED,
  /* A limit was in the way, whichever it was. */
  EFFECT_REFUSED,
  EFFECT_RETURNED,
  EFFECT_ATTACHED,
  EFFECT_STOLEN,
  /* Recycled from outside, */
  EFFECT_ADDED,
  /* prefilled, */
  EFFECT_FILLED,
  /* bp_pool_drop_idle(), or what does the same of its own accord, */
  EFFECT_EMPTIED,
  /* a setter, */
  EFFECT_SET,
  /* dispose, */
  EFFECT_CLOSED,
  /* and what is done to the budget, or by the rival. */
  EFFECT_RIVAL
} EffectKind;

struct _Effect
{
  EffectKind kind;
  /* The buffer's memory or item. */
  gpointer data;
  /* Acquired: of the memory; otherwise what it must count for once idle. */
  gsize bytes;
  /* Acquired: an idle buffer of fewer bytes will do, since it was made larger. */
  gboolean may_be_larger;
  /* Returned or added: it must have been destroyed, and not kept, */
  gboolean is_refused;
  /* or made smaller, which may have moved it. */
  gboolean is_trimmed;
  /* How many to fill in or to leave; of the rival: how many are new. */
  guint n;

  /* What the ledger has to know. Refused: the error, and whether it was an acquire of
   * elements, which has counted as an acquire by then. */
  int code;
  gboolean is_counted;
  /* Added, but not even looked at. */
  gboolean is_ignored;
  gboolean empties_rival;
  /* What a budget is charged for the buffer, if no idle one will do. */
  guint64 n_charged;
  /* What was charged only for a moment: beyond what is used afterwards, or in all. */
  guint64 n_extra;
  guint64 n_highest;
  gboolean is_highest_unknown;
};

typedef struct
{
  guint64 acquired;
  guint64 misses;
  guint64 returned;
  guint64 dropped;
  guint64 outstanding;
  guint64 idle_bytes;
  guint64 peak_buffers;
} Numbers;

struct _Model
{
  BpPool *pool;
  const TestKind *kind;
  gsize element_size;
  TestCounters counters;

  guint max_buffers;
  gsize trim_capacity;
  int thread_cache;
  gboolean is_closed;
  /* Buffers are of up to many pages, so that one is worth more than one. */
  gboolean is_large;
  /* Other threads are in the middle of operations, too. */
  gboolean is_crowd;

  Layout *layout;
  Numbers expected;
  /* By slot. */
  Ration (*rations)[N_WANTS];

  /* What the caches may cost: acquires that made a buffer though one lay idle, and
   * buffers dropped though there was room. */
  guint64 n_needless_misses;
  guint64 n_early_drops;

  Ledger ledger;
};

Model   *model_new          (const TestKind *kind,
                             TestRandom     *random);
/* One that keeps so many, with the caches that it has by itself. */
Model   *model_new_default  (const TestKind *kind,
                             TestRandom     *random,
                             guint           max_buffers);
/* The pool may be gone already. */
void     model_free         (Model          *self);

gboolean model_is_objects   (Model          *self);
/* So many elements for a buffer. */
gsize    model_choose_length (Model         *self,
                              TestRandom    *random);
/* The usual size of a buffer, or an item, in bytes. */
guint    model_get_unit     (Model          *self);
/* What a new item counts for. */
gsize    model_get_item_bytes (Model        *self);
/* Whether the pool keeps nothing at all. */
gboolean model_keeps_none   (Model          *self);

/* Compares what is with what was and the effect, and goes on from there. */
void     model_check        (Model          *self,
                             const Effect   *effect);
/* Takes what is for granted, but for the sums of what members did. */
void     model_reconcile    (Model          *self,
                             const Numbers  *done);
