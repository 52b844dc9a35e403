/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "buffer.h"
#include "test-clock.h"
#include "test-faults.h"
#include "test-signs.h"
#include "test-stream.h"
#include "test-team.h"
#include "test-waiter.h"

/*
 * One execution of fuzz-operations: pools, what is out of them, and threads. The input says
 * which step comes next, and on which thread. A step is four bytes: what to do, and three
 * numbers for it. One thread at a time has the turn, so an input always does the same.
 *
 * What is out is a Buffer of tests/property: it knows contents and lengths, and what shares
 * them. The property tests foresee to the last number what an operation does to a pool.
 * Here allocations and barriers fail too, and callbacks call back. So fewer numbers are
 * foreseen: what is out, in number and in bytes, and what is charged to the budget. The
 * validator looks after the rest.
 */

#define GAME_MOST_POOLS 4
#define GAME_MOST_HELD 20
#define GAME_MOST_BULK 6
#define GAME_MOST_WAITERS 2
#define GAME_MOST_WAITS 3
#define GAME_MOST_CALLS 5
#define GAME_MOST_DEPTH 3
#define GAME_N_WORKERS 3

typedef struct _Game Game;

typedef struct
{
  guint8 op;
  guint8 a;
  guint8 b;
  guint8 c;
} Step;

/* A pool. */
typedef struct
{
  /* First: a Buffer points to it. */
  Model model;
  Game *game;
  gboolean is_realtime;
  gboolean is_aligned;
  gboolean is_disposed;
  gboolean has_budget;
  /* A barrier was refused when this pool may have needed it: what living threads have in
   * their caches may be too much until they come by. */
  gboolean is_stuck;
  gboolean is_watched;
  guint n_notified;
  GMemoryMonitor *monitor;
  /* Of the functions of a pool of C items. */
  gboolean is_destroyed;
  /* As of the last check. */
  guint64 n_idle;
  guint64 idle_bytes;
  guint64 n_dropped;
  /* Of elements, given back since then, and what they come to as idle ones. */
  guint n_returned;
  guint64 returned_bytes;
} Member;

typedef enum
{
  CALL_ACQUIRE,
  CALL_READ,
  CALL_READ_ALL
} CallKind;

/* An asynchronous call that is under way. */
typedef struct
{
  CallKind kind;
  Game *game;
  Member *member;
  gsize count;
  GCancellable *cancellable;
  TestStream *stream;
  gboolean may_fail;
  gboolean is_cancelled;
} Call;

/* What cases there are to be reached, each with details. */
typedef enum
{
  CASE_STEP,
  CASE_MEANWHILE,
  CASE_REFUSED,
  CASE_SHARE,
  N_CASES
} Case;

struct _Game
{
  Member members[GAME_MOST_POOLS];
  guint n_members;
  BpBudget *budget;
  guint64 peak;
  /* Of Buffer. */
  GPtrArray *held;
  /* Of Call. */
  GPtrArray *calls;
  TestWaiter *waiters[GAME_MOST_WAITERS];
  Member *waiting[GAME_MOST_WAITERS];
  guint n_waiters;
  guint n_waits;

  /* What the next callbacks do, each one step. */
  Step armed[GAME_MOST_DEPTH];
  guint n_armed;
  guint depth;
  /* Buffers that a step works on, which others must leave alone meanwhile. */
  Buffer *busy[GAME_MOST_BULK + GAME_MOST_DEPTH + 1];
  guint n_busy;
  /* Of all steps so far. */
  guint n_callbacks;
  guint n_steps;
  /* How many steps allocations may fail in. */
  guint n_faulty;
  gboolean had_faults;
  gboolean is_forbidden;
  /* The last step, see game_is_plain(), and what it was for. */
  gboolean was_plain;
  Member *picked;

  /* Where the input says what comes next. */
  const guint8 *data;
  gsize n_left;
  guint thread;
};

/* Whether each step is written to the standard error: BUFPOOL_FUZZ_TRACE is set. */
extern gboolean game_traces;

/* The game from the beginning of the input. Sets up what lasts for all games. */
void      game_set_up        (void);
void      game_begin         (Game          *self,
                              const guint8  *data,
                              gsize          size);
/* All goes back, and nothing is left. */
void      game_end           (Game          *self);
gboolean  game_read_step     (Game          *self,
                              Step          *step);
/* One of them. What cannot be done here and now is not done. */
void      game_do_step       (Game          *self,
                              const Step    *step);
/* All that must hold between two steps; with members touched, or all. */
void      game_check         (Game          *self,
                              gboolean       is_thorough);

/* In a thread of its own: 0 is the main thread. Threads last for all games. They are
 * pretended, unless BUFPOOL_FUZZ_THREADS is "real". */
void      game_begin_threads (void);
void      game_run_in        (guint          thread,
                              void         (*func) (gpointer data),
                              gpointer       data);
/* It ends, and another begins. */
void      game_renew_thread  (guint          thread);

/* For steps: which pool, buffer, number of elements they are for. */
Member   *game_pick_member   (Game          *self,
                              guint8         number);
Buffer   *game_pick_buffer   (Game          *self,
                              guint8         number);
gsize     game_pick_length   (Member        *member,
                              guint8         number);
Member   *game_get_member    (Buffer        *buffer);

/* Around what a step does to a buffer. */
void      game_take          (Game          *self,
                              Buffer        *buffer);
void      game_let_go        (Game          *self,
                              Buffer        *buffer);
gboolean  game_has_room      (Game          *self,
                              guint          n);
/* A handle that has just come out, which is filled with a pattern. */
Buffer   *game_keep          (Member        *member,
                              BpPooled      *pooled,
                              guint8         stamp);
/* Only if nothing but the call itself can have changed anything since the step began. */
gboolean  game_is_plain      (Game          *self,
                              guint          n_callbacks);
/* Why something was not had must be true. */
void      game_check_refused (Member        *member,
                              const GError  *error,
                              gsize          n_elements,
                              guint          n_buffers,
                              guint          n_callbacks);
guint64   game_sum_out       (Game          *self);
/* How many threads and calls wait in the queues. */
guint     game_count_queued  (Game          *self);
void      game_forget_done   (Game          *self);

/* Says that the input has led to this case. */
void      game_reach         (Case           number,
                              guint          detail);
void      game_reach_member  (Case           number,
                              guint          detail,
                              Member        *member);
void      game_reach_step    (Game          *self,
                              guint          step,
                              gboolean       has_failed);

/* Callbacks of the library's come here, and do what is armed. */
void      game_call_back     (Game          *self);
void      game_watch_object  (Member        *member,
                              gpointer       object);
extern const BpItemFuncs game_item_funcs;
void      game_item_destroy  (gpointer       member);
void      game_on_notify     (GObject       *object,
                              GParamSpec    *pspec,
                              gpointer       member);

/* Criticals are expected between these two; elsewhere they end the program. Whether there
 * was one. */
void      game_expect        (void);
gboolean  game_was_told      (void);

/* Steps, by what they are for. FALSE if the step is none of theirs. */
typedef void (*StepFunc) (Game       *game,
                          const Step *step);

void      do_take            (Game          *game,
                              const Step    *step);
void      do_take_many       (Game          *game,
                              const Step    *step);
void      do_attach          (Game          *game,
                              const Step    *step);
void      do_change          (Game          *game,
                              const Step    *step);
void      do_end             (Game          *game,
                              const Step    *step);
void      do_share           (Game          *game,
                              const Step    *step);
void      do_with_share      (Game          *game,
                              const Step    *step);
void      do_look            (Game          *game,
                              const Step    *step);
void      do_idle            (Game          *game,
                              const Step    *step);
void      do_recycle         (Game          *game,
                              const Step    *step);
void      do_set             (Game          *game,
                              const Step    *step);
void      do_get             (Game          *game,
                              const Step    *step);
void      do_budget          (Game          *game,
                              const Step    *step);
void      do_dispose         (Game          *game,
                              const Step    *step);
void      do_new             (Game          *game,
                              const Step    *step);
void      do_read            (Game          *game,
                              const Step    *step);
void      do_call            (Game          *game,
                              const Step    *step);
void      do_with_call       (Game          *game,
                              const Step    *step);
void      do_wait            (Game          *game,
                              const Step    *step);
void      do_run_loop        (Game          *game,
                              const Step    *step);
void      do_arm             (Game          *game,
                              const Step    *step);
void      do_fail            (Game          *game,
                              const Step    *step);
void      do_forbid          (Game          *game,
                              const Step    *step);
void      do_thread          (Game          *game,
                              const Step    *step);
void      do_pass_time       (Game          *game,
                              const Step    *step);
void      do_item            (Game          *game,
                              const Step    *step);
void      do_wrong           (Game          *game,
                              const Step    *step);

/* Waiting threads: returns when each of them is done or asleep in its queue. Those that
 * are done hand over what they got. */
void      game_settle        (Game          *self);
void      game_end_waiters   (Game          *self);
/* Until nothing is under way. */
void      game_end_calls     (Game          *self);
void      game_allow_barriers (Game         *self);
