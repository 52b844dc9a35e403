/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Places: what caches, rings and setters do with the pool's one number. bp-core.c,
 * bp-acquire.c, bp-return.c, bp-search.c, bp-trim.c and bp_pool_prefill(), function by
 * function, for two caches and two shards.
 *
 * That an owner and a revoker are never in one cache at once, and see each other's work,
 * is cache.pml's to show. Here entering a cache is one step, which fails while it is
 * revoked, and a revoker waits until the owner has left or gives up. Memory is what was
 * stored last.
 *
 * What lies in a cache or a ring is a set of buffers. It is loaded in one step and stored
 * in another, so two threads that change it at once are caught.
 */

/* How many operations an owner does. */
#ifndef OPS
# define OPS 1
#endif

/* Threads 0 and 1 have caches and are at home in the shard of that number; the others
 * change settings. For each slot: whether a thread has it. */
#define THREADS 4
#define SIZE 2
bool is_made[2];
bool busy[2];
bool revoked[2];
bool taken[2];
byte cached[2];
byte places[2];
byte ring[2];

short free;
byte max = 3;
bool closed;
bool caches_off;

bool revoking;
bool slots;
bool shard[2];

/* What a thread calls trim for, and with what in hand. */
byte call[THREADS];
byte hand[THREADS];

/* The accounts: which buffers exist, and which are in a thread's hands; how many places
 * are on their way with a shard locked or a cell busy, and how many a trimmer or prefill
 * holds for longer; how many threads have a reference to the pool; the bound that was
 * promised last; and how many threads have not ended. */
byte alive;
byte has[THREADS];
byte moving;
byte in_hand;
byte n_refs;
byte bound = 3;
byte n_running;

/* Sets of up to four buffers, each a bit. */
#define ALL 15
#define COUNT(set) (((set) & 1) + (((set) >> 1) & 1) + (((set) >> 2) & 1) + (((set) >> 3) & 1))
#define ONE(set) ((set) & (0 - (set)))
#define FRESH ONE (ALL & ~alive)
#define MIN(a, b) ((a) < (b) -> (a) : (b))

#define IDLE (cached[0] | cached[1] | ring[0] | ring[1])
#define OWED (free < 0 -> 0 - free : 0)

/* No place is lost and none appears. */
#define SUM_HOLDS \
  (free + places[0] + places[1] + COUNT (ring[0]) + COUNT (ring[1]) + moving + in_hand == max)

/* Each buffer is somewhere, and nowhere else: then the sum of the sets is their union. */
#define BUFFERS_HOLD \
  ((IDLE | has[0] | has[1] | has[2] | has[3]) == alive && \
   cached[0] + cached[1] + ring[0] + ring[1] + has[0] + has[1] + has[2] + has[3] == alive)

#define PLACES_HOLD (COUNT (cached[0]) <= places[0] && COUNT (cached[1]) <= places[1])

#define BOUND_HOLDS (COUNT (IDLE) <= bound)

/* A pool is freed with the last reference to it and the last of its buffers. */
#define LIFE_HOLDS (n_refs > 0 || alive != 0 || !(revoking || shard[0] || shard[1]))

/* Looks at every state. */
proctype monitor ()
{
end:
  do
  :: atomic
     {
       !(SUM_HOLDS && BUFFERS_HOLD && PLACES_HOLD && BOUND_HOLDS && LIFE_HOLDS) ->
       assert (false)
     }
  od
}

#include "places-parts.pml"
#include "places-trim.pml"
#include "places-owner.pml"

#define SET_MAX 1
#define DISPOSE 2
#define TURN_OFF 3

#ifdef MUTATE_RAISE_WHEN_CLOSED
# define MAY_SET_MAX true
#else
# define MAY_SET_MAX !closed
#endif

/* A higher bound is promised at once, a lower one when the setter returns; by then another
 * may have changed it. */
proctype setter (byte me; byte what; byte to)
{
  byte k;
  short left;

#ifdef MUTATE_MAX_UNLOCKED
  left = to - max;
  d_step { free = free + left; max = to; left = 0; bound = (max > bound -> max : bound) };
  lock (revoking);
#else
  lock (revoking);
  d_step
  {
    caches_off = caches_off || what == TURN_OFF;
    to = (what != TURN_OFF && MAY_SET_MAX -> to : max);
    free = free + to - max;
    max = to;
    bound = (max > bound && !closed -> max : bound);
    closed = closed || what == DISPOSE
  };
#endif
#ifdef MUTATE_NO_TRIM
  unlock (revoking);
#else
  call_trim ((what == SET_MAX -> PAY : EMPTY_CACHES));
#endif
#ifndef MUTATE_CLOSE_KEEPS_SHARDS
  /* A return that published its buffer before may still have a shard to unlock. */
  if
  :: what == DISPOSE -> lock (shard[0]); unlock (shard[0]); lock (shard[1]); unlock (shard[1])
  :: else
  fi;
#endif
  d_step
  {
    assert (what != TURN_OFF || (places[0] == 0 && places[1] == 0));
    to = (max > to -> max : to);
    bound = MIN (bound, to);
    to = 0
  };
  atomic { n_refs--; n_running-- }
}

/* Two buffers, or none. */
proctype prefiller (byte me)
{
  byte k, n;
  short left;

  take_places (2, in_hand);
  if
  :: k < 2 ->
     d_step { n = k; k = 0 };
     lock (revoking);
     call_trim (FREE_PLACES);
     take_places (2 - n, in_hand);
     d_step { k = k + n; n = 0 }
  :: else
  fi;
  if
  :: d_step
     {
       k == 2 && COUNT (alive) <= 2 ->
       k = FRESH;
       alive = alive | k;
       hand[me] = k;
       k = FRESH;
       alive = alive | k;
       hand[me] = hand[me] | k;
       has[me] = hand[me];
       k = 0
     };
     call_trim (PUBLISH)
  :: else -> give_places (in_hand)
  fi;
  atomic { n_refs--; n_running-- }
}

/* The casts; -DONLY=n for one of them. */
#ifdef ONLY
# define CAST(i) (ONLY == i)
#else
# define CAST(i) true
#endif

/* Where the buffers and places are at first. */

#define in_a_cache_and_a_ring() \
  is_made[0] = true; cached[0] = 1; places[0] = 2; ring[1] = 2; alive = 3

#define in_both_rings() ring[0] = 1; ring[1] = 2; free = 1; alive = 3

#define in_both_caches() \
  is_made[0] = true; cached[0] = 1; places[0] = 1; is_made[1] = true; places[1] = 2; alive = 1

init
{
  byte i;

  atomic
  {
    run monitor ();
    n_running = 3;
    n_refs = 3;
    taken[0] = true;
    taken[1] = true;
    if
    :: CAST (1) -> in_a_cache_and_a_ring (); run owner (1, true); run setter (2, SET_MAX, 1)
    :: CAST (2) -> in_both_rings (); run owner (1, true); run setter (2, SET_MAX, 1)
    :: CAST (3) -> in_both_caches (); run owner (1, true); run setter (2, SET_MAX, 0)
    :: CAST (4) -> in_a_cache_and_a_ring (); n_refs = 1; has[1] = 8; alive = alive | 8;
                   run owner (1, false); run setter (2, DISPOSE, 0)
    :: CAST (5) -> in_both_caches (); run setter (2, SET_MAX, 1); run prefiller (3)
    :: CAST (6) -> in_both_caches (); run setter (2, DISPOSE, 0); run prefiller (3)
    :: CAST (7) -> in_both_caches (); run setter (2, TURN_OFF, 0); run setter (3, SET_MAX, 1)
    :: CAST (8) -> in_a_cache_and_a_ring (); run setter (2, SET_MAX, 1); run setter (3, SET_MAX, 3)
    :: CAST (9) -> in_a_cache_and_a_ring (); run setter (2, DISPOSE, 0); run setter (3, SET_MAX, 3)
    fi;
    run owner (0, n_refs == 3);
    has[0] = ONE (ALL & ~alive);
    alive = alive | has[0];
    do
    :: i < THREADS -> run trim (i); i++
    :: else -> break
    od;
    i = 0
  };

  d_step
  {
    n_running == 0;
    assert (free >= 0 && moving == 0 && in_hand == 0);
    assert (!revoking && !slots && !shard[0] && !shard[1]);
    assert (!revoked[0] && !revoked[1] && !busy[0] && !busy[1])
  }
}
