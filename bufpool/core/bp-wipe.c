/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For explicit_bzero(). */
#ifndef _DEFAULT_SOURCE
# define _DEFAULT_SOURCE 1
#endif

#include "bp-wipe-private.h"

#include <string.h>

void
bp_wipe (gpointer data, gsize n_bytes)
{
#ifdef BP_HAVE_EXPLICIT_BZERO
  explicit_bzero (data, n_bytes);
#else
  memset (data, 0, n_bytes);
  /* The compiler must take it that the memory is read here. */
  __asm__ __volatile__ ("" : : "r" (data) : "memory");
#endif
}
