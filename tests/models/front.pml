/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define THREADS 3

/* How many operations an owner does, at most. */
#ifndef OPS
# define OPS 1
#endif

/* The memory: the busy cell of the slot, the front, and the locks. */
#define CELL 1
#define BIAS 2
#define N_LOCAL 3
#define OUTBOX 4
#define RESERVE 5
#define MUTEX 6
#define SLOT 7
#define PLACE(i) (8 + (i))
#define PLACES 2
#define WORDS (7 + PLACES)

/* What a cell holds. */
#define NOBODY 0
#define FRONT 1
#define OTHER_FRONT 2

/* How a revocation ended. */
#define DONE 1
#define BUSY 2
#define FAILED 3

/* The shard, under its mutex, and what dispose has told everybody. */
byte ring;
byte part = PLACES;
bool closed;
bool config_locked;
bool is_behind;

/* The accounts: which buffers are in the pool, the bound that was promised last,
 * whether dispose has returned, whether a barrier has failed and the owner has
 * not come by since; and how many threads have not ended. */
byte idle;
byte bound = PLACES;
bool disposed;
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

#include "front-protocol.pml"

/* The ring is a set, of which the lowest number is now the newest and now the
 * oldest: only the holder of the mutex looks at it, and in one step. */

#ifdef MUTATE_GROW_WHEN_CLOSED
# define HAS_ROOM (COUNT (ring) + r < PLACES)
#else
# define HAS_ROOM (COUNT (ring) + r < part)
#endif

inline shard_push ()
{
  d_step { put (b); ring = ring | BIT (b); b = 0 }
}

inline shard_pop (into)
{
  d_step { lowest (into, ring); take (into); ring = ring & ~BIT (into) }
}

inline drop (b)
{
  d_step { has = has & ~BIT (b); b = 0 }
}

inline grow_reserve ()
{
  load (r, RESERVE);
  if
  :: HAS_ROOM && r < PLACES -> want = r + 1; front_set_reserve (want); want = 0
  :: true
  fi;
  r = 0
}

inline fit_reserve ()
{
  load (l, N_LOCAL);
  load (o, OUTBOX);
  load (r, RESERVE);
  want = l + (r - o);
  if
  :: want < r -> front_set_reserve (want)
  :: else
  fi;
  d_step { l = 0; o = 0; r = 0; want = 0 }
}

#ifdef MUTATE_NO_OWNER_MUTEX
# define owner_lock() skip
# define owner_try_lock(got) got = true
# define owner_unlock() skip
#else
# define owner_lock() lock (MUTEX)
# define owner_try_lock(got) try_lock (got, MUTEX)
# define owner_unlock() unlock (MUTEX)
#endif

/* By the owner or a revoker: bp-bound.c's unload_front(), which moves what is more
 * than `limit` to the ring, and, if `shrinks`, its shrink_front(), which drops what
 * the shard still has too many of. Both take the front's places with the buffers. */
inline unload_front ()
{
  do
  :: fit_reserve ();
     load (r, RESERVE);
     do
     :: c == 0 -> break
     :: c != 0 && HAS_ROOM -> d_step { put (c); ring = ring | BIT (c); c = 0 }
     :: c != 0 && !HAS_ROOM && ring != 0 -> shard_pop (n); drop (n)
     :: c != 0 && !HAS_ROOM && ring == 0 -> drop (c)
     od;
     if
     :: r > limit || (shrinks && r > 0 && COUNT (ring) + r > part) ->
        r = 0;
        front_take_oldest ();
        if
        :: c == 0 -> front_take_outbox ()
        :: else
        fi
     :: else -> break
     fi
  od;
  atomic { r = 0; limit = 0 }
}
/* What one front may keep is anybody's choice while the shard has a part: its
 * neighbours, which are not here, may have the rest. */
inline choose_limit ()
{
  if
  :: limit = (part > 0 -> PLACES : 0)
  :: limit = (part > 0 -> 1 : 0)
  :: limit = 0
  fi
}

/* The owner, in its slow paths. */

inline catch_up ()
{
#ifdef BARRIER_MAY_FAIL
# ifndef MUTATE_UNSTICK_KEEPS
  choose_limit ();
  shrinks = true;
  unload_front ();
  shrinks = false;
# endif
  is_behind = false;
  front_hand_back ()
#else
  /* Nobody leaves a front revoked. */
  assert (false)
#endif
}

inline unstick_front ()
{
  load (bias, BIAS);
  if
  :: bias != 0 ->
     owner_try_lock (got);
     if
     :: got ->
        load (bias, BIAS);
        if
        :: bias != 0 -> catch_up ()
        :: else
        fi;
        got = false;
        owner_unlock ()
     :: else
     fi;
     bias = 0
  :: else
  fi
}

inline take_home ()
{
  front_take_newest ();
  if
  :: c != 0 -> c = 0
  :: c == 0 && ring != 0 ->
     shard_pop (c);
     c = 0;
     grow_reserve ();
     load_counts ();
     if
     :: ring != 0 && l < o -> shard_pop (b); front_add_local ()
     :: else
     fi;
     d_step { l = 0; o = 0 }
  :: else
  fi
}

/* Where it finds nothing it takes from others: that is a sweeper, below, who
 * has no front of its own. What such a haul leaves over goes into the front, as if
 * it were any of the buffers in hand. */
inline acquire_slow ()
{
  load (l, N_LOCAL);
  if
  :: l != 0 || ring != 0 -> owner_try_lock (got)
  :: else
  fi;
  l = 0;
  if
  :: got ->
     take_home ();
     got = false;
     owner_unlock ()
  :: else ->
     front_empty_outbox ();
     if
     :: has != 0 -> lowest (b, has); front_put_local (); b = 0
     :: true
     fi
  fi
}

inline put_through_front ()
{
  owner_try_lock (got);
  if
  :: got ->
     if
     :: grow_reserve ()
     :: fit_reserve ()
     fi;
     load_counts ();
     if
     :: l == o && l == 0 -> front_take_outbox (); c = 0
     :: l == o && l > 0 ->
        front_take_oldest ();
        load (r, RESERVE);
        if
        :: HAS_ROOM -> d_step { put (c); ring = ring | BIT (c) }
        :: else
        fi;
        d_step { c = 0; r = 0 }
     :: else
     fi;
     load_counts ();
     if
     :: l < o -> front_add_local ()
     :: l < o -> put (b); store (PLACE (o - 1), b); store (OUTBOX, o - 1); b = 0
     :: l == o
     fi;
     d_step { got = false; l = 0; o = 0 };
     owner_unlock ()
  :: else
  fi
}

/* Into the ring, in the place of the oldest if there is no other. */
inline place ()
{
  owner_lock ();
  load (r, RESERVE);
  do
  :: HAS_ROOM -> shard_push (); break
  :: !HAS_ROOM && ring != 0 -> shard_pop (c); drop (c)
  :: !HAS_ROOM && ring == 0 -> drop (b); break
  od;
  r = 0;
  owner_unlock ()
}

inline put_slow ()
{
  if
  :: closed -> drop (b)
  :: else ->
     put_through_front ();
     if
     :: b != 0 -> place ()
     :: else
     fi
  fi
}

proctype owner (byte me; byte has; byte n_ops)
{
  byte b, c, l, o, r, n, bias, want, limit, k;
  bool got, needs, shrinks;

  lock (SLOT);
  do
  :: n_ops > 0 ->
#ifdef MUTATE_SLOT_EARLY
     if
     :: n_ops == 1 -> unlock (SLOT)
     :: else
     fi;
#endif
     n_ops--;
     if
     :: front_pop (); atomic { needs = (b == 0); b = 0 }
     :: has != 0 -> lowest (b, has); front_push ()
     :: store (CELL, OTHER_FRONT); store (CELL, NOBODY)
     fi;
     if
     :: needs || b != 0 ->
        unstick_front ();
        if
        :: needs -> needs = false; acquire_slow ()
        :: else -> put_slow ()
        fi
     :: else
     fi
  :: n_ops == 0 -> break
  od;
#ifndef MUTATE_SLOT_EARLY
  unlock (SLOT);
#endif
  n_running--
}

/* The revokers. */

#ifdef MUTATE_NO_MUTEX
# define revoker_lock() skip
# define revoker_try_lock(got) got = true
# define revoker_unlock() skip
#else
# define revoker_lock() lock (MUTEX)
# define revoker_try_lock(got) try_lock (got, MUTEX)
# define revoker_unlock() unlock (MUTEX)
#endif

#ifdef MUTATE_HAND_BACK_FIRST
# define BEFORE_WORK front_hand_back ();
# define AFTER_WORK skip
#else
# define BEFORE_WORK
# define AFTER_WORK front_hand_back ()
#endif

/* A sweep for buffers or for unused places, or bp_core_drop_idle(). */
proctype sweeper (byte me)
{
  byte b, c, l, o, r, n, want, k, has, result;
  bool got;

#ifdef MUTATE_SHARED_CELL
  store (CELL, OTHER_FRONT);
  store (CELL, NOBODY);
#endif
  revoker_try_lock (got);
  if
  :: got ->
     front_revoke (result);
     if
     :: result == DONE ->
        BEFORE_WORK
        if
        :: front_take_outbox ()
        :: front_take_oldest ()
        :: front_take_outbox (); front_take_oldest ()
        :: fit_reserve ()
        fi;
        AFTER_WORK
     :: else
     fi;
     revoker_unlock ()
  :: else
  fi;
  n_running--
}

inline rebalance_front ()
{
#ifdef MUTATE_SETTER_WITHOUT_REVOKE
  result = DONE;
#else
  front_revoke (result);
#endif
  if
  :: result == DONE ->
     BEFORE_WORK
     choose_limit ();
     unload_front ();
     is_behind = is_behind && shrinks;
     AFTER_WORK
  :: result == BUSY -> is_busy = true
#ifdef BARRIER_MAY_FAIL
  :: result == FAILED -> is_behind = true
#endif
  fi
}

/* Makes the front keep to its limit, and the shard to its part: first with the
 * front taken once, and, if that was not enough, once more. */
inline rebalance (new_part)
{
  atomic { !config_locked -> config_locked = true };
  do
  :: revoker_lock ();
     part = (closed -> 0 : new_part);
     result = DONE;
     do
     :: load (r, RESERVE);
        if
        :: r == 0
        :: else -> r = 0; rebalance_front ()
        fi;
        load (r, RESERVE);
        do
        :: COUNT (ring) + r > part && ring != 0 -> shard_pop (b); drop (b)
        :: else -> break
        od;
        if
        :: COUNT (ring) + r > part && !shrinks -> atomic { shrinks = true; r = 0 }
        :: else -> break
        fi
     od;
     atomic { shrinks = false; r = 0 };
     revoker_unlock ();
     if
     :: is_busy -> is_busy = false
     :: else -> break
     fi
  od;
  config_locked = false
}

proctype setter (byte me)
{
  byte b, c, l, o, r, n, want, k, has, limit, result;
  bool shrinks, is_busy;

  rebalance (1);
  if
  :: result != FAILED -> d_step { bound = 1; assert (COUNT (idle) <= bound) }
  :: else
  fi;
  n_running--
}

proctype disposer (byte me)
{
  byte b, c, l, o, r, n, want, k, has, limit, result;
  bool shrinks, is_busy;

  closed = true;
  rebalance (0);
  d_step { disposed = true; assert (idle == 0 || result == FAILED) };
  n_running--
}

/* Who plays; -DONLY=n for one of the casts. */
#ifdef ONLY
# define CAST(i) (ONLY == i)
#else
# define CAST(i) true
#endif

init
{
  byte k, b, seen;

  atomic
  {
    memory[N_LOCAL] = 1;
    memory[OUTBOX] = PLACES;
    memory[RESERVE] = PLACES;
    memory[PLACE (0)] = 1;
    idle = BIT (1);
    do
    :: k < THREADS -> run store_buffer (k); k++
    :: else -> break
    od;
    n_running = THREADS;
    run owner (0, BIT (2), OPS);
    if
    :: CAST (1) -> run sweeper (1); run sweeper (2)
    :: CAST (2) -> run owner (1, BIT (3), OPS); run sweeper (2)
    :: CAST (3) -> run setter (1); run sweeper (2)
    :: CAST (4) -> run disposer (1); run sweeper (2)
    :: CAST (5) -> run disposer (1); run setter (2)
    fi;
    k = 0
  };

  /* When all have ended: every buffer that the pool thinks it has is in it, in
   * one place. */
  d_step
  {
    n_running == 0 && ALL_CORES (n == 0);
    assert (memory[MUTEX] == 0 && memory[SLOT] == 0 && memory[CELL] == NOBODY);
    assert (memory[BIAS] == stuck);
    assert (memory[N_LOCAL] <= memory[OUTBOX] && memory[OUTBOX] <= memory[RESERVE]);
    assert (COUNT (ring) + memory[RESERVE] <= part || stuck);
    seen = ring;
    do
    :: k < memory[RESERVE] ->
       if
       :: k < memory[N_LOCAL] || k >= memory[OUTBOX] ->
          b = memory[PLACE (k)];
          assert (!(seen & BIT (b)));
          seen = seen | BIT (b)
       :: else
       fi;
       k++
    :: else -> break
    od;
    assert (seen == idle)
  }
}
