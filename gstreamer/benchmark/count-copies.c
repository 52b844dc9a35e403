/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#define _GNU_SOURCE

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

/* To be preloaded: counts the bytes that the calling thread copies, in pieces that are
 * large, by memcpy() and memmove() of any library. frames.py asks for them. */

#define LEAST_BYTES 65536

typedef void *(*CopyFunc) (void *, const void *, size_t);

uint64_t count_copies_get_bytes (void);
void *memcpy (void *to, const void *from, size_t n_bytes);
void *memmove (void *to, const void *from, size_t n_bytes);
void *__memcpy_chk (void *to, const void *from, size_t n_bytes, size_t room);
void *__memmove_chk (void *to, const void *from, size_t n_bytes, size_t room);

static CopyFunc real_memmove;
static __thread uint64_t n_copied;

__attribute__ ((constructor)) static void
find_real (void)
{
  real_memmove = (CopyFunc) dlsym (RTLD_NEXT, "memmove");
}

/* Before the constructor; in a form that the compiler does not make a memmove() of. */
static void
copy_by_bytes (volatile uint8_t       *to,
               const volatile uint8_t *from,
               size_t                  n_bytes)
{
  if (to < from)
    for (size_t i = 0; i < n_bytes; i++)
      to[i] = from[i];
  else
    for (size_t i = n_bytes; i > 0; i--)
      to[i - 1] = from[i - 1];
}

uint64_t
count_copies_get_bytes (void)
{
  return n_copied;
}

void *
memmove (void       *to,
         const void *from,
         size_t      n_bytes)
{
  if (real_memmove == NULL)
    {
      copy_by_bytes (to, from, n_bytes);
      return to;
    }
  if (n_bytes >= LEAST_BYTES)
    n_copied += n_bytes;

  return real_memmove (to, from, n_bytes);
}

void *
memcpy (void       *to,
        const void *from,
        size_t      n_bytes)
{
  return memmove (to, from, n_bytes);
}

void *
__memcpy_chk (void       *to,
              const void *from,
              size_t      n_bytes,
              size_t      room)
{
  if (n_bytes > room)
    __builtin_trap ();

  return memmove (to, from, n_bytes);
}

void *
__memmove_chk (void       *to,
               const void *from,
               size_t      n_bytes,
               size_t      room)
{
  return __memcpy_chk (to, from, n_bytes, room);
}
