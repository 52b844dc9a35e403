/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdio.h>
#include <time.h>

#include <glib.h>

/*
 * How long something takes, time by time, and how these times are distributed. Reading
 * the clock and recording need no system call, no lock and no memory.
 */

/* Each power of two is divided into so many parts: a part is at most 3 % of its
 * value. */
#define TEST_LATENCY_PART_BITS 5
#define TEST_LATENCY_PARTS (1 << TEST_LATENCY_PART_BITS)
#define TEST_LATENCY_BUCKETS (48 * TEST_LATENCY_PARTS)

typedef struct
{
  guint64 counts[TEST_LATENCY_BUCKETS];
  guint64 n;
  guint64 worst;
} TestLatency;

/* Finds out how long a tick is: begin, do what takes some time, and end. */
typedef struct
{
  guint64 ticks;
  gint64 us;
  double ns_per_tick;
} TestTicks;

void    test_ticks_begin            (TestTicks         *self);
void    test_ticks_end              (TestTicks         *self);

/* The results are in nanoseconds. The share is from 0 to 1. */
double  test_latency_get_percentile (const TestLatency *self,
                                     const TestTicks   *ticks,
                                     double             share);
double  test_latency_get_worst      (const TestLatency *self,
                                     const TestTicks   *ticks);
/* In words, such as "2000 times; 50 % 21 ns, ... worst 31.4 us". */
char   *test_latency_to_string      (const TestLatency *self,
                                     const TestTicks   *ticks);
/* As members of an object: "n", percentiles, "worst", and "histogram": pairs of
 * nanoseconds and how often it took so long, or a little less. */
void    test_latency_print_json     (const TestLatency *self,
                                     const TestTicks   *ticks,
                                     FILE              *file);

/* The processor's own clock. If it has none that a program may read, the system's, in
 * nanoseconds, by the kernel's page that needs no call. */
static inline guint64
test_ticks_now (void)
{
#if defined (__x86_64__)
  guint32 low, high;

  /* Instructions before this are done by then, and those after it have not begun. */
  __asm__ volatile ("lfence\n\trdtsc\n\tlfence" : "=a" (low), "=d" (high) : : "memory");

  return (guint64) high << 32 | low;
#elif defined (__aarch64__)
  guint64 ticks;

  __asm__ volatile ("isb\n\tmrs %0, cntvct_el0" : "=r" (ticks) : : "memory");

  return ticks;
#else
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return (guint64) now.tv_sec * 1000000000 + (guint64) now.tv_nsec;
#endif
}

/* Small numbers have a bucket each. */
static inline guint
test_latency_find_bucket (guint64 ticks)
{
  guint power;

  if (ticks < TEST_LATENCY_PARTS)
    return (guint) ticks;

  power = 63 - (guint) __builtin_clzll (ticks) - TEST_LATENCY_PART_BITS;

  return MIN (power * TEST_LATENCY_PARTS + (guint) (ticks >> power), TEST_LATENCY_BUCKETS - 1);
}

static inline void
test_latency_record (TestLatency *self,
                     guint64      ticks)
{
  self->counts[test_latency_find_bucket (ticks)]++;
  self->n++;
  if (ticks > self->worst)
    self->worst = ticks;
}
