/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-slab-private.h"

#include <stdlib.h>

#define SLAB_BYTES 4096
#define LINES_PER_SLAB (SLAB_BYTES / BP_CACHE_LINE - 1)
#define TAKEN_AT_ONCE 16
#define STOCK_MAX 64

typedef union _Line
{
  union _Line *next;
  guint8 bytes[BP_CACHE_LINE];
} Line;

/* The first line of a slab. */
typedef struct _Slab
{
  _Alignas (BP_CACHE_LINE) struct _Slab *prev;
  struct _Slab *next;
  Line *free_lines;
  guint n_free;
} Slab;

G_STATIC_ASSERT (sizeof (Slab) == BP_CACHE_LINE && sizeof (Line) == BP_CACHE_LINE);

const BpSpan bp_slab_first_lines = { GSIZE_TO_POINTER (BP_CACHE_LINE), (gsize) 4 * BP_CACHE_LINE };

/* All slabs with a free line. */
GMutex bp_slab_mutex;
static Slab *slabs;

/* The lines that a thread has to itself; none when it is about to end. */
static BP_THREAD_LOCAL Line *stock;
static BP_THREAD_LOCAL guint n_stock;
static BP_THREAD_LOCAL gboolean is_watched, has_ended;

static void give_all (gpointer data);
static GPrivate exit_hook = G_PRIVATE_INIT (give_all);

/* A free line is out of bounds, but for its link. */
static void
push (Line **list, Line *line)
{
  line->next = *list;
  *list = line;
  BP_POISON (line, sizeof (Line));
}

static Line *
pop (Line **list)
{
  Line *line = *list;

  BP_UNPOISON (line, sizeof (Line));
  *list = line->next;

  return line;
}

static void
link_slab (Slab *slab)
{
  slab->prev = NULL;
  slab->next = slabs;
  if (slabs != NULL)
    slabs->prev = slab;
  slabs = slab;
}

static void
unlink_slab (Slab *slab)
{
  if (slab->next != NULL)
    slab->next->prev = slab->prev;
  if (slab->prev != NULL)
    slab->prev->next = slab->next;
  else
    slabs = slab->next;
}

/* All of it for this thread: a slab without free lines is in no list. */
static void
make_slab (void)
{
  Slab *slab = aligned_alloc (SLAB_BYTES, SLAB_BYTES);

  if (slab == NULL)
    return;

  slab->free_lines = NULL;
  slab->n_free = 0;
  for (guint i = LINES_PER_SLAB; i > 0; i--)
    push (&stock, (Line *) slab + i);
  n_stock += LINES_PER_SLAB;
}

/* With the mutex. */
static void
fill_stock (void)
{
  while (slabs != NULL && n_stock < TAKEN_AT_ONCE)
    {
      push (&stock, pop (&slabs->free_lines));
      n_stock++;
      if (--slabs->n_free == 0)
        unlink_slab (slabs);
    }
}

/* The slab, if it is to be freed. With the mutex. */
static Slab *
give_line (Line *line)
{
  Slab *slab = (Slab *) (GPOINTER_TO_SIZE (line) & ~(gsize) (SLAB_BYTES - 1));

  push (&slab->free_lines, line);
  if (slab->n_free++ == 0)
    link_slab (slab);
  if (slab->n_free < LINES_PER_SLAB || (slabs == slab && slab->next == NULL))
    return NULL;
  unlink_slab (slab);

  return slab;
}

static void
shrink_stock (guint max_lines)
{
  Slab *freed = NULL;

  bp_mutex_lock (&bp_slab_mutex);
  for (; n_stock > max_lines; n_stock--)
    {
      Slab *slab = give_line (pop (&stock));

      if (slab == NULL)
        continue;
      slab->next = freed;
      freed = slab;
    }
  bp_mutex_unlock (&bp_slab_mutex);

  while (freed != NULL)
    {
      Slab *slab = freed;

      freed = slab->next;
      BP_UNPOISON (slab, SLAB_BYTES);
      free (slab);
    }
}

static void
give_all (gpointer data)
{
  has_ended = TRUE;
  shrink_stock (0);
}

static void
watch (void)
{
  if (!is_watched && !has_ended)
    g_private_set (&exit_hook, &stock);
  is_watched = !has_ended;
}

gpointer
bp_slab_take (void)
{
  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_MEMCHECK))
    return aligned_alloc (BP_CACHE_LINE, BP_CACHE_LINE);

  /* An acquire comes along here, so this does not wait. */
  if (G_UNLIKELY (stock == NULL))
    {
      watch ();
      if (bp_mutex_spin_lock (&bp_slab_mutex))
        {
          fill_stock ();
          bp_mutex_unlock (&bp_slab_mutex);
        }
      if (stock == NULL)
        make_slab ();
      if (stock == NULL)
        return NULL;
    }
  n_stock--;

  return pop (&stock);
}

void
bp_slab_give (gpointer line)
{
  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_MEMCHECK))
    {
      free (line);
      return;
    }

  push (&stock, line);
  n_stock++;
  if (G_UNLIKELY (!is_watched || n_stock >= STOCK_MAX))
    {
      watch ();
      shrink_stock (has_ended ? 0 : STOCK_MAX / 2);
    }
}

void
bp_slab_trim (void)
{
  shrink_stock (0);
}
