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

#define N_PARTS 16
/* For how long a thread's name is not asked for again: asking costs more than everything
 * else. Threads of GLib's pools change their names with each task. */
#define NAME_MICROSECONDS 10000

typedef struct
{
  _Alignas (BP_CACHE_PAIR) GMutex mutex;
  BpHolder *first;
  guint n;
  BpHolder *free;
} Part;

struct _BpHolder
{
  Part *part;
  BpHolder *prev;
  BpHolder *next;
  /* NULL while the record is free. */
  BpPooled *pooled;
  BpCore *core;
  const BpStack *stack;
  GRefString *note;
  gint64 time;
  /* 0 for items. */
  gsize element_size;
  guint generation;
  gint thread_id;
  char thread_name[BP_THREAD_NAME];
};

/* Zeroed memory is a mutex that is not locked. */
static Part parts[N_PARTS];
/* The generation of this process: each child of fork() adds 1. */
static guint generation;

/* What a thread knows about itself. */
typedef struct
{
  Part *part;
  gint id;
  char name[BP_THREAD_NAME];
  /* When the name was asked for. */
  gint64 name_time;
} Thread;

static BP_THREAD_LOCAL BpOwn own_thread;
static BP_THREAD_LOCAL guint n_slow;

static GPrivate exit_hook = G_PRIVATE_INIT (bp_own_end);

static gint
get_thread_id (void)
{
#ifdef SYS_gettid
  return (gint) syscall (SYS_gettid);
#else
  return (gint) getpid ();
#endif
}

static void
describe_thread (Thread *thread)
{
  static atomic_uint n_threads;

  thread->part = &parts[bp_peek (n_threads) % N_PARTS];
  bp_count (n_threads, 1);
  thread->id = get_thread_id ();
}

static void
update_name (Thread *thread, gint64 now)
{
  if (bp_debug_interval > 1 && now - thread->name_time < NAME_MICROSECONDS)
    return;
#ifdef __linux__
  if (prctl (PR_GET_NAME, (unsigned long) thread->name) != 0)
    thread->name[0] = '\0';
#endif
  thread->name_time = now;
}

/* The calling thread's record of itself; *on_stack if it can have none that lasts. */
static Thread *
get_thread (Thread *on_stack)
{
  Thread *thread = own_thread.memory;

  if (thread != NULL)
    return thread;

  thread = bp_own_get (&own_thread, &exit_hook, sizeof (Thread));
  if (thread == NULL)
    thread = on_stack;
  describe_thread (thread);

  return thread;
}

/* A clock of milliseconds: it is enough, and costs less. */
static gint64
get_time (void)
{
  struct timespec now;

#ifdef CLOCK_MONOTONIC_COARSE
  if (clock_gettime (CLOCK_MONOTONIC_COARSE, &now) != 0)
    return g_get_monotonic_time ();
#else
  clock_gettime (CLOCK_MONOTONIC, &now);
#endif

  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
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

/* With the part locked. */
static void
link_holder (Part *part, BpHolder *holder)
{
  holder->prev = NULL;
  holder->next = part->first;
  if (part->first != NULL)
    part->first->prev = holder;
  part->first = holder;
  part->n++;
}

static void
unlink_holder (Part *part, BpHolder *holder)
{
  if (holder->next != NULL)
    holder->next->prev = holder->prev;
  if (holder->prev != NULL)
    holder->prev->next = holder->next;
  else
    part->first = holder->next;
  part->n--;
}

/* With the part locked, which it is afterwards too; NULL without memory. */
static BpHolder *
take_free (Part *part)
{
  BpHolder *holder = part->free;

  if (G_LIKELY (holder != NULL))
    {
      part->free = holder->next;
      return holder;
    }

  bp_mutex_unlock (&part->mutex);
  holder = g_try_new0 (BpHolder, 1);
  if (holder != NULL)
    holder->part = part;
  bp_mutex_lock (&part->mutex);

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
bp_holder_note (BpPooled *pooled, const BpItemConfig *config)
{
  const BpStack *stack = bp_stack_capture ();
  Thread on_stack = { 0 }, *thread = get_thread (&on_stack);
  Part *part = thread->part;
  gint64 now = get_time ();
  BpHolder *holder;

  update_name (thread, now);
  bp_mutex_lock (&part->mutex);
  holder = take_free (part);
  if (holder != NULL)
    {
      holder->pooled = pooled;
      holder->core = pooled->core;
      holder->stack = stack;
      holder->note = NULL;
      holder->time = now;
      holder->element_size = config->kind == BP_KIND_ELEMENTS ? config->element_size : 0;
      holder->generation = generation;
      holder->thread_id = thread->id;
      memcpy (holder->thread_name, thread->name, BP_THREAD_NAME);
      link_holder (part, holder);
    }
  bp_mutex_unlock (&part->mutex);

  if (holder == NULL)
    return;
  pooled->taken_at = stack != NULL ? stack->id : 0;
  bp_poke (pooled->holder, holder);
  bp_poke (pooled->word, bp_peek (pooled->word) | BP_WORD_SAMPLE);
}

void
bp_holder_forget (BpPooled *pooled)
{
  BpHolder *holder = bp_peek (pooled->holder);
  GRefString *note = NULL;
  Part *part;

  if (holder == NULL)
    return;
  part = holder->part;

  bp_mutex_lock (&part->mutex);
  unlink_holder (part, holder);
  note = g_steal_pointer (&holder->note);
  holder->pooled = NULL;
  holder->next = part->free;
  part->free = holder;
  bp_mutex_unlock (&part->mutex);

  bp_poke (pooled->holder, NULL);
  clear_note (&note);
}

gboolean
bp_holder_set_note (BpPooled *pooled, const char *note)
{
  BpHolder *holder = bp_holder_is_sample (pooled) ? bp_peek (pooled->holder) : NULL;
  GRefString *replaced;
  gboolean is_own;

  if (holder == NULL)
    return FALSE;
  replaced = note != NULL ? g_ref_string_new (note) : NULL;

  bp_mutex_lock (&holder->part->mutex);
  is_own = holder->pooled == pooled;
  if (is_own)
    {
      GRefString *old_note = holder->note;

      holder->note = replaced;
      replaced = old_note;
    }
  bp_mutex_unlock (&holder->part->mutex);
  clear_note (&replaced);

  return is_own;
}

/* With its part locked, so that the buffer stays out. */
static void
read_holder (BpHolder *holder, gint64 now, BpHolding *holding)
{
  BpPooled *pooled = holder->pooled;
  guint64 word = bp_peek (pooled->word);

  *holding = (BpHolding) { .handle = pooled, .stack = holder->stack };
  holding->n_pins = (guint) ((word & BP_WORD_PINS) / BP_WORD_PIN);
  /* Every pin has a reference of its own, and so has a writer: these are not counted. */
  holding->n_refs = (guint) (word & BP_WORD_REFS) - holding->n_pins -
                    ((word & BP_WORD_EXCLUSIVE) != 0);
  holding->is_released = (word & BP_WORD_RELEASED) != 0;
  holding->length = bp_peek (pooled->length);
  holding->n_bytes = holder->element_size > 0 ? bp_peek (pooled->capacity) * holder->element_size
                                              : pooled->bytes;
  holding->age = MAX (now - holder->time, 0);
  holding->thread_id = holder->thread_id;
  memcpy (holding->thread_name, holder->thread_name, BP_THREAD_NAME);
  if (holder->note != NULL)
    holding->note = g_ref_string_acquire (holder->note);
}

static gboolean
is_wanted (BpHolder *holder, BpCore *core, gboolean only_own)
{
  return holder->core == core && (!only_own || holder->generation == generation);
}

/* FALSE, and nothing added, if there was no room for all of them. */
static gboolean
list_part (Part *part, BpCore *core, gboolean only_own, GArray *to, guint *n_room)
{
  guint n_before = to->len, n_added = 0;
  gboolean has_room;

  g_array_set_size (to, n_before + *n_room);
  bp_mutex_lock (&part->mutex);
  has_room = part->n <= *n_room;
  *n_room = part->n + part->n / 4;
  if (has_room)
    {
      gint64 now = get_time ();

      for (BpHolder *holder = part->first; holder != NULL; holder = holder->next)
        {
          if (is_wanted (holder, core, only_own))
            read_holder (holder, now, &g_array_index (to, BpHolding, n_before + n_added++));
        }
    }
  bp_mutex_unlock (&part->mutex);
  g_array_set_size (to, n_before + n_added);

  return has_room;
}

static void
clear_holding (gpointer data)
{
  clear_note (&((BpHolding *) data)->note);
}

GArray *
bp_holder_list (BpCore *core, gboolean only_own)
{
  GArray *holdings = g_array_new (FALSE, TRUE, sizeof (BpHolding));

  g_array_set_clear_func (holdings, clear_holding);
  for (guint i = 0; i < N_PARTS; i++)
    {
      guint n_room = N_PARTS;

      while (!list_part (&parts[i], core, only_own, holdings, &n_room))
        ;
    }

  return holdings;
}

void
bp_holder_lock_all (void)
{
  for (guint i = 0; i < N_PARTS; i++)
    bp_mutex_lock (&parts[i].mutex);
}

void
bp_holder_unlock_all (gboolean is_child)
{
  if (is_child)
    {
      Thread *thread = own_thread.memory;

      generation++;
      if (thread != NULL)
        thread->id = get_thread_id ();
    }
  for (guint i = 0; i < N_PARTS; i++)
    bp_mutex_unlock (&parts[i].mutex);
}
