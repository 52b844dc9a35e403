/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Waiting in a pool: for a permit to have a buffer out, or with -DBYTES for bytes of a budget.
 *
 * The quota is the number of buffers that are not in rings; or the bytes of all buffers
 * that exist, of which two have one and one has two. An owner in its cache is one step, or
 * busy, and a revoker waits for that, as in places.pml. Of the places there is only whether a
 * cache has a vacant one.
 */

#define THREADS 3
#define IS_THERE (refs > 0)

#ifndef BYTES
# define PERMITS
#endif

/* Sets of buffers: 1, 2 and 4. */
#define COUNT(set) (((set) & 1) + (((set) >> 1) & 1) + (((set) >> 2) & 1))
#define ONE(set) ((set) & (0 - (set)))
#define NO_MAX 9

#ifdef BYTES
# define SIZE_OF(set) (((set) & 1) + (((set) >> 1) & 1) + 2 * (((set) >> 2) & 1))
# define FITTING (wanted == 2 -> 4 : 7)
# define FRESH (wanted == 2 -> 4 & ~alive : ONE (3 & ~alive))
#else
# define SIZE_OF(set) COUNT (set)
# define FITTING 7
# define FRESH ONE (7 & ~alive)
#endif

#define hand_over_to(w, thing) from_hand (thing); has[w] = has[w] | thing

#include "wait-queue.pml"
#include "wait-pool-parts.pml"

/* Threads that never give back what they get; and those for which it may fail to make a
 * buffer, or to lock a shard at once. How many have not ended. */
byte keepers;
byte unlucky;
byte n_running;

#define MAY_FAIL (unlucky & BIT (me))

/* Each buffer is in one place. */
#define BUFFERS_HOLD \
  ((ring[0] | ring[1] | cached[0] | cached[1] | has[0] | has[1] | has[2]) == alive && \
   ring[0] + ring[1] + cached[0] + cached[1] + has[0] + has[1] + has[2] == alive)

#ifdef BYTES
# define QUOTA_HOLDS (SIZE_OF (alive) <= used)
#else
# define QUOTA_HOLDS (COUNT (out) <= used)
#endif

/* Looks at every state. */
proctype monitor ()
{
end:
  do
  :: atomic { !(BUFFERS_HOLD && QUOTA_HOLDS) -> assert (false) }
  od
}

#include "wait-pool-calls.pml"

/* Dispose, and the end of the last reference: bp-trim.c and bp-limit-set.c. */

inline take_all_from_ring (s)
{
  d_step
  {
    !shard[s] ->
    assert (IS_THERE);
    doomed = doomed | ring[s];
    to_hand (ring[s]);
    ring[s] = 0
  }
}

inline visit_shard (s)
{
  d_step { !shard[s] -> assert (IS_THERE) }
}

#ifdef PERMITS
/* What leaves a ring to be destroyed counts for nothing. */
# define destroy_uncounted()                                         \
  d_step                                                             \
  {                                                                  \
    from_hand (doomed);                                              \
    alive = alive & ~doomed;                                         \
    refs = refs - COUNT (doomed);                                    \
    doomed = 0                                                       \
  }
#else
# define destroy_uncounted() skip
#endif

inline close ()
{
  lock (revoking);
  closed = true;
  revoke_all ();
  take_all_from_ring (0);
  take_all_from_ring (1);
  destroy_uncounted ();
  take_all_cached (batch);
  d_step { doomed = doomed | batch; batch = 0 };
  unlock (revoking);
  destroy_doomed ();
  quota_flush (1, CLOSED);
  visit_shard (0);
  visit_shard (1)
}

inline drop_user ()
{
  d_step { n_users--; got = (n_users == 0) };
  if
  :: got ->
     got = false;
     if
     :: !closed -> close ()
     :: else
     fi;
     refs--
  :: else
  fi
}

/* The threads. */

#define THE_BYTES byte u, w, i, late, result, b, batch, doomed, n_short
#define THE_BOOLS bool got, sees, noted, found

/* It acquires, or has a buffer already, and gives that back in some way. One without a
 * reference to the pool only returns. */
proctype user (byte me; byte wanted; byte patience; bool has_ref)
{
  THE_BYTES;
  THE_BOOLS, entered, keeps, has_share, admitted, failed;
  byte owner = 1;

  if
  :: has[me] != 0 -> b = has[me]
  :: else -> acquire ()
  fi;
  if
  :: b != 0 ->
     d_step { assert (has[me] == b); out = out | b };
     if
     :: keepers & BIT (me) -> b = 0
     :: else ->
        out = out & ~b;
        if
        :: place ()
        :: true
        fi;
        if
        :: b != 0 -> destroy (b); b = 0
        :: else
        fi
     fi
  :: else
  fi;
  if
  :: has_ref -> drop_user ()
  :: else
  fi;
  n_running--
}

#ifdef BYTES

/* What is too much goes at once, and what is out when it comes back. */
inline set_max ()
{
  quota_set_max (new_max);
  budget_serve ();
#ifndef MUTATE_LOWER_DOES_NOT_WATCH
  is_short (sees);
  if
  :: sees -> sees = false; watch ()
  :: else
  fi
#endif
}

#else

/* What a search brought from a cache to a ring meanwhile has served no waiter. */
inline set_max ()
{
  lock (revoking);
  limited = true;
  off = true;
  quota_set_max (new_max);
  unlock (revoking);
  trim ();
  see_to_waiters ();
# ifndef MUTATE_SETTER_DOES_NOT_SERVE
  quota_serve ()
# endif
}

#endif

/* Sets a limit, or with 0 empties the caches. */
proctype setter (byte me; byte new_max)
{
  THE_BYTES;
  THE_BOOLS;

  if
  :: new_max > 0 -> set_max ()
  :: else -> trim (); see_to_waiters ()
  fi;
  drop_user ();
  n_running--
}

proctype disposer (byte me)
{
  THE_BYTES;
  THE_BOOLS;

  close ();
  drop_user ();
  n_running--
}

/* The casts; -DONLY=n for one of them. */
#ifdef ONLY
# define CAST(i) (ONLY == i)
#else
# define CAST(i) true
#endif

/* What there is at first, and which threads. */

#ifdef PERMITS
# define START limited = (max < NO_MAX); off = limited
#else
# define START skip
#endif

#define begin(new_max, n_refs) \
  max = new_max; bound = max; n_users = n_refs; START

init
{
  byte i;

  atomic
  {
    run monitor ();
    n_running = 3;
    if
#ifdef PERMITS
    /* One buffer is out. */
    :: CAST (1) -> begin (1, 2); has[0] = 1; run user (0, 1, NEVER, false);
                   run user (1, 1, FOREVER, true); run user (2, 1, FOREVER, true)
    :: CAST (2) -> begin (1, 3); has[0] = 1; run user (0, 1, NEVER, true);
                   run user (1, 1, FOREVER, true); run user (2, 1, NEVER, true)
    :: CAST (3) -> begin (1, 2); has[0] = 1; ring[1] = 2; run user (0, 1, NEVER, false);
                   run user (1, 1, TIMED, true); run user (2, 1, FOREVER, true)
    :: CAST (4) -> begin (1, 2); has[0] = 1; n_running = 2;
                   run user (1, 1, FOREVER, true); run disposer (2)
    :: CAST (5) -> begin (1, 2); has[0] = 1; run user (0, 1, NEVER, false);
                   run user (1, 1, FOREVER, true); run disposer (2)
    /* A limit that is set. */
    :: CAST (6) -> begin (NO_MAX, 3); cached[1] = 3; room[1] = true; unlucky = 3;
                   run user (0, 1, NEVER, true); run user (1, 1, FOREVER, true); run setter (2, 2)
    :: CAST (7) -> begin (NO_MAX, 2); cached[1] = 1; room[1] = true; has[0] = 2;
                   run user (0, 1, NEVER, false);
                   run user (1, 1, FOREVER, true); run setter (2, 1)
    /* What lies in caches. */
    :: CAST (8) -> begin (NO_MAX, 3); cached[0] = 1; room[0] = true; run user (0, 1, NEVER, true);
                   run setter (1, 0); run disposer (2)
    :: CAST (9) -> begin (1, 3); cached[0] = 1; run disposer (0); run user (1, 1, FOREVER, true);
                   run user (2, 1, NEVER, true)
    :: CAST (10) -> begin (NO_MAX, 3); has[0] = 1; cached[0] = 2; keepers = 2;
                    run user (0, 1, NEVER, true); run user (1, 1, NEVER, true); run setter (2, 0)
#else
    /* What is out comes back. */
    :: CAST (1) -> begin (1, 2); has[2] = 1; run user (2, 1, NEVER, false);
                   run user (0, 1, FOREVER, true); run user (1, 1, FOREVER, true)
    :: CAST (2) -> begin (2, 2); has[2] = 4; run user (2, 2, NEVER, false);
                   run user (0, 2, TIMED, true); run user (1, 1, FOREVER, true)
    :: CAST (3) -> begin (2, 1); has[0] = 1; room[0] = true; off = true; n_running = 2;
                   run user (0, 1, NEVER, false); run user (1, 2, FOREVER, true)
    /* What lies in caches and rings. */
    :: CAST (4) -> begin (2, 2); cached[1] = 1; room[1] = true; unlucky = 1; n_running = 2;
                   run user (0, 1, NEVER, true); run user (2, 2, FOREVER, true)
    :: CAST (5) -> begin (2, 2); cached[0] = 1; cached[1] = 2; room[0] = true; n_running = 2;
                   run user (0, 1, NEVER, true); run user (2, 2, FOREVER, true)
    :: CAST (6) -> begin (2, 2); ring[0] = 1; ring[1] = 2; n_running = 2;
                   run user (0, 1, NEVER, true); run user (1, 2, FOREVER, true)
    :: CAST (7) -> begin (3, 3); cached[0] = 3; keepers = 2; run setter (0, 0);
                   run user (1, 2, FOREVER, true); run user (2, 1, FOREVER, true)
    :: CAST (8) -> begin (2, 3); has[0] = 1; ring[0] = 2; room[0] = true;
                   run user (0, 1, NEVER, true); run user (1, 2, FOREVER, true); run setter (2, 0)
    /* The pool is disposed. */
    :: CAST (9) -> begin (2, 2); has[0] = 4; n_running = 2; run user (1, 1, FOREVER, true);
                   run disposer (2)
    :: CAST (10) -> begin (2, 2); has[0] = 1; cached[1] = 2; room[1] = true;
                    run user (0, 1, NEVER, false); run user (1, 2, FOREVER, true);
                    run disposer (2)
    :: CAST (11) -> begin (2, 2); has[0] = 1; cached[1] = 2; run user (0, 1, NEVER, false);
                    run disposer (1); run user (2, 1, FOREVER, true)
    :: CAST (12) -> begin (3, 3); has[0] = 1; cached[0] = 2; run user (0, 1, NEVER, true);
                    run setter (1, 0); run disposer (2)
    /* The limit is lowered, and the pool remains. */
    :: CAST (13) -> begin (3, 4); has[0] = 1; room[0] = true; ring[1] = 2; keepers = 2;
                    run user (0, 1, NEVER, true); run user (1, 2, FOREVER, true);
                    run setter (2, 1)
    :: CAST (14) -> begin (3, 2); has[2] = 4; run setter (0, 1);
                    run user (1, 1, FOREVER, true); run user (2, 2, NEVER, false)
#endif
    fi;
    alive = cached[0] | cached[1] | ring[0] | ring[1] | has[0] | has[1] | has[2];
    refs = 1 + COUNT (alive);
    used = SIZE_OF (alive);
#ifdef PERMITS
    used = used - SIZE_OF (ring[0]) - SIZE_OF (ring[1]);
#endif
    taken = used;
  };

  d_step
  {
    n_running == 0;
#ifdef PERMITS
    assert (used == COUNT (alive));
#else
    assert (used == SIZE_OF (alive));
    assert (used <= max || (ring[0] | ring[1] | cached[0] | cached[1]) == 0);
#endif
    assert (n_waiters == 0 && n_queued == 0 && mutex == 0);
    assert (refs == COUNT (alive) + (n_users > 0) && !revoking && !shard[0] && !shard[1])
  }
}
