/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-lock-private.h"

/*
 * Stacks of calls: the functions that were at work when something happened.
 *
 * Each stack exists once and is never freed, so that equal places are equal pointers. The
 * table only grows, without a lock, up to a limit.
 *
 * Each thread remembers where the return addresses of some stacks lay, since to unwind a
 * stack takes microseconds. A stack that begins at the same address, and has the same
 * return addresses at the same places, is the same one. To find that out costs only the
 * comparison. If return addresses do not lie on the stack, nothing is remembered.
 */

typedef struct _BpStack BpStack;

struct _BpStack
{
  BpStack *next;
  /* Never 0. */
  guint id;
  guint hash;
  guint n;
  /* Return addresses, from the innermost. */
  guintptr pcs[];
};

/* A frame as people read it. It owns its strings. */
typedef struct
{
  /* NULL if it is not known. */
  char *function;
  gsize function_offset;
  /* The file that has the code, and the offset in it that addr2line wants. */
  char *module;
  gsize offset;
} BpFrame;

/* The stack of the caller; NULL without memory, or when there are too many. It takes no
 * lock of the library, but may allocate: call it with nothing locked. */
const BpStack *bp_stack_capture (void) G_GNUC_NO_INLINE;
/* NULL if there is none. */
const BpStack *bp_stack_get (guint id);

/* An array of BpFrame, without the frames of the library in front. */
GArray *bp_stack_describe (const BpStack *stack);
/* One line for each frame. */
void bp_stack_print (const BpStack *stack, GString *to, const char *indent);
