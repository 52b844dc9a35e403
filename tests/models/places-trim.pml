/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Trim. Each thread that may call it has a process for it, which runs only while the thread
 * waits. */

#define FREE_PLACES 1
#define PAY 2
#define EMPTY_CACHES 3
#define PUBLISH 4

inline call_trim (what)
{
  call[me] = what;
  call[me] == 0
}

#if defined MUTATE_ONLY_FULL_CACHES
# define IS_SEEN(i) (is_made[i] && cached[i] != 0)
#elif defined MUTATE_ONLY_RINGS
# define IS_SEEN(i) false
#else
# define IS_SEEN(i) is_made[i]
#endif

#ifdef MUTATE_NO_WAIT
# define HAS_LEFT(i) true
#else
# define HAS_LEFT(i) !busy[i]
#endif

#ifdef MUTATE_GIVE_UP
# define MET_BUSY_OWNER skip
#else
# define MET_BUSY_OWNER is_done = false
#endif

inline wait_for_owner (i)
{
  if
  :: !revoked[i]
  :: revoked[i] && HAS_LEFT (i) -> mine[i] = true
  :: revoked[i] && busy[i] -> d_step { revoked[i] = false; MET_BUSY_OWNER }
  fi
}

/* All caches with one barrier. */
inline revoke_all ()
{
  d_step { revoked[0] = IS_SEEN (0); revoked[1] = IS_SEEN (1); is_done = true };
  wait_for_owner (0);
  wait_for_owner (1)
}

inline hand_back_all ()
{
  d_step
  {
    revoked[0] = revoked[0] && !mine[0];
    revoked[1] = revoked[1] && !mine[1];
    mine[0] = false;
    mine[1] = false
  }
}

/* Vacant places pay first. Buffers that are taken out stay in hand with their places, to
 * be published when nothing is locked. */
inline relieve_cache (i)
{
  if
  :: mine[i] && (call[me] == EMPTY_CACHES || caches_off) ->
     load_cache (i);
     batch = l;
     take_batch (i);
     d_step
     {
       hand[me] = hand[me] | batch;
       in_hand = in_hand + COUNT (batch);
       moving = moving - COUNT (batch);
       batch = 0
     }
  :: else
  fi;
  if
#ifndef MUTATE_KEEP_VACANT
  :: mine[i] && (call[me] != PAY || caches_off || free < 0) -> gather_vacant (i)
#endif
  :: else
  fi
}

#ifdef MUTATE_CLOSE_KEEPS_SHARDS
# define IS_VISITED(s) (surplus > 0 && ring[s] != 0)
#else
# define IS_VISITED(s) (surplus > 0)
#endif

/* Each ring loses its share, and what the other has not enough for. */
inline drop_from_ring (s, n_share)
{
  if
  :: IS_VISITED (s) ->
     lock (shard[s]);
     n = MIN (COUNT (ring[s]), n_share);
     do
     :: n > 0 ->
        /* Vacant places have paid before. */
        assert (!mine[0] || places[0] == COUNT (cached[0]));
        assert (!mine[1] || places[1] == COUNT (cached[1]));
        ring_pop (s, batch);
        d_step { doomed = doomed | batch; batch = 0; k = 1 };
        give_places (moving);
        d_step { surplus--; n-- }
     :: else -> break
     od;
     unlock (shard[s])
  :: else
  fi
}

inline drop_from_cache (i)
{
  do
  :: surplus > 0 && mine[i] && cached[i] != 0 ->
     load_cache (i);
     batch = ONE (l);
     take_batch (i);
     d_step { doomed = doomed | batch; batch = 0; k = 1; l = 0; p = 0 };
     give_places (moving);
     surplus--
  :: else -> break
  od
}

#ifdef MUTATE_CACHES_BY_GLANCE
# define ARE_CACHES_NEXT (before - surplus >= n_in_rings)
#else
# define ARE_CACHES_NEXT (surplus == before || before - surplus >= n_in_rings)
#endif

/* Single buffers still come to rings, with their places, and leave them: n_in_rings is a
 * glance. */
inline relieve ()
{
  relieve_cache (0);
  relieve_cache (1);
  do
  :: d_step { surplus = OWED; before = surplus };
     n_in_rings = COUNT (ring[0]) + COUNT (ring[1]);
#ifndef MUTATE_ONE_RING
     drop_from_ring (0, (surplus + 1) / 2);
#endif
     drop_from_ring (1, surplus);
     if
     :: ARE_CACHES_NEXT -> drop_from_cache (0); drop_from_cache (1)
     :: else
     fi;
     if
     :: surplus > 0 && surplus < before
     :: else -> break
     fi
  od;
  atomic { surplus = 0; before = 0; n_in_rings = 0 }
}

/* What is owed, from k places in hand. */
inline pay ()
{
  d_step
  {
    n = MIN (OWED, k);
    free = free + n;
    in_hand = in_hand - n;
    k = k - n;
    n = 0
  }
}

/* What is in hand goes to a ring. What is owed by then is paid with the last of it. */
inline publish (s)
{
  k = COUNT (hand[me]);
#ifdef MUTATE_PUBLISH_READS_EARLY
  pay ();
  lock (shard[s]);
#else
  lock (shard[s]);
# ifndef MUTATE_PUBLISH_KEEPS
  pay ();
# endif
#endif
  do
  :: k > 0 ->
     d_step { batch = ONE (hand[me]); hand[me] = hand[me] & ~batch; in_hand--; moving++; k-- };
     ring_push (s, batch)
  :: else -> break
  od;
  unlock (shard[s]);
  d_step { doomed = doomed | hand[me]; hand[me] = 0 }
}

/* With the revoking mutex, which it lets go of; or only to publish. */
proctype trim (byte me)
{
  byte l, p, r, k, n, batch, doomed, surplus, before, n_in_rings;
  short left;
  bool is_done;
  bool mine[2];

end:
  do
  :: call[me] == PUBLISH -> publish (1); destroy_doomed (); call[me] = 0
  :: call[me] != 0 && call[me] != PUBLISH ->
     do
     :: revoke_all ();
        relieve ();
        /* With all of them revoked nothing is owed but what others have in their hands. */
        assert (free + in_hand >= 0 || !is_done);
        hand_back_all ();
        unlock (revoking);
        if
        :: is_done -> break
        :: else -> lock (revoking)
        fi
     od;
     if
     :: hand[me] != 0 -> publish (0)
     :: else
     fi;
     destroy_doomed ();
     d_step { is_done = false; call[me] = 0 }
  od
}
