/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-item-private.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#ifdef BP_HAVE_USABLE_SIZE
# include <malloc.h>
#endif

#include "bp-reusable.h"
#include "bp-slab-private.h"
#include "bp-trace-private.h"
#include "bp-wipe-private.h"

/* Blocks of so many bytes give their pages back to the system before they are freed: an
 * allocator that has raised its threshold for mmap(), as glibc does when it frees a
 * larger block, would keep them. It is the threshold that glibc begins with; smaller
 * blocks share too much of themselves with their neighbours, see docs/memory.md. */
#define GIVE_BACK_BYTES ((gsize) 128 * 1024)

/* Never dereferenced, since the capacity is 0. With the default alignment it points at
 * real memory anyway. */
gpointer
bp_item_get_no_data (const BpItemConfig *config)
{
  static max_align_t no_data;

  if (config->alignment <= _Alignof (max_align_t))
    return &no_data;

  return GSIZE_TO_POINTER (config->alignment);
}

static gboolean
fail_memory (gsize n_elements, gsize element_size, GError **error)
{
  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
               "No memory for %" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT " bytes",
               n_elements, element_size);

  return FALSE;
}

BpPooled *
bp_item_new_handle (const BpItemConfig *config, BpCore *core, GError **error)
{
  BpPooled *pooled = config->stock != NULL ? bp_stock_take (config->stock, error)
                                           : bp_slab_take ();

  if (pooled == NULL)
    {
      if (config->stock == NULL)
        g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_NO_MEMORY,
                     "No memory for a handle of %d bytes", BP_CACHE_LINE);
      return NULL;
    }

  memset (pooled, 0, sizeof (BpPooled));
  pooled->core = core;
  if (config->kind == BP_KIND_ELEMENTS)
    bp_poke (pooled->data, bp_item_get_no_data (config));

  return pooled;
}

void
bp_item_empty_handle (BpPooled *pooled)
{
  bp_poke (pooled->length, 0);
  bp_poke (pooled->capacity, 0);
  pooled->bytes = 0;
  bp_poke (pooled->holder, NULL);
  bp_poke (pooled->data, NULL);
}

void
bp_item_free_handle (const BpItemConfig *config, BpPooled *pooled)
{
  if (config->stock != NULL)
    bp_stock_give (config->stock, pooled);
  else
    bp_slab_give (pooled);
}

static gpointer
allocate_data (const BpItemConfig *config, gsize n_bytes, gboolean zeroed)
{
  gint64 begin = bp_trace_begin (config, allocate, n_bytes);
  gpointer data;

  if (config->alignment == 0)
    data = zeroed ? g_try_malloc0 (n_bytes) : g_try_malloc (n_bytes);
  else if (posix_memalign (&data, MAX (config->alignment, sizeof (gpointer)), n_bytes) != 0)
    data = NULL;
  else if (zeroed)
    memset (data, 0, n_bytes);
  bp_trace_end (config, allocate, begin, data != NULL ? n_bytes : 0);

  return data;
}

static gsize
get_page_size (void)
{
  static gsize page;

  if (g_once_init_enter (&page))
    g_once_init_leave (&page, (gsize) sysconf (_SC_PAGESIZE));

  return page;
}

/* glibc unmaps a block with a mapping of its own when it frees it, and moves it without a
 * copy when it grows. Its end shows: that of a block in the heap is in the middle of the
 * words before the next one. */
static gboolean
has_own_mapping (gpointer data)
{
#ifdef BP_HAVE_USABLE_SIZE
  gsize start = GPOINTER_TO_SIZE (data), end = start + malloc_usable_size (data);

  return end % get_page_size () == 0 && start % get_page_size () != 0;
#else
  return FALSE;
#endif
}

/* Those that lie whole in a part of a block: the allocator's own words lie around it. */
static void
give_pages_back (gpointer data, gsize n_bytes)
{
  gsize page = get_page_size ();
  gsize start = (GPOINTER_TO_SIZE (data) + page - 1) & ~(page - 1);
  gsize end = (GPOINTER_TO_SIZE (data) + n_bytes) & ~(page - 1);

  if (start < end)
    madvise (GSIZE_TO_POINTER (start), end - start, MADV_DONTNEED);
}

static void
free_data (const BpItemConfig *config, gpointer data, gsize n_bytes)
{
  if (data == bp_item_get_no_data (config))
    return;

  if (G_UNLIKELY (n_bytes >= GIVE_BACK_BYTES) && !has_own_mapping (data))
    give_pages_back (data, n_bytes);
  if (config->alignment == 0)
    g_free (data);
  else
    free (data);
  bp_trace_event (config, bp_trace_get_name (config), free, n_bytes);
}

/* Wipes contents that are not needed any more, if the pool does that. */
static void
wipe_data (const BpItemConfig *config, gpointer data, gsize n_bytes)
{
  if (G_UNLIKELY (bp_peek (config->clears)) && n_bytes > 0)
    bp_wipe (data, n_bytes);
}

void
bp_item_wipe (BpPooled *pooled)
{
  bp_item_mark (pooled, FALSE);
  if (pooled->bytes > 0)
    bp_wipe (bp_peek (pooled->data), pooled->bytes);
  bp_poke (pooled->length, BP_LENGTH_WIPED);
  /* The pattern, if there was one, is gone too. */
  pooled->given_at = 0;
  bp_item_mark (pooled, TRUE);
}

static gpointer
create_object (GType type)
{
  gpointer object = g_object_new (type, NULL);

  /* A new object that is unowned at first has its reference taken here, floating or not:
   * its class, or PyGObject, may have sunk the first one for itself. */
  if (object != NULL && (G_IS_INITIALLY_UNOWNED (object) || g_object_is_floating (object)))
    g_object_ref_sink (object);

  return object;
}

static gpointer
create_item (const BpItemConfig *config, gpointer acquire_data, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  gpointer item;

  if (config->kind == BP_KIND_OBJECT)
    item = create_object (config->item_type);
  else
    item = config->funcs.create (acquire_data, config->funcs.user_data, &local_error);

  if (item == NULL)
    g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED,
                 "The pool's create function made no item: %s",
                 local_error != NULL ? local_error->message :
                 "it returned NULL, and should have set an error that says why");
  else if (local_error != NULL)
    g_warning ("A pool's create function returned an item and an error (%s); it must return "
               "one of them", local_error->message);

  return item;
}

void
bp_item_discharge (const BpItemConfig *config, guint64 n_bytes)
{
  if (config->budget != NULL && n_bytes > 0)
    bp_budget_core_give (config->budget, n_bytes);
}

/* Of what is reserved first. */
static gboolean
charge (const BpItemConfig *config, guint64 n_bytes, BpRequest *request, GError **error)
{
  guint64 n_reserved = MIN (request->n_reserved, n_bytes);

  request->blocked = NULL;
  if (config->budget == NULL)
    return TRUE;
  if (n_bytes > n_reserved &&
      !bp_budget_core_charge (config->budget, n_bytes - n_reserved, error))
    {
      request->blocked = &config->budget->bytes;
      request->n_wanted = n_bytes;
      return FALSE;
    }
  request->n_reserved -= n_reserved;

  return TRUE;
}

static gsize
get_item_bytes (const BpItemConfig *config, gpointer item)
{
  if (config->kind == BP_KIND_OBJECT)
    return bp_reusable_get_byte_size (item);
  if (config->funcs.get_byte_size != NULL)
    return config->funcs.get_byte_size (item, config->funcs.user_data);

  return 0;
}

gboolean
bp_item_measure (const BpItemConfig *config, BpPooled *pooled)
{
  gsize n_before = pooled->bytes, n_bytes;

  if (config->kind == BP_KIND_ELEMENTS)
    return TRUE;

  n_bytes = get_item_bytes (config, bp_peek (pooled->data));
  if (config->budget != NULL && n_bytes > n_before &&
      !bp_budget_core_try_charge (config->budget, n_bytes - n_before))
    return FALSE;
  pooled->bytes = n_bytes;
  if (n_bytes < n_before)
    bp_item_discharge (config, n_before - n_bytes);

  return TRUE;
}

gboolean
bp_item_measure_new (const BpItemConfig *config,
                     BpPooled           *pooled,
                     BpRequest          *request,
                     GError            **error)
{
  gsize n_bytes;

  if (config->kind == BP_KIND_FUNCS && config->budget == NULL)
    return TRUE;

  n_bytes = get_item_bytes (config, bp_peek (pooled->data));
  if (!charge (config, n_bytes, request, error))
    return FALSE;
  pooled->bytes = n_bytes;

  return TRUE;
}

BpPooled *
bp_item_make (const BpItemConfig *config, BpCore *core, BpRequest *request, GError **error)
{
  BpPooled *pooled = bp_item_new_handle (config, core, error);
  gpointer item;

  if (pooled == NULL || config->kind == BP_KIND_ELEMENTS)
    return pooled;

  item = create_item (config, request->acquire_data, error);
  if (item == NULL)
    {
      bp_item_free_handle (config, pooled);
      return NULL;
    }
  bp_poke (pooled->data, item);
  if (!bp_item_measure_new (config, pooled, request, error))
    {
      bp_item_destroy (config, pooled);
      return NULL;
    }

  return pooled;
}

void
bp_item_destroy (const BpItemConfig *config, BpPooled *pooled)
{
  gpointer data = bp_peek (pooled->data);
  gsize n_bytes = pooled->bytes;

  if (data != NULL)
    {
      switch (config->kind)
        {
        case BP_KIND_ELEMENTS:
          if (bp_item_is_unwiped (config, pooled))
            bp_item_wipe (pooled);
          bp_item_unpoison (pooled);
          free_data (config, data, pooled->bytes);
          break;

        case BP_KIND_FUNCS:
          config->funcs.free (data, config->funcs.user_data);
          break;

        case BP_KIND_OBJECT:
        default:
          g_object_unref (data);
          break;
        }
      bp_item_discharge (config, n_bytes);
    }

  bp_item_free_handle (config, pooled);
}

gboolean
bp_item_check_size (const BpItemConfig *config, gsize capacity, gsize *n_bytes, GError **error)
{
  if (g_size_checked_mul (n_bytes, capacity, config->element_size) && *n_bytes <= G_MAXSSIZE)
    return TRUE;

  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_TOO_LARGE,
               "%" G_GSIZE_FORMAT " elements of %" G_GSIZE_FORMAT " bytes are more "
               "than a buffer can hold, which is %" G_GSSIZE_FORMAT " bytes",
               capacity, config->element_size, G_MAXSSIZE);

  return FALSE;
}

/* To new memory, piece by piece, so that the pages of both are not there at a time. */
static void
move_data (const BpItemConfig *config, guint8 *to, guint8 *from, gsize n_kept, gsize n_bytes)
{
  for (gsize done = 0; done < n_kept; done += GIVE_BACK_BYTES)
    {
      gsize n_moved = MIN (n_kept - done, GIVE_BACK_BYTES);

      memcpy (to + done, from + done, n_moved);
      wipe_data (config, from + done, n_moved);
      if (n_bytes >= GIVE_BACK_BYTES)
        give_pages_back (from + done, n_moved);
    }
  wipe_data (config, from + n_kept, n_bytes - n_kept);
  free_data (config, from, n_bytes);
}

/* FALSE where realloc() would free a block in the heap with its pages and its
 * contents. */
static gboolean
may_use_realloc (const BpItemConfig *config, gpointer data, gsize n_bytes)
{
  return config->alignment == 0 && !bp_peek (config->clears) &&
         (n_bytes < GIVE_BACK_BYTES || has_own_mapping (data));
}

static gboolean
fail_realtime (BpPooled *pooled, gsize capacity, GError **error)
{
  g_set_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE,
               "%" G_GSIZE_FORMAT " elements are more than the buffer's capacity of %"
               G_GSIZE_FORMAT ", and buffers of a realtime pool do not grow: prefill larger "
               "ones", capacity, bp_peek (pooled->capacity));

  return FALSE;
}

gboolean
bp_item_reallocate (const BpItemConfig *config,
                    BpPooled           *pooled,
                    gsize               capacity,
                    gsize               n_kept,
                    gboolean            zeroed,
                    GError            **error)
{
  gpointer old_data = bp_peek (pooled->data);
  gsize old_bytes = pooled->bytes, kept_bytes = n_kept * config->element_size;
  gpointer data;
  gsize n_bytes;

  if (config->stock != NULL && bp_peek (pooled->capacity) > 0)
    return fail_realtime (pooled, capacity, error);
  if (!bp_item_check_size (config, capacity, &n_bytes, error) ||
      (config->budget != NULL && !bp_budget_core_charge (config->budget, n_bytes, error)))
    return FALSE;

  if (n_kept > 0 && may_use_realloc (config, old_data, old_bytes))
    {
      data = g_try_realloc (old_data, n_bytes);
      bp_trace_event (config, bp_trace_get_name (config), reallocate, n_bytes);
    }
  else
    {
      data = allocate_data (config, n_bytes, zeroed && n_kept == 0);
      if (data != NULL)
        move_data (config, data, old_data, kept_bytes, old_bytes);
    }

  bp_item_discharge (config, data != NULL ? old_bytes : n_bytes);
  if (data == NULL)
    return fail_memory (capacity, config->element_size, error);

  if (zeroed && n_kept > 0)
    memset ((guint8 *) data + kept_bytes, 0, n_bytes - kept_bytes);

  bp_item_adopt (config, pooled, data, capacity);

  return TRUE;
}

gboolean
bp_item_renew (const BpItemConfig *config,
               BpPooled           *pooled,
               gsize               capacity,
               gboolean            zeroed,
               BpRequest          *request,
               GError            **error)
{
  gsize old_bytes = pooled->bytes;
  gpointer data;
  gsize n_bytes;

  if (config->budget == NULL)
    return bp_item_reallocate (config, pooled, capacity, 0, zeroed, error);

  if (!bp_item_check_size (config, capacity, &n_bytes, error) ||
      (n_bytes > old_bytes && !charge (config, n_bytes - old_bytes, request, error)))
    return FALSE;

  wipe_data (config, bp_peek (pooled->data), old_bytes);
  free_data (config, bp_peek (pooled->data), old_bytes);
  data = allocate_data (config, n_bytes, zeroed);
  bp_item_adopt (config, pooled, data != NULL ? data : bp_item_get_no_data (config),
                 data != NULL ? capacity : 0);
  bp_item_discharge (config, MAX (n_bytes, old_bytes) - pooled->bytes);

  return data != NULL || fail_memory (capacity, config->element_size, error);
}

guint8 *
bp_item_copy_data (gconstpointer data, gsize n_bytes, GError **error)
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

void
bp_item_adopt (const BpItemConfig *config, BpPooled *pooled, gpointer data, gsize capacity)
{
  bp_poke (pooled->data, data);
  bp_poke (pooled->capacity, capacity);
  pooled->bytes = capacity * config->element_size;
}

/* Shrinking allocates and frees, and never copies. Without memory for the smaller block
 * the larger one stays, but where a budget has it freed first. */
static gboolean
reset_elements (const BpItemConfig *config, BpPooled *pooled, gsize trim)
{
  gsize capacity = bp_peek (pooled->capacity);

  bp_poke (pooled->length, 0);
  if (capacity == 0)
    return FALSE;

  if (trim > 0 && capacity > trim && capacity - trim > trim)
    bp_item_renew (config, pooled, trim, FALSE, &(BpRequest) { 0 }, NULL);

  return bp_peek (pooled->capacity) > 0;
}

gboolean
bp_item_reset (const BpItemConfig *config, BpPooled *pooled, gsize trim, gboolean may_call)
{
  gpointer item = bp_peek (pooled->data);
  guint64 word = 0;

  switch (config->kind)
    {
    case BP_KIND_ELEMENTS:
      if (!reset_elements (config, pooled, trim))
        return FALSE;
      break;

    case BP_KIND_FUNCS:
      if (config->funcs.reuse != NULL &&
          !config->funcs.reuse (item, trim, config->funcs.user_data))
        return FALSE;
      if (!bp_item_measure (config, pooled))
        return FALSE;
      break;

    case BP_KIND_OBJECT:
    default:
      if (!may_call)
        word = BP_WORD_DIRTY;
      else if (!bp_reusable_reuse (item, trim) || !bp_item_measure (config, pooled))
        return FALSE;
      break;
    }

  bp_poke (pooled->word, word);

  return TRUE;
}

gboolean
bp_item_revive (const BpItemConfig *config, BpPooled *pooled, gsize trim)
{
  guint64 word = bp_peek (pooled->word) & ~BP_WORD_SAMPLE;

  if (G_LIKELY (word == 0))
    return TRUE;
  if (word != BP_WORD_DIRTY)
    return FALSE;

  return bp_reusable_reuse (bp_peek (pooled->data), trim) && bp_item_measure (config, pooled);
}

void
bp_item_report_kind (const BpItemConfig *config, const char *func, const char *wanted)
{
  if (config->kind == BP_KIND_ELEMENTS)
    bp_misuse_report (func, "This is for pools of %s, and this pool keeps elements of %"
                      G_GSIZE_FORMAT " bytes", wanted, config->element_size);
  else if (config->kind == BP_KIND_FUNCS)
    bp_misuse_report (func, "This is for pools of %s, and this pool keeps items that are made "
                      "by functions", wanted);
  else
    bp_misuse_report (func, "This is for pools of %s, and this pool keeps objects of type %s",
                      wanted, g_type_name (config->item_type));
}

void
bp_item_report_type (const BpItemConfig *config, const char *func, gpointer item)
{
  bp_misuse_report (func, "This pool keeps objects of type %s, and the one it was given is of "
                    "type %s", g_type_name (config->item_type), G_OBJECT_TYPE_NAME (item));
}

void
bp_item_report_element_size (const BpItemConfig *config, const char *func, gsize element_size)
{
  if (config->kind != BP_KIND_ELEMENTS)
    bp_item_report_kind (config, func, "elements");
  else
    bp_misuse_report (func, "The buffer's elements are of %" G_GSIZE_FORMAT " bytes: ask for a "
                      "type of that size, not of %" G_GSIZE_FORMAT, config->element_size, element_size);
}

void
bp_item_report_alignment (const BpItemConfig *config, const char *func)
{
  bp_misuse_report (func, "This pool aligns its buffers to %" G_GSIZE_FORMAT " bytes, which "
                    "memory that comes from g_malloc() or goes to g_free() is not: use a pool "
                    "whose alignment is 0, or copy", config->alignment);
}
