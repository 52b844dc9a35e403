/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The alarm of idle-timeout, which is not set while nothing lies idle: bp-age.c and
 * bp-alarm.c, and what returns do with them, function by function. One cache and its owner,
 * one ring, a thread without a cache, and one that looks into the cache for buffers. The
 * first two take and give back, OPS times together; the alarm frees what lies there, or finds
 * that it is not old. One run has all of it.
 *
 * A run ends when no thread can do anything more. Nothing may lie idle then, since the alarm
 * would never look again.
 *
 * cache.pml has which thread may touch a cache: here the cell is entered in one step.
 * is_asleep is sequentially consistent in the code, and everything else is under a mutex or
 * in the cell. There is always a place, so nothing is dropped.
 */

#ifndef OPS
# define OPS 4
#endif
#define PLACES 4

bool revoking;
bool shard;
byte ring;
byte n_free = PLACES;

/* The cache. */
bool bias;
bool in_cell;
byte n;
byte n_places;

/* How many buffers went from the cache to the ring by a look. */
byte n_gathered;

bool is_asleep;
/* Whether the source is set. */
bool is_set = true;

byte n_running = 3;

inline lock_shard ()
{
  atomic { !shard -> shard = true }
}

inline unlock_shard ()
{
  shard = false
}

inline enter ()
{
  atomic { got = has_cache && !bias; in_cell = in_cell || got }
}

inline leave ()
{
  in_cell = false
}

inline exchange_asleep ()
{
  atomic { got = is_asleep; is_asleep = false }
}

inline alarm_wake ()
{
  exchange_asleep ();
  if
  :: got -> is_set = true
  :: else
  fi
}

/* With the shard locked: into the cache, with a place more where it has none left. */
inline put ()
{
  enter ();
  if
  :: got ->
     if
     :: n == n_places -> d_step { n_free--; n_places++ }
     :: else
     fi;
     n++;
     leave ()
  :: else -> d_step { n_free--; ring++ }
  fi
}

inline give_back ()
{
  enter ();
  if
  :: got && n < n_places -> n++; held = false
  :: else
  fi;
  if
  :: got -> leave ()
  :: else
  fi;

  if
  :: held ->
#ifdef MUTATE_LOOK_EARLY
     sees = is_asleep;
#endif
     lock_shard ();
     put ();
     held = false;
#ifndef MUTATE_LOOK_EARLY
     sees = is_asleep;
#endif
     unlock_shard ();
     if
     :: sees -> alarm_wake ()
     :: else
     fi
  :: else
  fi
}

/* From the cache, or from the ring: then its place goes to the cache. Else it is made. */
inline acquire ()
{
  enter ();
  if
  :: got && n > 0 -> n--; held = true
  :: else
  fi;
  if
  :: got -> leave ()
  :: else
  fi;

  if
  :: !held ->
     lock_shard ();
     if
     :: ring > 0 ->
        ring--;
        enter ();
        if
        :: got -> n_places++; leave ()
        :: else -> n_free++
        fi
     :: else
     fi;
     unlock_shard ();
     held = true
  :: else
  fi
}

proctype user (bool has_cache)
{
  byte n_ops;
  bool held, got, sees;

  do
  :: n_ops < OPS ->
     n_ops++;
     if
     :: held -> give_back ()
     :: else -> acquire ()
     fi
  :: else -> break
  od;
  atomic { assert (!held); n_running-- }
}

/* With the mutex until it is handed back. */
inline revoke ()
{
  atomic { !revoking -> revoking = true };
  bias = true;
#ifndef MUTATE_NO_WAIT
  !in_cell
#endif
}

inline hand_back ()
{
  bias = false;
  revoking = false
}

/* bp-search.c, with the buffers' places. */
proctype looker ()
{
  revoke ();
  if
  :: n > 0 ->
     lock_shard ();
     d_step { n_places = n_places - n; ring = ring + n; n = 0 };
#ifndef MUTATE_GATHERS_UNSEEN
     n_gathered++;
#endif
     unlock_shard ()
  :: else
  fi;
  hand_back ();
  n_running--
}

/* Frees what is old in the ring, and what is old in the cache. */
inline look ()
{
  if
  :: lock_shard (); d_step { n_free = n_free + ring; ring = 0 }; unlock_shard ()
  :: skip
  fi;
  if
  :: revoke (); d_step { n_free = n_free + n_places; n_places = 0; n = 0 }; hand_back ()
  :: skip
  fi
}

inline see_if_idle ()
{
  lock_shard ();
#ifdef MUTATE_ONLY_CACHES
  is_idle = false;
#else
  is_idle = ring > 0;
#endif
  unlock_shard ();
  is_idle = is_idle || n > 0
}

inline see_if_places ()
{
  atomic { !revoking -> revoking = true };
#if defined (MUTATE_NO_SECOND_LOOK)
  is_idle = false;
#elif defined (MUTATE_LOOKS_AT_BUFFERS)
  is_idle = n > 0;
#else
  is_idle = n_places > 0;
#endif
  is_idle = is_idle || n_gathered != seen;
  revoking = false
}

/* All vacant places go to the number. */
inline take_vacant ()
{
  revoke ();
  d_step { n_free = n_free + n_places - n; n_places = n };
  hand_back ()
}

inline fall_asleep ()
{
#if defined (MUTATE_LOOKS_FIRST)
  seen = n_gathered;
  see_if_idle ();
  is_asleep = true;
#elif defined (MUTATE_NO_FIRST_LOOK)
  seen = n_gathered;
  is_idle = false;
  is_asleep = true;
#else
  is_asleep = true;
  seen = n_gathered;
  see_if_idle ();
#endif
  if
  :: !is_idle -> take_vacant (); see_if_places ()
  :: else
  fi;

  if
  :: !is_idle -> sleeps = true
  :: else ->
     exchange_asleep ();
#ifdef MUTATE_STAYS_ASLEEP
     sleeps = true
#else
     sleeps = !got
#endif
  fi
}

proctype alarm ()
{
  bool is_idle, sleeps, got;
  byte seen;

end:
  do
  :: is_set ->
#ifndef MUTATE_UNSET_LATE
     is_set = false;
#endif
     look ();
     fall_asleep ();
#ifdef MUTATE_UNSET_LATE
     is_set = !sleeps
#else
     if
     :: !sleeps -> is_set = true
     :: else
     fi
#endif
  od
}

init
{
  atomic
  {
    run alarm ();
    run user (true);
    run user (false);
    run looker ()
  };

  timeout;
  d_step
  {
    assert (n_running == 0);
    assert (is_asleep && ring == 0 && n == 0);
    assert (n_places == 0 && n_free == PLACES)
  }
}
