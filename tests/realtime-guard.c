/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test-guard.h"
#include "test-team.h"
#include "test-utils.h"

/* The guard sees what it must. A child has a guarded thread that does one thing which it
 * may not do. That must end the child. */

#define REPORT_SIZE 256
#define BLOCK_SIZE 100
#define MAPPING_SIZE 4096

static gpointer volatile memory;
static GMutex mutex;
static pthread_mutex_t posix_mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t posix_lock = PTHREAD_RWLOCK_INITIALIZER;
static GRecMutex recursive_mutex;
static GRWLock lock;
static GCond cond;
static GAsyncQueue *locked_queue;
static BpPool *pool;

static void
do_nothing (void)
{
}

static void
do_malloc (void)
{
  memory = malloc (BLOCK_SIZE);
}

static void
do_calloc (void)
{
  memory = calloc (1, BLOCK_SIZE);
}

static void
do_realloc (void)
{
  memory = realloc (memory, 2 * BLOCK_SIZE);
}

static void
do_free (void)
{
  free (memory);
}

static void
do_aligned_alloc (void)
{
  memory = aligned_alloc (64, 64);
}

static void
do_posix_memalign (void)
{
  gpointer block = NULL;

  if (posix_memalign (&block, 64, BLOCK_SIZE) == 0)
    memory = block;
}

static void
do_memalign (void)
{
  memory = memalign (64, BLOCK_SIZE);
}

static void
do_g_malloc (void)
{
  memory = g_malloc (BLOCK_SIZE);
}

static void
do_g_free (void)
{
  g_free (memory);
}

static void
do_g_slice_alloc (void)
{
  memory = g_slice_alloc (BLOCK_SIZE);
}

/* GLib's own call of malloc(), from within. */
static void
do_ascii_strdown (void)
{
  memory = g_ascii_strdown ("X", 1);
}

static void
do_mutex (void)
{
  g_mutex_lock (&mutex);
}

static void
do_trylock (void)
{
  memory = GINT_TO_POINTER (g_mutex_trylock (&mutex));
}

static void
do_rec_mutex (void)
{
  g_rec_mutex_lock (&recursive_mutex);
}

static void
do_reader_lock (void)
{
  g_rw_lock_reader_lock (&lock);
}

static void
do_cond_signal (void)
{
  g_cond_signal (&cond);
}

static void
do_posix_mutex (void)
{
  pthread_mutex_lock (&posix_mutex);
}

static void
do_posix_rwlock (void)
{
  pthread_rwlock_rdlock (&posix_lock);
}

/* A mutex inside GLib that another thread has: the guarded thread sleeps by a futex. */
static void
do_contended (void)
{
  memory = GINT_TO_POINTER (g_async_queue_length (locked_queue));
}

static void
do_syscall (void)
{
  syscall (SYS_getppid);
}

/* A system call that does not go through syscall(): the kernel's filter sees it. */
static void
do_getppid (void)
{
  memory = GINT_TO_POINTER (getppid ());
}

static void
do_yield (void)
{
  sched_yield ();
}

static void
do_mmap (void)
{
  memory = mmap (NULL, MAPPING_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static void
do_madvise (void)
{
  madvise (memory, 0, MADV_NORMAL);
}

/* A write is refused even to a file to which a report could go. */
static void
do_write (void)
{
  if (write (STDERR_FILENO, "", 0) == 0)
    memory = NULL;
}

/* What a plain pool does when a thread calls it for the first time. */
static void
do_acquire (void)
{
  memory = bp_pool_acquire (pool);
}

typedef struct
{
  const char *name;
  void (*func) (void);
  /* How the report begins; NULL if the thread may do this. */
  const char *report;
} Case;

static const Case cases[] = {
  { "nothing", do_nothing, NULL },
  { "malloc", do_malloc, "malloc (" },
  { "calloc", do_calloc, "calloc (" },
  { "realloc", do_realloc, "realloc (" },
  { "free", do_free, "free (" },
  { "aligned-alloc", do_aligned_alloc, "aligned_alloc (" },
  { "posix-memalign", do_posix_memalign, "posix_memalign (" },
  { "memalign", do_memalign, "memalign (" },
  { "g-malloc", do_g_malloc, "g_malloc (" },
  { "g-free", do_g_free, "g_free (" },
  { "g-slice-alloc", do_g_slice_alloc, "g_slice_alloc (" },
  { "inside-glib", do_ascii_strdown, "malloc (" },
  { "mutex", do_mutex, "g_mutex_lock (" },
  { "trylock", do_trylock, "g_mutex_trylock (" },
  { "rec-mutex", do_rec_mutex, "g_rec_mutex_lock (" },
  { "reader-lock", do_reader_lock, "g_rw_lock_reader_lock (" },
  { "cond-signal", do_cond_signal, "g_cond_signal (" },
  { "posix-mutex", do_posix_mutex, "pthread_mutex_lock (" },
  { "posix-rwlock", do_posix_rwlock, "pthread_rwlock_rdlock (" },
  { "contended-inside-glib", do_contended, "syscall (" },
  { "syscall", do_syscall, "syscall (" },
  { "getppid", do_getppid, "system call " G_STRINGIFY (SYS_getppid) " (" },
  { "yield", do_yield, "sched_yield (" },
  { "mmap", do_mmap, "mmap (" },
  { "madvise", do_madvise, "madvise (" },
  { "write", do_write, "system call " G_STRINGIFY (SYS_write) " (" },
  { "plain-pool", do_acquire, "" },
};

static void
run_guarded (guint    index,
             gpointer data)
{
  const Case *self = data;

  test_guard_begin ();
  self->func ();
  test_guard_end_thread ();
}

static void
be_child (const Case *self,
          int         report_fd)
{
  test_guard_set_report (report_fd);
  memory = malloc (BLOCK_SIZE);
  locked_queue = g_async_queue_new ();
  g_async_queue_lock (locked_queue);
  pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  test_thread_join (test_thread_start (run_guarded, 0, (gpointer) self));
  _exit (EXIT_SUCCESS);
}

static char *
read_report (int fd)
{
  GString *text = g_string_new (NULL);
  char block[REPORT_SIZE];
  gssize n_read;

  while ((n_read = read (fd, block, sizeof block)) > 0)
    g_string_append_len (text, block, n_read);

  return g_string_free (text, FALSE);
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  g_autofree char *report = NULL;
  int pipes[2];
  int status;
  pid_t child;

  if (!test_guard_works ())
    {
      g_test_skip ("there is no guard in this build, or on this system");
      return;
    }

  g_assert_cmpint (pipe (pipes), ==, 0);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    be_child (self, pipes[1]);

  close (pipes[1]);
  report = read_report (pipes[0]);
  close (pipes[0]);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));

  if (self->report == NULL)
    {
      g_assert_cmpstr (report, ==, "");
      g_assert_cmpint (WEXITSTATUS (status), ==, EXIT_SUCCESS);
      return;
    }

  g_test_message ("%s", g_strchomp (report));
  g_assert_true (g_str_has_prefix (report, self->report));
  g_assert_cmpint (WEXITSTATUS (status), ==, TEST_GUARD_STATUS);
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/realtime/guard/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }

  return g_test_run ();
}
