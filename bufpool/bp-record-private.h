/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"
#include "bp-types.h"

/*
 * What the pool keeps: a handle with its buffer.
 *
 * A handle is one cache line, allocated with its buffer and pooled with it, so
 * that handing it out allocates nothing. While it is out, the functions of
 * bp-handle-private.h own its word; while it is idle the word is 0, or
 * BP_WORD_DIRTY for an item that must be asked before it is used again.
 */

typedef struct _BpCore BpCore;

#define BP_WORD_REF       ((guint64) 1)
#define BP_WORD_REFS      ((guint64) 0xffffffff)
#define BP_WORD_PIN       ((guint64) 1 << 32)
#define BP_WORD_PINS      ((guint64) 0x0fffffff << 32)
#define BP_WORD_DIRTY     ((guint64) 1 << 61)
#define BP_WORD_EXCLUSIVE ((guint64) 1 << 62)
#define BP_WORD_RELEASED  ((guint64) 1 << 63)

/* So many references are a leak in a loop. Pins add to them too, and have their
 * room above. */
#define BP_WORD_MAX_REFS  ((guint64) 1 << 31)

/* The program ends before the count runs over into the pins: afterwards memory that
 * is in use would be given away. */
static inline guint64
bp_word_ref (_Atomic guint64 *word)
{
  guint64 old = atomic_fetch_add_explicit (word, BP_WORD_REF, memory_order_relaxed);

  if (G_UNLIKELY ((old & BP_WORD_REFS) >= BP_WORD_MAX_REFS))
    g_error ("A handle or a slice of a buffer has got %u references, which can only be a leak",
             (guint) BP_WORD_MAX_REFS);

  return old;
}

struct _BpPooled
{
  /* References, pins, BP_WORD_EXCLUSIVE and BP_WORD_RELEASED. */
  _Alignas (BP_CACHE_LINE) _Atomic guint64 word;
  /* Counted: a handle keeps its core alive. */
  BpCore *core;
  /* The elements, never NULL, or the item; NULL in a handle without a buffer. */
  _Atomic (gpointer) data;
  /* Valid elements; 0 for items. */
  _Atomic gsize length;
  /* Elements there is room for; 0 for items. */
  _Atomic gsize capacity;
  /* What it counts for in idle_bytes, fixed while it is idle. */
  gsize bytes;
  /* Links handles in lists that one thread has to itself. */
  BpPooled *next;
  /* Home: the shard of the thread that acquired it. */
  guint32 shard;
  guint32 padding;
};

G_STATIC_ASSERT (sizeof (struct _BpPooled) == BP_CACHE_LINE);

static inline gsize
bp_batch_get_bytes (BpPooled **batch,
                    guint      n_batch)
{
  gsize n_bytes = 0;

  for (guint i = 0; i < n_batch; i++)
    n_bytes += batch[i]->bytes;

  return n_bytes;
}

/* Around the time a buffer of elements is idle. */
static inline void
bp_record_poison (BpPooled *pooled)
{
#ifdef BP_ASAN
  if (bp_peek (pooled->capacity) > 0)
    BP_POISON (bp_peek (pooled->data), pooled->bytes);
#endif
}

static inline void
bp_record_unpoison (BpPooled *pooled)
{
#ifdef BP_ASAN
  if (bp_peek (pooled->capacity) > 0)
    BP_UNPOISON (bp_peek (pooled->data), pooled->bytes);
#endif
}

/* For buffers that become idle beside the fast path. */
static inline void
bp_record_mark_idle (BpPooled *pooled)
{
  bp_record_poison (pooled);
  if (bp_peek (pooled->capacity) > 0 && (bp_debug_flags & BP_DEBUG_MEMCHECK))
    bp_debug_mark_idle (bp_peek (pooled->data), pooled->bytes);
}
