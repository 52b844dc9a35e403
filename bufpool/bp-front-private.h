/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-fence-private.h"
#include "bp-record-private.h"
#include "bp-slots-private.h"

/*
 * Fronts: what makes the fast path lock-free.
 *
 * A front belongs to one pool and one slot, hence to at most one thread at a
 * time, its owner. It holds idle buffers in one array of pointers, two stacks
 * that grow towards each other:
 *
 *      0            n_local              outbox            reserve
 *      | local  ...    |   free places     |  ... outbox      |
 *
 * `local` is ready to be handed out; `outbox` are other shards' buffers on
 * their way home. Every place below `reserve` is charged to the part of the
 * front's home shard, whether or not a buffer lies there, so the bound on idle
 * buffers needs no counting here.
 *
 * THE PROTOCOL
 *
 * Who may touch the arrays, the counts and the counters of a front F?
 *
 *  (1) The owner, in a fast operation, between bp_front_enter() and
 *      bp_front_leave(): its slot's busy cell says F, and F's bias was 0
 *      afterwards.
 *  (2) The owner in a slow operation, holding the mutex of F's home shard. Its
 *      cell is empty: it is not inside a fast operation, since it is here.
 *  (3) Another thread that has revoked F: it holds the same mutex from
 *      bp_front_revoke() until bp_front_hand_back().
 *
 * Why no two of them ever meet:
 *
 *  (2) and (3), or (3) and (3): the mutex. Two revokers without it could each
 *      find the cell empty, and one would hand back while the other works.
 *  (1) and (2): one thread.
 *  (1) and (3): the owner stores the cell, then loads the bias; the revoker
 *      stores the bias, then loads the cell. With a full barrier between store
 *      and load on both sides, at least one of them sees the other's store. If
 *      the owner sees the bias, it leaves without touching anything. If the
 *      revoker sees the cell, it waits until the cell is something else, and
 *      that store was a release after the owner's last access.
 *
 *      Where the full barriers are: in the membarrier form the owner has only
 *      a compiler barrier, and the revoker's membarrier() runs a full barrier
 *      on the owner's processor, at some point of the owner's program. Stores
 *      before that point are visible to the revoker afterwards. Loads after it
 *      see the bias. The owner's cell store comes before its bias load, so
 *      either the store is before the point or the load after it. (A thread
 *      that does not run at that moment has passed a full barrier in the
 *      kernel's scheduler.) In the exchange form all four accesses are
 *      sequentially consistent, and the same follows from their single order.
 *
 *  The counts are loaded after the bias, with acquire: whoever reads bias 0 as
 *  stored by a hand-back sees everything the revoker did. Counts loaded before
 *  it could be from before the revocation, and a buffer that the revoker took
 *  would be handed out a second time.
 *
 *  Every store to the cell is a release, the one on entering too: a revoker
 *  that reads another front's address there has also seen the end of the
 *  operation on this one.
 *
 * Giving up: the wait for the cell is bounded, because an owner can be
 * preempted inside its few instructions, and a thread of higher priority that
 * spins would keep it from ever running. A revoker that gives up stores bias 0
 * and has touched nothing; the owner, whichever bias it read, goes on rightly.
 *
 * Slots change hands: a thread that exits gives its slot back under the slots'
 * mutex with its cell empty, and the slot's next thread takes it under the same
 * mutex; what the first did to F happens before what the second does. A revoker
 * waits for the cell of the slot and does not care which thread is behind it.
 *
 * The end: dispose makes a shard's part 0 and every reserve of its fronts 0 under
 * its mutex, and reserve only grows under that mutex, within the part. With
 * reserve 0 both stacks are empty and there is no free place, so
 * every fast operation turns to the slow path, for ever, without a test of its
 * own.
 *
 * If a barrier ever fails (the kernel promised that it does not), the bias
 * stays 1: nobody but the owner may touch the front from then on, and the owner
 * only by (2), which clears the bias: see bp_core_unstick_front(). A revoker whose
 * own barrier works may take it nevertheless, as from anybody.
 *
 * tests/models/front.pml is this protocol with a store buffer for each
 * processor, checked exhaustively, together with what goes wrong when any one
 * part of it is left out.
 */

/* Places in a front: more would hide too much, fewer would refill too often. */
#define BP_FRONT_PLACES 64

struct _BpFront
{
  /* 0: the owner may work; 1: revoked. */
  _Alignas (BP_CACHE_PAIR) atomic_uint bias;
  /* Buffers in local. */
  atomic_uint n_local;
  /* Where the outbox starts; equal to reserve when it is empty. */
  atomic_uint outbox;
  /* Index of the home shard; fixed. */
  guint32 shard;
  /* The busy cell of the slot; fixed. */
  BpCell *cell;
  /* Acquires served and returns taken here. */
  _Atomic guint64 hits;
  _Atomic guint64 recycled;
  /* Bytes of the buffers that came here and of those that left, modulo the size
   * of the type; two sums, so that an acquire need not wait for the return
   * before it. */
  _Atomic gsize bytes_in;
  _Atomic gsize bytes_out;
  /* Places charged to the home shard's part; written under its mutex. */
  atomic_uint reserve;
  /* What the owner may still spend on sweeps; the owner's alone. */
  gint credit;
  /* A barrier failed when the bound was lowered: the owner must catch up, so the
   * bias stays 1. Under the mutex. */
  gboolean is_behind;
  /* A handle without a buffer, for the next early release; under the mutex. */
  _Atomic (BpPooled *) spare;

  _Alignas (BP_CACHE_LINE) BpPooled *places[BP_FRONT_PLACES];
};

/* How many buffers lie here; for others than the owner, a glance. */
static inline guint
bp_front_get_used (BpFront *front)
{
  guint outbox = bp_peek (front->outbox);
  guint reserve = bp_peek (front->reserve);

  return bp_peek (front->n_local) + (reserve > outbox ? reserve - outbox : 0);
}

/* By the owner: how many more it has places for. */
static inline guint
bp_front_get_free (BpFront *front)
{
  return bp_peek (front->outbox) - bp_peek (front->n_local);
}

/* Also for others than the owner: the sums must be of one moment, or a reader that
 * was interrupted between them would see everything that came here meanwhile. A
 * processor may show that something left before it shows that it came: then it is
 * nothing, and not as good as all memory there is. */
static inline gsize
bp_front_get_idle_bytes (BpFront *front)
{
  gsize bytes_in, bytes_out;
  guint n_tries = 3;

  do
    {
      bytes_out = atomic_load_explicit (&front->bytes_out, memory_order_acquire);
      bytes_in = atomic_load_explicit (&front->bytes_in, memory_order_acquire);
    }
  while (bytes_out != bp_peek (front->bytes_out) && --n_tries > 0);

  return bytes_in - bytes_out <= G_MAXSSIZE ? bytes_in - bytes_out : 0;
}

/* The two forms of the owner's half of the fence. The owner may go on if the
 * result is 0, and leaves in any case. */
BP_INLINE guint
bp_front_enter_asymmetric (BpFront *front,
                           BpCell  *cell)
{
  atomic_store_explicit (&cell->front, front, memory_order_release);
  atomic_signal_fence (memory_order_seq_cst);

  return atomic_load_explicit (&front->bias, memory_order_acquire);
}

BP_INLINE guint
bp_front_enter_exchange (BpFront *front,
                         BpCell  *cell)
{
  atomic_exchange_explicit (&cell->front, front, memory_order_seq_cst);

  return atomic_load_explicit (&front->bias, memory_order_seq_cst);
}

BP_INLINE guint
bp_front_enter (BpFront *front,
                BpCell  *cell)
{
  return bp_fence_is_asymmetric () ? bp_front_enter_asymmetric (front, cell)
                                   : bp_front_enter_exchange (front, cell);
}

/* For a slot that is near: the form is known. */
BP_INLINE guint
bp_front_enter_near (BpFront *front,
                     BpCell  *cell)
{
#if BP_FENCE_FORM == BP_FENCE_EXCHANGE
  return bp_front_enter_exchange (front, cell);
#else
  return bp_front_enter_asymmetric (front, cell);
#endif
}

BP_INLINE void
bp_front_leave (BpCell *cell)
{
  atomic_store_explicit (&cell->front, NULL, memory_order_release);
}

/* Takes the newest buffer out of local; NULL when there is none, or when the
 * front is revoked. */
BP_INLINE BpPooled *
bp_front_pop (BpFront  *front,
              gboolean  is_near)
{
  BpCell *cell = front->cell;
  BpPooled *pooled;
  guint bias = is_near ? bp_front_enter_near (front, cell) : bp_front_enter (front, cell);
  gsize n_local;

  if (BP_RARELY (bias != 0))
    {
      bp_front_leave (cell);
      return NULL;
    }

  n_local = bp_peek (front->n_local);
  if (BP_RARELY (n_local == 0))
    {
      bp_front_leave (cell);
      return NULL;
    }

  pooled = front->places[n_local - 1];
  bp_poke (front->n_local, (guint) n_local - 1);
  bp_bump (front->hits, 1);
  bp_bump (front->bytes_out, pooled->bytes);
  bp_front_leave (cell);

  return pooled;
}

/* Puts an idle buffer, its word already that of an idle one, where it belongs;
 * FALSE when there is no free place, or when the front is revoked. After TRUE
 * the buffer, the front and the core may be gone. */
BP_INLINE gboolean
bp_front_push (BpFront  *front,
               BpPooled *pooled,
               gboolean  is_near)
{
  BpCell *cell = front->cell;
  guint bias = is_near ? bp_front_enter_near (front, cell) : bp_front_enter (front, cell);
  gsize n_local, outbox;

  if (BP_RARELY (bias != 0))
    {
      bp_front_leave (cell);
      return FALSE;
    }

  n_local = bp_peek (front->n_local);
  outbox = bp_peek (front->outbox);
  if (BP_RARELY (n_local == outbox))
    {
      bp_front_leave (cell);
      return FALSE;
    }

  bp_bump (front->recycled, 1);
  bp_bump (front->bytes_in, pooled->bytes);
  if (BP_RARELY (pooled->shard != front->shard))
    {
      front->places[outbox - 1] = pooled;
      bp_poke (front->outbox, (guint) outbox - 1);
      bp_front_leave (cell);
      return TRUE;
    }

  front->places[n_local] = pooled;
  bp_poke (front->n_local, (guint) n_local + 1);
  bp_front_leave (cell);

  return TRUE;
}

typedef enum
{
  BP_REVOKE_DONE,
  /* The owner did not leave in time; nothing has changed. */
  BP_REVOKE_BUSY,
  /* There is no barrier any more; the front is its owner's. */
  BP_REVOKE_FAILED
} BpRevoke;

BpFront  *bp_front_new             (guint      slot,
                                    guint      shard);
void      bp_front_free            (BpFront   *front);

/* All of these with the home shard's mutex held. */
BpRevoke  bp_front_revoke          (BpFront   *front);
void      bp_front_hand_back       (BpFront   *front);
/* Without revoking: what a busy owner has meanwhile done is seen in part, but
 * there are never more buffers than places. */
guint     bp_front_count           (BpFront   *front);

/* By the owner with the mutex held, or by a revoker. */
void      bp_front_set_reserve     (BpFront   *front,
                                    guint      reserve);
void      bp_front_add_local       (BpFront   *front,
                                    BpPooled **batch,
                                    guint      n_batch);
guint     bp_front_take_oldest     (BpFront   *front,
                                    BpPooled **batch,
                                    guint      max);
BpPooled *bp_front_take_newest     (BpFront   *front);
guint     bp_front_take_outbox     (BpFront   *front,
                                    BpPooled **batch,
                                    guint      max);

/* By the owner, in a fast operation: 0 when the front is revoked. */
guint     bp_front_empty_outbox    (BpFront   *front,
                                    BpPooled **batch);
guint     bp_front_put_local       (BpFront   *front,
                                    BpPooled **batch,
                                    guint      n_batch);
