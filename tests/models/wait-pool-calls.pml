/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Acquire and return: bp-acquire.c, bp-search.c, bp-admission.c and bp-return.c, as far as
 * they decide which threads wait and which are woken.
 *
 * A thread that acquires has the bytes wanted, owner, patience and result, and the bools entered,
 * keeps, has_share, admitted and failed. Its share is a permit, or bytes that no thread has yet.
 */

inline cache_pop ()
{
  d_step
  {
    assert (IS_THERE);
    if
    :: HAS_CACHE && !revoked[HOME] && (cached[HOME] & FITTING) != 0 ->
       b = ONE (cached[HOME] & FITTING);
       cached[HOME] = cached[HOME] & ~b;
       to_hand (b)
    :: else
    fi
  }
}

inline enter ()
{
  d_step { entered = HAS_CACHE && !revoked[HOME]; busy[HOME] = busy[HOME] || entered }
}

inline leave ()
{
  d_step { busy[HOME] = busy[HOME] && !entered; entered = false }
}

#ifdef MUTATE_OFF_BEFORE_ENTER
# define look_before() keeps = !off && !closed
# define look_inside() keeps = keeps && entered
#else
# define look_before() skip
# define look_inside() keeps = entered && !off && !closed
#endif

/* A shard that is locked may be passed over. */
inline take_from_ring_of (s)
{
  if
  :: b == 0 && (ring[s] & FITTING) != 0 ->
     look_before ();
     lock (shard[s]);
     d_step
     {
       b = ONE (ring[s] & FITTING);
       ring[s] = ring[s] & ~b;
       to_hand (b)
     };
#ifdef PERMITS
     if
     :: b != 0 && !has_share -> quota_add (1)
     :: else
     fi;
#endif
     enter ();
     look_inside ();
     /* Another one for the cache; the place of the first remains there. */
     if
     :: keeps && ring[s] != 0 ->
        d_step { batch = ONE (ring[s]); ring[s] = ring[s] & ~batch; to_hand (batch) };
#ifdef PERMITS
        quota_add (1);
#endif
        d_step
        {
          cached[HOME] = cached[HOME] | batch;
          from_hand (batch);
          batch = 0
        }
     :: true
     fi;
     room[HOME] = room[HOME] || keeps;
     leave ();
     keeps = false;
     unlock (shard[s])
  :: b != 0 || (ring[s] & FITTING) == 0 || MAY_FAIL
  fi
}

/* From the cache of another thread to a ring. No waiter is looked for: one that waits by then
 * will revoke the caches before it sleeps, or the thread that set a limit does. */
inline search ()
{
  try_lock (revoking);
  if
  :: got ->
     got = false;
     revoked[1 - HOME] = true;
     !busy[1 - HOME];
#ifdef MUTATE_LOOK_LETS_GO
     d_step { batch = cached[1 - HOME]; cached[1 - HOME] = 0; to_hand (batch) };
     revoked[1 - HOME] = false;
     unlock (revoking);
     lock (shard[HOME]);
     ring_push (HOME, batch);
     batch = 0;
     unlock (shard[HOME])
#else
     lock (shard[HOME]);
     d_step { batch = cached[1 - HOME]; cached[1 - HOME] = 0; to_hand (batch) };
     ring_push (HOME, batch);
     batch = 0;
     unlock (shard[HOME]);
     revoked[1 - HOME] = false;
     unlock (revoking)
#endif
  :: else
  fi
}

#ifdef MUTATE_PERMIT_FOR_CACHED
# define MAY_POP true
#else
# define MAY_POP !has_share
#endif

inline take_idle ()
{
  if
#ifdef BYTES
  :: true -> cache_pop ()
#else
  :: MAY_POP -> cache_pop ()
  :: else
#endif
  fi;
  take_from_ring_of (HOME);
  take_from_ring_of (1 - HOME);
  if
  :: b == 0 && HAS_CACHE && cached[1 - HOME] != 0 -> search (); take_from_ring_of (HOME)
  :: true
  fi
}

/* Or there is no memory, or the program's function fails. */
inline make ()
{
  if
  :: d_step { FRESH != 0 -> b = FRESH; alive = alive | b; to_hand (b); refs++ }
  :: FRESH == 0 || MAY_FAIL -> failed = true
  fi
}

#ifdef BYTES

/* Takes its share if there is one, and reclaims what is short for that. */
inline charge ()
{
  do
  :: quota_take (wanted);
     if
     :: got -> d_step { has_share = true; got = false }; break
     :: else
     fi;
     has_waiters (sees);
     if
     :: sees -> sees = false; break
     :: else
     fi;
     n_short = (used + wanted > max -> used + wanted - max : 0);
     if
     :: n_short > 0 ->
        reclaim ();
        see_to_waiters ();
        if
        :: found -> found = false
        :: else -> break
        fi
     :: else
     fi
  od
}

inline request ()
{
  take_idle ();
  if
  :: b == 0 && !has_share -> charge ()
  :: else
  fi;
  if
  :: b == 0 && has_share ->
     make ();
     if
     :: b != 0 -> has_share = false
     :: else
     fi
  :: else
  fi
}

#else

inline request ()
{
  if
  :: limited && !has_share ->
     quota_take (1);
     d_step { has_share = got; admitted = got; got = false }
  :: limited && has_share -> admitted = true
  :: !limited -> admitted = true
  fi;
  if
  :: admitted ->
     take_idle ();
     if
     :: b == 0 ->
        make ();
        if
        :: b != 0 && !has_share -> quota_add (1)
        :: else
        fi
     :: else
     fi;
     d_step { has_share = has_share && b == 0; admitted = false }
  :: else
  fi
}

#endif

#ifdef MUTATE_FLAG_UNSEEN
# define IS_CLOSED false
#else
# define IS_CLOSED closed
#endif

inline wait_for_turn ()
{
  d_step
  {
    waiters[me].wanted = wanted;
    waiters[me].owner = owner;
    waiters[me].is_there = true
  };
#ifdef MUTATE_WATCH_BEFORE_JOIN
  watch ();
#endif
  quota_join ();
  if
  :: IS_CLOSED -> quota_dismiss (CLOSED)
#if defined BYTES && !defined MUTATE_WATCH_BEFORE_JOIN
  :: else -> watch ()
#else
  :: else
#endif
  fi;
  sleep_until ();
  quota_leave ();
  d_step
  {
    assert (result != QUEUED || patience == TIMED);
    assert (result != CLOSED || closed);
    has_share = (result == SERVED);
    b = waiters[me].handed;
    waiters[me].handed = 0;
    waiters[me].wanted = 0;
    waiters[me].owner = 0;
    waiters[me].state = OUTSIDE;
    waiters[me].is_there = false;
    waiters[me].woken = false
  }
}

inline acquire ()
{
  if
  :: patience == NEVER -> cache_pop ()
  :: else
  fi;
  do
  :: b == 0 ->
     request ();
     if
     :: b != 0 -> break
     :: b == 0 && (patience == NEVER || failed) -> failed = false; break
     :: else
     fi;
     wait_for_turn ();
     if
     :: result == SERVED || result == HANDED -> result = 0
     :: else -> result = 0; break
     fi
  :: else -> break
  od;
  if
  :: has_share -> has_share = false; quota_give (wanted)
  :: else
  fi
}

/* Return. */

inline cache_push ()
{
  d_step
  {
    assert (IS_THERE);
    if
    :: HAS_CACHE && !revoked[HOME] && room[HOME] ->
       cached[HOME] = cached[HOME] | b;
       from_hand (b);
       b = 0
    :: else
    fi
  }
}

/* Into the own cache, or the own ring. Waiters are noted last, with the shard locked. */
inline put ()
{
  look_before ();
#ifdef MUTATE_NOTE_BEFORE_LOCK
  note_waiters ();
#endif
  lock (shard[HOME]);
#ifdef MUTATE_NOTE_BEFORE_PUSH
  note_waiters ();
#endif
  enter ();
  look_inside ();
  if
  :: keeps ->
     if
     :: cached[HOME] != 0 ->
        d_step { batch = cached[HOME]; cached[HOME] = 0; to_hand (batch) };
        ring_push (HOME, batch);
        batch = 0
     :: true
     fi;
     d_step
     {
       cached[HOME] = cached[HOME] | b;
       room[HOME] = true;
       from_hand (b);
       b = 0
     }
  :: else
  fi;
  leave ();
  if
  :: !keeps && !closed -> ring_push (HOME, b); b = 0
  :: else
  fi;
  keeps = false;
#if defined MUTATE_NOTE_BEFORE_LOCK || defined MUTATE_NOTE_BEFORE_PUSH
  unlock (shard[HOME])
#elif defined MUTATE_NOTE_AFTER_UNLOCK
  unlock (shard[HOME]);
  note_waiters ()
#else
  note_waiters ();
  unlock (shard[HOME])
#endif
}

#ifdef BYTES

/* A waiter gets it, or its bytes. Without a waiter, the watch may come to its end. */
inline take_returned ()
{
  is_short (sees);
  if
  :: sees ->
     sees = false;
     give_up (b);
     b = 0
  :: else ->
     if
     :: off -> end_watch ()
     :: true
     fi
  fi
}

#endif

/* What it leaves in b is not kept. */
inline place ()
{
  /* The inlined path looks for nothing else. */
  if
  :: cache_push ()
  :: true
  fi;
#ifdef BYTES
  if
  :: b != 0 -> take_returned ()
  :: else
  fi;
#endif
  if
  :: b != 0 -> cache_push ()
  :: else
  fi;
  if
  :: b != 0 -> put (); see_to_waiters ()
  :: else
  fi
}
