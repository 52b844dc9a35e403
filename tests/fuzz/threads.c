/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

#include "bp-fork-private.h"
#include "bp-thread-private.h"

/*
 * The threads of a game. One at a time has the turn, so it makes no difference to most of the
 * library whether they are real. What makes a thread for it is a slot. A pretended thread is
 * a slot that the main thread takes for its turn: that costs no switch from thread to thread.
 *
 * Real threads are for a run under ThreadSanitizer, and to see that they do the same.
 */

typedef struct
{
  guint slot;
  guint inline_slot;
} Pretended;

static TestWorker *workers[GAME_N_WORKERS];
static Pretended pretended[GAME_N_WORKERS];
static gboolean is_real;

void
game_begin_threads (void)
{
  is_real = g_strcmp0 (g_getenv ("BUFPOOL_FUZZ_THREADS"), "real") == 0;
  for (guint i = 0; is_real && i < GAME_N_WORKERS; i++)
    workers[i] = test_worker_new ();
}

static void
exchange_slots (Pretended *thread)
{
  Pretended own = { bp_slot, bp_inline_slot };

  bp_slot = thread->slot;
  bp_inline_slot = thread->inline_slot;
  *thread = own;
}

void
game_run_in (guint   thread,
             void  (*func) (gpointer data),
             gpointer data)
{
  if (thread == 0)
    {
      func (data);
      return;
    }
  if (is_real)
    {
      test_worker_call (workers[thread - 1], func, data);
      return;
    }

  exchange_slots (&pretended[thread - 1]);
  func (data);
  exchange_slots (&pretended[thread - 1]);
}

/* What bp-thread.c does when a thread ends. */
static void
end_slot (guint slot)
{
  bp_mutex_lock (&bp_slots_mutex);
  bp_slots_taken[slot / 64] &= ~((guint64) 1 << (slot % 64));
  bp_bump (bp_slots_n_exits, 1);
  bp_mutex_unlock (&bp_slots_mutex);
  bp_fork_hooks.thread_ended ();
}

void
game_renew_thread (guint thread)
{
  Pretended *gone = &pretended[thread - 1];

  if (is_real)
    {
      test_worker_free (workers[thread - 1]);
      workers[thread - 1] = test_worker_new ();
      return;
    }

  if (gone->slot != 0)
    end_slot (gone->slot);
  *gone = (Pretended) { 0, 0 };
}
