/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Processors with store buffers, for models of lock-free code.
 *
 * Thread `me` has a processor of its own. Its stores enter a queue, and process
 * store_buffer, which stands for the hardware, moves them to the memory that all
 * see, whenever it likes. A load looks into the thread's own queue first. Loads
 * happen in program order; what a compiler or a processor could do earlier is
 * for the model to write earlier.
 *
 * By default this is x86's total store order: the queue is a queue, and a locked
 * instruction (an exchange, a mutex's lock or unlock) waits until it is empty.
 *
 * With -DWEAK, stores leave in any order, as on Arm or POWER, except that
 *   - two stores to the same place keep their order,
 *   - a release store waits for all stores before it,
 * and nothing else waits: locking a mutex is an acquire, unlocking it a release
 * store, an exchange's store lingers like any other, until a sequentially
 * consistent load of the same thread, which waits for it.
 *
 * The queue is bounded: a store into a full one waits. DEPTH is more than one
 * whole operation on a cache stores, and larger ones find nothing new.
 *
 * A file that includes this one has defined THREADS, WORDS (the size of the
 * memory), IS_RELEASE (where, what), and IS_THERE (where): whether the memory has
 * not been freed. Its processes have `me` and `k`.
 * Addresses are from 1 to 15, values below 8.
 */

#define DEPTH 6

byte memory[WORDS + 1];

typedef core_t
{
  byte n;
  byte queue[DEPTH];
  /* A barrier has been asked for and has not happened yet. */
  bool asked;
};

core_t cores[THREADS];

#define WHERE(p, k) (cores[p].queue[k] >> 3)
#define WHAT(p, k) (cores[p].queue[k] & 7)

#if THREADS == 2
# define ALL_CORES(what) (cores[0].what && cores[1].what)
#elif THREADS == 3
# define ALL_CORES(what) (cores[0].what && cores[1].what && cores[2].what)
#elif THREADS == 4
# define ALL_CORES(what) (cores[0].what && cores[1].what && cores[2].what && cores[3].what)
#elif THREADS == 5
# define ALL_CORES(what) (cores[0].what && cores[1].what && cores[2].what && cores[3].what && \
                          cores[4].what)
#else
# error "THREADS is from 2 to 5"
#endif

/* What the thread stored last there and no other has seen yet, or else what all see. */
#define NEWER(k, where, older) (WHERE (me, k) == (where) -> WHAT (me, k) : older)

inline load (into, where)
{
  into = NEWER (5, where, NEWER (4, where, NEWER (3, where, NEWER (2, where,
         NEWER (1, where, NEWER (0, where, memory[where]))))))
}

inline store (where, what)
{
  atomic
  {
    cores[me].n < DEPTH;
    cores[me].queue[cores[me].n] = ((where) << 3) + (what);
    cores[me].n++
  }
}

/* A full barrier of the thread's own. */
inline fence ()
{
  cores[me].n == 0
}

/* Sequentially consistent ones. */
inline exchange (where, what)
{
  store (where, what);
#ifndef WEAK
  fence ()
#endif
}

inline load_seq_cst (into, where)
{
#ifdef WEAK
  fence ();
#endif
  load (into, where)
}

/* Of a lock word: 0 is free. */
inline lock (where)
{
#ifdef WEAK
  atomic { memory[where] == 0 -> assert (IS_THERE (where)); memory[where] = 1 }
#else
  atomic
  {
    cores[me].n == 0 && memory[where] == 0 ->
    assert (IS_THERE (where));
    memory[where] = 1
  }
#endif
}

inline try_lock (got, where)
{
  atomic
  {
#ifndef WEAK
    fence ();
#endif
    assert (IS_THERE (where));
    got = (memory[where] == 0);
    memory[where] = 1
  }
}

inline unlock (where)
{
#ifdef WEAK
  store (where, 0)
#else
  atomic { fence (); assert (IS_THERE (where)); memory[where] = 0 }
#endif
}

/*
 * membarrier(): every processor passes a full barrier at some point between the
 * call and the return. The first moment at which a queue is empty is a
 * point like that, and the earliest, so the call returns no later here than it may.
 */
inline membarrier ()
{
  d_step
  {
    fence ();
    k = 0;
    do
    :: k < THREADS -> cores[k].asked = (cores[k].n > 0); k++
    :: else -> break
    od;
    k = 0
  }
  ALL_CORES (asked == false)
}

inline drain (j)
{
  assert (IS_THERE (WHERE (p, j)));
  memory[WHERE (p, j)] = WHAT (p, j);
  i = j;
  do
  :: i + 1 < cores[p].n -> cores[p].queue[i] = cores[p].queue[i + 1]; i++
  :: else -> break
  od;
  cores[p].queue[i] = 0;
  cores[p].n--;
  if
  :: cores[p].n == 0 -> cores[p].asked = false
  :: else
  fi;
  i = 0
}

#ifdef WEAK
# define PLAIN(j) (cores[p].n > j && !IS_RELEASE (WHERE (p, j), WHAT (p, j)))
# define OTHER(i, j) (WHERE (p, i) != WHERE (p, j))
#endif

proctype store_buffer (byte p)
{
  byte i;

end:
  do
  :: d_step { cores[p].n > 0 -> drain (0) }
#ifdef WEAK
  :: d_step { PLAIN (1) && OTHER (0, 1) -> drain (1) }
  :: d_step { PLAIN (2) && OTHER (0, 2) && OTHER (1, 2) -> drain (2) }
  :: d_step { PLAIN (3) && OTHER (0, 3) && OTHER (1, 3) && OTHER (2, 3) -> drain (3) }
  :: d_step { PLAIN (4) && OTHER (0, 4) && OTHER (1, 4) && OTHER (2, 4) && OTHER (3, 4) ->
              drain (4) }
  :: d_step { PLAIN (5) && OTHER (0, 5) && OTHER (1, 5) && OTHER (2, 5) && OTHER (3, 5) &&
              OTHER (4, 5) -> drain (5) }
#endif
  od
}
