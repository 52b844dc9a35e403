/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-poison-private.h"

#include "bp-stack-private.h"

/* A byte that makes no small number, no text, no address and no NaN. */
#define PATTERN 0xbd
/* There is a pattern, but the stack of the call that gave the buffer back is not
 * known. */
#define NOWHERE G_MAXUINT

static void
fill (BpPooled *pooled)
{
  const BpStack *stack;

  bp_item_unpoison (pooled);
  memset (bp_peek (pooled->data), PATTERN, pooled->bytes);
  stack = bp_stack_capture ();
  pooled->given_at = stack != NULL ? stack->id : NOWHERE;
}

void
bp_poison_mark_idle (BpPooled *pooled)
{
  if (bp_peek (pooled->capacity) == 0)
    return;

  if (bp_debug_flags & BP_DEBUG_POISON)
    fill (pooled);
  bp_item_mark (pooled, TRUE);
}

/* How many bytes are changed, and the first of them. */
static gsize
count_changes (const guint8 *data, gsize n_bytes, gsize *first)
{
  gsize n_changed = 0;

  for (gsize i = 0; i < n_bytes; i++)
    {
      if (G_LIKELY (data[i] == PATTERN))
        continue;
      if (n_changed++ == 0)
        *first = i;
    }

  return n_changed;
}

static void
append_place (GString *message, const char *what, guint id)
{
  const BpStack *stack = bp_stack_get (id);

  if (stack == NULL)
    return;
  g_string_append_printf (message, "\n%s\n", what);
  bp_stack_print (stack, message, "  ");
  g_string_truncate (message, message->len - 1);
}

static void
report (const BpItemConfig *config, BpPooled *pooled, gsize n_changed, gsize first)
{
  g_autoptr (GString) message = g_string_new (NULL);
  const char *name = bp_peek (config->name);

  g_string_append_printf (message, "A buffer of %s%s%s was written to after it had gone back:\n%"
                          G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes have changed, the "
                          "first at offset %" G_GSIZE_FORMAT,
                          name != NULL ? "the pool \"" : "a pool without a name",
                          name != NULL ? name : "", name != NULL ? "\"" : "",
                          n_changed, pooled->bytes, first);
  append_place (message, "It went back at", pooled->given_at);
  append_place (message, "It had been acquired at", pooled->taken_at);

  g_critical ("%s", message->str);
}

static void
check (const BpItemConfig *config, BpPooled *pooled)
{
  gsize n_changed, first = 0;

  if (bp_debug_flags & BP_DEBUG_MEMCHECK)
    bp_debug_mark_defined (bp_peek (pooled->data), pooled->bytes);
  n_changed = count_changes (bp_peek (pooled->data), pooled->bytes, &first);
  if (G_UNLIKELY (n_changed > 0))
    report (config, pooled, n_changed, first);
  pooled->given_at = 0;
  pooled->taken_at = 0;
}

void
bp_poison_mark_used_slow (const BpItemConfig *config, BpPooled *pooled)
{
  if (pooled->given_at != 0)
    check (config, pooled);
  bp_item_mark (pooled, FALSE);
}
