/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* RUSAGE_THREAD is an extension. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include "callback.h"

#include <errno.h>
#include <math.h>
#include <sys/resource.h>
#include <time.h>

#define NS_PER_S G_GINT64_CONSTANT (1000000000)
#define AMPLITUDE 0.5
/* The most stack that its functions need. */
#define STACK_BYTES (64 * 1024)

/* Read from the page that the kernel shares with all processes: no system call. */
gint64
callback_get_time (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);

  return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* SCHED_FIFO is for root, or for a user with RLIMIT_RTPRIO (PipeWire and JACK set that up
 * for members of a group, or ask RealtimeKit). */
static int
get_priority (int priority)
{
  struct sched_param param = { .sched_priority = priority };

  return priority == 0 ? 0 : pthread_setschedparam (pthread_self (), SCHED_FIFO, &param);
}

/* The first write to a page of the stack is a page fault: it is made here. */
static void
touch_stack (void)
{
  volatile char stack[STACK_BYTES];

  for (gsize i = 0; i < sizeof stack; i += 1024)
    stack[i] = 0;
}

static glong
count_faults (void)
{
#ifdef RUSAGE_THREAD
  struct rusage usage;

  if (getrusage (RUSAGE_THREAD, &usage) == 0)
    return usage.ru_minflt + usage.ru_majflt;
#endif
  return 0;
}

static void
wait_until (gint64 ns)
{
  struct timespec time = { .tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S };

  while (clock_nanosleep (CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) == EINTR)
    ;
}

static void
make_tone (Callback *self,
           float    *samples)
{
  for (int i = 0; i < self->options->period; i++)
    {
      float sample = (float) (AMPLITUDE * sin (self->phase));

      for (int channel = 0; channel < CHANNELS; channel++)
        *samples++ = sample;
      self->phase += self->step;
      if (self->phase >= 2 * G_PI)
        self->phase -= 2 * G_PI;
    }
}

/* Nothing here may wait. If there is no buffer, or no room in the ring, the period is lost:
 * the writer has fallen behind, and to wait for it would lose more. */
static void
process (Callback *self,
         guint64   number)
{
  Period period = { .number = number };
  double phase = self->phase;

  if (!memory_take (self->memory, &period.block))
    {
      self->n_without++;
      return;
    }
  make_tone (self, period.block.samples);
  if (!ring_push (self->ring, &period))
    {
      self->n_without++;
      self->phase = phase;
      memory_give_back (&period.block);
    }
}

static void
count_time (Callback *self,
            gint64    due,
            gint64    begin,
            gint64    period_ns)
{
  gint64 end = callback_get_time ();

  self->n_callbacks++;
  self->sum_ns += end - begin;
  self->worst_ns = MAX (self->worst_ns, end - begin);
  self->worst_wake_ns = MAX (self->worst_wake_ns, begin - due);
  self->n_late += end > due + period_ns;
}

gpointer
callback_run (gpointer data)
{
  Callback *self = data;
  gint64 period_ns = NS_PER_S * self->options->period / self->options->rate;
  guint64 n_periods = options_get_n_periods (self->options);
  glong n_faults;

  self->step = 2 * G_PI * self->options->frequency / self->options->rate;
  self->policy_error = get_priority (self->options->priority);
  touch_stack ();
  pthread_barrier_wait (&self->gate);
  pthread_barrier_wait (&self->gate);

  n_faults = count_faults ();
  for (guint64 number = 0; number < n_periods; number++)
    {
      gint64 due = self->begin_ns + (gint64) number * period_ns;
      gint64 now;

      wait_until (due);
      now = callback_get_time ();
      if (now < due + period_ns)
        {
          process (self, number);
          count_time (self, due, now, period_ns);
        }
      else
        {
          /* The sound card has gone on without it. */
          self->n_lost++;
          self->worst_wake_ns = MAX (self->worst_wake_ns, now - due);
        }
    }
  self->n_faults = count_faults () - n_faults;
  atomic_store_explicit (&self->is_over, TRUE, memory_order_release);

  return NULL;
}
