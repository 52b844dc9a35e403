/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-core-private.h"

#include <stdlib.h>

#include "bp-reusable.h"

/* What a buffer without capacity points at: aligned as its pool's buffers are.
 * There is nothing to be read; where that costs nothing, it is readable. */
gpointer
bp_items_get_no_data (BpCore *core)
{
  static max_align_t no_data;

  if (core->config.alignment <= _Alignof (max_align_t))
    return &no_data;

  return GSIZE_TO_POINTER (core->config.alignment);
}

/* A handle without a buffer, its word that of an idle one; NULL without memory. */
BpPooled *
bp_items_new_handle (BpCore *core)
{
  BpPooled *pooled = aligned_alloc (BP_CACHE_LINE, sizeof (BpPooled));

  if (pooled == NULL)
    return NULL;

  memset (pooled, 0, sizeof (BpPooled));
  pooled->core = bp_core_ref (core);
  if (core->config.kind == BP_KIND_ELEMENTS)
    bp_poke (pooled->data, bp_items_get_no_data (core));

  return pooled;
}

void
bp_items_free_handle (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  free (pooled);
  bp_core_unref (core);
}

/* One buffer more: made, or come from outside. */
void
bp_items_count_buffer (BpCore *core)
{
  gsize n_buffers = atomic_fetch_add_explicit (&core->n_buffers, 1, memory_order_relaxed) + 1;
  gsize peak = bp_peek (core->peak_buffers);

  while (n_buffers > peak &&
         !atomic_compare_exchange_weak_explicit (&core->peak_buffers, &peak, n_buffers,
                                                 memory_order_relaxed, memory_order_relaxed))
    ;
}

static gpointer
allocate_data (BpCore  *core,
               gsize    n_bytes,
               gboolean zeroed)
{
  gsize alignment = core->config.alignment;
  gpointer data;

  if (alignment == 0)
    return zeroed ? g_try_malloc0 (n_bytes) : g_try_malloc (n_bytes);

  if (posix_memalign (&data, MAX (alignment, sizeof (gpointer)), n_bytes) != 0)
    return NULL;

  return zeroed ? memset (data, 0, n_bytes) : data;
}

static void
free_data (BpCore   *core,
           gpointer  data)
{
  if (data == bp_items_get_no_data (core))
    return;

  if (core->config.alignment == 0)
    g_free (data);
  else
    free (data);
}

static gboolean
create_item (BpCore    *core,
             gpointer  *item,
             GError   **error)
{
  GError *local_error = NULL;

  if (core->config.kind == BP_KIND_FUNCS)
    {
      *item = core->config.funcs.create (NULL, core->config.funcs.user_data, &local_error);
    }
  else
    {
      *item = g_object_new (core->config.item_type, NULL);
      /* Whoever makes one that is unowned at first takes a reference, floating or
       * not: its class, or PyGObject, may have sunk the first one for itself. */
      if (*item != NULL && (G_IS_INITIALLY_UNOWNED (*item) || g_object_is_floating (*item)))
        g_object_ref_sink (*item);
    }

  if (*item != NULL)
    {
      if (local_error != NULL)
        g_warning ("A pool's create function returned an item and an error (%s); "
                   "it must return one of them", local_error->message);
      g_clear_error (&local_error);
      return TRUE;
    }

  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED,
               "The pool's create function made no item%s%s",
               local_error != NULL ? ": " : "",
               local_error != NULL ? local_error->message : "");
  g_clear_error (&local_error);

  return FALSE;
}

/* A handle with an empty buffer or a fresh item. */
BpPooled *
bp_items_create (BpCore  *core,
                 GError **error)
{
  BpPooled *pooled;
  gpointer item;

  pooled = bp_items_new_handle (core);
  if (pooled == NULL)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
                   "No memory for a handle of %d bytes", BP_CACHE_LINE);
      return NULL;
    }

  if (core->config.kind != BP_KIND_ELEMENTS)
    {
      if (!create_item (core, &item, error))
        {
          bp_items_free_handle (pooled);
          return NULL;
        }
      bp_poke (pooled->data, item);
      bp_items_measure_object (pooled);
    }
  bp_items_count_buffer (core);

  return pooled;
}

/* Whether there can be memory for so many elements. */
gboolean
bp_items_check_size (BpCore  *core,
                     gsize    capacity,
                     gsize   *n_bytes,
                     GError **error)
{
  gsize element_size = core->config.element_size;

  if (g_size_checked_mul (n_bytes, capacity, element_size) && *n_bytes <= G_MAXSSIZE)
    return TRUE;

  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE,
               "%" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT " bytes are more "
               "than a buffer can hold, which is %" G_GSSIZE_FORMAT " bytes",
               capacity, element_size, G_MAXSSIZE);

  return FALSE;
}

/* Gives the buffer other memory, of another capacity, with the first n_kept
 * elements in it; all or nothing. */
gboolean
bp_items_reallocate (BpPooled  *pooled,
                     gsize      capacity,
                     gsize      n_kept,
                     gboolean   zeroed,
                     GError   **error)
{
  BpCore *core = pooled->core;
  gsize element_size = core->config.element_size;
  gpointer old_data = bp_peek (pooled->data);
  gpointer data;
  gsize n_bytes;

  if (!bp_items_check_size (core, capacity, &n_bytes, error))
    return FALSE;

  if (n_kept > 0 && core->config.alignment == 0)
    {
      data = g_try_realloc (old_data, n_bytes);
    }
  else
    {
      data = allocate_data (core, n_bytes, zeroed && n_kept == 0);
      if (data != NULL)
        {
          if (n_kept > 0)
            memcpy (data, old_data, n_kept * element_size);
          free_data (core, old_data);
        }
    }

  if (data == NULL)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
                   "No memory for %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT " bytes",
                   capacity, element_size);
      return FALSE;
    }

  if (zeroed && n_kept > 0)
    memset ((guint8 *) data + n_kept * element_size, 0, (capacity - n_kept) * element_size);

  bp_items_adopt (pooled, data, capacity);

  return TRUE;
}

/* Memory of its own, even for nothing. */
guint8 *
bp_items_copy_data (gconstpointer   data,
                    gsize           n_bytes,
                    GError        **error)
{
  guint8 *copy = g_try_malloc (MAX (n_bytes, 1));

  if (copy == NULL)
    {
      g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
                   "No memory for a copy of %" G_GSIZE_FORMAT " bytes", n_bytes);
      return NULL;
    }

  return memcpy (copy, data, n_bytes);
}

/* Puts memory or an item into a handle. */
void
bp_items_adopt (BpPooled *pooled,
                gpointer  data,
                gsize     capacity)
{
  bp_poke (pooled->data, data);
  bp_poke (pooled->capacity, capacity);
  pooled->bytes = capacity * pooled->core->config.element_size;
}

/* An object that comes back where it must not be called counts for what it held
 * when it was handed out. */
void
bp_items_measure_object (BpPooled *pooled)
{
  if (pooled->core->config.kind == BP_KIND_OBJECT)
    pooled->bytes = bp_reusable_get_byte_size (bp_peek (pooled->data));
}

void
bp_items_measure (BpPooled *pooled)
{
  BpCore *core = pooled->core;

  if (core->config.kind == BP_KIND_FUNCS && core->config.funcs.get_byte_size != NULL)
    pooled->bytes = core->config.funcs.get_byte_size (bp_peek (pooled->data),
                                                      core->config.funcs.user_data);
  else
    bp_items_measure_object (pooled);
}

static gboolean
reset_elements (BpPooled *pooled)
{
  gsize capacity = bp_peek (pooled->capacity);
  gsize trim = bp_peek (pooled->core->trim_capacity);

  bp_poke (pooled->length, 0);
  if (capacity == 0)
    return FALSE;

  if (trim > 0 && capacity > trim && capacity - trim > trim)
    {
      gpointer data = bp_peek (pooled->data);
      gsize n_bytes = trim * pooled->core->config.element_size;

      if (pooled->core->config.alignment == 0)
        {
          data = g_try_realloc (data, n_bytes);
          if (data != NULL)
            bp_items_adopt (pooled, data, trim);
        }
      else
        {
          bp_items_reallocate (pooled, trim, 0, FALSE, NULL);
        }
    }

  return TRUE;
}

/* Makes a buffer that came back ready for its next use, or says that it must
 * not be kept. Objects are asked here only where calling them is allowed;
 * otherwise they are asked when they are taken again. */
gboolean
bp_items_reset (BpPooled *pooled,
                gboolean  may_call)
{
  BpCore *core = pooled->core;
  gpointer item = bp_peek (pooled->data);
  gsize trim = bp_peek (core->trim_capacity);
  guint64 word = 0;

  switch (core->config.kind)
    {
    case BP_KIND_ELEMENTS:
      if (!reset_elements (pooled))
        return FALSE;
      break;

    case BP_KIND_FUNCS:
      if (core->config.funcs.reuse != NULL &&
          !core->config.funcs.reuse (item, trim, core->config.funcs.user_data))
        return FALSE;
      bp_items_measure (pooled);
      break;

    case BP_KIND_OBJECT:
      if (may_call)
        {
          if (!bp_reusable_reuse (item, trim))
            return FALSE;
          bp_items_measure (pooled);
        }
      else
        {
          word = BP_WORD_DIRTY;
        }
      break;

    default:
      g_assert_not_reached ();
    }

  bp_poke (pooled->word, word);

  return TRUE;
}

/* Whether a buffer that was idle can be handed out. */
gboolean
bp_items_revive (BpPooled *pooled)
{
  guint64 word = bp_peek (pooled->word);

  if (G_LIKELY (word == 0))
    return TRUE;
  if (word != BP_WORD_DIRTY)
    return FALSE;

  if (!bp_reusable_reuse (bp_peek (pooled->data), bp_peek (pooled->core->trim_capacity)))
    return FALSE;

  bp_items_measure_object (pooled);

  return TRUE;
}

/* The last reference to an object may not be dropped here; the next call that
 * may drops it. A pool that is disposed at this moment has no next call. */
static void
put_aside (BpCore   *core,
           BpPooled *pooled)
{
  bp_core_ref (core);

  pooled->next = bp_peek (core->doomed);
  while (!atomic_compare_exchange_weak (&core->doomed, &pooled->next, pooled))
    ;
  if (atomic_load (&core->closed))
    bp_items_destroy_doomed (core);

  bp_core_unref (core);
}

/* Destroys handle and buffer. Where user code must not be called, an object is
 * put aside for the next call that may. */
void
bp_items_destroy (BpPooled *pooled,
                  gboolean  may_call)
{
  BpCore *core = pooled->core;
  gpointer data = bp_peek (pooled->data);

  if (core->config.kind == BP_KIND_OBJECT && !may_call && data != NULL &&
      !atomic_load (&core->closed))
    {
      put_aside (core, pooled);
      return;
    }

  if (data != NULL)
    {
      switch (core->config.kind)
        {
        case BP_KIND_ELEMENTS:
          bp_record_unpoison (pooled);
          free_data (core, data);
          break;

        case BP_KIND_FUNCS:
          core->config.funcs.free (data, core->config.funcs.user_data);
          break;

        case BP_KIND_OBJECT:
          g_object_unref (data);
          break;

        default:
          g_assert_not_reached ();
        }
    }

  atomic_fetch_sub_explicit (&core->n_buffers, 1, memory_order_relaxed);
  bp_items_free_handle (pooled);
}

/* What could not be revived. An idle buffer that has references all the same is
 * left to whoever holds them, for better or worse. */
void
bp_items_discard (BpPooled *pooled)
{
  guint64 word = bp_peek (pooled->word);

  if (G_LIKELY (word == 0 || word == BP_WORD_DIRTY))
    bp_items_destroy (pooled, TRUE);
  else
    g_critical ("A handle was used after its last reference had been dropped: "
                "its buffer is lost");
}

void
bp_items_destroy_list (BpPooled *list,
                       gboolean  may_call)
{
  while (list != NULL)
    {
      BpPooled *next = list->next;

      bp_items_destroy (list, may_call);
      list = next;
    }
}

void
bp_items_destroy_doomed (BpCore *core)
{
  if (G_LIKELY (atomic_load (&core->doomed) == NULL))
    return;

  bp_items_destroy_list (atomic_exchange (&core->doomed, NULL), TRUE);
}
