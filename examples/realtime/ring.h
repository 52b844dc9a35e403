/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include "memory.h"

G_BEGIN_DECLS

/* A period on its way from the real-time thread to the writer. */
typedef struct
{
  guint64 number;       /* of the period; those that are missing were lost */
  Block   block;
} Period;

/* A ring between one thread that pushes and one that pops. Neither ever waits for the
 * other; each writes one of the two numbers, which only grow, in a cache line of its own.
 * NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
typedef struct
{
  Period       *periods;
  guint         size;         /* a power of two */

  _Alignas (64)
  atomic_uint   n_pushed;
  _Alignas (64)
  atomic_uint   n_popped;
} Ring;

void     ring_init  (Ring         *self,
                     guint         least_size);
void     ring_clear (Ring         *self);
gboolean ring_push  (Ring         *self,
                     const Period *period);
gboolean ring_pop   (Ring         *self,
                     Period       *period);

G_END_DECLS
