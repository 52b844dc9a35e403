/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>
#include <string.h>

#include <glib.h>

/* What the files below need of the compiler, the sanitizers and valgrind. */

#define BP_CACHE_LINE 64
/* Processors fetch lines in pairs: what two threads write is this far apart. */
#define BP_CACHE_PAIR 128

/* gcc defines one macro, clang another. */
#ifndef __has_feature
# define __has_feature(feature) 0
#endif
#if defined (__SANITIZE_THREAD__) || __has_feature (thread_sanitizer)
# define BP_TSAN 1
#endif
#if defined (__SANITIZE_ADDRESS__) || __has_feature (address_sanitizer)
# define BP_ASAN 1
#endif

/* GMutex is a futex of GLib's own, which ThreadSanitizer cannot see. */
#ifdef BP_TSAN
void __tsan_acquire (void *addr);
void __tsan_release (void *addr);
void AnnotateIgnoreWritesBegin (const char *file, int line);
void AnnotateIgnoreWritesEnd (const char *file, int line);
# define BP_TSAN_ACQUIRE(addr) __tsan_acquire (addr)
# define BP_TSAN_RELEASE(addr) __tsan_release (addr)
/* Around calls in which GLib allocates and frees with locks of its own. */
# define BP_TSAN_IGNORE_BEGIN() AnnotateIgnoreWritesBegin (__FILE__, __LINE__)
# define BP_TSAN_IGNORE_END()   AnnotateIgnoreWritesEnd (__FILE__, __LINE__)
#else
# define BP_TSAN_ACQUIRE(addr) ((void) 0)
# define BP_TSAN_RELEASE(addr) ((void) 0)
# define BP_TSAN_IGNORE_BEGIN() ((void) 0)
# define BP_TSAN_IGNORE_END()   ((void) 0)
#endif

/* Under AddressSanitizer the memory of an idle buffer is out of bounds. */
#ifdef BP_ASAN
void __asan_poison_memory_region   (void const volatile *addr, size_t size);
void __asan_unpoison_memory_region (void const volatile *addr, size_t size);
# define BP_POISON(addr, size)   __asan_poison_memory_region ((addr), (size))
# define BP_UNPOISON(addr, size) __asan_unpoison_memory_region ((addr), (size))
#else
# define BP_POISON(addr, size)   ((void) 0)
# define BP_UNPOISON(addr, size) ((void) 0)
#endif

/* For the fast path: a call would cost as much as the work. */
#define BP_INLINE static inline __attribute__ ((always_inline))

/* The fast path is one straight line, and what leaves it lies elsewhere. */
#if defined (__GNUC__) && !defined (__clang__)
# define BP_RARELY(expr) __builtin_expect_with_probability (!!(expr), 0, 1.0)
#else
# define BP_RARELY(expr) __builtin_expect (!!(expr), 0)
#endif
#define BP_COLD __attribute__ ((cold, noinline))

/* Variables of the library's own are reached without a table. */
#define BP_HIDDEN __attribute__ ((visibility ("hidden")))

#if defined (__x86_64__) || defined (__i386__)
# define bp_cpu_relax() __builtin_ia32_pause ()
#elif defined (__aarch64__)
# define bp_cpu_relax() __asm__ __volatile__ ("yield" ::: "memory")
#else
# define bp_cpu_relax() __asm__ __volatile__ ("" ::: "memory")
#endif

/* Fields that one thread writes and others may glance at. */
#define bp_peek(field)        atomic_load_explicit (&(field), memory_order_relaxed)
#define bp_poke(field, value) atomic_store_explicit (&(field), (value), memory_order_relaxed)
/* By the one thread that may: no other thread writes meanwhile, so nothing is locked. */
#define bp_bump(field, delta) bp_poke (field, bp_peek (field) + (delta))
/* Adds 1 to a counter. Whether it has come to 0. A processor whose addition says so needs
 * nothing more, but compilers do not use that for atomic fields. */
BP_INLINE gboolean
bp_bump_to_zero (_Atomic guint64 *counter)
{
#if defined (__x86_64__) && defined (__GCC_ASM_FLAG_OUTPUTS__) && !defined (BP_TSAN)
  gboolean is_zero;

  __asm__ volatile ("addq $1, %0" : "+m" (*(guint64 *) counter), "=@ccz" (is_zero));

  return is_zero;
#else
  guint64 value = bp_peek (*counter) + 1;

  bp_poke (*counter, value);

  return value == 0;
#endif
}

/* Counters of slow paths, written by several threads. */
#define bp_count(field, delta) \
  ((void) atomic_fetch_add_explicit (&(field), (delta), memory_order_relaxed))

typedef enum
{
  BP_DEBUG_DISABLE       = 1 << 0,  /* keep nothing: every return frees */
  BP_DEBUG_MEMCHECK      = 1 << 1,  /* tell valgrind about idle buffers; no caches, no slabs */
  BP_DEBUG_NO_MEMBARRIER = 1 << 2,  /* the exchange form of the fence */
  BP_DEBUG_BACKTRACE     = 1 << 3,  /* remember where what is out was acquired */
  BP_DEBUG_LEAKS         = 1 << 4,  /* say what is still out at the end */
  BP_DEBUG_POISON        = 1 << 5,  /* a pattern in idle buffers; no caches */
} BpDebugFlags;

/* What the environment variable BUFPOOL_DEBUG asks for; read before the first
 * pool exists. */
extern BP_HIDDEN BpDebugFlags bp_debug_flags;
/* With BACKTRACE: one acquire in so many is a sample. */
extern BP_HIDDEN guint bp_debug_interval;

/* Whether every acquire and every return must take the slow path. */
static inline gboolean
bp_debug_sees_all (void)
{
  return (bp_debug_flags & (BP_DEBUG_MEMCHECK | BP_DEBUG_POISON)) != 0 ||
         ((bp_debug_flags & BP_DEBUG_BACKTRACE) != 0 && bp_debug_interval == 1);
}

void bp_debug_init (void);
/* For valgrind. */
void bp_debug_mark (gpointer data, gsize n_bytes, gboolean is_idle);
void bp_debug_mark_defined (gpointer data, gsize n_bytes);

/* Programming errors that a failed condition would not explain by itself: the critical
 * says what was wrong and what would be right. The value, empty where there is none, is
 * what the calling function returns. */
#define BP_REQUIRE(condition, report, value) \
  G_STMT_START {                             \
    if (G_UNLIKELY (!(condition)))           \
      {                                      \
        report;                              \
        return value;                        \
      }                                      \
  } G_STMT_END

/* The value to return comes before the message here. */
#define bp_require(condition, value, ...) \
  BP_REQUIRE (condition, bp_misuse_report (G_STRFUNC, __VA_ARGS__), value)

void bp_misuse_report (const char *func, const char *format, ...) G_GNUC_PRINTF (2, 3) BP_COLD;
