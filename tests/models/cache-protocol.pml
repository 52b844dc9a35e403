/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * bp-cache-private.h and bp-cache.c, function by function: bp_cache_enter() is
 * cache_enter() here. Every access to the cell, to the bias, to the counts and to the
 * buffers is one step, and every store goes through the store buffer.
 *
 * A thread that uses these has the bytes b, c, n, room, places, bias, j, k and result, all
 * but b, c and result 0 between two of them; `has`, the set of the buffers in its hands;
 * and `doomed`, of those that it is going to destroy.
 */

#define IS_LOCK(where) (where == REVOKING || where == SHARD || where == SLOTS)

#if defined MUTATE_RELAXED_CLEAR
# define IS_RELEASE(where, what) (IS_LOCK (where) || where == BIAS)
#elif defined MUTATE_RELAXED_HAND_BACK
# define IS_RELEASE(where, what) (IS_LOCK (where) || where == CELL)
#elif defined EXCHANGE
# define IS_RELEASE(where, what) (IS_LOCK (where) || where == CELL || where == BIAS)
#else
/* A relaxed store would do for revoking. */
# define IS_RELEASE(where, what) (IS_LOCK (where) || where == CELL || (where == BIAS && what == 0))
#endif

/* A pool is freed with the last reference to it and the last of its buffers. Cells and
 * slots are not the pool's. */
#define IS_THERE(where) (n_refs > 0 || alive != 0 || where == CELL || where == SLOTS)

#include "cores.pml"

/* A buffer changes hands, for the accounts: at the step that reads or writes its
 * place in an array. */
inline take (b)
{
  d_step
  {
    assert (b != 0 && (idle & BIT (b)));
    idle = idle & ~BIT (b);
    has = has | BIT (b)
  }
}

inline put (b)
{
  d_step
  {
    assert (b != 0 && !(idle & BIT (b)) && (has & BIT (b)));
    assert (!disposed || stuck);
    idle = idle | BIT (b);
    has = has & ~BIT (b);
    assert (COUNT (idle) <= bound)
  }
}

/* The owner. A local variable is cleared with the step that uses it last, which spares
 * states and changes nothing. */

#ifdef MUTATE_COUNTS_BEFORE_BIAS
# define BEFORE_BIAS load (n, N_BUFFERS); load (room, ROOM);
# define load_after_bias(into, where) skip
#else
# define BEFORE_BIAS
# define load_after_bias(into, where) load (into, where)
#endif

inline cache_leave ()
{
  atomic { store (CELL, NOBODY); n = 0; room = 0; places = 0 }
}

/* If bias is not 0 it has left again. */
inline cache_enter ()
{
  BEFORE_BIAS
#if defined EXCHANGE && !defined MUTATE_PLAIN_ENTER
  exchange (CELL, CACHE);
  load_seq_cst (bias, BIAS);
#elif defined MUTATE_BIAS_FIRST
  load (bias, BIAS);
  store (CELL, CACHE);
#else
  store (CELL, CACHE);
  load (bias, BIAS);
#endif
  if
  :: bias != 0 -> cache_leave ()
  :: else
  fi
}

#ifdef MUTATE_CLEAR_FIRST
# define BEFORE_CHANGE store (CELL, NOBODY);
# define AFTER_CHANGE atomic { n = 0; room = 0; places = 0 }
#else
# define BEFORE_CHANGE
# define AFTER_CHANGE cache_leave ()
#endif

/* Takes a buffer into b, which stays 0 if there is none. */
inline cache_pop ()
{
  cache_enter ();
  if
  :: bias == 0 ->
     load_after_bias (n, N_BUFFERS);
     if
     :: n > 0 ->
        atomic { load (b, BUFFER (n - 1)); take (b) };
        BEFORE_CHANGE
        store (N_BUFFERS, n - 1);
        AFTER_CHANGE
     :: else -> cache_leave ()
     fi
  :: else -> bias = 0
  fi
}

inline cache_add ()
{
  atomic { put (b); store (BUFFER (n), b) };
  atomic { n++; store (N_BUFFERS, n); b = 0 }
}

/* Puts b away and makes it 0, or leaves it in the thread's hands. */
inline cache_push ()
{
  cache_enter ();
  if
  :: bias == 0 ->
     load_after_bias (n, N_BUFFERS);
     load_after_bias (room, ROOM);
     if
     :: n < room -> BEFORE_CHANGE cache_add (); AFTER_CHANGE
     :: else -> cache_leave ()
     fi
  :: else -> bias = 0
  fi
}

/* The revoker, with REVOKING. */

#if defined MUTATE_NO_BARRIER
# define barrier() skip
#elif defined EXCHANGE || defined MUTATE_BARRIER_FIRST
# define barrier() skip
#else
# define barrier() membarrier ()
#endif

#ifdef MUTATE_ACQUIRE_CELL
# define load_cell(into) load (into, CELL)
#elif defined EXCHANGE
# define load_cell(into) load_seq_cst (into, CELL)
#else
# define load_cell(into) load (into, CELL)
#endif

inline cache_set_bias ()
{
#if defined EXCHANGE && !defined MUTATE_PLAIN_REVOKE
  exchange (BIAS, 1)
#else
  store (BIAS, 1)
#endif
}

/* Looks as often as it likes, and gives up when it likes. */
inline cache_wait ()
{
#ifdef MUTATE_NO_WAIT
  result = DONE
#else
  do
  :: load_cell (k);
     if
     :: k != CACHE -> atomic { k = 0; result = DONE }; break
     :: k == CACHE -> k = 0
     :: k == CACHE -> atomic { k = 0; result = BUSY }; break
     fi
  od
#endif
}

/* To an owner that must settle something first, it stays revoked. */
#ifdef MUTATE_HAND_BACK_BEHIND
# define cache_hand_back() atomic { store (BIAS, 0); stuck = false }
#else
# define cache_hand_back() atomic { store (BIAS, is_behind); stuck = is_behind }
#endif

#ifdef MUTATE_GIVE_UP_KEEPS
# define hand_back_busy() skip
#else
# define hand_back_busy() cache_hand_back ()
#endif

inline cache_revoke ()
{
#ifdef MUTATE_BARRIER_FIRST
  membarrier ();
#endif
  cache_set_bias ();
  if
  :: barrier ();
     cache_wait ();
     if
     :: result == BUSY -> hand_back_busy ()
     :: else
     fi
#ifdef BARRIER_MAY_FAIL
# ifdef MUTATE_IGNORE_FAILURE
  :: result = DONE
# else
  :: result = FAILED
# endif
#endif
  fi
}

/* What the owner does in its slow paths, or a revoker. */

inline set_places (to)
{
  store (PLACES, to);
  store (ROOM, to)
}

/* The fast path may use fewer than there are. */
inline set_places_with_limit (to)
{
  store (PLACES, to);
  if
  :: store (ROOM, to)
  :: to > 0 -> store (ROOM, to - 1)
  fi
}

/* Into c, which the caller clears; n is the number of buffers, and not 0. Its place is
 * for the caller to take along. */
inline take_oldest ()
{
  atomic { load (c, BUFFER (0)); take (c) };
  if
  :: n > 1 -> load (j, BUFFER (1)); atomic { store (BUFFER (0), j); j = 0 }
  :: else
  fi;
  atomic { n--; store (N_BUFFERS, n) }
}
