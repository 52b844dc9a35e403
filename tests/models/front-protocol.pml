/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * bp-front-private.h and bp-front.c, function by function: bp_front_enter() is
 * front_enter() here. Every access to the cell, to the bias, to the counts and
 * to the places is one step, and every store goes through the store buffer.
 *
 * A thread that uses these has the bytes b, c, l, o, r, n, bias and k, all but b
 * and c 0 between two of them, and `has`, the set of the buffers in its hands.
 */

#if defined MUTATE_RELAXED_CLEAR
# define IS_RELEASE(where, what) (where == MUTEX || where == SLOT || where == BIAS)
#elif defined MUTATE_RELAXED_HAND_BACK
# define IS_RELEASE(where, what) (where == MUTEX || where == SLOT || where == CELL)
#elif defined EXCHANGE
# define IS_RELEASE(where, what) (where == MUTEX || where == SLOT || where == CELL || \
                                  where == BIAS)
#else
/* Revoking is a relaxed store. */
# define IS_RELEASE(where, what) (where == MUTEX || where == SLOT || where == CELL || \
                                  (where == BIAS && what == 0))
#endif

#include "cores.pml"

/* A buffer changes hands, for the accounts: at the step that reads or writes its
 * place. */
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
    assert (b != 0 && !(idle & BIT (b)));
    assert (!disposed || stuck);
    idle = idle | BIT (b);
    has = has & ~BIT (b);
    assert (COUNT (idle) <= bound)
  }
}

/* The owner's fast operations. A local variable is cleared with the step that
 * uses it last, which spares states and changes nothing. */

#define CLEAR_LOADED bias = 0; l = 0; o = 0

inline load_counts ()
{
  load (l, N_LOCAL);
  load (o, OUTBOX)
}

inline front_enter ()
{
#ifdef MUTATE_COUNTS_BEFORE_BIAS
  load_counts ();
#endif
#if defined EXCHANGE && !defined MUTATE_PLAIN_ENTER
  exchange (CELL, FRONT);
  load_seq_cst (bias, BIAS);
#elif defined MUTATE_BIAS_FIRST
  load (bias, BIAS);
  store (CELL, FRONT);
#else
  store (CELL, FRONT);
  load (bias, BIAS);
#endif
  if
  :: bias != 0 -> store (CELL, NOBODY)
  :: else ->
#ifdef MUTATE_COUNTS_BEFORE_BIAS
     skip
#else
     load_counts ()
#endif
  fi
}

#ifdef MUTATE_CLEAR_FIRST
# define BEFORE_COUNTS store (CELL, NOBODY);
# define front_leave() skip
#else
# define BEFORE_COUNTS
# define front_leave() store (CELL, NOBODY)
#endif

/* Takes a buffer into b, which stays 0 if there is none. */
inline front_pop ()
{
  front_enter ();
  if
  :: bias == 0 && l > 0 ->
     atomic { load (b, PLACE (l - 1)); take (b) };
     BEFORE_COUNTS
     atomic { store (N_LOCAL, l - 1); CLEAR_LOADED };
     front_leave ()
  :: bias == 0 && l == 0 -> atomic { store (CELL, NOBODY); CLEAR_LOADED }
  :: bias != 0 -> bias = 0
  fi
}

/* Puts b into local or, as if its home were another, into the outbox, and makes
 * it 0; or leaves it in the thread's hands. */
inline front_push ()
{
  front_enter ();
  if
  :: bias == 0 && l != o ->
     BEFORE_COUNTS
     if
     :: atomic { put (b); store (PLACE (l), b) };
        atomic { store (N_LOCAL, l + 1); b = 0; CLEAR_LOADED }
     :: atomic { put (b); store (PLACE (o - 1), b) };
        atomic { store (OUTBOX, o - 1); b = 0; CLEAR_LOADED }
     fi;
     front_leave ()
  :: bias == 0 && l == o -> atomic { store (CELL, NOBODY); CLEAR_LOADED }
  :: bias != 0 -> bias = 0
  fi
}

inline front_empty_outbox ()
{
  front_enter ();
  if
  :: bias == 0 ->
     load (r, RESERVE);
     do
     :: o < r -> atomic { load (c, PLACE (o)); take (c); o++ }
     :: else -> break
     od;
     BEFORE_COUNTS
     atomic { store (OUTBOX, o); c = 0; r = 0; CLEAR_LOADED };
     front_leave ()
  :: else -> bias = 0
  fi
}

/* Puts b into local, as bp_front_put_local() does with a batch. */
inline front_put_local ()
{
  front_enter ();
  if
  :: bias == 0 && l != o ->
     BEFORE_COUNTS
     atomic { put (b); store (PLACE (l), b) };
     atomic { store (N_LOCAL, l + 1); b = 0; CLEAR_LOADED };
     front_leave ()
  :: bias == 0 && l == o -> atomic { store (CELL, NOBODY); CLEAR_LOADED }
  :: bias != 0 -> bias = 0
  fi
}

/* The revoker's half of the fence, and the wait for the owner. */

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

/* To an owner who must catch up first, it stays revoked. */
inline front_hand_back ()
{
#ifdef MUTATE_HAND_BACK_BEHIND
  atomic { store (BIAS, 0); stuck = false }
#else
  atomic { store (BIAS, is_behind); stuck = is_behind }
#endif
}

inline front_revoke (result)
{
#ifdef MUTATE_BARRIER_FIRST
  membarrier ();
#endif
#if defined EXCHANGE && !defined MUTATE_PLAIN_REVOKE
  exchange (BIAS, 1);
#else
  store (BIAS, 1);
#endif
  if
  :: barrier ();
#ifdef MUTATE_NO_WAIT
     result = DONE
#else
     /* Looks as often as it likes, and gives up when it likes. */
     do
     :: load_cell (n);
        if
        :: n != FRONT -> atomic { n = 0; result = DONE }; break
        :: n == FRONT
# ifdef MUTATE_GIVE_UP_KEEPS
        :: n == FRONT -> atomic { n = 0; result = BUSY }; break
# else
        :: n == FRONT -> atomic { front_hand_back (); n = 0; result = BUSY }; break
# endif
        fi
     od
#endif
#ifdef BARRIER_MAY_FAIL
# ifdef MUTATE_IGNORE_FAILURE
  :: result = DONE
# else
  :: atomic { result = FAILED; stuck = true }
# endif
#endif
  fi
}

/* What the owner does with the mutex held, or a revoker. */

inline front_set_reserve (to)
{
  load (o, OUTBOX);
  load (r, RESERVE);
  n = r - o;
  /* PLACES is 2, so an outbox that moves is of one buffer. */
  if
  :: n == 1 -> load (k, PLACE (o)); atomic { store (PLACE ((to) - 1), k); k = 0 }
  :: else
  fi;
  store (OUTBOX, (to) - n);
  atomic { store (RESERVE, to); o = 0; r = 0; n = 0 }
}

inline front_add_local ()
{
  load (l, N_LOCAL);
  atomic { put (b); store (PLACE (l), b) };
  atomic { store (N_LOCAL, l + 1); b = 0; l = 0 }
}

/* One buffer, if there is one, in these three; it stays in c for the caller to clear. */
inline front_take_oldest ()
{
  load (l, N_LOCAL);
  if
  :: l > 0 ->
     atomic { load (c, PLACE (0)); take (c) };
     if
     :: l > 1 -> load (n, PLACE (1)); atomic { store (PLACE (0), n); n = 0 }
     :: else
     fi;
     atomic { store (N_LOCAL, l - 1); l = 0 }
  :: else
  fi
}

inline front_take_newest ()
{
  load (l, N_LOCAL);
  if
  :: l > 0 ->
     atomic { load (c, PLACE (l - 1)); take (c) };
     atomic { store (N_LOCAL, l - 1); l = 0 }
  :: else
  fi
}

inline front_take_outbox ()
{
  load (o, OUTBOX);
  load (r, RESERVE);
  if
  :: o < r ->
     atomic { load (c, PLACE (o)); take (c) };
     atomic { store (OUTBOX, o + 1); o = 0; r = 0 }
  :: else -> d_step { o = 0; r = 0 }
  fi
}
