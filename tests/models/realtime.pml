/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * A realtime pool: bp-cells.c, bp-homes.c and bp-realtime.c, function by function. Three homes,
 * whose cells lie in two words, and four handles; and threads that take, give back, drop,
 * prefill, reduce and dispose. init has the casts.
 *
 * A word changes by a compare-and-exchange of all of it, and so does the list. A thread that
 * is between two steps may stay there for as long as other threads have something to do.
 */

#define HOMES 3
#define HANDLES 4
#define ROWS 2

/* Of a cell: its word, and its bit there. */
#define ROW(cell) ((cell) & 1)
#define BIT(cell) (1 << ((cell) >> 1))

#define NOTHING 255
/* Stands in the place of the list when that is closed. */
#define MARK 254

/* The words. */
byte bits[ROWS];
byte n_puts[ROWS];
bool closed[ROWS];

/* Handles, or NOTHING. */
byte homes[HOMES] = NOTHING;
byte n_taken;
byte list = NOTHING;
bool revoking;
bool is_closed;

/* Of handles. Free ones are in the stock. */
mtype = { FREE, OUT, IDLE, LISTED };
mtype state[HANDLES] = FREE;
byte home_of[HANDLES] = NOTHING;
byte next[HANDLES] = NOTHING;

/* 1 for the pool, and 1 for each buffer. */
byte refs = 1;
bool freed;
/* Threads in calls that need the pool's own reference. */
byte n_callers;

byte n_running;
byte n_idle;
/* Whether there was a moment, since the thread's take began, at which nothing was idle. */
bool saw_none[8];

inline lock ()
{
  atomic { assert (!freed); !revoking -> revoking = true }
}

inline unlock ()
{
  revoking = false
}

inline unref ()
{
  atomic { assert (!freed); refs--; freed = (refs == 0) }
}

inline load_row ()
{
  d_step { assert (!freed); s_bits = bits[row]; s_puts = n_puts[row]; s_closed = closed[row] }
}

#define SAME (bits[row] == s_bits && n_puts[row] == s_puts && closed[row] == s_closed)

/* The buffer in the cell is the caller's now. */
inline note_taken ()
{
  n_idle--;
  if
  :: n_idle == 0 ->
     saw_none[1] = true; saw_none[2] = true; saw_none[3] = true; saw_none[4] = true
  :: else
  fi;
  h = homes[cell];
  assert (h != NOTHING && state[h] == IDLE && home_of[h] == cell);
  state[h] = OUT
}

/* Takes a cell of a row: the handle goes into h, or NOTHING. */
inline take_from_row ()
{
  load_row ();
  do
  :: s_bits != 0 && h == NOTHING ->
     atomic
     {
       assert (!freed);
       cell = ((s_bits & 1) -> row : row + 2);
#ifdef MUTATE_TAKE_BY_STORE
       bits[row] = s_bits & ~BIT (cell);
       note_taken ();
#else
       if
       :: SAME -> bits[row] = s_bits & ~BIT (cell); note_taken ()
       :: else -> s_bits = bits[row]; s_puts = n_puts[row]; s_closed = closed[row]
       fi
#endif
     }
  :: else -> break
  od
}

inline take ()
{
  d_step { saw_none[_pid] = (n_idle == 0); was_clear = false; last_puts = 0; h = NOTHING };
  if
  :: first = 0
  :: first = 1
  fi;

  do
  :: puts = 0;
     i = 0;
     do
     :: i < ROWS && h == NOTHING ->
        row = (first + i) & 1;
        take_from_row ();
        atomic { puts = puts + s_puts; i++ }
     :: else -> break
     od;
     if
     :: h != NOTHING -> break
#ifdef MUTATE_ONE_PASS
     :: else -> break
#else
     :: h == NOTHING && was_clear && puts == last_puts -> break
     :: h == NOTHING && !(was_clear && puts == last_puts) ->
        d_step { was_clear = true; last_puts = puts }
#endif
     fi
  od;
  /* Variables that are not used any more are cleared, so that states do not differ by
   * them. */
  atomic
  {
    assert (h != NOTHING || saw_none[_pid]);
    saw_none[_pid] = false;
    row = 0; cell = 0; first = 0; i = 0; puts = 0; last_puts = 0;
    s_bits = 0; s_puts = 0; s_closed = false; was_clear = false
  }
}

/* Fills the cell of h: is_put says whether that was possible. */
inline put ()
{
  cell = home_of[h];
  is_put = false;
  if
  :: cell != NOTHING ->
#ifndef MUTATE_HOME_LATE
     homes[cell] = h;
#endif
     row = ROW (cell);
     load_row ();
     do
     :: s_closed -> break
     :: !s_closed ->
        d_step
        {
          assert (!freed);
#if defined (MUTATE_PUT_BY_STORE)
          is_put = true;
          bits[row] = s_bits | BIT (cell);
          n_puts[row] = s_puts + 1;
#elif defined (MUTATE_PUT_PASSES_CLOSED)
          is_put = true;
          bits[row] = bits[row] | BIT (cell);
          n_puts[row] = n_puts[row] + 1;
#else
          if
          :: SAME ->
             is_put = true;
             bits[row] = bits[row] | BIT (cell);
# ifndef MUTATE_NO_NUMBER
             n_puts[row] = n_puts[row] + 1
# endif
          :: else -> s_bits = bits[row]; s_puts = n_puts[row]; s_closed = closed[row]
          fi;
#endif
          if
          :: is_put -> state[h] = IDLE; n_idle++
          :: else
          fi
        };
        if
        :: is_put -> break
        :: else
        fi
     od;
#ifdef MUTATE_HOME_LATE
     homes[cell] = h;
#endif
#ifdef MUTATE_LOOKS_AFTER_PUT
     if
     :: is_put -> load_row ()
     :: else
     fi
#endif
  :: else
  fi
}

inline forget ()
{
  if
  :: home_of[h] != NOTHING ->
     assert (!freed);
#ifdef MUTATE_FORGETS_FIRST
     n_taken--;
     homes[home_of[h]] = NOTHING;
#else
     homes[home_of[h]] = NOTHING;
     n_taken--;
#endif
     home_of[h] = NOTHING
  :: else
  fi
}

inline destroy ()
{
  d_step { assert (state[h] != FREE && state[h] != IDLE); state[h] = FREE };
  unref ()
}

inline drop ()
{
  forget ();
  d_step { assert (!freed); first_dropped = list; is_put = false };
  do
#ifdef MUTATE_NO_MARK
  :: !is_put ->
#else
  :: first_dropped == MARK -> break
  :: first_dropped != MARK && !is_put ->
#endif
     next[h] = first_dropped;
     d_step
     {
       assert (!freed);
       if
#ifndef MUTATE_DROP_BY_STORE
       :: list != first_dropped -> first_dropped = list
#endif
       :: else -> list = h; state[h] = LISTED; is_put = true
       fi
     }
  :: is_put -> break
  od;
  if
  :: !is_put -> destroy ()
  :: else
  fi
}

inline give_back ()
{
  put ();
  if
  :: !is_put -> drop ()
  :: else
  fi;
  atomic
  {
    h = NOTHING; row = 0; cell = 0; is_put = false; first_dropped = 0;
    s_bits = 0; s_puts = 0; s_closed = false
  }
}

/* An early release: the buffer goes on with another handle, the old one to the stock. */
inline move ()
{
  d_step
  {
    i = 0;
    do
    :: i < HANDLES && state[i] != FREE -> i++
    :: else -> break
    od;
    if
    :: i < HANDLES ->
       state[i] = OUT; home_of[i] = home_of[h];
       state[h] = FREE; home_of[h] = NOTHING;
       h = i
    :: else
    fi;
    i = 0
  }
}

/* A thread holds two buffers at most, the second in kept. */
inline swap ()
{
  d_step { i = h; h = kept; kept = i; i = 0 }
}

/* A thread that takes needs the pool. A thread that only gives back does not need it, and at
 * the end no thread does. */
proctype user (byte n_ops; bool may_take; bool may_drop; byte given)
{
  byte h = given, kept = NOTHING;
  byte first, row, cell, i, puts, last_puts, first_dropped;
  byte s_bits, s_puts;
  bool s_closed, was_clear, is_put;

  do
  :: n_ops > 0 && h == NOTHING && may_take -> n_ops--; take ()
  :: n_ops > 0 && h != NOTHING && may_take && kept == NOTHING ->
     n_ops--;
     swap ();
     take ();
     if
     :: h == NOTHING -> swap ()
     :: else
     fi
  :: n_ops > 0 && h != NOTHING ->
     n_ops--;
     if
     :: skip
     :: may_drop -> move ()
     fi;
     if
     :: give_back ()
     :: may_drop -> drop (); d_step { h = NOTHING; is_put = false; first_dropped = 0 }
     fi;
     swap ()
  :: n_ops == 0 || (h == NOTHING && !may_take) -> break
  od;

  if
  :: may_take -> n_callers--
  :: else
  fi;
  do
  :: h != NOTHING -> give_back (); swap ()
  :: h == NOTHING && kept != NOTHING -> swap ()
  :: else -> break
  od;
  n_running--
}

/* Destroys what was counted as idle, and all that was dropped. */
inline reduce ()
{
  n = n_idle;
  do
  :: n > 0 ->
     take ();
     if
     :: h == NOTHING -> break
     :: else -> forget (); destroy (); n--
     fi
  :: else -> break
  od;

  lock ();
#ifdef MUTATE_DROPPED_BY_STORE
  d_step { h = list; is_put = is_closed };
  if
  :: h != MARK -> list = (is_put -> MARK : NOTHING)
  :: else
  fi;
#else
  d_step
  {
    h = list;
    if
# ifndef MUTATE_MARK_GOES
    :: h == MARK
# endif
    :: else -> list = ((is_closed && !stays_open) -> MARK : NOTHING)
    fi
  };
#endif
  unlock ();
  if
  :: h == MARK -> h = NOTHING
  :: else
  fi;
  do
  :: h != NOTHING ->
     assert (state[h] == LISTED);
     kept = next[h];
     destroy ();
     h = kept
  :: else -> break
  od
}

proctype reducer ()
{
  byte h, kept, n;
  byte first, row, cell, i, puts, last_puts;
  byte s_bits, s_puts;
  bool s_closed, was_clear, is_put;
#ifdef MUTATE_MARK_GOES
  bool stays_open = true;
#else
  bool stays_open;
#endif

  reduce ();
  n_callers--;
  n_running--
}

/* Prefills one buffer. */
proctype prefill ()
{
  byte h = NOTHING;
  byte row, cell, i, first_dropped;
  byte s_bits, s_puts;
  bool s_closed, is_put;

#ifdef MUTATE_RESERVE_BY_STORE
  i = n_taken;
  if
  :: i < HOMES -> n_taken = i + 1; is_put = true
  :: else
  fi;
#else
  d_step
  {
    if
    :: n_taken < HOMES && !is_closed -> n_taken++; is_put = true
    :: else
    fi
  };
#endif
  d_step
  {
    i = 0;
    do
    :: is_put && i < HANDLES && state[i] != FREE -> i++
    :: else -> break
    od;
    if
    :: is_put && i < HANDLES -> h = i; state[h] = OUT; refs++
    :: is_put && i == HANDLES -> n_taken--
    :: else
    fi
  };

  if
  :: h != NOTHING ->
#ifndef MUTATE_GIVE_UNLOCKED
     lock ();
#endif
     i = 0;
     do
     :: i < HOMES && homes[i] != NOTHING -> i++
     :: else -> break
     od;
     /* The home was reserved. */
     assert (i < HOMES);
     homes[i] = h;
     home_of[h] = i;
#ifndef MUTATE_GIVE_UNLOCKED
     unlock ();
#endif
     give_back ()
  :: else
  fi;
  n_callers--;
  n_running--
}

proctype disposer ()
{
  byte h, kept, n;
  byte first, row, cell, i, puts, last_puts;
  byte s_bits, s_puts;
  bool s_closed, was_clear, is_put, stays_open;

  lock ();
  is_closed = true;
  unlock ();
#ifdef MUTATE_REDUCES_FIRST
  reduce ();
#endif
  closed[0] = true;
  closed[1] = true;
#ifndef MUTATE_REDUCES_FIRST
  reduce ();
#endif

  n_callers == 0;
  unref ();
  n_running--
}

/* The first n_exist handles have homes; n_lie of them are idle, the others are out. */
inline set_up (n_exist, n_lie)
{
  d_step
  {
    i = 0;
    do
    :: i < n_exist ->
       homes[i] = i;
       home_of[i] = i;
       if
       :: i < n_lie -> state[i] = IDLE; bits[ROW (i)] = bits[ROW (i)] | BIT (i); n_idle++
       :: else -> state[i] = OUT
       fi;
       i++
    :: else -> break
    od;
    n_taken = n_exist;
    refs = 1 + n_exist
  }
}

#ifdef ONLY
# define CAST(number) (ONLY == number)
#else
# define CAST(number) true
#endif

init
{
  byte i, n_exist, n_homes;
  bool is_disposed;

  atomic
  {
    if
    /* A buffer is there at every moment: every take must find one. */
    :: CAST (0) -> set_up (2, 1); n_callers = 2; n_running = 2;
       run user (1, true, false, NOTHING); run user (6, true, false, 1)
    :: CAST (1) -> set_up (2, 1); n_callers = 3; n_running = 3;
       run user (1, true, false, NOTHING); run user (2, true, true, 1); run reducer ()
    :: CAST (2) -> set_up (2, 1); n_callers = 2; n_running = 3;
       run user (1, false, true, 1); run prefill (); run prefill ()
    :: CAST (3) -> set_up (2, 1); n_callers = 1; n_running = 3; is_disposed = true;
       run user (1, true, true, NOTHING); run user (1, false, true, 1); run disposer ()
    :: CAST (4) -> set_up (2, 1); n_callers = 1; n_running = 3; is_disposed = true;
       run user (1, false, true, 1); run reducer (); run disposer ()
    :: CAST (5) -> set_up (1, 0); n_callers = 1; n_running = 3; is_disposed = true;
       run user (1, false, true, 0); run prefill (); run disposer ()
    fi
  };

  n_running == 0;
  d_step
  {
    i = 0;
    do
    :: i < HANDLES ->
       assert (state[i] != OUT);
       n_exist = n_exist + (state[i] != FREE);
       i++
    :: else -> break
    od;
    i = 0;
    do
    :: i < HOMES -> n_homes = n_homes + (homes[i] != NOTHING); i++
    :: else -> break
    od;
    assert (n_homes == n_taken);
    assert (freed == is_disposed && (!is_disposed || n_exist == 0));
    assert (freed || refs == 1 + n_exist)
  }
}
