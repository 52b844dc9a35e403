/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Rings, caches, trim, and what reclaims: bp-trim.c, bp-budget-core.c, bp-reclaim.c and the
 * first half of bp-limit.c, as far as a waiter may wait for what they do.
 *
 * A thread that uses these has, on top of what the queue needs, the bytes b, batch, doomed and
 * n_short and the bools noted and found, 0 between two of them but for b and noted.
 */

/* A thread with a cache has its own number as the shard behind it. */
#define HOME (me % 2)
#define HAS_CACHE (me < 2)

bool revoking;
bool shard[2];
byte ring[2];
byte cached[2];
/* The cache has vacant places. */
bool room[2];
bool busy[2];
bool revoked[2];

/* The caches are off; a limit is set; the pool is disposed. */
bool off;
bool limited;
bool closed;

/* 1 for the pool, and 1 for each buffer. How many threads have a reference to the pool. */
byte refs;
byte n_users;

/* The accounts: which buffers have memory, which are in a thread's hands, and which of these
 * the program has. */
byte alive;
byte has[THREADS];
byte out;

inline lock (lock_word)
{
  d_step { !lock_word -> assert (IS_THERE); lock_word = true }
}

inline try_lock (lock_word)
{
  d_step { assert (IS_THERE); got = !lock_word; lock_word = true }
}

inline unlock (lock_word)
{
  atomic { assert (IS_THERE); lock_word = false }
}

inline to_hand (set)
{
  has[me] = has[me] | (set)
}

inline from_hand (set)
{
  assert ((has[me] & (set)) == (set));
  has[me] = has[me] & ~(set)
}

/* Rings, with the shard locked. */

inline ring_push (s, set)
{
  d_step { ring[s] = ring[s] | (set); from_hand (set) }
#ifdef PERMITS
  ;
  quota_lower (COUNT (set))
#endif
}

#ifdef MUTATE_PUBLISH_UNSEEN
# define note_after_publish() skip
#else
# define note_after_publish() note_waiters ()
#endif

#ifdef BYTES
/* There are waiters, or there is too much since the limit was lowered. */
# define is_short(into) atomic { assert (IS_THERE); into = (n_waiters != 0 || used > max) }
#else
# define is_short(into) has_waiters (into)
#endif

/* With the shard locked, after a push: that keeps the core so far. */
inline note_waiters ()
{
  is_short (noted);
#ifndef MUTATE_NO_REFERENCE
  if
  :: noted -> refs++
  :: else
  fi
#endif
}

inline end_note ()
{
#ifdef MUTATE_NO_REFERENCE
  skip
#else
  refs--
#endif
}

/* The memory goes before its share does, and the share before the core may go. */
inline destroy (set)
{
#ifdef MUTATE_GIVE_FIRST
  quota_give (SIZE_OF (set));
  d_step { from_hand (set); alive = alive & ~(set) };
  refs = refs - COUNT (set)
#else
  d_step { from_hand (set); alive = alive & ~(set) };
# ifdef MUTATE_UNREF_FIRST
  refs = refs - COUNT (set);
  quota_give (SIZE_OF (set))
# else
  quota_give (SIZE_OF (set));
  refs = refs - COUNT (set)
# endif
#endif
}

inline destroy_doomed ()
{
  do
  :: d_step { doomed != 0 -> batch = ONE (doomed); doomed = doomed & ~batch };
     destroy (batch);
     batch = 0
  :: else -> break
  od
}

/* Trim. */

#ifdef MUTATE_WATCH_BY_GLANCE
# define IS_SEEN(i) (cached[i] != 0)
#else
# define IS_SEEN(i) true
#endif

/* With revoking held: until no owner is in its cell. */
inline revoke_all ()
{
  d_step { revoked[0] = IS_SEEN (0); revoked[1] = IS_SEEN (1) };
  !(revoked[0] && busy[0]) && !(revoked[1] && busy[1])
}

/* What the revoked caches hold, and their vacant places; then they are their owners'. */
inline take_all_cached (into)
{
  d_step
  {
    into = (revoked[0] -> cached[0] : 0) | (revoked[1] -> cached[1] : 0);
    to_hand (into);
    cached[0] = cached[0] & ~into;
    cached[1] = cached[1] & ~into;
    room[0] = room[0] && !revoked[0];
    room[1] = room[1] && !revoked[1];
    revoked[0] = false;
    revoked[1] = false
  }
}

/* Empties the caches into a ring. Waiters at that time are noted. */
inline trim ()
{
  lock (revoking);
  revoke_all ();
  take_all_cached (batch);
  unlock (revoking);
  if
  :: batch != 0 ->
     lock (shard[HOME]);
     if
     :: !closed -> ring_push (HOME, batch); batch = 0
     :: else
     fi;
     note_after_publish ();
     unlock (shard[HOME]);
     if
     :: batch != 0 -> destroy (batch); batch = 0
     :: else
     fi
  :: else
  fi
}

#ifdef BYTES

/* Reclaim. */

/* So much is missing for the first in the queue, or too much if there are no waiters. */
#define WANTED (n_queued > 0 -> waiters[queue[0]].wanted : 0)
#define SHORTAGE (used + WANTED > max -> used + WANTED - max : n_queued > 0)

#define IS_SHORT (SIZE_OF (doomed) < n_short)

/* Until that is covered. Nothing else happens with the shard locked. */
inline take_from_ring (s)
{
  if
  :: IS_SHORT ->
     d_step
     {
       !shard[s] ->
       assert (IS_THERE);
       do
       :: IS_SHORT && ring[s] != 0 ->
          batch = ONE (ring[s]);
          ring[s] = ring[s] & ~batch;
          to_hand (batch);
          doomed = doomed | batch
       :: else -> break
       od;
       batch = 0
     }
  :: else
  fi
}

/* A buffer that is to go: to the first waiter, if it is of use there. */
inline give_up (it)
{
  has_waiters (sees);
  if
  :: sees -> sees = false; quota_hand_over (1, SIZE_OF (it), it)
  :: else
  fi;
  if
  :: got -> got = false
  :: else -> destroy (it)
  fi
}

/* From the rings, and else from caches too if a glance says so: nothing relies on that.
 * Waiters that were noted then are served by the caller: in bp-trim.c that comes first. */
inline reclaim ()
{
  take_from_ring (0);
  take_from_ring (1);
  if
  :: IS_SHORT && (cached[0] != 0 || cached[1] != 0 || room[0] || room[1]) ->
     trim ();
     take_from_ring (0);
     take_from_ring (1)
  :: true
  fi;
  d_step { found = noted || doomed != 0; n_short = 0 };
  do
  :: d_step { doomed != 0 -> batch = ONE (doomed); doomed = doomed & ~batch };
     give_up (batch);
     batch = 0
  :: else -> break
  od
}

/* For waiters, or what is too much, until nothing is missing or nothing lies idle. */
inline budget_serve ()
{
  do
  :: lock_quota ();
     serve ();
     n_short = SHORTAGE;
     unlock_quota ();
     if
     :: n_short > 0 ->
        reclaim ();
        if
        :: noted -> noted = false; end_note ()
        :: else
        fi;
        if
# ifdef MUTATE_RECLAIM_ONCE
        :: found -> found = false; break
# else
        :: found -> found = false
# endif
        :: else -> break
        fi
     :: else -> break
     fi
  od
}

# if defined MUTATE_WATCH_LEAVES_ON
#  define turn_off() skip
# else
#  define turn_off() d_step { !revoking -> assert (IS_THERE); off = true }
# endif

/* Every return is seen from then on. */
inline watch ()
{
# if defined MUTATE_OFF_LATE
  trim ();
  turn_off ();
# elif defined MUTATE_WATCH_KEEPS_CACHES
  turn_off ();
# else
  turn_off ();
  trim ();
# endif
# ifdef MUTATE_WATCH_DOES_NOT_RECLAIM
  see_to_waiters ()
# else
  if
  :: noted -> noted = false; end_note ()
  :: else
  fi;
  budget_serve ()
# endif
}

/* Whether a waiter has come meanwhile is seen with the revoking mutex. */
inline end_watch ()
{
# ifdef MUTATE_END_WATCH_EARLY
  is_short (sees);
# endif
  try_lock (revoking);
  if
  :: got ->
# ifndef MUTATE_END_WATCH_EARLY
     is_short (sees);
# endif
     off = sees;
     unlock (revoking)
  :: else
  fi;
  d_step { sees = false; got = false }
}

# define serve_noted() budget_serve ()
#else
# define serve_noted() quota_serve ()
#endif

/* With nothing locked: waiters that were noted are served. */
inline see_to_waiters ()
{
  if
  :: noted -> noted = false; serve_noted (); end_note ()
  :: else
  fi
}
