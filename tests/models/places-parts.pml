/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Locks, the number, caches and rings. A thread that uses these has the bytes b, l, p, r,
 * k and batch, and the short left, 0 between two of them but for b: l and p are what was
 * loaded of a cache and its places, r of a ring.
 */

inline lock (mutex)
{
  d_step { !mutex -> mutex = true }
}

inline try_lock (got, mutex)
{
  d_step { got = !mutex; mutex = true }
}

inline unlock (mutex)
{
  mutex = false
}

/* The number. What is taken from it, or given, is from then on, or was, in an account. */

#ifdef MUTATE_TAKE_BY_STORE
inline take_places (n_wanted, account)
{
  d_step { k = MIN ((free > 0 -> free : 0), n_wanted); left = free - k };
  d_step { free = left; account = account + k; left = 0 }
}
#else
inline take_places (n_wanted, account)
{
  d_step
  {
    k = MIN ((free > 0 -> free : 0), n_wanted);
    free = free - k;
    account = account + k
  }
}
#endif

#ifdef MUTATE_GIVE_BY_STORE
inline give_places (account)
{
  left = free + k;
  d_step { free = left; account = account - k; left = 0; k = 0 }
}
#else
inline give_places (account)
{
  d_step { free = free + k; account = account - k; k = 0 }
}
#endif

/* Caches. */

#ifdef MUTATE_OWNER_SKIPS_CELL
# define enter_in_slow_path() entered = is_made[me]
#else
# define enter_in_slow_path() cache_enter ()
#endif

inline cache_enter ()
{
  d_step { entered = is_made[me] && !revoked[me] && !caches_off; busy[me] = entered }
}

inline cache_leave ()
{
  d_step { busy[me] = false; entered = false; l = 0; p = 0; batch = 0 }
}

inline load_cache (i)
{
  d_step { l = cached[i]; p = places[i] }
}

/* There is a vacant place. */
inline cache_add ()
{
  d_step { cached[me] = l | b; l = l | b; has[me] = has[me] & ~b; b = 0 }
}

inline cache_pop ()
{
  cache_enter ();
  if
  :: entered ->
     load_cache (me);
     if
     :: l != 0 -> d_step { b = ONE (l); cached[me] = l & ~b; has[me] = has[me] | b }
     :: else
     fi;
     cache_leave ()
  :: else
  fi
}

inline cache_push ()
{
  cache_enter ();
  if
  :: entered ->
     load_cache (me);
     if
     :: COUNT (l) < p -> cache_add ()
     :: else
     fi;
     cache_leave ()
  :: else
  fi
}

#ifdef MUTATE_KEEP_PLACES
# define PLACES_OF(set) 0
#else
# define PLACES_OF(set) COUNT (set)
#endif

/* By the owner or a revoker: a batch of what was loaded, into the hand, with its places. */
inline take_batch (i)
{
  d_step
  {
    cached[i] = l & ~batch;
    places[i] = p - PLACES_OF (batch);
    l = cached[i];
    p = places[i];
    has[me] = has[me] | batch;
    moving = moving + COUNT (batch)
  }
}

inline gather_vacant (i)
{
  load_cache (i);
  d_step { k = p - COUNT (l); places[i] = COUNT (l); moving = moving + k; l = 0; p = 0 };
  give_places (moving)
}

/* Rings, with the shard locked. */

#ifdef MUTATE_OWNER_SKIPS_SHARD
# define lock_shard(s) skip
# define unlock_shard(s) skip
#else
# define lock_shard(s) lock (shard[s])
# define unlock_shard(s) unlock (shard[s])
#endif

inline ring_push (s, set)
{
  r = ring[s];
  d_step
  {
    ring[s] = r | set;
    has[me] = has[me] & ~set;
    moving = moving - COUNT (set);
    set = 0;
    r = 0
  }
}

/* Into set, which stays empty if the ring is. */
inline ring_pop (s, set)
{
  r = ring[s];
  d_step
  {
    set = ONE (r);
    ring[s] = r & ~set;
    has[me] = has[me] | set;
    moving = moving + COUNT (set);
    r = 0
  }
}

/* With nothing locked. */
inline destroy_doomed ()
{
  d_step { alive = alive & ~doomed; has[me] = has[me] & ~doomed; doomed = 0 }
}
