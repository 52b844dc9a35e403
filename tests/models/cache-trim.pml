/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The pool's number of places, its ring, and what trimming does: bp-core.c, bp-shard.c and
 * bp-trim.c. The numbers themselves are in places.pml; here is what they do to a cache.
 */

/* The ring is a set, of which the lowest number is now the newest and now the oldest:
 * only the holder of the shard's mutex looks at it, and in one step. */

inline ring_push (b)
{
  d_step { put (b); ring = ring | BIT (b); b = 0 }
}

inline ring_pop (into)
{
  d_step { lowest (into, ring); take (into); ring = ring & ~BIT (into) }
}

/* Places: one atomic operation each. */

/* As many as there are, at most so many, into k. */
inline take_places (wanted)
{
  d_step
  {
    k = (free <= 0 -> 0 : (free < (wanted) -> free : (wanted)));
    free = free - k
  }
}

inline give_places (n_given)
{
  free = free + (n_given)
}

/* What is owed, from k places in hand. */
inline pay ()
{
  d_step
  {
    j = (free >= 0 -> 0 : (0 - free < k -> 0 - free : k));
    free = free + j;
    in_hand = in_hand - j;
    k = k - j;
    j = 0
  }
}

/* Buffers are destroyed with nothing locked. What counts them, and the references to the
 * pool, is an atomic operation that acquires and releases. */

inline doom (c)
{
  d_step { has = has & ~BIT (c); doomed = doomed | BIT (c); c = 0 }
}

inline destroy_doomed ()
{
  if
  :: doomed != 0 -> atomic { fence (); alive = alive & ~doomed; doomed = 0 }
  :: else
  fi
}

inline drop_reference ()
{
  fence ();
  n_refs--
}

/* Locks of revokers. */

#ifdef MUTATE_NO_REVOKING
# define lock_revoking() skip
# define try_revoking(got) got = true
# define unlock_revoking() skip
#else
# define lock_revoking() lock (REVOKING)
# define try_revoking(got) try_lock (got, REVOKING)
# define unlock_revoking() unlock (REVOKING)
#endif

#ifdef MUTATE_HAND_BACK_FIRST
# define BEFORE_WORK cache_hand_back ();
# define AFTER_WORK skip
#else
# define BEFORE_WORK
# define AFTER_WORK cache_hand_back ()
#endif

/* Of a cache that is the thread's. */
inline gather_vacant ()
{
  load (n, N_BUFFERS);
  load (places, PLACES);
  if
  :: places > n -> set_places (n); give_places (places - n)
  :: else
  fi;
  atomic { n = 0; places = 0 }
}

/* The oldest, as many as it likes, or all. */
inline gather_buffers (all)
{
  try_lock (got, SHARD);
  if
  :: got ->
     load (n, N_BUFFERS);
     load (places, PLACES);
     do
     :: n > 0 -> take_oldest (); ring_push (c); places--
     :: n == 0 || !(all) -> break
     od;
     set_places (places);
     atomic { n = 0; places = 0 };
     unlock (SHARD)
  :: else
  fi
}

/* Trimming, with REVOKING and, if result is DONE, the cache. */

/* Without a barrier the cache is the thread's if no thread has the slot: its next one
 * will see the bias, which was set before. Else its owner has something to settle. */
inline revoke_all ()
{
  cache_revoke ();
#ifdef BARRIER_MAY_FAIL
  if
  :: result == FAILED ->
     has_failed = true;
     lock (SLOTS);
# ifdef MUTATE_ENDED_STAYS
     atomic { is_behind = true; stuck = true };
# else
     atomic { result = (taken -> FAILED : DONE); is_behind = taken; stuck = taken };
# endif
# ifdef MUTATE_ENDED_WITHOUT_BIAS
     if
     :: result == DONE -> store (BIAS, 0)
     :: else
     fi;
# endif
     unlock (SLOTS)
  :: else -> has_failed = false
  fi
#endif
}

/* What is taken out stays in hand with its places, and is published with nothing locked. */
inline empty_cache ()
{
  load (n, N_BUFFERS);
  do
  :: n > 0 ->
     load (places, PLACES);
     take_oldest ();
     d_step { hand = hand | BIT (c); in_hand++; c = 0 };
     set_places (places - 1)
  :: else -> break
  od;
  places = 0;
  gather_vacant ()
}

/* Vacant places pay first. */
inline relieve_cache (empties)
{
  if
  :: (empties) || is_behind || caches_off -> is_behind = false; empty_cache ()
  :: else ->
     if
     :: free < 0 -> gather_vacant ()
     :: else
     fi
  fi
}

#ifdef MUTATE_SKIP_EMPTY_SHARD
# define HAS_SURPLUS (surplus > 0 && ring != 0)
#else
# define HAS_SURPLUS (surplus > 0)
#endif

/* Then the ring's oldest, then the cache's. */
inline drop_surplus ()
{
  do
  :: d_step { surplus = (free < 0 -> 0 - free : 0); before = surplus };
     if
     :: HAS_SURPLUS ->
        lock (SHARD);
        do
        :: surplus > 0 && ring != 0 -> ring_pop (c); doom (c); give_places (1); surplus--
        :: else -> break
        od;
        unlock (SHARD)
     :: else
     fi;
     if
     :: surplus > 0 && result == DONE ->
        load (n, N_BUFFERS);
        do
        :: n > 0 && surplus > 0 ->
           take_oldest ();
           doom (c);
           load (places, PLACES);
           set_places (places - 1);
           give_places (1);
           surplus--
        :: else -> break
        od;
        atomic { n = 0; places = 0 }
     :: else
     fi;
     if
     :: surplus == before || surplus == 0 -> break
     :: else
     fi
  od;
  assert (free + in_hand >= 0 || result != DONE);
  atomic { surplus = 0; before = 0 }
}

/* What is owed by now is paid with the last of what is in hand. */
inline publish ()
{
  if
  :: hand != 0 ->
     lock (SHARD);
     k = COUNT (hand);
#ifndef MUTATE_PUBLISH_KEEPS
     pay ();
#endif
     do
     :: hand != 0 && k > 0 ->
        lowest (c, hand);
        d_step { hand = hand & ~BIT (c); in_hand--; k-- };
        ring_push (c)
     :: hand != 0 && k == 0 -> lowest (c, hand); d_step { hand = hand & ~BIT (c); doom (c) }
     :: hand == 0 -> break
     od;
     unlock (SHARD)
  :: else
  fi
}
