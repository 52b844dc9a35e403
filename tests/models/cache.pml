/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Who uses a cache: its owner, and those who revoke it. bp-acquire.c, bp-return.c,
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

/* The number of free places, below 0 when they are owed. Under the shard's mutex, its
 * ring. Under the revoking mutex, the bound, and whether it is 0 for ever, the caches are
 * off, and the owner has something to settle. Under the slots' mutex, whether a thread has
 * the slot. */
short free;
byte ring;
byte max = SIZE;
bool closed;
bool caches_off;
bool is_behind;
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

/* The ring is a set, of which the lowest number is now the newest and now the oldest:
 * only the holder of the shard's mutex looks at it, and in one step. */

inline ring_push (b)
{
  d_step { put (b); ring = ring | BIT (b); b = 0 }
}

inline ring_pop (into)
{
  d_step { lowest (into, ring); take (into); ring = ring & ~BIT (into) }
}

/* Places: one atomic operation each. */

/* As many as there are, at most so many, into k. */
inline take_places (wanted)
{
  d_step
  {
    k = (free <= 0 -> 0 : (free < (wanted) -> free : (wanted)));
    free = free - k
  }
}

inline give_places (n_given)
{
  free = free + (n_given)
}

/* What is owed, from k places in hand. */
inline pay ()
{
  d_step
  {
    j = (free >= 0 -> 0 : (0 - free < k -> 0 - free : k));
    free = free + j;
    in_hand = in_hand - j;
    k = k - j;
    j = 0
  }
}

/* Buffers are destroyed with nothing locked. What counts them, and the references to the
 * pool, is an atomic operation that acquires and releases. */

inline doom (c)
{
  d_step { has = has & ~BIT (c); doomed = doomed | BIT (c); c = 0 }
}

inline destroy_doomed ()
{
  if
  :: doomed != 0 -> atomic { fence (); alive = alive & ~doomed; doomed = 0 }
  :: else
  fi
}

inline drop_reference ()
{
  fence ();
  n_refs--
}

/* Locks of revokers. */

#ifdef MUTATE_NO_REVOKING
# define lock_revoking() skip
# define try_revoking(got) got = true
# define unlock_revoking() skip
#else
# define lock_revoking() lock (REVOKING)
# define try_revoking(got) try_lock (got, REVOKING)
# define unlock_revoking() unlock (REVOKING)
#endif

#ifdef MUTATE_HAND_BACK_FIRST
# define BEFORE_WORK cache_hand_back ();
# define AFTER_WORK skip
#else
# define BEFORE_WORK
# define AFTER_WORK cache_hand_back ()
#endif

/* Of a cache that is the thread's. */
inline gather_vacant ()
{
  load (n, N_BUFFERS);
  load (places, PLACES);
  if
  :: places > n -> set_places (n); give_places (places - n)
  :: else
  fi;
  atomic { n = 0; places = 0 }
}

/* The oldest, as many as it likes, or all. */
inline gather_buffers (all)
{
  lock (SHARD);
  load (n, N_BUFFERS);
  load (places, PLACES);
  do
  :: n > 0 -> take_oldest (); ring_push (c); places--
  :: n == 0 || !(all) -> break
  od;
  set_places (places);
  atomic { n = 0; places = 0 };
  unlock (SHARD)
}

/* Trimming, with REVOKING and, if result is DONE, the cache. */

/* Without a barrier the cache is the thread's if no thread has the slot: its next one
 * will see the bias, which was set before. Else its owner has something to settle. */
inline revoke_all ()
{
  cache_revoke ();
#ifdef BARRIER_MAY_FAIL
  if
  :: result == FAILED ->
     lock (SLOTS);
# ifdef MUTATE_ENDED_WITHOUT_BIAS
     atomic { store (BIAS, 0); result = (taken -> FAILED : DONE) };
# elif !defined MUTATE_ENDED_STAYS
     atomic { result = (taken -> FAILED : DONE); is_behind = taken; stuck = taken };
# endif
     unlock (SLOTS)
  :: else
  fi
#endif
}

/* Vacant places pay first. */
inline relieve_cache ()
{
  if
  :: free < 0 -> gather_vacant ()
  :: else
  fi;
  is_behind = false
}

/* What is taken out stays in hand with its places, and is published with nothing locked. */
inline empty_cache ()
{
  load (n, N_BUFFERS);
  do
  :: n > 0 ->
     load (places, PLACES);
     take_oldest ();
     d_step { hand = hand | BIT (c); in_hand++; c = 0 };
     set_places (places - 1)
  :: else -> break
  od;
  places = 0;
  gather_vacant ();
  is_behind = false
}

#ifdef MUTATE_SKIP_EMPTY_SHARD
# define HAS_SURPLUS (surplus > 0 && ring != 0)
#else
# define HAS_SURPLUS (surplus > 0)
#endif

/* Then the ring's oldest, then the cache's. */
inline drop_surplus ()
{
  do
  :: d_step { surplus = (free < 0 -> 0 - free : 0); before = surplus };
     if
     :: HAS_SURPLUS ->
        lock (SHARD);
        do
        :: surplus > 0 && ring != 0 -> ring_pop (c); doom (c); give_places (1); surplus--
        :: else -> break
        od;
        unlock (SHARD)
     :: else
     fi;
     if
     :: surplus > 0 && result == DONE ->
        load (n, N_BUFFERS);
        do
        :: n > 0 && surplus > 0 ->
           take_oldest ();
           doom (c);
           load (places, PLACES);
           set_places (places - 1);
           give_places (1);
           surplus--
        :: else -> break
        od;
        atomic { n = 0; places = 0 }
     :: else
     fi;
     if
     :: surplus == before || free >= 0 -> break
     :: else
     fi
  od;
  assert (free + in_hand >= 0 || result != DONE);
  atomic { surplus = 0; before = 0 }
}

/* What is owed by now is paid with the last of what is in hand. */
inline publish ()
{
  if
  :: hand != 0 ->
     lock (SHARD);
     k = COUNT (hand);
#ifndef MUTATE_PUBLISH_KEEPS
     pay ();
#endif
     do
     :: hand != 0 && k > 0 ->
        lowest (c, hand);
        d_step { hand = hand & ~BIT (c); in_hand--; k-- };
        ring_push (c)
     :: hand != 0 && k == 0 -> lowest (c, hand); d_step { hand = hand & ~BIT (c); doom (c) }
     :: hand == 0 -> break
     od;
     unlock (SHARD)
  :: else
  fi
}

/* The owner, in its slow paths. */

inline slot_get ()
{
  atomic { !taken && memory[SLOTS] == 0 -> lock (SLOTS); taken = true };
  unlock (SLOTS)
}

inline slot_give_back ()
{
  lock (SLOTS);
  taken = false;
  unlock (SLOTS)
}

/* Where the caches are off it is as if this one were revoked. The owner looks after it has
 * entered: turning them off revokes them afterwards. */
inline core_enter ()
{
#ifdef MUTATE_OWNER_SKIPS_CELL
  load (bias, BIAS);
  was_off = caches_off;
#elif defined MUTATE_OFF_BEFORE_ENTER
  was_off = caches_off;
  cache_enter ();
#else
  cache_enter ();
  was_off = caches_off;
#endif
  if
  :: bias == 0 && was_off -> cache_leave (); bias = 1
  :: else
  fi;
  was_off = false
}

/* Outside its cell. The bias that it saw was a revoker's at work, or one whose barrier
 * failed and who left the rest to this thread. */
inline settle ()
{
  try_revoking (got);
  if
  :: got ->
     got = false;
     load (bias, BIAS);
#ifdef BARRIER_MAY_FAIL
     if
     :: bias != 0 ->
# ifndef MUTATE_SETTLE_KEEPS
        result = DONE;
        empty_cache ();
        drop_surplus ();
# endif
        is_behind = false;
        cache_hand_back ()
     :: else
     fi;
     atomic { bias = 0; result = 0 };
     unlock_revoking ();
     publish ();
     destroy_doomed ()
#else
     /* Nobody leaves a cache revoked. */
     assert (bias == 0);
     unlock_revoking ()
#endif
  :: else
  fi
}

inline settle_if_revoked ()
{
  load (bias, BIAS);
  if
  :: bias != 0 -> bias = 0; settle ()
  :: else
  fi
}

#ifdef MUTATE_OWNER_WITHOUT_SHARD
# define owner_lock() skip
# define owner_try_lock(got) got = true
# define owner_unlock() skip
#else
# define owner_lock() lock (SHARD)
# define owner_try_lock(got) try_lock (got, SHARD)
# define owner_unlock() unlock (SHARD)
#endif

#ifdef MUTATE_GIVE_LATE
# define GIVE_IN_TIME
# define GIVE_LATE give_places (k); k = 0
#else
# define GIVE_IN_TIME give_places (k); k = 0;
# define GIVE_LATE skip
#endif

/* A batch for the cache beside the one that is handed out; k becomes the number of places
 * that the cache is not to keep. */
inline refill ()
{
  load (n, N_BUFFERS);
  load (places, PLACES);
  do
  :: COUNT (ring) > 1 && n < SIZE -> ring_pop (b); cache_add (); places++
  :: break
  od;
  places++;
  if
  :: places > n -> k = places - n; places = n
  :: places <= SIZE
  fi;
  set_places (places)
}

inline take_from_shard ()
{
  owner_try_lock (got);
  if
  :: got && ring != 0 ->
#ifdef MUTATE_REFILL_BETWEEN
     ring_pop (b);
     owner_unlock ();
     got = false;
     core_enter ();
     if
     :: bias == 0 ->
        load (n, N_BUFFERS);
        load (places, PLACES);
        if
        :: n < SIZE && places < SIZE -> cache_add (); set_places (places + 1)
        :: else -> doom (b); k = 1
        fi;
        cache_leave ()
     :: else -> doom (b); k = 1
     fi;
#else
     core_enter ();
     if
     :: bias == 0 -> refill (); ring_pop (c); cache_leave ()
     :: else -> ring_pop (c); k = 1
     fi;
#endif
     GIVE_IN_TIME
     atomic { bias = 0; c = 0 }
  :: else
  fi;
  if
  :: got -> got = false; owner_unlock ()
  :: else
  fi;
  GIVE_LATE
}

/* Where it finds nothing it looks into other caches: that is a looker, below, who has no
 * cache of his own. */
inline acquire_slow ()
{
  settle_if_revoked ();
  take_from_shard ()
}

/* A full cache sends its older part to the ring; a thread that only returns sends all
 * of it, and b. */
inline put_into_cache ()
{
  load (n, N_BUFFERS);
  load (places, PLACES);
  do
  :: n > 0 -> take_oldest (); places--; ring_push (c)
  :: break
  od;
  if
  :: places > n -> places--; ring_push (b)
  :: places == n -> take_places (1); if :: k > 0 -> k = 0; ring_push (b) :: else fi
  :: true
  fi;
  if
  :: b != 0 && n == places && n < SIZE -> take_places (1); places = places + k; k = 0
  :: b != 0 && n == places && n < SIZE -> take_places (SIZE - n); places = places + k; k = 0
  :: else
  fi;
  set_places_with_limit (places);
  if
  :: b != 0 && n < places -> cache_add ()
  :: else
  fi
}

inline put_somewhere ()
{
  owner_lock ();
  core_enter ();
  if
  :: bias == 0 -> put_into_cache (); cache_leave ()
  :: else ->
     take_places (1);
     if
     :: k > 0 -> k = 0; ring_push (b)
     :: else -> load (bias, BIAS); refused = (bias != 0)
     fi
  fi;
  bias = 0;
#ifdef MUTATE_WAIT_WITH_SHARD
  if
  :: refused -> lock_revoking (); unlock_revoking ()
  :: else
  fi;
#endif
  owner_unlock ()
}

/* The oldest of the ring makes room for b; if it is empty, the oldest of the own cache; or
 * else b itself is not kept. */
inline replace_oldest ()
{
  owner_lock ();
  if
  :: ring != 0 ->
     ring_pop (c);
     doom (c);
     core_enter ();
     if
     :: bias == 0 ->
        load (n, N_BUFFERS);
        load (places, PLACES);
        if
        :: places < SIZE -> set_places (places + 1); cache_add ()
        :: true
        fi;
        cache_leave ()
     :: else -> bias = 0
     fi;
     if
     :: b != 0 -> ring_push (b)
     :: else
     fi
  :: else
  fi;
  owner_unlock ();
  if
  :: b != 0 ->
     core_enter ();
     if
     :: bias == 0 ->
        load (n, N_BUFFERS);
        if
        :: n > 0 -> take_oldest (); doom (c); cache_add ()
        :: else
        fi;
        cache_leave ()
     :: else -> bias = 0
     fi
  :: else
  fi;
  if
  :: b != 0 -> doom (b)
  :: else
  fi
}

/* With nothing locked, and b in hand. */
inline pay_debt ()
{
  lock_revoking ();
  revoke_all ();
  if
  :: result == DONE -> relieve_cache ()
  :: else
  fi;
  drop_surplus ();
  if
  :: result == DONE -> cache_hand_back ()
  :: else
  fi;
  result = 0;
  unlock_revoking ();
  destroy_doomed ()
}

inline pay_if_owed ()
{
  if
  :: free < 0 -> pay_debt ()
  :: else
  fi
}

/* A debt is paid while b is in hand: afterwards nothing may keep the pool. */
inline return_slow ()
{
  settle_if_revoked ();
#ifndef MUTATE_PAY_LATE
  pay_if_owed ();
#endif
  do
  :: b != 0 && max > 0 ->
#ifdef MUTATE_TAKE_EARLY
     take_places (1);
     give_places (k);
     k = 0;
#endif
     put_somewhere ();
     if
     :: b != 0 && refused ->
        lock_revoking ();
        unlock_revoking ();
        refused = false;
        settle ()
     :: b != 0 && !refused -> replace_oldest ()
     :: else
     fi
  :: b != 0 && max == 0 -> doom (b)
  :: b == 0 -> break
  od;
#ifdef MUTATE_PAY_LATE
  assert (IS_THERE (PLACES));
  pay_if_owed ();
#endif
  destroy_doomed ()
}

/* Who has no reference to the pool only returns what is in his hands. */
proctype owner (byte me; byte has; byte n_ops; bool has_ref)
{
  byte b, c, n, room, places, bias, j, k, hand, doomed, surplus, before, result;
  bool got, needs, refused, was_off;

  slot_get ();
  do
  :: n_ops > 0 ->
#ifdef MUTATE_SLOT_EARLY
     if
     :: n_ops == 1 -> slot_give_back ()
     :: else
     fi;
#endif
     n_ops--;
     if
     :: has_ref -> cache_pop (); atomic { needs = (b == 0); b = 0 }
     :: has != 0 -> lowest (b, has); cache_push ()
     :: store (CELL, OTHER_CACHE); store (CELL, NOBODY)
     fi;
     if
     :: needs -> needs = false; acquire_slow (); destroy_doomed ()
     :: b != 0 -> return_slow ()
     :: else
     fi
  :: n_ops == 0 -> break
  od;
#ifndef MUTATE_SLOT_EARLY
  slot_give_back ();
#endif
  if
  :: has_ref -> atomic { drop_reference () }
  :: else
  fi;
  atomic { n_owners--; n_running-- }
}

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
  if
  :: got ->
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
     :: result == FAILED -> atomic { is_behind = true; stuck = true }
#endif
     :: else
     fi;
     unlock_revoking ()
  :: else
  fi;
  atomic { drop_reference (); n_running-- }
}

#ifdef MUTATE_GATHER_LIVING
# define HAS_ENDED true
#else
# define HAS_ENDED !taken
#endif

#ifdef MUTATE_GATHER_WITHOUT_SLOTS
# define gather_lock() skip
# define gather_unlock() skip
#else
# define gather_lock() lock (SLOTS)
# define gather_unlock() unlock (SLOTS)
#endif

#ifdef MUTATE_GATHER_WITHOUT_REVOKING
# define gather_try_revoking(got) got = true
# define gather_unlock_revoking() skip
#else
# define gather_try_revoking(got) try_revoking (got)
# define gather_unlock_revoking() unlock_revoking ()
#endif

/* Takes what the caches of ended threads hold. */
proctype gatherer (byte me)
{
  byte c, n, places, j, has;
  bool got;

  gather_try_revoking (got);
  if
  :: got ->
     gather_lock ();
     if
     :: HAS_ENDED -> gather_buffers (true); gather_vacant ()
     :: else
     fi;
     gather_unlock ();
     gather_unlock_revoking ()
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
        if
        :: empties -> empty_cache ()
        :: else -> relieve_cache ()
        fi
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
  if
  :: what != LOWER || free < 0 -> walk (what != LOWER)
  :: else
  fi;
  unlock_revoking ();
  publish ();
  destroy_doomed ();
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

/* Who plays; -DONLY=n for one of the casts. */
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
    :: CAST (4) -> run setter (1, LOWER); run looker (2)
    :: CAST (5) -> run setter (1, DISPOSE); run looker (2)
    :: CAST (6) -> run setter (1, DISPOSE); run setter (2, LOWER)
    :: CAST (7) -> n_owners = 2; n_refs = 1; run setter (1, DISPOSE); run owner (2, BIT (3), OPS, false)
    :: CAST (8) -> run forker (1); run looker (2)
#if !defined WEAK && !defined EXCHANGE
    :: CAST (9) -> run gatherer (1); run looker (2)
    :: CAST (10) -> run setter (1, LOWER); run gatherer (2)
    :: CAST (11) -> run setter (1, TURN_OFF); run looker (2)
    :: CAST (12) -> run setter (1, TURN_OFF); run setter (2, LOWER)
    :: CAST (13) -> run forker (1); run setter (2, LOWER)
#endif
#ifdef BARRIER_MAY_FAIL
    :: CAST (14) -> n_owners = 2; run setter (1, LOWER); run owner (2, BIT (3), OPS, true)
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
