/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * A quota, its queue, and a waiter in it: bp-wait.c and what bp-admission.c does around it,
 * function by function: bp_quota_serve() is quota_serve() here.
 *
 * The number, its limit and the count of waiters are sequentially consistent, and each
 * access is one step. The queue and the waiters' states are under the mutex, so that what is
 * done to one waiter there is one step.
 *
 * A file that includes this one has defined THREADS, up to 4, and IS_THERE: whether the memory
 * of the quota has not been freed. A thread that uses these has `me`, the bytes u, w, i and
 * late, and the bools got and sees, all 0 between two of them but for got, which is the
 * outcome.
 */

/* What became of a waiter. */
#define OUTSIDE 0
#define QUEUED 1
#define SERVED 2
#define HANDED 3
#define REFUSED 4
#define FLUSHED 5
#define CLOSED 6

/* Until when one waits. */
#define FOREVER 0
#define TIMED 1
#define CANCELLABLE 2
/* By a task: no thread sleeps, and a callback finds what has become of it. */
#define TASK 3
#define CANCELLABLE_TASK 4
#define NEVER 5

typedef waiter_t
{
  byte wanted;
  byte owner;
  byte state;
  byte handed;
  /* On a stack that is still there; asleep on its condition variable; its callback is due. */
  bool is_there;
  bool asleep;
  bool woken;
  bool is_cancelled;
};

byte used;
byte max;
byte n_waiters;
/* The thread that has it, plus 1. */
byte mutex;
byte queue[THREADS];
byte n_queued;
waiter_t waiters[THREADS];

/* The accounts: what has been taken and not given back; the highest limit there was; the
 * waiters in the queue, and for each thread which of these were there when it came; the
 * threads that took more than a limit that was lowered just before. */
byte taken;
byte bound;
byte queued;
byte before[THREADS];
byte late_takers;

#define BIT(p) (1 << (p))

#if THREADS == 4
# define FOR_ALL(what) what (0); what (1); what (2); what (3)
#elif THREADS == 3
# define FOR_ALL(what) what (0); what (1); what (2)
#else
# error "THREADS is 3 or 4"
#endif

inline lock_quota ()
{
  atomic { mutex == 0 -> assert (IS_THERE); mutex = me + 1 }
}

/* No waiter waits for more than there will ever be. */
#define CAN_BE_SERVED(p) assert (waiters[p].state != QUEUED || waiters[p].wanted <= max)

inline check_queue ()
{
  assert (IS_THERE && mutex == me + 1);
  assert (n_waiters == n_queued);
  FOR_ALL (CAN_BE_SERVED)
}

/* With the mutex. */
#ifdef MUTATE_WAKE_LATE
# define wake(p) late = late | BIT (p)
# define wake_late(p)                                                  \
  if                                                                   \
  :: late & BIT (p) -> d_step { wake_now (p); late = late & ~BIT (p) } \
  :: else                                                              \
  fi
# define unlock_quota()                                                \
  atomic { check_queue (); mutex = 0 };                                \
  FOR_ALL (wake_late)
#else
# define wake(p) wake_now (p)
# define unlock_quota() atomic { check_queue (); mutex = 0 }
#endif

inline wake_now (p)
{
  assert (waiters[p].is_there);
  waiters[p].asleep = false;
  waiters[p].woken = true
}

/* The number. */

inline note_taken (n)
{
  taken = taken + (n);
  assert (used == taken && used <= bound)
}

#ifdef MUTATE_TAKE_BY_STORE
# define COMPARE(old) true
#else
# define COMPARE(old) (used == old)
#endif

/* Without a look at the queue. */
inline take (n)
{
  atomic { assert (IS_THERE); u = used };
  do
  :: u + (n) > max -> atomic { got = false; u = 0; break }
  :: else ->
     atomic
     {
       got = COMPARE (u);
       if
       :: got ->
          used = u + (n);
          note_taken (n);
          late_takers = late_takers | (used > max -> BIT (me) : 0);
          u = 0;
          break
       :: else -> u = used
       fi
     }
  od
}

#ifdef MUTATE_TAKE_IGNORES
# define NOBODY_WAITS true
#else
# define NOBODY_WAITS (n_waiters == 0)
#endif

#ifdef MUTATE_TAKE_LOOKS_ONCE
# define LIMIT bound
#else
# define LIMIT max
#endif

/* No waiter that was in the queue before is overtaken. If the limit is lowered meanwhile,
 * either this sees the new limit, or the thread that lowers it sees what was taken. */
inline quota_take (n)
{
  d_step { assert (IS_THERE); before[me] = queued; got = NOBODY_WAITS };
  if
  :: got ->
     take (n);
     atomic { assert (!got || before[me] == 0); before[me] = 0 }
  :: else -> before[me] = 0
  fi;
  if
  :: got ->
     u = used;
     if
     :: d_step
        {
          u <= LIMIT ->
          assert (!(late_takers & BIT (me)) || u <= max);
          late_takers = late_takers & ~BIT (me)
        }
     :: else -> late_takers = late_takers & ~BIT (me); quota_give (n); got = false
     fi;
     u = 0
  :: else
  fi
}

inline quota_add (n)
{
  d_step { assert (IS_THERE); used = used + n; note_taken (n) }
}

inline quota_lower (n)
{
  d_step
  {
    assert (IS_THERE && used >= n);
    used = used - n;
    taken = taken - n;
    assert (used == taken)
  }
}

inline has_waiters (into)
{
  atomic { assert (IS_THERE); into = (n_waiters != 0) }
}

/* Both halves of it. */
inline quota_give (n)
{
#ifdef MUTATE_GIVE_LOOKS_FIRST
  has_waiters (sees);
  quota_lower (n);
#else
  quota_lower (n);
  has_waiters (sees);
#endif
  if
  :: sees -> sees = false; quota_serve ()
  :: else
  fi
}

/* The queue, with the mutex. */

#define FORGET(p) before[p] = before[p] & ~BIT (w)

/* Waiter w, wherever it stands. */
inline unlink_waiter (new_state)
{
  assert (mutex == me + 1 && waiters[w].is_there && waiters[w].state == QUEUED);
  i = 0;
  do
  :: queue[i] != w -> i++
  :: else -> break
  od;
  do
  :: i + 1 < n_queued -> queue[i] = queue[i + 1]; i++
  :: else -> break
  od;
  n_queued--;
  queue[n_queued] = 0;
  i = 0;
  n_waiters--;
  queued = queued & ~BIT (w);
  FOR_ALL (FORGET);
  waiters[w].state = new_state
}

inline dismiss (new_state)
{
  unlink_waiter (new_state);
  wake (w)
}

#ifdef MUTATE_SERVE_LAST
# define FIRST queue[n_queued - 1]
#else
# define FIRST queue[0]
#endif

#define IS_TOO_LARGE(p) (waiters[p].wanted > max)

/* Serves the waiters that fit. No waiter is served before one that came earlier. */
inline serve ()
{
  do
  :: n_queued == 0 -> break
  :: atomic { n_queued > 0 -> w = FIRST };
     if
     :: IS_TOO_LARGE (w) -> d_step { dismiss (REFUSED) }
     :: else ->
        take (waiters[w].wanted);
        if
        :: got -> atomic { assert (before[w] == 0); dismiss (SERVED) }
        :: else -> break
        fi
     fi
  od;
  atomic { w = 0; got = false }
}

inline quota_serve ()
{
  lock_quota ();
  serve ();
  unlock_quota ()
}

#ifdef MUTATE_RAISE_DOES_NOT_SERVE
# define serve_after_set() skip
#else
# define serve_after_set() serve ()
#endif

/* All waiters for which the condition holds leave. */
inline dismiss_if (condition, new_state)
{
  do
  :: atomic
     {
       w < THREADS ->
       if
       :: waiters[w].state == QUEUED && (condition) -> dismiss (new_state)
       :: else
       fi;
       w++
     }
  :: else -> break
  od;
  w = 0
}

inline quota_set_max (new_max)
{
  lock_quota ();
  d_step { max = new_max; bound = (max > bound -> max : bound) };
  serve_after_set ();
#ifndef MUTATE_LOWER_REFUSES_FIRST
  dismiss_if (waiters[w].wanted > max, REFUSED);
#endif
  unlock_quota ()
}

inline enter_queue ()
{
  assert (waiters[me].is_there);
  queue[n_queued] = me;
  n_queued++;
  before[me] = queued;
  queued = queued | BIT (me);
  waiters[me].state = QUEUED
}

inline dismiss_own (new_state)
{
  w = me;
  dismiss (new_state);
  w = 0
}

/* At the end of the queue. */
inline quota_join ()
{
#ifdef MUTATE_COUNT_LATE
  atomic { lock_quota (); enter_queue () };
  serve ();
  n_waiters++;
#else
  atomic { lock_quota (); enter_queue (); n_waiters++ };
  serve ();
#endif
#ifndef MUTATE_JOIN_TOO_LARGE
  if
  :: atomic { waiters[me].state == QUEUED && IS_TOO_LARGE (me) -> dismiss_own (REFUSED) }
  :: else
  fi;
#endif
  unlock_quota ()
}

#ifdef MUTATE_LEAVE_DOES_NOT_SERVE
# define serve_after_leave() skip
#else
# define serve_after_leave() serve ()
#endif

/* Whatever its state is, which goes into `result`. */
inline quota_leave ()
{
  atomic { lock_quota (); result = waiters[me].state };
  if
  :: result == QUEUED -> d_step { w = me; unlink_waiter (OUTSIDE); w = 0 }; serve_after_leave ()
  :: else
  fi;
  unlock_quota ()
}

#ifdef MUTATE_FLUSH_DOES_NOT_SERVE
# define serve_after_flush() skip
#else
# define serve_after_flush() serve ()
#endif

inline quota_flush (whose, new_state)
{
  lock_quota ();
  dismiss_if (waiters[w].owner == whose, new_state);
  serve_after_flush ();
  unlock_quota ()
}

/* The thread itself leaves with that state, if it is still in the queue. */
inline quota_dismiss (new_state)
{
  lock_quota ();
  if
  :: atomic { waiters[me].state == QUEUED -> dismiss_own (new_state) }; serve_after_leave ()
  :: else
  fi;
  unlock_quota ()
}

#ifdef MUTATE_HAND_OVER_TOO_MUCH
# define IS_WITHIN true
#else
# define IS_WITHIN (used <= max)
#endif

/* Gives a thing, worth so much, to the first, if that is one of the owner's that wants no
 * more. Not while there is more than there may be: then it is to go. */
inline quota_hand_over (whose, worth, thing)
{
  lock_quota ();
  d_step
  {
    w = FIRST;
    got = (n_queued > 0 && waiters[w].owner == whose && waiters[w].wanted <= worth && IS_WITHIN);
    if
    :: got ->
       assert (before[w] == 0 && used <= max);
       waiters[w].handed = thing;
       hand_over_to (w, thing);
       dismiss (HANDED)
    :: else
    fi;
    w = 0
  };
  if
  :: got -> serve (); got = true
  :: else
  fi;
  unlock_quota ()
}

/* A waiter. */

#define IS_PENDING (waiters[me].state == QUEUED && !waiters[me].is_cancelled)

/* For ever, or for a time: `sees` is whether that is over. */
inline cond_wait ()
{
  atomic { mutex = 0; waiters[me].asleep = true };
  if
  :: !waiters[me].asleep
  :: d_step { patience == TIMED -> waiters[me].asleep = false; sees = true }
#ifdef MAY_DOZE
  :: d_step { MAY_DOZE -> waiters[me].asleep = false; MAY_DOZE = false }
#endif
  fi;
  lock_quota ()
}

inline sleep_until ()
{
#ifdef MUTATE_SLEEP_WITHOUT_LOOK
  if
  :: IS_PENDING -> lock_quota (); cond_wait (); unlock_quota ()
  :: else
  fi;
#else
  lock_quota ();
  do
  :: IS_PENDING && !sees ->
     cond_wait ();
# ifdef MUTATE_SLEEP_ONCE
     break
# endif
  :: else -> break
  od;
  unlock_quota ();
#endif
  sees = false
}
