/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Acquire. */

/* With the shard locked and the cell busy, and a buffer of it in hand: perhaps another one
 * for the cache. Then the places that the cache is not to keep, of the one in hand and
 * vacant ones, are k. */
inline refill (s)
{
  load_cache (me);
  if
  :: COUNT (l) < SIZE && p < SIZE ->
     ring_pop (s, batch);
     d_step
     {
       cached[me] = l | batch;
       l = l | batch;
       p = p + COUNT (batch);
       places[me] = p;
       has[me] = has[me] & ~batch;
       moving = moving - COUNT (batch)
     }
  :: true
  fi;
  if
  :: p < SIZE -> d_step { places[me] = p + 1; moving--; k = 0 }
  :: d_step { k = 1 + p - COUNT (l); places[me] = COUNT (l); moving = moving + k - 1 }
  fi
}

inline take_from_shard (s)
{
  if
  :: b == 0 && ring[s] != 0 ->
     try_lock (got, shard[s]);
     if
     :: got ->
        ring_pop (s, b);
#ifdef MUTATE_UNLOCK_FIRST
        unlock (shard[s]);
#endif
        k = COUNT (b);
        if
        :: b != 0 ->
           enter_in_slow_path ();
           if
           :: entered -> refill (s); cache_leave ()
           :: else
           fi
        :: else
        fi;
#if defined MUTATE_UNLOCK_FIRST
        give_places (moving);
#elif defined MUTATE_GIVE_LATE
        unlock (shard[s]);
        give_places (moving);
#else
        give_places (moving);
        unlock (shard[s]);
#endif
        got = false
     :: else
     fi
  :: else
  fi
}

/* Search, with the revoking mutex. */

/* From a cache that is the thread's. */
inline gather_buffers (all)
{
  try_lock (got, shard[me]);
  if
  :: got ->
     got = false;
     load_cache (other);
     batch = (all -> l : ONE (l));
     found = found || batch != 0;
     take_batch (other);
     ring_push (me, batch);
     d_step { l = 0; p = 0 };
     unlock (shard[me])
  :: else
  fi
}

inline search_ended ()
{
  lock (slots);
  if
  :: is_made[other] && !taken[other] && places[other] > 0 ->
     found = places[other] > COUNT (cached[other]);
     gather_buffers (true);
     gather_vacant (other)
  :: else
  fi;
  unlock (slots);
  unlock (revoking)
}

/* Waits for the owner, or gives up. */
inline search_living (wants_places)
{
  if
  :: is_made[other] ->
     revoked[other] = true;
     if
     :: !busy[other] ->
        if
        :: wants_places ->
           found = found || places[other] > COUNT (cached[other]);
           gather_vacant (other)
        :: else ->
#ifdef MUTATE_LOOK_LETS_GO
           load_cache (other);
           batch = ONE (l);
           take_batch (other)
#else
           gather_buffers (false)
#endif
        fi
     :: busy[other]
     fi;
     revoked[other] = false
  :: else
  fi;
  unlock (revoking)
#ifdef MUTATE_LOOK_LETS_GO
  ;
  lock (shard[me]);
  ring_push (me, batch);
  unlock (shard[me])
#endif
}

/* Return. */

/* With the shard locked and the cell busy. A full cache sends some or all to the ring; one
 * of a thread that only returns, b as well. */
inline put_into_cache ()
{
  load_cache (me);
  if
  :: batch = ONE (l)
  :: batch = l
  :: batch = 0
  fi;
  if
  :: batch != 0 -> take_batch (me); ring_push (me, batch)
  :: else
  fi;
  if
  :: l == 0 && p > 0 -> d_step { p--; places[me] = p; moving++ }; ring_push (me, b)
  :: COUNT (l) == p ->
     take_places (1, moving);
     if
     :: k > 0 && l == 0 -> k = 0; ring_push (me, b)
     :: p + k <= SIZE -> d_step { p = p + k; places[me] = p; moving = moving - k; k = 0 }
     :: else -> give_places (moving)
     fi
  :: true
  fi;
  if
  :: b != 0 && COUNT (l) < p -> cache_add ()
  :: else
  fi
}

inline put ()
{
#ifdef MUTATE_TAKE_EARLY
  take_places (1, moving);
#endif
  lock_shard (me);
#ifdef MUTATE_TAKE_EARLY
  give_places (moving);
#endif
  enter_in_slow_path ();
  if
  :: entered -> put_into_cache (); cache_leave ()
  :: else ->
     take_places (1, moving);
     if
     :: k > 0 -> k = 0; ring_push (me, b)
     :: else -> refused = is_made[me] && revoked[me]
     fi
  fi;
  unlock_shard (me)
}

/* The oldest of a ring makes room for b, for the own cache if it is the own ring. */
inline replace_in_ring (s)
{
  if
  :: b != 0 && ring[s] != 0 ->
     lock_shard (s);
     ring_pop (s, batch);
     if
     :: batch != 0 ->
        d_step { doomed = doomed | batch; batch = 0 };
        if
        :: s == me ->
           enter_in_slow_path ();
           load_cache (me);
           if
           :: entered && p < SIZE -> d_step { places[me] = p + 1; moving-- }; cache_add ()
           :: else
           fi;
           cache_leave ()
        :: else
        fi;
        if
        :: b != 0 -> ring_push (s, b)
        :: else
        fi
     :: else
     fi;
     unlock_shard (s)
  :: else
  fi
}

/* Where all rings are empty, the oldest of the own cache; else b itself is not kept. */
inline replace_oldest ()
{
  replace_in_ring (me);
  replace_in_ring (other);
  if
  :: b != 0 ->
     enter_in_slow_path ();
     load_cache (me);
     if
     :: entered && l != 0 ->
        d_step
        {
          batch = ONE (l);
          cached[me] = (l & ~batch) | b;
          has[me] = (has[me] | batch) & ~b;
          doomed = doomed | batch;
          b = 0
        }
     :: else
     fi;
     cache_leave ()
  :: else
  fi;
  d_step { doomed = doomed | b; b = 0 }
}

/* A debt is paid while b is in hand. */
inline pay_if_owed ()
{
  if
  :: free < 0 -> lock (revoking); call_trim (PAY)
  :: else
  fi
}

/* A setter that has revoked all caches must not overlook a new one. */
inline make_cache ()
{
  if
  :: !is_made[me] && !caches_off ->
#ifdef MUTATE_MAKE_UNSEEN
     is_made[me] = true
#else
     try_lock (got, revoking);
     if
     :: got -> is_made[me] = true; got = false; unlock (revoking)
     :: else
     fi
#endif
  :: else
  fi
}

/* Nothing is dropped while a thread that had ended before holds a vacant place. */
#define ENDED_HAS_VACANT (was_ended && places[other] > COUNT (cached[other]))

inline return_slow ()
{
  was_ended = !taken[other];
  make_cache ();
  pay_if_owed ();
  do
  :: b != 0 && max > 0 ->
     put ();
     if
     :: b == 0
     :: b != 0 && refused -> refused = false; lock (revoking); unlock (revoking)
     :: b != 0 && !refused ->
#ifndef MUTATE_ENDED_KEEP
        lock (revoking);
        search_ended ();
#endif
        if
        :: !found && !has_looked -> has_looked = true; lock (revoking); search_living (true)
        :: true
        fi;
        if
        :: found -> found = false
        :: else -> assert (!ENDED_HAS_VACANT); replace_oldest ()
        fi
     fi
  :: b != 0 && max == 0 -> d_step { doomed = doomed | b; b = 0 }
  :: b == 0 -> break
  od;
  atomic { has_looked = false; was_ended = false };
  destroy_doomed ()
}

inline acquire_slow ()
{
  make_cache ();
  take_from_shard (me);
  take_from_shard (other);
  if
  :: b == 0 ->
     try_lock (got, revoking);
     if
     :: got ->
        got = false;
        if
        :: search_ended ()
        :: search_living (false)
        fi;
        found = false;
        take_from_shard (me)
     :: else
     fi
  :: else
  fi;
  if
  :: b == 0 && FRESH != 0 -> d_step { b = FRESH; alive = alive | b; has[me] = has[me] | b }
  :: else
  fi
}

/* A thread without a reference to the pool only returns. */
proctype owner (byte me; bool has_ref)
{
  byte b, l, p, r, k, batch, doomed, n_ops;
  short left;
  bool entered, got, refused, found, has_looked, was_ended;
  byte other = 1 - me;

  do
  :: n_ops < OPS ->
     n_ops++;
     if
     :: has_ref ->
        cache_pop ();
        if
        :: b == 0 -> acquire_slow ()
        :: else
        fi;
        b = 0
     :: has[me] != 0 ->
        b = ONE (has[me]);
        cache_push ();
        if
        :: b != 0 -> return_slow ()
        :: else
        fi
     fi
  :: else -> break
  od;
  lock (slots);
  taken[me] = false;
  unlock (slots);
  atomic { n_refs = n_refs - has_ref; n_running-- }
}
