/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-budget-core-private.h"
#include "bp-debug-private.h"
#include "bp-stock-private.h"
#include "bp-types.h"

/*
 * What a pool keeps: a handle with a buffer of elements or an item, and what the kinds
 * of pool do differently with them.
 *
 * A handle is one cache line from a slab, and is pooled with its buffer, so that
 * handing it out allocates nothing.
 */

typedef struct _BpCore BpCore;
typedef struct _BpHolder BpHolder;

/* Why idle buffers are looked at; each look goes by what has happened since the last one
 * of its kind. */
typedef enum
{
  /* A budget is short. */
  BP_LOOK_SHORTAGE,
  /* Time has passed. */
  BP_LOOK_AGE,
  BP_N_LOOKS
} BpLook;

typedef enum
{
  BP_KIND_ELEMENTS,
  BP_KIND_FUNCS,
  BP_KIND_OBJECT
} BpKind;

/* What a pool is of: fixed when it is made. */
typedef struct
{
  BpKind kind;
  gsize element_size;
  BpElementType element_type;
  gsize alignment;
  GType item_type;
  BpItemFuncs funcs;
  /* NULL without one. */
  BpBudgetCore *budget;
  /* The pool's name, interned, for messages. It may change; NULL without one. */
  _Atomic (const char *) name;
  /* Whether contents are wiped when a buffer comes back. It may change, see bp-trim.c. */
  atomic_bool clears;
  /* Only a realtime pool has a stock. Elsewhere it is NULL, and handles come from
   * slabs. */
  BpStock *stock;
} BpItemConfig;

/* What an item is made with. */
typedef struct
{
  gpointer acquire_data;
  /* Bytes that are charged already: making takes what it needs of them. */
  guint64 n_reserved;
  /* What it would have to wait for, and its share of that: NULL if waiting is no help. */
  BpQuota *blocked;
  guint64 n_wanted;
  /* The right to have one buffer out, where that is limited. */
  gboolean has_permit;
} BpRequest;

/* The word of a handle. While it is out, see bp-state-private.h. While it is idle, the
 * word is 0, or DIRTY for an item that must be asked before it is used again. SAMPLE may
 * be set in both cases, see bp-holder-private.h. */
#define BP_WORD_REF       ((guint64) 1)
#define BP_WORD_REFS      ((guint64) 0xffffffff)
#define BP_WORD_PIN       ((guint64) 1 << 32)
#define BP_WORD_PINS      ((guint64) 0x0fffffff << 32)
#define BP_WORD_SAMPLE    ((guint64) 1 << 60)
#define BP_WORD_DIRTY     ((guint64) 1 << 61)
#define BP_WORD_EXCLUSIVE ((guint64) 1 << 62)
#define BP_WORD_RELEASED  ((guint64) 1 << 63)

/* The length of an idle buffer that has been wiped, and not been written to since; it is
 * handed out with a length of 0. No buffer has so many elements. */
#define BP_LENGTH_WIPED G_MAXSIZE

struct _BpPooled
{
  _Alignas (BP_CACHE_LINE) _Atomic guint64 word;
  /* A handle with a buffer, or with references, keeps its core alive. */
  BpCore *core;
  /* The elements, never NULL, or the item; NULL in a handle without a buffer. */
  _Atomic (gpointer) data;
  /* Valid elements; 0 for items. While it is idle, WIPED or without meaning. */
  _Atomic gsize length;
  /* Elements there is room for; 0 for items. */
  _Atomic gsize capacity;
  /* What it counts for in idle bytes, fixed while it is idle; and in the budget, where it
   * is charged. */
  gsize bytes;
  union
  {
    /* Links handles in lists that one thread has to itself. */
    BpPooled *next;
    /* The record, while the buffer is out and is a sample. */
    _Atomic (BpHolder *) holder;
    /* In a realtime pool: the number of the buffer's home, plus 1; 0 for none. */
    gsize home;
  };
  /* It left a ring to be destroyed, or exists and has not been out: see bp-limit.c. */
  guint is_uncounted : 1;
  /* Stacks in bp-stack.c, 0 for none. taken_at is where it was acquired, if it is or was a
   * sample. given_at is where it went back, if there is a pattern in it, see
   * bp-poison.c. */
  guint taken_at : 31;
  guint given_at;
};

G_STATIC_ASSERT (sizeof (struct _BpPooled) == BP_CACHE_LINE);

/* Under AddressSanitizer, around the time a buffer of elements is idle. */
static inline void
bp_item_poison (BpPooled *pooled)
{
#ifdef BP_ASAN
  if (bp_peek (pooled->capacity) > 0)
    BP_POISON (bp_peek (pooled->data), pooled->bytes);
#endif
}

static inline void
bp_item_unpoison (BpPooled *pooled)
{
#ifdef BP_ASAN
  if (bp_peek (pooled->capacity) > 0)
    BP_UNPOISON (bp_peek (pooled->data), pooled->bytes);
#endif
}

/* Under valgrind too: see bp-poison-private.h. */
static inline void
bp_item_mark (BpPooled *pooled, gboolean is_idle)
{
  if (is_idle)
    bp_item_poison (pooled);
  else
    bp_item_unpoison (pooled);
  if (G_UNLIKELY (bp_debug_flags & BP_DEBUG_MEMCHECK) && bp_peek (pooled->capacity) > 0)
    bp_debug_mark (bp_peek (pooled->data), pooled->bytes, is_idle);
}

/* Whether contents are to be wiped, and this buffer, which is not out, has not been
 * wiped. */
static inline gboolean
bp_item_is_unwiped (const BpItemConfig *config, BpPooled *pooled)
{
  return G_UNLIKELY (bp_peek (config->clears)) && bp_peek (pooled->length) != BP_LENGTH_WIPED;
}

/* Wipes the whole capacity, since the buffer may have been longer than it is now.
 * Afterwards it is marked as idle. */
void bp_item_wipe (BpPooled *pooled) BP_COLD;

/* A handle without a buffer, its word that of an idle one; NULL and an error without
 * memory, or where the stock is used up. */
BpPooled *bp_item_new_handle (const BpItemConfig *config, BpCore *core, GError **error);
/* For a handle that stays behind when its buffer leaves. */
void bp_item_empty_handle (BpPooled *pooled);
/* The handle alone. */
void bp_item_free_handle (const BpItemConfig *config, BpPooled *pooled);
/* A handle with an empty buffer or a fresh item. */
BpPooled *bp_item_make (const BpItemConfig *config, BpCore *core, BpRequest *request,
                        GError **error);
/* Frees the elements or destroys the item, and the handle. */
void bp_item_destroy (const BpItemConfig *config, BpPooled *pooled);

/* Makes what came back ready for its next use; FALSE if it must not be kept. reuse() of
 * an object is called only where may_call says so; otherwise it is called when the
 * object is taken again. */
gboolean  bp_item_reset        (const BpItemConfig  *config,
                                BpPooled            *pooled,
                                gsize                trim,
                                gboolean             may_call);
/* Whether a buffer that was idle can be handed out. */
gboolean bp_item_revive (const BpItemConfig *config, BpPooled *pooled, gsize trim);

/* Whether there can be memory for so many elements. */
gboolean  bp_item_check_size   (const BpItemConfig  *config,
                                gsize                capacity,
                                gsize               *n_bytes,
                                GError             **error);
/* Gives the buffer other memory, of another capacity, with the first n_kept elements in
 * it; all or nothing. Both memories are charged for that time. In a realtime pool a buffer
 * that has memory keeps it. */
gboolean  bp_item_reallocate   (const BpItemConfig  *config,
                                BpPooled            *pooled,
                                gsize                capacity,
                                gsize                n_kept,
                                gboolean             zeroed,
                                GError             **error);
/* The same for a buffer whose contents are not needed. With a budget it frees first: then
 * it charges only the difference, of what is reserved before anything else. Without memory
 * the buffer is left without capacity. */
gboolean  bp_item_renew        (const BpItemConfig  *config,
                                BpPooled            *pooled,
                                gsize                capacity,
                                gboolean             zeroed,
                                BpRequest           *request,
                                GError             **error);
/* Puts memory into a handle; it is charged already. */
void bp_item_adopt (const BpItemConfig *config, BpPooled *pooled, gpointer data, gsize capacity);
/* Asks an item for its size. FALSE if it has grown, and the budget has no room for that:
 * it is to be destroyed. */
gboolean bp_item_measure (const BpItemConfig *config, BpPooled *pooled);
/* The same for an item that is to be handed out, for which others make room. */
gboolean bp_item_measure_new (const BpItemConfig *config, BpPooled *pooled, BpRequest *request,
                              GError **error);
/* What leaves the pool is not charged any more. */
void bp_item_discharge (const BpItemConfig *config, guint64 n_bytes);
/* What a buffer without capacity points at. */
gpointer bp_item_get_no_data (const BpItemConfig *config);
/* Memory of its own, even for nothing. */
guint8 *bp_item_copy_data (gconstpointer data, gsize n_bytes, GError **error);

/* Programming errors about the kind of pool, for callers that know the core. */
#define bp_require_elements(core, value)               \
  BP_REQUIRE ((core)->config.kind == BP_KIND_ELEMENTS, \
              bp_item_report_kind (&(core)->config, G_STRFUNC, "elements"), value)

#define bp_require_items(core, value)                  \
  BP_REQUIRE ((core)->config.kind != BP_KIND_ELEMENTS, \
              bp_item_report_kind (&(core)->config, G_STRFUNC, "items or objects"), value)

#define bp_require_objects(core, value)              \
  BP_REQUIRE ((core)->config.kind == BP_KIND_OBJECT, \
              bp_item_report_kind (&(core)->config, G_STRFUNC, "objects"), value)

/* A pool of objects is given one of its type. */
#define bp_require_type_of_item(core, item, value)                         \
  BP_REQUIRE ((core)->config.kind != BP_KIND_OBJECT ||                     \
              G_TYPE_CHECK_INSTANCE_TYPE (item, (core)->config.item_type), \
              bp_item_report_type (&(core)->config, G_STRFUNC, item), value)

/* The caller's type is as large as an element. */
#define bp_require_element_size(core, size, value)   \
  BP_REQUIRE ((size) == (core)->config.element_size, \
              bp_item_report_element_size (&(core)->config, G_STRFUNC, size), value)

/* Memory comes from outside, or goes there. */
#define bp_require_no_alignment(core, value) \
  BP_REQUIRE ((core)->config.alignment == 0, \
              bp_item_report_alignment (&(core)->config, G_STRFUNC), value)

void bp_item_report_kind (const BpItemConfig *config, const char *func, const char *wanted) BP_COLD;
void bp_item_report_type (const BpItemConfig *config, const char *func, gpointer item) BP_COLD;
void      bp_item_report_element_size (const BpItemConfig *config,
                                       const char         *func,
                                       gsize               element_size) BP_COLD;
void bp_item_report_alignment (const BpItemConfig *config, const char *func) BP_COLD;
