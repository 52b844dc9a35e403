/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The owner: bp-acquire.c and bp-return.c.
 */

inline slot_get ()
{
  atomic { !taken && memory[SLOTS] == 0 -> lock (SLOTS); taken = true };
  unlock (SLOTS)
}

inline slot_give_back ()
{
  lock (SLOTS);
  taken = false;
  unlock (SLOTS)
}

/* Where the caches are off it is as if this one were revoked. The owner looks after it has
 * entered: turning them off revokes them afterwards. */
inline core_enter ()
{
#ifdef MUTATE_OWNER_SKIPS_CELL
  load (bias, BIAS);
  was_off = caches_off;
#elif defined MUTATE_OFF_BEFORE_ENTER
  was_off = caches_off;
  cache_enter ();
#else
  cache_enter ();
  was_off = caches_off;
#endif
  if
  :: bias == 0 && was_off -> cache_leave (); bias = 1
  :: else
  fi;
  was_off = false
}

/* Outside its cell, which with REVOKING makes the cache the owner's: what it saw was a
 * revoker at work, or one with a failed barrier that left the rest to this thread. */
inline settle_locked ()
{
#ifndef MUTATE_SETTLE_KEEPS
  result = DONE;
  relieve_cache (false);
  drop_surplus ();
#endif
  is_behind = false;
  cache_hand_back ();
  result = 0;
  unlock_revoking ()
}

inline settle_if_revoked ()
{
  load (bias, BIAS);
  if
  :: bias != 0 ->
     try_revoking (got);
     if
     :: got ->
        got = false;
        load (bias, BIAS);
        if
#ifdef BARRIER_MAY_FAIL
        :: bias != 0 -> settle_locked ()
#endif
        :: bias == 0 -> unlock_revoking ()
        fi
     :: else
     fi;
     bias = 0;
     publish ()
  :: else
  fi
}

#ifdef MUTATE_OWNER_WITHOUT_SHARD
# define owner_lock() skip
# define owner_try_lock(got) got = true
# define owner_unlock() skip
#else
# define owner_lock() lock (SHARD)
# define owner_try_lock(got) try_lock (got, SHARD)
# define owner_unlock() unlock (SHARD)
#endif

#ifdef MUTATE_GIVE_LATE
# define GIVE_IN_TIME
# define GIVE_LATE give_places (k); k = 0
#else
# define GIVE_IN_TIME give_places (k); k = 0;
# define GIVE_LATE skip
#endif

/* A batch for the cache, besides the one that is handed out; k becomes the number of places
 * that the cache is not to keep. */
inline refill ()
{
  load (n, N_BUFFERS);
  load (places, PLACES);
  do
  :: COUNT (ring) > 1 && n < SIZE -> ring_pop (b); cache_add (); places++
  :: break
  od;
  places++;
  if
  :: places > n -> k = places - n; places = n
  :: places <= SIZE
  fi;
  set_places (places)
}

inline take_from_shard ()
{
  owner_try_lock (got);
  if
  :: got && ring != 0 ->
#ifdef MUTATE_REFILL_BETWEEN
     ring_pop (b);
     owner_unlock ();
     got = false;
     core_enter ();
     if
     :: bias == 0 ->
        load (n, N_BUFFERS);
        load (places, PLACES);
        if
        :: n < SIZE && places < SIZE -> cache_add (); set_places (places + 1)
        :: else -> doom (b); k = 1
        fi;
        cache_leave ()
     :: else -> doom (b); k = 1
     fi;
#else
     core_enter ();
     if
     :: bias == 0 -> refill (); ring_pop (c); cache_leave ()
     :: else -> ring_pop (c); k = 1
     fi;
#endif
     GIVE_IN_TIME
     atomic { bias = 0; c = 0 }
  :: else
  fi;
  if
  :: got -> got = false; owner_unlock ()
  :: else
  fi;
  GIVE_LATE
}

/* Where it finds nothing it looks into other caches: that is a looker, below, which has no
 * cache of its own. */
inline acquire_slow ()
{
  settle_if_revoked ();
  take_from_shard ()
}

/* A full cache sends its older part to the ring; a thread that only returns sends all
 * of it, and b. */
inline put_into_cache ()
{
  load (n, N_BUFFERS);
  load (places, PLACES);
  do
  :: n > 0 -> take_oldest (); places--; ring_push (c)
  :: break
  od;
  if
  :: places > n -> places--; ring_push (b)
  :: places == n -> take_places (1); if :: k > 0 -> k = 0; ring_push (b) :: else fi
  :: true
  fi;
  if
  :: b != 0 && n == places && n < SIZE -> take_places (1); places = places + k; k = 0
  :: b != 0 && n == places && n < SIZE -> take_places (SIZE - n); places = places + k; k = 0
  :: else
  fi;
  set_places_with_limit (places);
  if
  :: b != 0 && n < places -> cache_add ()
  :: else
  fi
}

inline put_somewhere ()
{
  owner_lock ();
  core_enter ();
  if
  :: bias == 0 -> put_into_cache (); cache_leave ()
  :: else ->
     take_places (1);
     if
     :: k > 0 -> k = 0; ring_push (b)
     :: else -> load (bias, BIAS); refused = (bias != 0)
     fi
  fi;
  bias = 0;
#ifdef MUTATE_WAIT_WITH_SHARD
  if
  :: refused -> lock_revoking (); unlock_revoking ()
  :: else
  fi;
#endif
  owner_unlock ()
}

/* The oldest of the ring makes room for b; if it is empty, the oldest of the own cache; or
 * else b itself is not kept. */
inline replace_oldest ()
{
  owner_lock ();
  if
  :: ring != 0 ->
     ring_pop (c);
     doom (c);
     core_enter ();
     if
     :: bias == 0 ->
        load (n, N_BUFFERS);
        load (places, PLACES);
        if
        :: places < SIZE -> set_places (places + 1); cache_add ()
        :: true
        fi;
        cache_leave ()
     :: else -> bias = 0
     fi;
     if
     :: b != 0 -> ring_push (b)
     :: else
     fi
  :: else
  fi;
  owner_unlock ();
  if
  :: b != 0 ->
     core_enter ();
     if
     :: bias == 0 ->
        load (n, N_BUFFERS);
        if
        :: n > 0 -> take_oldest (); doom (c); cache_add ()
        :: else
        fi;
        cache_leave ()
     :: else -> bias = 0
     fi
  :: else
  fi;
  if
  :: b != 0 -> doom (b)
  :: else
  fi
}

/* With nothing locked, and b in hand. Where barriers fail others' caches are left alone. */
inline pay_debt ()
{
  lock_revoking ();
#ifdef BARRIER_MAY_FAIL
  if
  :: has_failed -> settle_locked ()
  :: else ->
#endif
     revoke_all ();
     if
     :: result == DONE -> relieve_cache (false)
     :: else
     fi;
     drop_surplus ();
     if
     :: result == DONE -> cache_hand_back ()
     :: else
     fi;
     result = 0;
     unlock_revoking ()
#ifdef BARRIER_MAY_FAIL
  fi
#endif
}

inline pay_if_owed ()
{
  if
  :: free < 0 -> pay_debt (); publish (); destroy_doomed ()
  :: else
  fi
}

/* A debt is paid while b is in hand: afterwards nothing may keep the pool. */
inline return_slow ()
{
  settle_if_revoked ();
#ifndef MUTATE_PAY_LATE
  pay_if_owed ();
#endif
  do
  :: b != 0 && max > 0 ->
#ifdef MUTATE_TAKE_EARLY
     take_places (1);
     give_places (k);
     k = 0;
#endif
     put_somewhere ();
     if
     :: b != 0 && refused -> refused = false; lock_revoking (); settle_locked (); publish ()
     :: b != 0 && !refused -> replace_oldest ()
     :: else
     fi
  :: b != 0 && max == 0 -> doom (b)
  :: b == 0 -> break
  od;
#ifdef MUTATE_PAY_LATE
  assert (IS_THERE (PLACES));
  pay_if_owed ();
#endif
  destroy_doomed ()
}

/* A thread without a reference to the pool only returns what is in its hands. */
proctype owner (byte me; byte has; byte n_ops; bool has_ref)
{
  byte b, c, n, room, places, bias, j, k, hand, doomed, surplus, before, result;
  bool got, needs, refused, was_off;

  slot_get ();
  do
  :: n_ops > 0 ->
#ifdef MUTATE_SLOT_EARLY
     if
     :: n_ops == 1 -> slot_give_back ()
     :: else
     fi;
#endif
     n_ops--;
     if
     :: has_ref -> cache_pop (); atomic { needs = (b == 0); b = 0 }
     :: has != 0 -> lowest (b, has); cache_push ()
     :: store (CELL, OTHER_CACHE); store (CELL, NOBODY)
     fi;
     if
     :: needs -> needs = false; acquire_slow (); destroy_doomed ()
     :: b != 0 -> return_slow ()
     :: else
     fi
  :: n_ops == 0 -> break
  od;
#ifndef MUTATE_SLOT_EARLY
  slot_give_back ();
#endif
  if
  :: has_ref -> atomic { drop_reference () }
  :: else
  fi;
  atomic { n_owners--; n_running-- }
}
