/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* RTLD_DEFAULT is an extension. */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bp-debug-private.h"
#include "test-utils.h"

#ifdef BP_HAVE_VALGRIND
# include <valgrind/valgrind.h>
#else
# define RUNNING_ON_VALGRIND 0
#endif

#if defined (__linux__) && !defined (BP_ASAN) && !defined (BP_TSAN) \
    && (defined (__x86_64__) || defined (__i386__) || defined (__aarch64__))
# define HAS_STEPS 1
# include <elf.h>
# include <sys/ptrace.h>
# include <sys/uio.h>
# include <sys/user.h>
#endif

/* Every instruction of the operations on a real-time pool, one by one, in a child that is
 * traced. A call that leaves the library must be to one of the few functions that are known
 * to do no harm. So nothing hides inside GLib, where a guard does not see that a free mutex
 * is locked. The numbers of instructions are printed, and are bounded: a path that fails has
 * no more than some hundred. Where a word has 32 bits one of 64 takes twice as many. */

#define LENGTH 64
#define MAX_BUFFERS 8
#ifdef TEST_WITH_COVERAGE
/* Neither optimized, nor without counting. */
# define MOST_INSTRUCTIONS 25000
#else
# define MOST_INSTRUCTIONS (GLIB_SIZEOF_SIZE_T < 8 ? 10000 : 5000)
#endif

static BpPool *pool;
/* A pool that keeps no buffer that comes back. */
static BpPool *trimmed;
/* A pool of C items. */
static BpPool *items;
static gboolean items_are_reused = TRUE;

static void
do_unref (void)
{
  BpPooled *pooled = bp_pool_acquire (pool);

  bp_pooled_unref (pooled);
}

static void
do_release (void)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);

  bp_pooled_ref (pooled);
  bp_pooled_release (pooled);
  bp_pooled_unref (pooled);
  bp_pooled_unref (pooled);
}

static void
do_resize (void)
{
  BpPooled *pooled = bp_pool_acquire_sized (pool, LENGTH / 2, NULL);

  bp_pooled_resize (pooled, LENGTH);
  bp_pooled_try_resize (pooled, LENGTH / 4, NULL);
  bp_pooled_unref (pooled);
}

static void
do_slice (void)
{
  BpPooledSlice *whole =
    bp_pooled_slice_new_take (bp_pool_acquire_uninit (pool, LENGTH, NULL), LENGTH, NULL);
  BpPooledSlice *part = bp_pooled_slice_sub (whole, 1, LENGTH - 1, NULL);

  bp_pooled_slice_unref (whole);
  bp_pooled_slice_release (part);
  bp_pooled_slice_unref (part);
}

static void
do_many (void)
{
  BpPooled *pooled[MAX_BUFFERS / 2];

  if (bp_pool_acquire_many (pool, LENGTH, pooled, G_N_ELEMENTS (pooled), NULL))
    bp_pooled_unref_many (pooled, G_N_ELEMENTS (pooled));
}

static void
do_view (void)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);
  BpPooledView *view = bp_pooled_get_view (pooled, NULL);

  bp_pooled_unref (pooled);
  bp_pooled_view_unref (view);
}

static void
do_append (void)
{
  static const guint8 bytes[LENGTH];
  BpPooled *pooled = bp_pool_acquire (pool);

  bp_pooled_append (pooled, bytes, sizeof bytes, NULL);
  bp_pooled_write (pooled, 1, bytes, sizeof bytes - 1, NULL);
  bp_pooled_unref (pooled);
}

/* A call that fails says so only by its return value. */
static void
do_fail (void)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, LENGTH, NULL);

  bp_pooled_resize (pooled, 2 * LENGTH);
  bp_pooled_try_resize (pooled, 2 * LENGTH, NULL);
  bp_pooled_set_length (pooled, 2 * LENGTH, NULL);
  bp_pooled_slice_new_take (pooled, 2 * LENGTH, NULL);
  pooled = bp_pool_acquire_sized (pool, 2 * LENGTH, NULL);
  g_clear_pointer (&pooled, bp_pooled_unref);
}

/* Takes all buffers, and tries to take one more. */
static void
do_exhaust (void)
{
  BpPooled *held[MAX_BUFFERS];
  guint n_held = 0;

  while (n_held < MAX_BUFFERS && (held[n_held] = bp_pool_acquire (pool)) != NULL)
    n_held++;
  if (bp_pool_acquire (pool) == NULL)
    for (guint i = 0; i < n_held; i++)
      bp_pooled_unref (held[i]);
}

static void
do_drop (void)
{
  bp_pooled_unref (bp_pool_acquire (trimmed));
}

static void
do_item (void)
{
  BpPooled *pooled = bp_pool_acquire (items);

  bp_pooled_ref (pooled);
  bp_pooled_release (pooled);
  bp_pooled_unref (pooled);
  bp_pooled_unref (pooled);
  bp_pooled_unref (bp_pool_acquire (items));
}

/* The item may not be freed here. */
static void
do_refused_item (void)
{
  items_are_reused = FALSE;
  bp_pooled_unref (bp_pool_acquire (items));
}

/* What the test must see: a mutex inside GLib that is free. */
static void
do_lock_inside_glib (void)
{
  g_quark_try_string ("bufpool");
}

typedef struct
{
  const char *name;
  void (*func) (void);
  gboolean is_forbidden;
} Case;

static const Case cases[] = {
  { "acquire-unref", do_unref, FALSE },
  { "early-release", do_release, FALSE },
  { "resize", do_resize, FALSE },
  { "slice", do_slice, FALSE },
  { "many", do_many, FALSE },
  { "view", do_view, FALSE },
  { "append", do_append, FALSE },
  { "fail", do_fail, FALSE },
  { "exhaust", do_exhaust, FALSE },
  { "drop", do_drop, FALSE },
  { "item", do_item, FALSE },
  { "refused-item", do_refused_item, FALSE },
  { "inside-glib", do_lock_inside_glib, TRUE },
};

#ifdef HAS_STEPS

# ifdef __x86_64__
#  define COUNTER(registers) ((registers).rip)
# elif defined (__i386__)
#  define COUNTER(registers) ((registers).eip)
# else
#  define COUNTER(registers) ((registers).pc)
# endif

/* The tracer looks from begin() to end(). The compiler must not merge the two. */

G_NO_INLINE static void
begin (void)
{
  __asm__ volatile ("" : : : "memory");
}

G_NO_INLINE static void
end (void)
{
  __asm__ volatile ("nop" : : : "memory");
}

/* Functions outside that neither lock nor allocate nor enter the kernel: what copies and
 * clears, GLib's counts of references, GObject's look at the type of an instance; and what
 * sets an error, with NULL for the error. */
static const char *const allowed[] = {
  "memset", "memcpy", "memmove", "g_type_check_instance_is_a",
  "g_atomic_ref_count_init", "g_atomic_ref_count_inc", "g_atomic_ref_count_dec",
  "g_set_error", "g_set_error_literal",
# ifndef __GLIBC__
  /* Of thread-local variables in the default model. musl gives them their memory when the
   * library is loaded or the thread begins; glibc may do it here. */
  "__tls_get_addr",
# endif
};

/* Functions that the allowed ones must not call. */
static const char *const forbidden[] = {
  "malloc", "calloc", "realloc", "free", "g_mutex_lock", "g_mutex_trylock",
  "g_rw_lock_reader_lock", "g_rec_mutex_lock", "pthread_mutex_lock", "pthread_rwlock_rdlock",
};

typedef struct
{
  guint n_instructions;
  /* A call that left the library and must not; NULL if there was none. */
  char *fault;
} Steps;

static gboolean
is_one_of (guintptr           address,
           const char *const *names,
           guint              n_names)
{
  for (guint i = 0; i < n_names; i++)
    if (address == (guintptr) dlsym (RTLD_DEFAULT, names[i]))
      return TRUE;

  return FALSE;
}

static gboolean
enters_kernel (guintptr address)
{
# ifdef __x86_64__
  static const guint8 code[] = { 0x0f, 0x05 };
# else
  static const guint8 code[] = { 0x01, 0x00, 0x00, 0xd4 };
# endif

  return memcmp ((gconstpointer) address, code, sizeof code) == 0;
}

/* Only outside of the library can one of the other functions be called. */
static gboolean
is_fault (guintptr address,
          gboolean inside,
          gboolean was_inside)
{
  if (enters_kernel (address))
    return TRUE;
  if (inside)
    return FALSE;

  return is_one_of (address, forbidden, G_N_ELEMENTS (forbidden))
      || (was_inside && !is_one_of (address, allowed, G_N_ELEMENTS (allowed)));
}

/* The child has been forked: everything is at the same addresses as here. */
static gconstpointer
find_object (guintptr  address,
             Dl_info  *info)
{
  return dladdr ((gconstpointer) address, info) != 0 ? info->dli_fbase : NULL;
}

static gboolean
is_inside (guintptr address)
{
  Dl_info info, library, program;
  gconstpointer object = find_object (address, &info);

  return object != NULL
      && (object == find_object ((guintptr) bp_pooled_unref, &library)
          || object == find_object ((guintptr) begin, &program));
}

static guintptr
get_counter (pid_t child)
{
  struct user_regs_struct registers;
  struct iovec vector = { &registers, sizeof registers };

  g_assert_cmpint (ptrace (PTRACE_GETREGSET, child, GSIZE_TO_POINTER (NT_PRSTATUS), &vector),
                   ==, 0);

  return (guintptr) COUNTER (registers);
}

static gboolean
step (pid_t child)
{
  int status;

  g_assert_cmpint (ptrace (PTRACE_SINGLESTEP, child, NULL, NULL), ==, 0);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);

  return WIFSTOPPED (status) && WSTOPSIG (status) == SIGTRAP;
}

static char *
describe (guintptr address)
{
  Dl_info info;

  if (find_object (address, &info) != NULL && info.dli_sname != NULL)
    return g_strdup_printf ("%s in %s", info.dli_sname, info.dli_fname);

  return g_strdup_printf ("address %#" G_GSIZE_MODIFIER "x", address);
}

static void
follow (pid_t  child,
        Steps *steps)
{
  gboolean was_inside = TRUE;
  guintptr address;

  do
    g_assert_true (step (child));
  while (get_counter (child) != (guintptr) begin);

  while ((address = get_counter (child)) != (guintptr) end)
    {
      gboolean inside = is_inside (address);

      steps->n_instructions++;
      if (is_fault (address, inside, was_inside))
        {
          steps->fault = describe (address);
          return;
        }
      was_inside = inside;
      g_assert_true (step (child));
    }
}

static pid_t
start (const Case *self)
{
  pid_t child = fork ();
  int status;

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      if (ptrace (PTRACE_TRACEME, 0, NULL, NULL) != 0)
        _exit (1);
      raise (SIGSTOP);
      begin ();
      self->func ();
      end ();
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);

  return WIFSTOPPED (status) ? child : 0;
}

static void
test_case (gconstpointer data)
{
  const Case *self = data;
  Steps steps = { 0 };
  pid_t child;
  int status;

  if (RUNNING_ON_VALGRIND || (child = start (self)) == 0)
    {
      g_test_skip ("a child cannot be traced here");
      return;
    }
  follow (child, &steps);
  kill (child, SIGKILL);
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);

  if (self->is_forbidden)
    {
      g_test_message ("seen: %s", steps.fault);
      g_assert_nonnull (steps.fault);
    }
  else
    {
      g_test_message ("%u instructions", steps.n_instructions);
      g_assert_cmpstr (steps.fault, ==, NULL);
      g_assert_cmpuint (steps.n_instructions, <, MOST_INSTRUCTIONS);
    }
  g_free (steps.fault);
}

#else

static void
test_case (gconstpointer data)
{
  g_test_skip ("a child cannot be traced here");
}

#endif

static BpPool *
make_pool (void)
{
  BpPool *made = g_object_new (BP_TYPE_POOL,
                               "realtime", TRUE,
                               "max-buffers", MAX_BUFFERS,
                               NULL);

  g_assert_true (bp_pool_prefill (made, MAX_BUFFERS, LENGTH, NULL));

  return made;
}

static gpointer
create (gpointer  acquire_data,
        gpointer  user_data,
        GError  **error)
{
  return g_malloc (LENGTH);
}

static gboolean
reuse (gpointer item,
       gsize    trim,
       gpointer user_data)
{
  return items_are_reused;
}

static void
free_item (gpointer item,
           gpointer user_data)
{
  g_free (item);
}

static BpPool *
make_item_pool (void)
{
  const BpItemFuncs funcs = { .create = create, .reuse = reuse, .free = free_item };
  BpPool *made = g_object_new (BP_TYPE_POOL,
                               "item-funcs", &funcs,
                               "realtime", TRUE,
                               "max-buffers", MAX_BUFFERS,
                               NULL);

  g_assert_true (bp_pool_prefill (made, MAX_BUFFERS, 0, NULL));

  return made;
}

int
main (int   argc,
      char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);

  pool = make_pool ();
  trimmed = make_pool ();
  items = make_item_pool ();
  bp_pool_set_trim_capacity (trimmed, LENGTH / 4);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/realtime/steps/", cases[i].name, NULL);

      g_test_add_data_func (path, &cases[i], test_case);
    }

  status = g_test_run ();
  g_object_unref (items);
  g_object_unref (trimmed);
  g_object_unref (pool);

  return status;
}
