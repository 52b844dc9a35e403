/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The users of a cache: its owner, and those that revoke it. bp-acquire.c, bp-return.c,
 * bp-search.c, bp-trim.c and bp-fork.c, as far as they touch a cache.
 */

#define THREADS 3

/* How many operations an owner does, at most. */
#ifndef OPS
# define OPS 1
#endif

/* The memory: the busy cell of the slot, the cache, and the locks. */
#define CELL 1
#define BIAS 2
#define N_BUFFERS 3
#define ROOM 4
#define PLACES 5
#define REVOKING 6
#define SHARD 7
#define SLOTS 8
#define BUFFER(i) (9 + (i))
#define SIZE 2
#define WORDS (8 + SIZE)

/* What a cell holds. */
#define NOBODY 0
#define CACHE 1
#define OTHER_CACHE 2

/* How a revocation ended. */
#define DONE 1
#define BUSY 2
#define FAILED 3

/* The number of free places, below 0 when they are owed. Under the shard's mutex: its
 * ring. Under the revoking mutex: the bound, and whether it is 0 for ever, the caches are
 * off, the owner has something to settle, and the last barrier failed. Under the slots'
 * mutex: whether a thread has the slot. */
short free;
byte ring;
byte max = SIZE;
bool closed;
bool caches_off;
bool is_behind;
bool has_failed;
bool taken;

/* The accounts: which buffers are in the pool and which exist; how many threads have a
 * reference to the pool, how many owners have not ended, and how many places trimmers have
 * in their hands; the bound that was promised last, whether dispose or turning the caches
 * off has returned, whether the cache stays revoked for its owner; and how many threads
 * have not ended. */
byte idle;
byte alive;
byte n_refs;
byte n_owners = 1;
byte in_hand;
byte bound = SIZE;
bool disposed;
bool emptied;
bool stuck;
byte n_running;

/* Sets of buffers 1, 2 and 3. */
#define BIT(b) (1 << (b))
#define COUNT(set) ((((set) >> 1) & 1) + (((set) >> 2) & 1) + (((set) >> 3) & 1))

inline lowest (into, set)
{
  d_step
  {
    into = 1;
    do
    :: !((set) & BIT (into)) -> into++
    :: else -> break
    od
  }
}

#include "cache-protocol.pml"
#include "cache-trim.pml"
#include "cache-owner.pml"

/* Others. */

/* Looks for buffers, or for vacant places. */
proctype looker (byte me)
{
  byte b, c, n, room, places, bias, j, k, result, has;
  bool got;

#ifdef MUTATE_SHARED_CELL
  store (CELL, OTHER_CACHE);
  store (CELL, NOBODY);
#endif
  try_revoking (got);
  /* A cache that is revoked already waits for its owner to settle something. */
  load (bias, BIAS);
  if
  :: got && bias == 0 ->
     cache_revoke ();
     if
     :: result == DONE ->
        BEFORE_WORK
        if
        :: gather_buffers (false)
        :: gather_vacant ()
        fi;
        AFTER_WORK
#ifdef BARRIER_MAY_FAIL
     :: result == FAILED -> atomic { has_failed = true; is_behind = true; stuck = true }
#endif
     :: else
     fi;
     unlock_revoking ()
  :: got && bias != 0 -> unlock_revoking ()
  :: else
  fi;
  atomic { drop_reference (); n_running-- }
}

#ifdef MUTATE_GATHER_LIVING
# define HAS_ENDED true
#else
# define HAS_ENDED !taken
#endif

#if defined MUTATE_GATHER_WITHOUT_SLOTS
# define gather_lock() try_revoking (got)
# define gather_unlock() unlock_revoking ()
#elif defined MUTATE_GATHER_WITHOUT_REVOKING
# define gather_lock() lock (SLOTS); got = true
# define gather_unlock() unlock (SLOTS)
#elif defined MUTATE_SLOTS_FIRST
# define gather_lock() lock (SLOTS); lock (REVOKING); got = true
# define gather_unlock() unlock (REVOKING); unlock (SLOTS)
#else
/* An acquire only tries, and a return may wait. */
# define gather_lock()                              \
  if                                                \
  :: try_revoking (got)                             \
  :: lock_revoking (); got = true                   \
  fi;                                               \
  if                                                \
  :: got -> lock (SLOTS)                            \
  :: else                                           \
  fi
# define gather_unlock() unlock (SLOTS); unlock_revoking ()
#endif

/* Takes what the caches of ended threads hold. */
proctype gatherer (byte me)
{
  byte c, n, places, j, has;
  bool got;

  gather_lock ();
  if
  :: got ->
     if
     :: HAS_ENDED -> gather_buffers (true); gather_vacant ()
     :: else
     fi;
     gather_unlock ()
  :: else
  fi;
  atomic { drop_reference (); n_running-- }
}

#ifdef MUTATE_SETTER_WITHOUT_REVOKE
# define revoke_for_setter() result = DONE
# define hand_back_after_setter() skip
#else
# define revoke_for_setter() revoke_all ()
# define hand_back_after_setter() AFTER_WORK
#endif

#ifdef MUTATE_RAISE_WHEN_CLOSED
# define SETS_MAX(what) (what != TURN_OFF)
#else
# define SETS_MAX(what) (what == DISPOSE || (what == LOWER && !closed))
#endif

#define LOWER 1
#define DISPOSE 2
#define TURN_OFF 3

/* With REVOKING, which it lets go of in between, until no owner was in the way. */
inline walk (empties)
{
  do
  :: all_ended = (n_owners == 0);
     revoke_for_setter ();
     if
     :: result == DONE ->
        BEFORE_WORK
        relieve_cache (empties)
     :: else
     fi;
     drop_surplus ();
     if
     :: result == DONE -> hand_back_after_setter (); break
     :: result == BUSY -> unlock_revoking (); lock_revoking ()
#ifdef BARRIER_MAY_FAIL
     :: result == FAILED -> assert (!all_ended); break
#endif
     fi
  od
}

proctype setter (byte me; byte what)
{
  byte b, c, n, room, places, bias, j, k, hand, doomed, surplus, before, result, has;
  bool all_ended;

  lock_revoking ();
  closed = closed || what == DISPOSE;
  caches_off = caches_off || what == TURN_OFF;
  if
  :: SETS_MAX (what) ->
     d_step { free = free + (what == DISPOSE -> 0 : 1) - max; max = (what == DISPOSE -> 0 : 1) }
  :: else
  fi;
  walk (what != LOWER);
  unlock_revoking ();
  publish ();
  destroy_doomed ();
#ifndef MUTATE_SKIP_EMPTY_SHARD
  /* A return that published its buffer before may still have the shard to unlock. */
  if
  :: what == DISPOSE -> lock (SHARD); unlock (SHARD)
  :: else
  fi;
#endif
  atomic
  {
    if
    :: result == FAILED
    :: result != FAILED && what == LOWER -> bound = 1; assert (COUNT (idle) <= bound)
    :: result != FAILED && what == DISPOSE -> disposed = true; assert (idle == 0)
    :: result != FAILED && what == TURN_OFF -> emptied = true
    fi
  };
  atomic { drop_reference (); n_running-- }
}

/* Every buffer that the pool thinks it has is in it, in one place; and every place. */
inline check_all ()
{
  d_step
  {
    assert (memory[N_BUFFERS] <= memory[PLACES] && memory[ROOM] <= memory[PLACES]);
    assert (free + memory[PLACES] + COUNT (ring) + in_hand == max);
    b = ring;
    do
    :: k < memory[N_BUFFERS] ->
       c = memory[BUFFER (k)];
       assert (!(b & BIT (c)));
       b = b | BIT (c);
       k++
    :: else -> break
    od;
    assert (b == idle);
    b = 0;
    c = 0;
    k = 0
  }
}

/* What the child of a fork() gets is the memory that all see. */
proctype forker (byte me)
{
  byte b, c, k, result;

  lock (REVOKING);
#ifdef MUTATE_FORK_WITHOUT_REVOKE
  result = DONE;
#else
  cache_set_bias ();
  if
  :: barrier (); cache_wait ()
# ifdef BARRIER_MAY_FAIL
  :: result = FAILED
# endif
  fi;
#endif
#ifndef MUTATE_FORK_WITHOUT_SHARD
  lock (SHARD);
#endif
  lock (SLOTS);
  if
  :: result == DONE -> check_all ()
  :: else
  fi;
  unlock (SLOTS);
#ifndef MUTATE_FORK_WITHOUT_SHARD
  unlock (SHARD);
#endif
#ifndef MUTATE_FORK_WITHOUT_REVOKE
  cache_hand_back ();
#endif
  unlock (REVOKING);
  atomic { drop_reference (); n_running-- }
}

/* The casts; -DONLY=n for one of them. */
#ifdef ONLY
# define CAST(i) (ONLY == i)
#else
# define CAST(i) true
#endif

init
{
  byte k, b, c;

  atomic
  {
    memory[N_BUFFERS] = 1;
    memory[ROOM] = SIZE;
    memory[PLACES] = SIZE;
    memory[BUFFER (0)] = 1;
    idle = BIT (1);
    alive = BIT (1) | BIT (2) | BIT (3);
    do
    :: k < THREADS -> run store_buffer (k); k++
    :: else -> break
    od;
    n_running = THREADS;
    n_refs = THREADS;
    if
    :: CAST (1) -> run looker (1); run looker (2)
    :: CAST (2) -> n_owners = 2; run owner (1, BIT (3), OPS, true); run looker (2)
    :: CAST (3) -> n_owners = 2; run owner (1, BIT (3), OPS, true); run gatherer (2)
    :: CAST (4) -> run setter (1, DISPOSE); run looker (2)
    :: CAST (5) -> run setter (1, TURN_OFF); run looker (2)
    :: CAST (6) -> run setter (1, DISPOSE); run setter (2, LOWER)
    :: CAST (7) ->
       memory[N_BUFFERS] = 0;
       memory[ROOM] = 1;
       idle = 0;
       alive = BIT (2) | BIT (3);
       n_owners = 2;
       n_refs = 1;
       run setter (1, DISPOSE);
       run owner (2, BIT (3), OPS, false)
#ifdef BARRIER_MAY_FAIL
    :: CAST (8) -> n_owners = 2; run setter (1, LOWER); run owner (2, BIT (3), OPS, true)
#else
    :: CAST (9) -> run forker (1); run looker (2)
#endif
#if !defined WEAK && !defined EXCHANGE
    :: CAST (10) -> run setter (1, LOWER); run looker (2)
    :: CAST (11) -> run setter (1, LOWER); run gatherer (2)
    :: CAST (12) -> run forker (1); run setter (2, LOWER)
#endif
#if !defined WEAK && !defined EXCHANGE && !defined BARRIER_MAY_FAIL
    :: CAST (13) -> run gatherer (1); run looker (2)
    :: CAST (14) -> run setter (1, TURN_OFF); run setter (2, LOWER)
    :: CAST (15) -> run forker (1); run gatherer (2)
#endif
    fi;
    run owner (0, BIT (2), OPS, n_refs > 1);
    k = 0
  };

  d_step
  {
    n_running == 0 && ALL_CORES (n == 0);
    assert (memory[REVOKING] == 0 && memory[SHARD] == 0 && memory[SLOTS] == 0);
    assert (memory[CELL] == NOBODY && memory[BIAS] == stuck);
    assert (in_hand == 0 && (free >= 0 || stuck));
    assert (!emptied || memory[PLACES] == 0 || stuck)
  };
  check_all ()
}
