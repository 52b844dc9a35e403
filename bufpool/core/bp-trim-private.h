/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * What changes the bound, what empties the pool, and what counts.
 *
 * Each revokes all caches with one barrier. An owner that is preempted in the middle of a
 * fast operation is waited for asleep, with nothing locked. Where there is no barrier any
 * more, the caches of living threads stay revoked until their owners' next calls settle
 * what is due.
 */

/* The setters return when what they ask for holds. Whether it was a change. */
gboolean bp_trim_set_max_buffers   (BpCore   *core,
                                    guint     max_buffers);
gboolean bp_trim_set_thread_cache  (BpCore   *core,
                                    gint      thread_cache);
gboolean bp_trim_set_trim_capacity (BpCore   *core,
                                    gsize     trim_capacity);
void     bp_trim_drop_idle         (BpCore   *core,
                                    guint     max_idle);
/* For good: afterwards nothing is kept. */
void     bp_trim_close             (BpCore   *core);
/* All vacant places go to the pool's number. */
void     bp_trim_free_vacant       (BpCore   *core);
/* The number is below 0. */
void     bp_trim_pay               (BpCore   *core);
/* What a closed pool had to leave in the caches of a thread that has ended. */
void     bp_trim_thread_ended      (void);
/* By the owner, outside its cell: the bias that it saw was a revoker's at work, or one
 * whose barrier failed and who left the rest to this thread. */
void     bp_trim_settle            (BpCore   *core,
                                    BpCache  *cache);

/* Idle buffers with places in hand go to rings, a batch to each shard in turn. What is
 * owed by then is paid with the last of them. How many were kept. */
guint    bp_trim_publish           (BpCore   *core,
                                    guint     home,
                                    BpPooled *list);

typedef struct
{
  guint64 n_hits;
  guint64 n_idle;
  guint64 n_idle_bytes;
} BpCounts;

/* What lies in caches and rings. A cache whose owner is in it for too long is estimated. */
void     bp_trim_count             (BpCore   *core,
                                    BpCounts *counts);
