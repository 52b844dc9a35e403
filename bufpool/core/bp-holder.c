/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For clocks, and the numbers of threads. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE 1
#endif

#include "bp-holder-private.h"

#ifdef __linux__
# include <sys/prctl.h>
#endif
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* For how long a thread's name is not asked for again: asking costs more than everything
 * else. Threads of GLib's pools change their names with each task. */
#define NAME_NANOSECONDS 10000000

/* Handles lie at whole cache lines. */
#define IN_USE ((guintptr) 1)

/* A clock of milliseconds: it is enough, and costs less. */
#ifdef CLOCK_MONOTONIC_COARSE
# define CLOCK CLOCK_MONOTONIC_COARSE
#else
# define CLOCK CLOCK_MONOTONIC
#endif

struct _BpHolder
{
  /* In the list of all records. */
  BpHolder *next;
  BpHolder *next_free;
  /* The address of the handle, with IN_USE while the record is read or gets a note, which
   * takes the lock; 0 while it is free. Set last, and cleared first. */
  atomic_uintptr_t owner;
  const BpStack *stack;
  GRefString *note;
  gint64 time;
  guint generation;
  gint thread_id;
  char thread_name[BP_THREAD_NAME];
};

/* For records that are in use, and the list of free ones. */
static GMutex mutex;
static _Atomic (BpHolder *) first_holder;
/* Free records, without the spare ones of threads. */
static BpHolder *first_free;
/* The generation of this process: each child of fork() adds 1. */
static guint generation;

/* What a thread knows about itself. */
typedef struct
{
  /* A free record, so that the next sample takes no lock; or NULL. */
  BpHolder *spare;
  gint id;
  char name[BP_THREAD_NAME];
  /* When the name was asked for. */
  gint64 name_time;
} Thread;

static BP_THREAD_LOCAL BpOwn own_thread;
static BP_THREAD_LOCAL guint n_slow;

static void end_thread (gpointer data);
static GPrivate exit_hook = G_PRIVATE_INIT (end_thread);

static BP_COLD void
give_back (BpHolder *holder)
{
  bp_mutex_lock (&mutex);
  holder->next_free = first_free;
  first_free = holder;
  bp_mutex_unlock (&mutex);
}

static void
end_thread (gpointer data)
{
  Thread *thread = ((BpOwn *) data)->memory;

  if (thread->spare != NULL)
    give_back (thread->spare);
  bp_own_end (data);
}

static gint
get_thread_id (void)
{
#ifdef SYS_gettid
  return (gint) syscall (SYS_gettid);
#else
  return (gint) getpid ();
#endif
}

static BP_COLD void
update_name (Thread *thread, gint64 now)
{
#ifdef __linux__
  if (prctl (PR_GET_NAME, (unsigned long) thread->name) != 0)
    thread->name[0] = '\0';
#endif
  /* Where every acquire is a sample the next one asks again. */
  thread->name_time = bp_debug_interval > 1 ? now : 0;
}

/* The calling thread's record of itself; *on_stack if it can have none that lasts. */
static BP_COLD Thread *
make_thread (Thread *on_stack)
{
  Thread *thread = bp_own_make (&own_thread, &exit_hook, sizeof (Thread));

  if (thread == NULL)
    {
      *on_stack = (Thread) { .spare = NULL };
      thread = on_stack;
    }
  thread->id = get_thread_id ();

  return thread;
}

/* In nanoseconds. */
static gint64
get_time (void)
{
  struct timespec now;

  (void) clock_gettime (CLOCK, &now);

  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ThreadSanitizer does not see GLib's counters: this shows it that the drop of the last
 * reference comes after the other drops. */
static void
clear_note (GRefString **note)
{
  if (*note == NULL)
    return;
  BP_TSAN_RELEASE (*note);
  BP_TSAN_ACQUIRE (*note);
  g_clear_pointer (note, g_ref_string_release);
}

/* A free record; NULL without memory. */
static BP_COLD BpHolder *
find_free (void)
{
  BpHolder *holder;

  bp_mutex_lock (&mutex);
  holder = first_free;
  if (holder != NULL)
    first_free = holder->next_free;
  bp_mutex_unlock (&mutex);
  if (holder != NULL)
    return holder;

  holder = g_try_new0 (BpHolder, 1);
  if (holder == NULL)
    return NULL;
  holder->next = bp_peek (first_holder);
  while (!atomic_compare_exchange_weak_explicit (&first_holder, &holder->next, holder,
                                                 memory_order_release, memory_order_relaxed))
    ;

  return holder;
}

gboolean
bp_holder_is_due (void)
{
  if (++n_slow < bp_debug_interval)
    return FALSE;
  n_slow = 0;

  return TRUE;
}

void
bp_holder_note (BpPooled *pooled)
{
  Thread on_stack, *thread = own_thread.memory;
  BpHolder *holder;

  if (G_UNLIKELY (thread == NULL))
    thread = make_thread (&on_stack);
  holder = g_steal_pointer (&thread->spare);
  if (G_UNLIKELY (holder == NULL))
    holder = find_free ();
  if (G_UNLIKELY (holder == NULL))
    return;

  holder->stack = bp_stack_capture ();
  holder->time = get_time ();
  if (G_UNLIKELY (holder->time - thread->name_time > NAME_NANOSECONDS))
    update_name (thread, holder->time);
  holder->generation = generation;
  holder->thread_id = thread->id;
  memcpy (holder->thread_name, thread->name, BP_THREAD_NAME);
  atomic_store_explicit (&holder->owner, (guintptr) pooled, memory_order_release);

  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_POISON))
    pooled->taken_at = holder->stack != NULL ? holder->stack->id : 0;
  bp_poke (pooled->holder, holder);
  bp_poke (pooled->word, bp_peek (pooled->word) | BP_WORD_SAMPLE);
}

static gboolean
change_owner (BpHolder *holder, guintptr from, guintptr to)
{
  return atomic_compare_exchange_strong_explicit (&holder->owner, &from, to, memory_order_acq_rel,
                                                  memory_order_acquire);
}

/* The thread that reads the record has the lock until it has read it. */
static BP_COLD void
wait_and_end (BpHolder *holder)
{
  bp_mutex_lock (&mutex);
  atomic_store_explicit (&holder->owner, 0, memory_order_release);
  bp_mutex_unlock (&mutex);
}

void
bp_holder_forget (BpPooled *pooled)
{
  BpHolder *holder = bp_peek (pooled->holder);
  Thread *thread = own_thread.memory;

  if (holder == NULL)
    return;
  bp_poke (pooled->holder, NULL);

  if (G_UNLIKELY (!change_owner (holder, (guintptr) pooled, 0)))
    wait_and_end (holder);
  if (G_UNLIKELY (holder->note != NULL))
    clear_note (&holder->note);
  if (G_LIKELY (thread != NULL && thread->spare == NULL))
    thread->spare = holder;
  else
    give_back (holder);
}

gboolean
bp_holder_set_note (BpPooled *pooled, const char *note)
{
  BpHolder *holder = bp_holder_is_sample (pooled) ? bp_peek (pooled->holder) : NULL;
  guintptr owner = (guintptr) pooled;
  GRefString *replaced;
  gboolean is_own;

  if (holder == NULL)
    return FALSE;
  replaced = note != NULL ? g_ref_string_new (note) : NULL;

  bp_mutex_lock (&mutex);
  is_own = change_owner (holder, owner, owner | IN_USE);
  if (is_own)
    {
      GRefString *old_note = holder->note;

      holder->note = replaced;
      replaced = old_note;
      atomic_store_explicit (&holder->owner, owner, memory_order_release);
    }
  bp_mutex_unlock (&mutex);
  clear_note (&replaced);

  return is_own;
}

/* While the record is in use, so that the buffer stays out. */
static void
read_holder (BpHolder           *holder,
             BpPooled           *pooled,
             const BpItemConfig *config,
             BpHolding          *holding)
{
  guint64 word = bp_peek (pooled->word);

  *holding = (BpHolding) { .handle = pooled, .stack = holder->stack };
  holding->n_pins = (guint) ((word & BP_WORD_PINS) / BP_WORD_PIN);
  /* Every pin has a reference of its own, and so has a writer: these are not counted. */
  holding->n_refs = (guint) (word & BP_WORD_REFS) - holding->n_pins -
                    ((word & BP_WORD_EXCLUSIVE) != 0);
  holding->is_released = (word & BP_WORD_RELEASED) != 0;
  holding->length = bp_peek (pooled->length);
  holding->n_bytes = config->kind == BP_KIND_ELEMENTS
                       ? bp_peek (pooled->capacity) * config->element_size
                       : pooled->bytes;
  holding->age = MAX (get_time () - holder->time, 0) / 1000;
  holding->thread_id = holder->thread_id;
  memcpy (holding->thread_name, holder->thread_name, BP_THREAD_NAME);
  if (holder->note != NULL)
    holding->note = g_ref_string_acquire (holder->note);
}

/* FALSE if it is not to be listed. */
static gboolean
try_read (BpHolder           *holder,
          BpCore             *core,
          const BpItemConfig *config,
          gboolean            only_own,
          BpHolding          *holding)
{
  guintptr owner = bp_peek (holder->owner);
  BpPooled *pooled = (BpPooled *) owner;
  gboolean is_wanted;

  if (owner == 0 || !change_owner (holder, owner, owner | IN_USE))
    return FALSE;

  is_wanted = pooled->core == core && (!only_own || holder->generation == generation);
  if (is_wanted)
    read_holder (holder, pooled, config, holding);
  atomic_store_explicit (&holder->owner, owner, memory_order_release);

  return is_wanted;
}

static void
clear_holding (gpointer data)
{
  clear_note (&((BpHolding *) data)->note);
}

GArray *
bp_holder_list (BpCore *core, const BpItemConfig *config, gboolean only_own)
{
  GArray *holdings = g_array_new (FALSE, FALSE, sizeof (BpHolding));
  BpHolder *holder;

  g_array_set_clear_func (holdings, clear_holding);
  holder = atomic_load_explicit (&first_holder, memory_order_acquire);
  for (; holder != NULL; holder = holder->next)
    {
      BpHolding holding;
      gboolean is_read;

      bp_mutex_lock (&mutex);
      is_read = try_read (holder, core, config, only_own, &holding);
      bp_mutex_unlock (&mutex);
      if (is_read)
        g_array_append_val (holdings, holding);
    }

  return holdings;
}

void
bp_holder_lock (void)
{
  bp_mutex_lock (&mutex);
}

void
bp_holder_unlock (gboolean is_child)
{
  if (is_child)
    {
      Thread *thread = own_thread.memory;

      generation++;
      if (thread != NULL)
        thread->id = get_thread_id ();
    }
  bp_mutex_unlock (&mutex);
}
