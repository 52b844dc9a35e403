/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Waiting, the queue alone: threads that have shares of a quota and give them back, that take
 * one if they can, and that wait for one; and what ends a wait. What shares are for is
 * wait-pool.pml's.
 */

#define THREADS 4
#define IS_THERE true

/* One wait may end for no reason. */
bool may_doze;
#define MAY_DOZE may_doze

#include "wait-queue.pml"

/* A GCancellable. */
typedef cancellable_t
{
  bool is_cancelled;
  bool is_connected;
  bool is_calling;
};

cancellable_t cancellables[THREADS];
bool is_task[THREADS];

#define OWNERS 3
bool flushing[OWNERS];

/* The account: the waiters for which it was so during the wait. */
byte was_flushing;

/* Shares that are not given back, and how many threads have not ended. */
byte kept;
byte n_running;

/* The waiter's callback, which runs in the thread that cancels; or, if it is too late for that,
 * in the waiter's own. A task's only makes its source ready. */
inline on_cancelled (p)
{
  if
  :: is_task[p] -> d_step { assert (waiters[p].is_there); waiters[p].woken = true }
  :: else -> wake_cancelled (p)
  fi
}

inline wake_cancelled (p)
{
#ifdef MUTATE_CANCEL_UNLOCKED
  d_step { assert (waiters[p].is_there); waiters[p].is_cancelled = true };
  d_step { wake_now (p) };
#else
  lock_quota ();
  d_step { assert (waiters[p].is_there); waiters[p].is_cancelled = true; wake (p) };
  unlock_quota ()
#endif
}

inline cancellable_connect ()
{
  if
  :: atomic { cancellables[me].is_cancelled -> got = true }; got = false; on_cancelled (me)
  :: atomic { else -> cancellables[me].is_connected = true }
  fi
}

/* It waits for the callback. */
inline cancellable_disconnect ()
{
#ifdef MUTATE_DISCONNECT_WITHOUT_WAIT
  cancellables[me].is_connected = false
#else
  atomic { !cancellables[me].is_calling -> cancellables[me].is_connected = false }
#endif
}

#ifdef MUTATE_FLAG_UNSEEN
# define IS_FLUSHING false
#else
# define IS_FLUSHING flushing[waiters[me].owner]
#endif

#ifdef MUTATE_FLUSHED_FLUSHES
# define dismiss_flushed() quota_flush (owner, FLUSHED)
#else
# define dismiss_flushed() quota_dismiss (FLUSHED)
#endif

/* It tries to take, joins, sleeps, and leaves. A share that came too late goes back. */
proctype waiter (byte me; byte wanted; byte owner; byte patience)
{
  byte u, w, i, late, result;
  bool got, sees;

  quota_take (wanted);
  if
  :: got -> got = false; result = SERVED
  :: else ->
     d_step
     {
       waiters[me].wanted = wanted;
       waiters[me].owner = owner;
       waiters[me].is_there = true;
       is_task[me] = (patience == TASK || patience == CANCELLABLE_TASK)
     };
     was_flushing = was_flushing | (flushing[owner] -> BIT (me) : 0);
     quota_join ();
     if
     :: IS_FLUSHING -> dismiss_flushed ()
     :: else
     fi;
     if
     :: patience == CANCELLABLE || patience == CANCELLABLE_TASK -> cancellable_connect ()
     :: else
     fi;
     if
     :: is_task[me] -> waiters[me].woken
     :: else -> sleep_until ()
     fi;
     if
     :: patience == CANCELLABLE || patience == CANCELLABLE_TASK -> cancellable_disconnect ()
     :: else
     fi;
     quota_leave ();
     d_step
     {
       assert (result != QUEUED || patience == TIMED || cancellables[me].is_cancelled);
       assert (result != FLUSHED || (was_flushing & BIT (me)));
       was_flushing = was_flushing & ~BIT (me);
       waiters[me].wanted = 0;
       waiters[me].owner = 0;
       waiters[me].state = OUTSIDE;
       waiters[me].is_there = false;
       waiters[me].woken = false;
       is_task[me] = false
     }
  fi;
  if
#ifdef MUTATE_CANCELLED_KEEPS
  :: result == SERVED && !waiters[me].is_cancelled -> quota_give (wanted)
#else
  :: result == SERVED -> quota_give (wanted)
#endif
  :: else
  fi;
  n_running--
}

proctype holder (byte me; byte n)
{
  byte u, w, i, late;
  bool got, sees;

  quota_give (n);
  n_running--
}

proctype taker (byte me; byte n)
{
  byte u, w, i, late;
  bool got, sees;

  quota_take (n);
  if
  :: got -> got = false; quota_give (n)
  :: else
  fi;
  n_running--
}

proctype canceller (byte me; byte whom)
{
  byte u, w, i, late;
  bool got, sees;

  d_step
  {
    cancellables[whom].is_cancelled = true;
    cancellables[whom].is_calling = cancellables[whom].is_connected
  };
  if
  :: cancellables[whom].is_calling ->
     on_cancelled (whom);
     cancellables[whom].is_calling = false
  :: else
  fi;
  n_running--
}

#define NOTE_FLUSHING(p) \
  was_flushing = was_flushing | (waiters[p].is_there && waiters[p].owner == whose -> BIT (p) : 0)

inline set_flushing (whose)
{
  d_step { flushing[whose] = true; FOR_ALL (NOTE_FLUSHING) }
}

proctype flusher (byte me; byte whose; bool unsets)
{
  byte u, w, i, late;
  bool got, sees;

#ifdef MUTATE_FLAG_LATE
  quota_flush (whose, FLUSHED);
  set_flushing (whose);
#else
  set_flushing (whose);
  quota_flush (whose, FLUSHED);
#endif
  if
  :: unsets -> flushing[whose] = false
  :: else
  fi;
  n_running--
}

proctype setter (byte me; byte new_max)
{
  byte u, w, i, late;
  bool got, sees;

  quota_set_max (new_max);
  n_running--
}

/* The casts; -DONLY=n for one of them. */
#ifdef ONLY
# define CAST(i) (ONLY == i)
#else
# define CAST(i) true
#endif

#define begin(new_max, n_kept, n_held) \
  max = new_max; bound = max; kept = n_kept; used = n_kept + n_held; taken = used

init
{
  atomic
  {
    n_running = 4;
    if
    /* One share, and which thread comes first. */
    :: CAST (1) -> begin (1, 0, 1); run holder (0, 1); run waiter (1, 1, 1, FOREVER);
                   run waiter (2, 1, 1, FOREVER); run taker (3, 1)
    :: CAST (2) -> begin (1, 0, 1); run holder (0, 1); run waiter (1, 1, 1, TIMED);
                   run waiter (2, 1, 1, FOREVER); run waiter (3, 1, 1, TASK)
    :: CAST (3) -> begin (1, 0, 1); run holder (0, 1); run waiter (1, 1, 1, CANCELLABLE);
                   run waiter (2, 1, 1, FOREVER); run canceller (3, 1)
    :: CAST (4) -> begin (1, 0, 1); may_doze = true; run holder (0, 1);
                   run waiter (1, 1, 1, FOREVER); run waiter (2, 1, 1, TIMED); run taker (3, 1)
    /* Large and small ones. */
    :: CAST (5) -> begin (2, 0, 2); run holder (0, 1); run holder (1, 1);
                   run waiter (2, 2, 1, FOREVER); run waiter (3, 1, 1, FOREVER)
    :: CAST (6) -> begin (3, 2, 0); run waiter (0, 2, 1, TIMED); run waiter (1, 1, 1, FOREVER);
                   run taker (2, 1); run waiter (3, 1, 1, TASK)
    :: CAST (7) -> begin (3, 2, 0); run waiter (0, 2, 1, CANCELLABLE);
                   run waiter (1, 1, 1, FOREVER); run canceller (2, 0); run taker (3, 1)
    /* Flushing one of two pools. */
    :: CAST (8) -> begin (3, 2, 0); run waiter (0, 2, 1, FOREVER);
                   run waiter (1, 1, 2, FOREVER); run flusher (2, 1, false); run taker (3, 1)
    :: CAST (9) -> begin (2, 1, 1); run holder (0, 1); run waiter (1, 2, 1, TASK);
                   run waiter (2, 2, 1, TIMED); run flusher (3, 1, false)
    /* A limit that changes. */
    :: CAST (10) -> begin (1, 1, 0); run waiter (0, 1, 1, FOREVER); run waiter (1, 1, 1, TASK);
                    run setter (2, 2); run taker (3, 1)
    :: CAST (11) -> begin (4, 1, 0); run waiter (0, 4, 1, FOREVER); run waiter (1, 1, 1, TASK);
                    run setter (2, 3); run taker (3, 2)
    :: CAST (12) -> begin (3, 0, 2); run holder (0, 2); run waiter (1, 3, 1, FOREVER);
                    run setter (2, 1); run setter (3, 3)
    /* Several ends at once. */
    :: CAST (13) -> begin (1, 0, 1); run holder (0, 1); run waiter (1, 1, 1, CANCELLABLE);
                    run canceller (2, 1); run flusher (3, 1, false)
    :: CAST (14) -> begin (1, 0, 1); run holder (0, 1); run waiter (1, 1, 1, FOREVER);
                    run waiter (2, 1, 1, TASK); run flusher (3, 1, true)
    :: CAST (15) -> begin (1, 1, 0); run waiter (0, 1, 1, CANCELLABLE);
                    run waiter (1, 1, 1, FOREVER); run canceller (2, 0); run setter (3, 2)
    :: CAST (16) -> begin (4, 1, 0); run waiter (0, 4, 1, TIMED); run waiter (1, 3, 1, FOREVER);
                    run waiter (2, 1, 1, FOREVER); run setter (3, 2)
    :: CAST (17) -> begin (1, 0, 1); run holder (0, 1); run waiter (1, 1, 1, CANCELLABLE_TASK);
                    run waiter (2, 1, 1, FOREVER); run canceller (3, 1)
    fi
  };

  d_step
  {
    n_running == 0;
    assert (used == kept && n_waiters == 0 && n_queued == 0 && mutex == 0);
    assert (before[0] == 0 && before[1] == 0 && before[2] == 0 && before[3] == 0)
  }
}
