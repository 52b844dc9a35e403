/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* RUSAGE_THREAD is an extension. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bp-debug-private.h"
#include "test-guard.h"
#include "test-latency.h"
#include "test-team.h"
#include "test-utils.h"

/* A thread works on a real-time pool. From its first call to its last, every allocation,
 * lock and system call of it ends the test. Meanwhile other threads empty, fill, trim and
 * count that pool, and have the kernel interrupt all threads of the process. What each
 * operation took is printed, and not judged: the thread has no priority, so it loses the
 * processor in between. realtime-guard.c shows that the guard sees what it must.
 *
 * With -m slow it goes on for BUFPOOL_TEST_MINUTES; --json=FILE has the figures; --fifo
 * gives the thread SCHED_FIFO, and thus a processor, where that is allowed. By default the
 * kernel still takes the processor away for 50 ms of each second. */

#define LENGTH 1024
#define SMALLER_LENGTH 300
#define MAX_BUFFERS 32
#define N_AT_ONCE 8
#define N_HANDED 16
#define PLAIN_LENGTH 256
#define N_PLAIN_THREADS 2

/* The system itself may cause some page faults. */
#define LARGE_LENGTH (1024 * 1024)
#define N_LARGE 8
#define MOST_FAULTS 32


/* In a plain run. */
#define PLAIN_US 700000
#define LEAST_ROUNDS 80

typedef enum
{
  ACQUIRE,
  RELEASE,
  RESIZE,
  SLICE,
  MANY,
  HAND,
  EXHAUST,
  N_OPERATIONS
} Operation;

static const char *const operation_names[N_OPERATIONS] = {
  "acquire, write, unref",
  "acquire, early release, unref",
  "acquire sized, resize, unref",
  "slice, part of it, release",
  "8 at once",
  "acquire, hand over",
  "acquire until it is empty",
};

typedef struct
{
  BpPool *pool;
  BpPool *plain;
  atomic_bool is_over;

  /* From the guarded thread to one that is not. */
  _Atomic (BpPooled *) boxes[N_HANDED];

  /* Of the guarded thread. */
  TestLatency *latencies;
  guint64 n_empty;
  atomic_ullong n_rounds;
  guint next_box;
  /* The kernel's number of the thread, for its figures. */
  _Atomic (pid_t) id;
  TestTicks ticks;

  /* What the other threads have done to the pool meanwhile. */
  guint64 n_drops;
  guint64 n_trims;
  guint n_preempted;
} Proof;

static char *json_path;
static gboolean wants_fifo;

/* What the guarded thread does. Nothing here may call GLib. */

static gboolean
acquire (Proof *proof)
{
  BpPooled *pooled = bp_pool_acquire_uninit (proof->pool, LENGTH, NULL);

  if (pooled == NULL)
    return FALSE;
  memset (bp_pooled_get_data (pooled, NULL), 1, LENGTH);
  bp_pooled_unref (pooled);

  return TRUE;
}

static gboolean
release (Proof *proof)
{
  BpPooled *pooled = bp_pool_acquire (proof->pool);

  if (pooled == NULL)
    return FALSE;
  bp_pooled_ref (pooled);
  bp_pooled_release (pooled);
  bp_pooled_unref (pooled);
  bp_pooled_unref (pooled);

  return TRUE;
}

static gboolean
resize (Proof *proof)
{
  BpPooled *pooled = bp_pool_acquire_sized (proof->pool, SMALLER_LENGTH, NULL);

  if (pooled == NULL)
    return FALSE;
  if (bp_pooled_get_capacity (pooled) >= LENGTH)
    {
      bp_pooled_resize (pooled, LENGTH);
      bp_pooled_try_resize (pooled, SMALLER_LENGTH, NULL);
    }
  bp_pooled_unref (pooled);

  return TRUE;
}

static gboolean
slice (Proof *proof)
{
  BpPooled *pooled = bp_pool_acquire_uninit (proof->pool, LENGTH, NULL);
  BpPooledSlice *whole, *part;

  if (pooled == NULL)
    return FALSE;
  whole = bp_pooled_slice_new_take (pooled, LENGTH, NULL);
  if (whole == NULL)
    return FALSE;
  part = bp_pooled_slice_sub (whole, SMALLER_LENGTH, SMALLER_LENGTH, NULL);
  bp_pooled_slice_ref (whole);
  bp_pooled_slice_unref (whole);
  bp_pooled_slice_release (whole);
  bp_pooled_slice_unref (whole);
  if (part != NULL)
    bp_pooled_slice_unref (part);

  return TRUE;
}

static gboolean
many (Proof *proof)
{
  BpPooled *pooled[N_AT_ONCE];

  if (!bp_pool_acquire_many (proof->pool, LENGTH, pooled, N_AT_ONCE, NULL))
    return FALSE;
  bp_pooled_unref_many (pooled, N_AT_ONCE);

  return TRUE;
}

static gboolean
hand (Proof *proof)
{
  _Atomic (BpPooled *) *box = &proof->boxes[proof->next_box % N_HANDED];
  BpPooled *pooled;

  if (atomic_load_explicit (box, memory_order_relaxed) != NULL)
    return FALSE;
  pooled = bp_pool_acquire_uninit (proof->pool, LENGTH, NULL);
  if (pooled == NULL)
    return FALSE;
  atomic_store_explicit (box, pooled, memory_order_release);
  proof->next_box++;

  return TRUE;
}

static gboolean
exhaust (Proof *proof)
{
  BpPooled *held[MAX_BUFFERS];
  guint n_held;

  for (n_held = 0; n_held < MAX_BUFFERS; n_held++)
    {
      held[n_held] = bp_pool_acquire (proof->pool);
      if (held[n_held] == NULL)
        break;
    }
  for (guint i = 0; i < n_held; i++)
    bp_pooled_unref (held[i]);

  return n_held > 0;
}

static gboolean (*const operations[N_OPERATIONS]) (Proof *proof) = {
  acquire, release, resize, slice, many, hand, exhaust,
};

static void
run_round (Proof *proof)
{
  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      guint64 begin = test_ticks_now ();
      gboolean is_done = operations[i] (proof);
      guint64 end = test_ticks_now ();

      if (is_done)
        test_latency_record (&proof->latencies[i], end - begin);
      proof->n_empty += !is_done;
    }
  atomic_store_explicit (&proof->n_rounds, proof->n_rounds + 1, memory_order_relaxed);
}

static void
take_processor (void)
{
  struct sched_param param = { .sched_priority = 1 };
  int code = pthread_setschedparam (pthread_self (), SCHED_FIFO, &param);

  if (code != 0)
    g_test_message ("no SCHED_FIFO: %s", g_strerror (code));
}

static void
run_guarded (guint    index,
             gpointer data)
{
  Proof *proof = data;

  proof->id = (pid_t) syscall (SYS_gettid);
  if (wants_fifo)
    take_processor ();
  test_guard_begin ();
  while (!proof->is_over)
    run_round (proof);
  test_guard_end_thread ();
}

/* And the others */

static void
take_handed (guint    index,
             gpointer data)
{
  Proof *proof = data;

  while (!proof->is_over)
    {
      for (guint i = 0; i < N_HANDED; i++)
        {
          BpPooled *pooled = atomic_exchange (&proof->boxes[i], NULL);

          if (pooled != NULL)
            bp_pooled_unref (pooled);
        }
      g_thread_yield ();
    }
}

static void
use_plain (guint    index,
           gpointer data)
{
  Proof *proof = data;

  while (!proof->is_over)
    {
      BpPooled *held[N_AT_ONCE];

      for (guint i = 0; i < N_AT_ONCE; i++)
        held[i] = bp_pool_acquire_uninit (proof->plain, PLAIN_LENGTH, NULL);
      test_unref_many (held, N_AT_ONCE);
    }
}

/* Fills the pool until there is no place left. The number is bounded: buffers that are out
 * of a plain pool have no place, so other threads would make room for ever. */
static void
fill (BpPool *pool)
{
  for (guint i = 0; i < MAX_BUFFERS; i++)
    if (!bp_pool_prefill (pool, 1, LENGTH, NULL))
      return;
}

/* Everything that other threads may do to the pool, and what revokes the caches of another
 * pool. */
static void
disturb_once (Proof *proof,
              guint  round)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (proof->pool);
  g_autofree char *text = bp_pool_stats_to_string (stats);

  g_assert_cmpuint (bp_pool_stats_get_idle (stats), <=, MAX_BUFFERS);
  g_assert_nonnull (text);

  if (round % 4 == 0)
    {
      bp_pool_drop_idle (proof->pool, round % 8 == 0 ? 0 : MAX_BUFFERS / 2);
      proof->n_drops++;
    }
  bp_pool_set_trim_capacity (proof->pool, round % 8 == 6 ? LENGTH / 4 : 0);
  fill (proof->pool);

  bp_pool_drop_idle (proof->plain, 1);
  proof->n_trims++;
}

/* At least for PLAIN_US; and under a sanitizer, or valgrind, until all of it has
 * happened. */
static void
disturb (Proof *proof)
{
  gint64 end = g_get_monotonic_time () + PLAIN_US;
  TestEffort effort;
  guint round = 0;

  test_effort_init (&effort, LEAST_ROUNDS, 1);
  while (test_effort_goes_on (&effort))
    disturb_once (proof, round++);
  while (g_get_monotonic_time () < end || proof->n_rounds == 0)
    disturb_once (proof, round++);
}

/* The figures */

/* How often the guarded thread lost the processor while it had work to do. */
static guint
count_preemptions (pid_t id)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/status", (int) id);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return 0;
  line = strstr (text, "nonvoluntary_ctxt_switches:");

  return line == NULL ? 0 : (guint) g_ascii_strtoull (strchr (line, ':') + 1, NULL, 10);
}

static void
print_json (Proof *proof)
{
  FILE *file = fopen (json_path, "w");
  const char *separator = "";

  g_assert_nonnull (file);
  fputs ("[", file);
  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      fprintf (file, "%s\n{\"operation\": \"%s\", ", separator, operation_names[i]);
      test_latency_print_json (&proof->latencies[i], &proof->ticks, file);
      fputs ("}", file);
      separator = ",";
    }
  fputs ("\n]\n", file);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
print (Proof *proof)
{
  double worst = 0;
  guint64 n_done = 0;

  for (guint i = 0; i < N_OPERATIONS; i++)
    {
      g_autofree char *text = test_latency_to_string (&proof->latencies[i], &proof->ticks);

      n_done += proof->latencies[i].n;
      worst = MAX (worst, test_latency_get_worst (&proof->latencies[i], &proof->ticks));
      g_test_message ("%s: %s", operation_names[i], text);
    }
  g_test_message ("the worst of %" G_GUINT64_FORMAT " operations took %.1f us; %" G_GUINT64_FORMAT
                  " found nothing", n_done, worst / 1000, proof->n_empty);
  g_test_message ("meanwhile the thread lost the processor %u times, the pool was emptied %"
                  G_GUINT64_FORMAT " times, and another's caches were revoked %"
                  G_GUINT64_FORMAT " times",
                  proof->n_preempted, proof->n_drops, proof->n_trims);
  if (json_path != NULL)
    print_json (proof);
}

static BpPool *
make_pool (void)
{
  return g_object_new (BP_TYPE_POOL,
                       "realtime", TRUE,
                       "max-buffers", MAX_BUFFERS,
                       NULL);
}

/* Nothing is lost: what was out is back, and what was to be freed is freed. */
static void
check_end (Proof *proof)
{
  for (guint i = 0; i < N_HANDED; i++)
    g_clear_pointer ((BpPooled **) &proof->boxes[i], bp_pooled_unref);

  g_assert_cmpuint (get_stat (proof->pool, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (proof->plain, outstanding), ==, 0);
  g_assert_cmpuint (get_stat (proof->pool, idle), <=, MAX_BUFFERS);
  bp_pool_drop_idle (proof->pool, 0);
  g_assert_cmpuint (get_stat (proof->pool, idle), ==, 0);
  g_assert_cmpuint (get_stat (proof->pool, idle_bytes), ==, 0);
  assert_valid (proof->plain);
  for (guint i = 0; i < N_OPERATIONS; i++)
    g_assert_cmpuint (proof->latencies[i].n, >, 0);
}

/* The same without the guard, where a sanitizer looks instead. */
static void
test_against_others (void)
{
  g_autoptr (BpPool) pool = make_pool ();
  g_autoptr (BpPool) plain = bp_pool_new (BP_ELEMENT_TYPE_U8);
  g_autofree TestLatency *latencies = g_new0 (TestLatency, N_OPERATIONS);
  Proof proof = { .pool = pool, .plain = plain, .latencies = latencies };
  TestThread *guarded, *taker, *users[N_PLAIN_THREADS];

  if (!test_guard_works ())
    g_test_message ("no guard: nothing ends this test where the thread enters the kernel");

  fill (pool);
  taker = test_thread_start (take_handed, 0, &proof);
  for (guint i = 0; i < N_PLAIN_THREADS; i++)
    users[i] = test_thread_start (use_plain, i, &proof);
  test_ticks_begin (&proof.ticks);
  guarded = test_thread_start (run_guarded, 0, &proof);

  disturb (&proof);
  proof.n_preempted = count_preemptions (proof.id);
  proof.is_over = TRUE;
  test_thread_join (guarded);
  test_ticks_end (&proof.ticks);
  test_thread_join (taker);
  for (guint i = 0; i < N_PLAIN_THREADS; i++)
    test_thread_join (users[i]);

  print (&proof);
  check_end (&proof);
}

/* Prefill has written to each page: the next write has no page fault. */

#ifdef RUSAGE_THREAD
static glong
count_faults (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_THREAD, &usage), ==, 0);

  return usage.ru_minflt + usage.ru_majflt;
}

static void
write_all (guint    index,
           gpointer data)
{
  BpPool *pool = data;
  BpPooled *held[N_LARGE];
  glong n_faults = count_faults ();

  for (guint i = 0; i < N_LARGE; i++)
    {
      held[i] = bp_pool_acquire_uninit (pool, LARGE_LENGTH, NULL);
      memset (bp_pooled_get_data (held[i], NULL), 1, LARGE_LENGTH);
    }
  n_faults = count_faults () - n_faults;
  test_unref_many (held, N_LARGE);

  g_test_message ("%ld page faults", n_faults);
  g_assert_cmpint (n_faults, <, MOST_FAULTS);
}
#endif

static void
test_no_page_faults (void)
{
#ifdef RUSAGE_THREAD
  g_autoptr (BpPool) pool = make_pool ();

  /* The second time malloc() may have memory whose pages were given back. */
  for (guint round = 0; round < 2; round++)
    {
      g_assert_true (bp_pool_prefill (pool, N_LARGE, LARGE_LENGTH, NULL));
      test_thread_join (test_thread_start (write_all, 0, pool));
      bp_pool_drop_idle (pool, 0);
    }
#else
  g_test_skip ("the page faults of a thread are not known here");
#endif
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (int i = 1; i < argc; i++)
    {
      if (g_str_has_prefix (argv[i], "--json="))
        json_path = argv[i] + strlen ("--json=");
      wants_fifo |= g_str_equal (argv[i], "--fifo");
    }

  g_test_add_func ("/realtime/proof/against-others", test_against_others);
  g_test_add_func ("/realtime/proof/no-page-faults", test_no_page_faults);

  return g_test_run ();
}
