/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The word of a handle that is out: bp-state.c and what bp-pooled.c does with its outcome,
 * function by function. bp_state_pin() is state_pin() here, bp_core_return() is
 * core_return(). What step() has in common for five of them is written out in each.
 *
 * Each process `user` is a thread with one reference, which does OPS operations of any
 * kind in any order and then drops its reference: release, steal, a pin, a pin taken
 * twice, a pin made of the reference (bp_pooled_unref_to_bytes()) and perhaps made a
 * reference again (bp_pooled_slice_steal_pooled()), an exclusive section, a second
 * reference. A release or a steal leaves the thread its reference. One run has every
 * combination of them.
 *
 * Each access to the word is one step, and so is each thing done to the buffer or
 * to the handle, so that others come between. Left out: what the buffer is and
 * where it goes; the weakness of memory, since every access to the word is an
 * acquire, and every change of it a read-modify-write that releases too, while
 * nothing else is shared between two changes. The handle's next life begins
 * with a word of its own; a thread that still looks at the old one is caught by `gone`.
 *
 * A husk needs a second handle. There may be none to be had, at any attempt.
 */

#ifndef USERS
# define USERS 3
#endif
#ifndef OPS
# define OPS 1
#endif

#define REF 1
#define REFS 15
#define PIN 16
#define PINS 112
#define EXCLUSIVE 128
#define RELEASED 256

short word = USERS * REF;

/* The data pointer is NULL. */
bool is_husk;

/* The accounts: what became of the buffer and of the handle, whether there was a
 * second handle to be had, how many use the buffer's memory, how often a release or a
 * steal has won. */
byte n_returned;
byte n_stolen;
bool gone;
bool kept;
byte n_reading;
byte n_writing;
byte n_won;

inline get_word ()
{
  atomic { assert (!gone); w = word }
}

/* A compare-and-swap: brings the current word when it fails. */
inline exchange (new_word)
{
  atomic
  {
    assert (!gone);
    done = (word == w);
    if
    :: done -> word = new_word
    :: else -> w = word
    fi
  }
}

inline add_to_word (change)
{
  atomic { assert (!gone); word = word + (change); w = word }
}

/* The buffer is about to be taken away. */
inline check_unused ()
{
  assert (n_reading == 0 && n_writing == 0 && n_returned + n_stolen == 0)
}

/* The buffer goes back, and the handle with it. */
inline core_return ()
{
  atomic
  {
    check_unused ();
    assert (!gone && !is_husk);
    n_returned++;
    gone = true
  }
}

inline free_husk ()
{
  atomic { assert (!gone && n_returned + n_stolen == 1); gone = true }
}

/* The buffer goes back on another handle, if there is one. */
inline detach ()
{
  if
  :: atomic { assert (!gone && !is_husk); check_unused () };
     atomic { assert (!gone && !is_husk); is_husk = true };
     atomic { check_unused (); n_returned++ }
  :: kept = true
  fi
}

inline finish ()
{
  if
#ifdef MUTATE_FINISH_FREES
  :: w & RELEASED -> free_husk ()
#else
  :: (w & RELEASED) && is_husk -> free_husk ()
#endif
  :: else ->
     /* A released buffer waits for the last reference only if it must. */
     assert (kept || !(w & RELEASED));
     core_return ()
  fi
}

inline handle_unref ()
{
  get_word ();
  if
#ifdef MUTATE_UNREF_FLAGS
  :: (w & REFS) == REF -> core_return ()
#else
  :: w == REF -> core_return ()
#endif
  :: else ->
#ifdef MUTATE_UNREF_STORE
     w = w - REF;
     atomic { assert (!gone); word = w };
#else
     add_to_word (0 - REF);
#endif
     if
     :: (w & REFS) == 0 -> finish ()
     :: else
     fi
  fi
}

inline handle_release ()
{
  get_word ();
  do
  :: w & RELEASED -> break
  :: else ->
#ifdef MUTATE_RELEASE_STORE
     atomic { assert (!gone); word = w | RELEASED; done = true; n_won++ };
#else
     atomic { exchange (w | RELEASED); n_won = n_won + done };
#endif
     if
     :: done ->
        if
#ifdef MUTATE_RELEASE_PINS
        :: !(w & EXCLUSIVE) -> detach ()
#else
        :: !(w & (PINS | EXCLUSIVE)) -> detach ()
#endif
        :: else
        fi;
        break
     :: else
     fi
  od
}

#ifdef MUTATE_PIN_RELEASED
# define PIN_REFUSED EXCLUSIVE
#elif defined MUTATE_PIN_EXCLUSIVE
# define PIN_REFUSED RELEASED
#else
# define PIN_REFUSED (RELEASED | EXCLUSIVE)
#endif

#ifdef MUTATE_PIN_WITHOUT_REF
# define HOLD_REF 0
#else
# define HOLD_REF REF
#endif

/* Adds a pin, with a reference or made of the caller's own; done says whether. */
inline state_pin (ref)
{
  get_word ();
  do
  :: w & PIN_REFUSED -> done = false; break
  :: else ->
     atomic
     {
#ifdef MUTATE_PIN_ADDS
       add_to_word (PIN + (ref));
       done = true;
#else
       exchange (w + PIN + (ref));
#endif
       if
       :: done -> begin_reading (); break
       :: else
       fi
     }
  od
}

inline state_pin_again ()
{
  atomic { add_to_word (PIN + HOLD_REF); begin_reading () }
}

/* Makes the caller's pin a reference, if it is the only one. */
inline state_unpin_reference ()
{
  get_word ();
  do
  :: (w & RELEASED) || (w & PINS) != PIN -> done = false; break
  :: else ->
     atomic
     {
       end_reading ();
       exchange (w - PIN);
       if
       :: done -> break
       :: else -> begin_reading ()
       fi
     }
  od
}

/* Ends a pin or the exclusive section. */
inline handle_drop_hold (hold, all_holds)
{
  do
  :: (w & all_holds) == hold && (w & RELEASED) ->
#ifdef MUTATE_UNPIN_FIRST
     add_to_word (0 - hold - HOLD_REF);
     detach ();
     if
     :: (w & REFS) == 0 -> finish ()
     :: else
     fi;
#else
     if
     :: ((w - HOLD_REF) & REFS) == 0 -> core_return ()
     :: else ->
# ifndef MUTATE_HOLD_KEEPS
        detach ();
# endif
        add_to_word (0 - hold - HOLD_REF);
        if
        :: (w & REFS) == 0 -> finish ()
        :: else
        fi
     fi;
#endif
     break
  :: else ->
     exchange (w - hold - HOLD_REF);
     if
     :: done ->
        w = w - hold - HOLD_REF;
        if
        :: (w & REFS) == 0 -> finish ()
        :: else
        fi;
        break
     :: else
     fi
  od
}

inline handle_unpin ()
{
  atomic { end_reading (); get_word () };
  if
  :: w == PIN + REF -> core_return ()
  :: else -> handle_drop_hold (PIN, PINS)
  fi
}

#ifdef MUTATE_EXCLUSIVE_PINS
# define EXCLUSIVE_REFUSED (RELEASED | EXCLUSIVE)
#else
# define EXCLUSIVE_REFUSED (RELEASED | EXCLUSIVE | PINS)
#endif

inline state_begin_exclusive ()
{
  get_word ();
  do
  :: w & EXCLUSIVE_REFUSED -> done = false; break
  :: else ->
     atomic
     {
       exchange (w + EXCLUSIVE + HOLD_REF);
       if
       :: done -> begin_writing (); break
       :: else
       fi
     }
  od
}

inline handle_end_exclusive ()
{
  atomic { end_writing (); get_word () };
  handle_drop_hold (EXCLUSIVE, EXCLUSIVE)
}

#ifdef MUTATE_STEAL_PINS
# define STEAL_REFUSED (RELEASED | EXCLUSIVE)
#elif defined MUTATE_STEAL_EXCLUSIVE
# define STEAL_REFUSED (RELEASED | PINS)
#else
# define STEAL_REFUSED (RELEASED | EXCLUSIVE | PINS)
#endif

inline handle_steal ()
{
  get_word ();
  do
  :: w & STEAL_REFUSED -> break
  :: else ->
     atomic { exchange (w | RELEASED); n_won = n_won + done };
     if
     :: done ->
        atomic { assert (!gone && !is_husk); check_unused (); n_stolen++ };
#ifndef MUTATE_STEAL_KEEPS_DATA
        atomic { assert (!gone); is_husk = true };
#endif
#ifdef MUTATE_STEAL_DROPS
        handle_unref ();
#endif
        break
     :: else
     fi
  od
}

/* Between two of these, which are of one step with what begins and ends the hold,
 * the buffer must stay where it is. */
inline begin_reading ()
{
  assert (!gone && !is_husk && n_writing == 0 && n_returned + n_stolen == 0);
  n_reading++
}

inline end_reading ()
{
  n_reading--;
  assert (!gone && !is_husk && n_writing == 0 && n_returned + n_stolen == 0)
}

inline begin_writing ()
{
  check_unused ();
  assert (!gone && !is_husk);
  n_writing++
}

inline end_writing ()
{
  n_writing--;
  check_unused ();
  assert (!gone && !is_husk)
}

/* What a thread may do. */
#define NOTHING 0
#define RELEASE 1
#define STEAL 2
#define PIN_IT 3
#define PIN_REFERENCE 4
#define CHANGE 5
#define TAKE_ANOTHER_REFERENCE 6
#define KINDS 7

proctype user (byte first; byte second)
{
  short w;
  bool done;
  bool has_ref = true;

  do
  :: first == NOTHING || !has_ref -> break
  :: else ->
     if
     :: first == RELEASE -> handle_release ()
     :: first == STEAL -> handle_steal ()
     :: first == PIN_IT ->
        state_pin (HOLD_REF);
        if
        :: done ->
           if
           :: state_pin_again (); handle_unpin ()
           :: has_ref = false; handle_unref ()
           :: true
           fi;
           handle_unpin ()
        :: else
        fi
     :: first == PIN_REFERENCE ->
        state_pin (0);
        if
        :: done ->
           has_ref = false;
           if
           :: state_unpin_reference (); has_ref = done
           :: true
           fi;
           if
           :: has_ref
           :: else -> handle_unpin ()
           fi
        :: else
        fi
     :: first == CHANGE ->
        state_begin_exclusive ();
        if
        :: done -> handle_end_exclusive ()
        :: else
        fi
     :: first == TAKE_ANOTHER_REFERENCE -> add_to_word (REF); handle_unref ()
     fi;
     first = second;
     second = NOTHING;
     w = 0;
     done = false
  od;
  if
  :: has_ref -> handle_unref ()
  :: else
  fi
}

/* Any plans for the users; since they are alike, in order. */
init
{
  byte i, plan;

  atomic
  {
    do
    :: i < USERS ->
       do
       :: plan < KINDS * (OPS > 1 -> KINDS : 1) - 1 -> plan++
       :: plan == 0 || OPS == 1 || plan >= KINDS -> break
       od;
       run user ((OPS > 1 -> plan / KINDS : plan), (OPS > 1 -> plan % KINDS : NOTHING));
       i++
    :: else -> break
    od;
    i = 0;
    plan = 0
  };

  d_step
  {
    _nr_pr == 1;
    assert (gone && n_returned + n_stolen == 1 && n_reading == 0 && n_writing == 0);
    assert (n_won <= 1)
  }
}
