/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include <glib.h>

/* A ring of pointers between one thread that pushes and one that pops. Each
 * side keeps a copy of the other's index and looks at the original only when
 * the copy says full or empty, so that a hand-over costs the transfer of a
 * cache line every few pointers and nothing else. Measured bare, as subject
 * "ring", it shows what the machine takes for the hand-over alone.
 *
 * Where fewer are to be under way than the ring has slots, the side that pops
 * says when it has released one, and the side that pushes waits for that.
 */

#define BENCH_RING_SLOTS 64
#define BENCH_RING_LINES 128
#define BENCH_RING_SPINS 1000

typedef struct
{
  _Alignas (BENCH_RING_LINES) atomic_size_t head;
  gsize seen_tail;
  gsize seen_released;
  _Alignas (BENCH_RING_LINES) atomic_size_t tail;
  gsize seen_head;
  _Alignas (BENCH_RING_LINES) atomic_size_t released;
  _Alignas (BENCH_RING_LINES) gpointer slots[BENCH_RING_SLOTS];
} BenchRing;

void bench_ring_wait (guint *spins);

static inline void
bench_ring_push (BenchRing *ring,
                 gpointer   pointer)
{
  gsize head = atomic_load_explicit (&ring->head, memory_order_relaxed);
  guint spins = 0;

  while (head - ring->seen_tail == BENCH_RING_SLOTS)
    {
      ring->seen_tail = atomic_load_explicit (&ring->tail, memory_order_acquire);
      if (head - ring->seen_tail == BENCH_RING_SLOTS)
        bench_ring_wait (&spins);
    }

  ring->slots[head % BENCH_RING_SLOTS] = pointer;
  atomic_store_explicit (&ring->head, head + 1, memory_order_release);
}

static inline gpointer
bench_ring_pop (BenchRing *ring)
{
  gsize tail = atomic_load_explicit (&ring->tail, memory_order_relaxed);
  gpointer pointer;
  guint spins = 0;

  while (tail == ring->seen_head)
    {
      ring->seen_head = atomic_load_explicit (&ring->head, memory_order_acquire);
      if (tail == ring->seen_head)
        bench_ring_wait (&spins);
    }

  pointer = ring->slots[tail % BENCH_RING_SLOTS];
  atomic_store_explicit (&ring->tail, tail + 1, memory_order_release);

  return pointer;
}

/* Before a push: until fewer than so many are under way */
static inline void
bench_ring_await_release (BenchRing *ring,
                          gsize      under_way)
{
  gsize head = atomic_load_explicit (&ring->head, memory_order_relaxed);
  guint spins = 0;

  while (head - ring->seen_released >= under_way)
    {
      ring->seen_released = atomic_load_explicit (&ring->released, memory_order_acquire);
      if (head - ring->seen_released >= under_way)
        bench_ring_wait (&spins);
    }
}

/* After a pop, when what was popped has been released */
static inline void
bench_ring_say_released (BenchRing *ring)
{
  gsize released = atomic_load_explicit (&ring->released, memory_order_relaxed);

  atomic_store_explicit (&ring->released, released + 1, memory_order_release);
}
