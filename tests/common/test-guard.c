/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* dladdr() and syscall() are extensions. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include "test-guard.h"

#include "bp-debug-private.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

/* Only with glibc, which has a second name for each of its functions that allocate; and on
 * these processors, since the kernel's filter has to know the processor. Not with
 * sanitizers, which have functions of their own in those places. */
#if defined (__linux__) && defined (__GLIBC__) && !defined (BP_ASAN) && !defined (BP_TSAN) \
    && (defined (__x86_64__) || defined (__i386__) || defined (__aarch64__))
# define HAS_GUARD 1
#endif

#ifdef HAS_GUARD

# include <dlfcn.h>
# include <errno.h>
# include <fcntl.h>
# include <linux/audit.h>
# include <linux/filter.h>
# include <linux/seccomp.h>
# include <malloc.h>
# include <pthread.h>
# include <sched.h>
# include <semaphore.h>
# include <signal.h>
# include <stdarg.h>
# include <stddef.h>
# include <stdio.h>
# include <string.h>
# include <sys/mman.h>
# include <sys/prctl.h>
# include <sys/syscall.h>
# include <unistd.h>

# include "test-next.h"

# ifdef __x86_64__
#  define ARCHITECTURE AUDIT_ARCH_X86_64
# elif defined (__i386__)
#  define ARCHITECTURE AUDIT_ARCH_I386
# else
#  define ARCHITECTURE AUDIT_ARCH_AARCH64
# endif

# define N_ARGUMENTS 6
# define REPORT_SIZE 400
/* Above all that a program has open, since the filter allows writing to it. */
# define LEAST_REPORT_FD 200

static _Thread_local gboolean is_guarded;
static int report_fd = -1;

/* What was called, and where: an offset that addr2line understands. */
static void
report (const char    *what,
        gconstpointer  caller)
{
  char text[REPORT_SIZE];
  Dl_info info;
  int length;

  is_guarded = FALSE;
  if (dladdr (caller, &info) != 0 && info.dli_fname != NULL)
    length = snprintf (text, sizeof text, "%s (from %s+0x%lx)\n", what, info.dli_fname,
                       (gulong) ((const char *) caller - (const char *) info.dli_fbase));
  else
    length = snprintf (text, sizeof text, "%s\n", what);
  /* If even this fails, nothing more can be done. */
  if (write (report_fd, text, MIN ((gsize) length, sizeof text - 1)) < 0)
    _exit (TEST_GUARD_STATUS);
  _exit (TEST_GUARD_STATUS);
}

/* Functions in front of the C library and GLib */

# define CHECK(name) \
  G_STMT_START { \
    if (G_UNLIKELY (is_guarded)) \
      report (name, __builtin_return_address (0)); \
  } G_STMT_END

# define FORWARD(type, name, params, args) \
  type name params; \
  type \
  name params \
  { \
    static _Atomic (gpointer) next; \
    type (*func) params; \
    \
    CHECK (#name); \
    *(gpointer *) &func = test_find_next (&next, #name); \
    return func args; \
  }

/* dlsym() itself may allocate, so these are known without it. */
# define ALLOCATE(type, name, params, args) \
  extern type __libc_##name params; \
  type \
  name params \
  { \
    CHECK (#name); \
    return __libc_##name args; \
  }

ALLOCATE (void *, malloc, (size_t size), (size))
ALLOCATE (void *, calloc, (size_t n, size_t size), (n, size))
ALLOCATE (void *, realloc, (void *memory, size_t size), (memory, size))
ALLOCATE (void, free, (void *memory), (memory))
ALLOCATE (void *, memalign, (size_t alignment, size_t size), (alignment, size))

FORWARD (void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size))
FORWARD (int, posix_memalign, (void **memory, size_t alignment, size_t size),
         (memory, alignment, size))
FORWARD (void *, reallocarray, (void *memory, size_t n, size_t size), (memory, n, size))

# undef g_malloc
# undef g_malloc0
# undef g_malloc_n
# undef g_malloc0_n
# undef g_realloc
# undef g_realloc_n
# undef g_try_malloc
# undef g_try_malloc0
# undef g_try_malloc_n
# undef g_try_realloc
# undef g_free
# undef g_slice_alloc
# undef g_slice_alloc0
# undef g_slice_free1

FORWARD (gpointer, g_malloc, (gsize n_bytes), (n_bytes))
FORWARD (gpointer, g_malloc0, (gsize n_bytes), (n_bytes))
FORWARD (gpointer, g_malloc_n, (gsize n, gsize n_bytes), (n, n_bytes))
FORWARD (gpointer, g_malloc0_n, (gsize n, gsize n_bytes), (n, n_bytes))
FORWARD (gpointer, g_realloc, (gpointer memory, gsize n_bytes), (memory, n_bytes))
FORWARD (gpointer, g_realloc_n, (gpointer memory, gsize n, gsize n_bytes), (memory, n, n_bytes))
FORWARD (gpointer, g_try_malloc, (gsize n_bytes), (n_bytes))
FORWARD (gpointer, g_try_malloc0, (gsize n_bytes), (n_bytes))
FORWARD (gpointer, g_try_malloc_n, (gsize n, gsize n_bytes), (n, n_bytes))
FORWARD (gpointer, g_try_realloc, (gpointer memory, gsize n_bytes), (memory, n_bytes))
FORWARD (void, g_free, (gpointer memory), (memory))
FORWARD (gpointer, g_slice_alloc, (gsize size), (size))
FORWARD (gpointer, g_slice_alloc0, (gsize size), (size))
FORWARD (void, g_slice_free1, (gsize size, gpointer memory), (size, memory))

# undef g_mutex_lock
# undef g_mutex_trylock
# undef g_mutex_unlock
# undef g_rec_mutex_lock
# undef g_rec_mutex_trylock
# undef g_rec_mutex_unlock
# undef g_rw_lock_reader_lock
# undef g_rw_lock_reader_trylock
# undef g_rw_lock_writer_lock
# undef g_cond_wait
# undef g_cond_signal
# undef g_cond_broadcast
# undef g_bit_lock

FORWARD (void, g_mutex_lock, (GMutex *mutex), (mutex))
FORWARD (gboolean, g_mutex_trylock, (GMutex *mutex), (mutex))
FORWARD (void, g_mutex_unlock, (GMutex *mutex), (mutex))
FORWARD (void, g_rec_mutex_lock, (GRecMutex *mutex), (mutex))
FORWARD (gboolean, g_rec_mutex_trylock, (GRecMutex *mutex), (mutex))
FORWARD (void, g_rec_mutex_unlock, (GRecMutex *mutex), (mutex))
FORWARD (void, g_rw_lock_reader_lock, (GRWLock *lock), (lock))
FORWARD (gboolean, g_rw_lock_reader_trylock, (GRWLock *lock), (lock))
FORWARD (void, g_rw_lock_writer_lock, (GRWLock *lock), (lock))
FORWARD (void, g_cond_wait, (GCond *cond, GMutex *mutex), (cond, mutex))
FORWARD (void, g_cond_signal, (GCond *cond), (cond))
FORWARD (void, g_cond_broadcast, (GCond *cond), (cond))
FORWARD (void, g_bit_lock, (volatile gint *address, gint bit), (address, bit))

FORWARD (int, pthread_mutex_lock, (pthread_mutex_t *mutex), (mutex))
FORWARD (int, pthread_mutex_trylock, (pthread_mutex_t *mutex), (mutex))
FORWARD (int, pthread_mutex_timedlock,
         (pthread_mutex_t *mutex, const struct timespec *time), (mutex, time))
FORWARD (int, pthread_mutex_unlock, (pthread_mutex_t *mutex), (mutex))
FORWARD (int, pthread_rwlock_rdlock, (pthread_rwlock_t *lock), (lock))
FORWARD (int, pthread_rwlock_tryrdlock, (pthread_rwlock_t *lock), (lock))
FORWARD (int, pthread_rwlock_wrlock, (pthread_rwlock_t *lock), (lock))
FORWARD (int, pthread_rwlock_trywrlock, (pthread_rwlock_t *lock), (lock))
FORWARD (int, pthread_spin_lock, (pthread_spinlock_t *lock), (lock))
FORWARD (int, sem_wait, (sem_t *semaphore), (semaphore))
FORWARD (int, sem_post, (sem_t *semaphore), (semaphore))

FORWARD (int, sched_yield, (void), ())
FORWARD (void *, mmap,
         (void *memory, size_t length, int protection, int flags, int fd, off_t offset),
         (memory, length, protection, flags, fd, offset))
FORWARD (int, munmap, (void *memory, size_t length), (memory, length))
FORWARD (int, madvise, (void *memory, size_t length, int advice), (memory, length, advice))

long
syscall (long number,
         ...)
{
  static _Atomic (gpointer) next;
  long (*func) (long number, ...);
  long args[N_ARGUMENTS];
  va_list list;

  CHECK ("syscall");

  va_start (list, number);
  for (guint i = 0; i < N_ARGUMENTS; i++)
    args[i] = va_arg (list, long);
  va_end (list);

  *(gpointer *) &func = test_find_next (&next, "syscall");
  return func (number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

/* The filter in front of the kernel */

static void
on_system_call (int        number,
                siginfo_t *info,
                gpointer   context)
{
  char what[REPORT_SIZE / 2];

  snprintf (what, sizeof what, "system call %d", info->si_syscall);
  report (what, info->si_call_addr);
}

static gboolean
filter_system_calls (void)
{
# define FIELD(name) (offsetof (struct seccomp_data, name))
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, FIELD (arch)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, FIELD (nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_exit, 6, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 5, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 4, 0),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_write, 0, 2),
    /* The lower half: these processors are little-endian. */
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, FIELD (args)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (guint32) report_fd, 1, 0),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_TRAP),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const struct sock_fprog program = { .len = G_N_ELEMENTS (code), .filter = code };

  /* Both are for the calling thread only. */
  return prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
      && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

gboolean
test_guard_works (void)
{
  return !RUNNING_ON_VALGRIND
      /* EFAULT is the answer of a kernel that has filters. */
      && prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, NULL) == -1 && errno == EFAULT;
}

void
test_guard_set_report (int fd)
{
  if (report_fd >= 0)
    close (report_fd);
  report_fd = fcntl (fd, F_DUPFD_CLOEXEC, LEAST_REPORT_FD);
  g_assert_cmpint (report_fd, >=, LEAST_REPORT_FD);
}

void
test_guard_begin (void)
{
  struct sigaction action = { .sa_sigaction = on_system_call, .sa_flags = SA_SIGINFO };

  if (!test_guard_works ())
    return;

  if (report_fd < 0)
    test_guard_set_report (STDERR_FILENO);
  sigaction (SIGSYS, &action, NULL);
  if (!filter_system_calls ())
    g_error ("the kernel does not take the filter: %s", g_strerror (errno));
  is_guarded = TRUE;
}

/* Not pthread_exit(), which frees; and not syscall(), which is guarded. */
static void G_GNUC_NORETURN
end_by_kernel (void)
{
# ifdef __x86_64__
  __asm__ volatile ("syscall" : : "a" (SYS_exit), "D" (0) : "memory");
# elif defined (__i386__)
  __asm__ volatile ("int $0x80" : : "a" (SYS_exit), "b" (0) : "memory");
# else
  register long number __asm__ ("x8") = SYS_exit;
  register long status __asm__ ("x0") = 0;

  __asm__ volatile ("svc 0" : : "r" (number), "r" (status) : "memory");
# endif
  __builtin_unreachable ();
}

void
test_guard_end_thread (void)
{
  if (is_guarded)
    end_by_kernel ();
  pthread_exit (NULL);
}

#else

# include <pthread.h>

gboolean
test_guard_works (void)
{
  return FALSE;
}

void
test_guard_set_report (int fd)
{
}

void
test_guard_begin (void)
{
}

void
test_guard_end_thread (void)
{
  pthread_exit (NULL);
}

#endif
