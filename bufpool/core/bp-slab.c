/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-slab-private.h"

#include <stdlib.h>

#include "bp-thread-private.h"

#define SLAB_BYTES 4096
#define LINES_PER_SLAB (SLAB_BYTES / BP_CACHE_LINE - 1)

/* A thread takes so many lines at a time, and gives back when it has twice the most. */
#define TAKEN_AT_ONCE 16
#define STOCK_MAX 32

typedef union _Line Line;
union _Line
{
  Line *next;
  guint8 bytes[BP_CACHE_LINE];
};

/* The first line of a slab. */
typedef struct _Slab Slab;
struct _Slab
{
  _Alignas (BP_CACHE_LINE) Slab *prev;
  Slab *next;
  Line *free_lines;
  guint n_free;
};

G_STATIC_ASSERT (sizeof (Slab) == BP_CACHE_LINE);
G_STATIC_ASSERT (sizeof (Line) == BP_CACHE_LINE);

/* All slabs that have a free line; empty counts those with nothing but free lines. */
static GMutex slab_mutex;
static Slab *slabs;
static guint n_empty;

/* The lines that a thread has to itself. */
typedef struct
{
  Line *lines;
  guint n_lines;
  gboolean is_watched;
  gboolean has_ended;
} Stock;

static BP_THREAD_LOCAL Stock stock;

static void give_all_back (gpointer data);
static GPrivate exit_hook = G_PRIVATE_INIT (give_all_back);

/* A free line is nobody's memory, but for its link. */
static void
push (Line **list,
      Line  *line)
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

static Slab *
get_slab (Line *line)
{
  return (Slab *) (GPOINTER_TO_SIZE (line) & ~(gsize) (SLAB_BYTES - 1));
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

static Slab *
new_slab (void)
{
  Slab *slab = aligned_alloc (SLAB_BYTES, SLAB_BYTES);
  Line *lines = (Line *) slab;

  if (slab == NULL)
    return NULL;

  slab->free_lines = NULL;
  slab->n_free = LINES_PER_SLAB;
  for (guint i = LINES_PER_SLAB; i > 0; i--)
    push (&slab->free_lines, &lines[i]);

  return slab;
}

/* Unpoisoned first: free() writes into the block. */
static void
free_slabs (Slab *list)
{
  while (list != NULL)
    {
      Slab *next = list->next;

      BP_UNPOISON (list, SLAB_BYTES);
      free (list);
      list = next;
    }
}

/* With the mutex: up to so many lines for this thread. */
static void
take_locked (guint n_lines)
{
  while (n_lines > 0 && slabs != NULL)
    {
      Slab *slab = slabs;

      n_empty -= slab->n_free == LINES_PER_SLAB;
      while (n_lines > 0 && slab->n_free > 0)
        {
          push (&stock.lines, pop (&slab->free_lines));
          stock.n_lines++;
          slab->n_free--;
          n_lines--;
        }
      if (slab->n_free == 0)
        unlink_slab (slab);
    }
}

/* With the mutex: the slab, if it is to be freed. */
static Slab *
give_locked (Line  *line,
             guint  max_empty)
{
  Slab *slab = get_slab (line);

  push (&slab->free_lines, line);
  if (slab->n_free++ == 0)
    link_slab (slab);
  if (slab->n_free < LINES_PER_SLAB)
    return NULL;

  if (n_empty < max_empty)
    {
      n_empty++;
      return NULL;
    }
  unlink_slab (slab);

  return slab;
}

/* Gives lines of the stock back until it has no more than so many. */
static void
shrink_stock (guint max_lines,
              guint max_empty)
{
  Slab *freed = NULL;

  bp_mutex_lock (&slab_mutex);
  while (stock.n_lines > max_lines && stock.lines != NULL)
    {
      Slab *slab;

      stock.n_lines--;
      slab = give_locked (pop (&stock.lines), max_empty);
      if (slab != NULL)
        {
          slab->next = freed;
          freed = slab;
        }
    }
  bp_mutex_unlock (&slab_mutex);

  free_slabs (freed);
}

static void
give_all_back (gpointer data)
{
  stock.has_ended = TRUE;
  shrink_stock (0, 1);
}

static void
refill_stock (void)
{
  Slab *slab;

  if (!stock.is_watched && !stock.has_ended)
    {
      stock.is_watched = TRUE;
      g_private_set (&exit_hook, &stock);
    }

  bp_mutex_lock (&slab_mutex);
  take_locked (stock.has_ended ? 1 : TAKEN_AT_ONCE);
  bp_mutex_unlock (&slab_mutex);
  if (stock.lines != NULL)
    return;

  slab = new_slab ();
  if (slab == NULL)
    return;

  bp_mutex_lock (&slab_mutex);
  link_slab (slab);
  n_empty++;
  take_locked (stock.has_ended ? 1 : TAKEN_AT_ONCE);
  bp_mutex_unlock (&slab_mutex);
}

gpointer
bp_slab_take (void)
{
  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_MEMCHECK))
    return aligned_alloc (BP_CACHE_LINE, BP_CACHE_LINE);

  if (G_UNLIKELY (stock.lines == NULL))
    {
      refill_stock ();
      if (stock.lines == NULL)
        return NULL;
    }
  stock.n_lines--;

  return pop (&stock.lines);
}

void
bp_slab_give (gpointer line)
{
  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_MEMCHECK))
    {
      free (line);
      return;
    }

  push (&stock.lines, line);
  stock.n_lines++;
  if (G_UNLIKELY (stock.has_ended))
    shrink_stock (0, 1);
  else if (G_UNLIKELY (stock.n_lines >= 2 * STOCK_MAX))
    shrink_stock (STOCK_MAX, 1);
}

void
bp_slab_trim (void)
{
  Slab *freed = NULL;

  shrink_stock (0, 0);

  bp_mutex_lock (&slab_mutex);
  for (Slab *slab = slabs, *next; slab != NULL && n_empty > 0; slab = next)
    {
      next = slab->next;
      if (slab->n_free < LINES_PER_SLAB)
        continue;
      unlink_slab (slab);
      n_empty--;
      slab->next = freed;
      freed = slab;
    }
  bp_mutex_unlock (&slab_mutex);

  free_slabs (freed);
}

void
bp_slab_lock (void)
{
  bp_mutex_lock (&slab_mutex);
}

void
bp_slab_unlock (void)
{
  bp_mutex_unlock (&slab_mutex);
}
