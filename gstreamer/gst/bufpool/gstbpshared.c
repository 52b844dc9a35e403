/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"
#include "gstbpnames-private.h"

static GstBpNames allocators;
/* Of those with a budget the address comes before the name. */
static GstBpNames allocators_within;

typedef struct
{
  const char *name;
  guint max_buffers;
  BpBudget *budget;
} Wanted;

/* Its pools are called after the name. */
static gpointer
make_allocator (const char *key,
                gpointer    data)
{
  const Wanted *wanted = data;
  GstBpAllocator *self = GST_BP_ALLOCATOR (gst_bp_allocator_new_limited (wanted->budget, 0));

  gst_bp_sizes_set_up (self->sizes, wanted->name, wanted->max_buffers);

  return self;
}

static GstAllocator *
get_shared (GstBpNames   *names,
            const char   *key,
            const Wanted *wanted)
{
  GstAllocator *allocator = gst_bp_names_get (names, key, make_allocator, (gpointer) wanted);
  GstBpAllocator *self = GST_BP_ALLOCATOR (allocator);

  if (gst_bp_allocator_get_max_buffers (self) < wanted->max_buffers)
    gst_bp_allocator_set_max_buffers (self, wanted->max_buffers);

  return allocator;
}

/**
 * gst_bp_allocator_get_shared:
 * @name: a name, of any form
 * @max_buffers: the most idle blocks to keep of each size
 *
 * Gets the allocator that all callers in the process that ask for @name have in common. It is
 * made for the first one, and lives as long as there are references to it.
 *
 * It keeps as many idle blocks as the most that any caller asked for.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the allocator
 *
 * Since: 0.2
 */
GstAllocator *
gst_bp_allocator_get_shared (const char *name,
                             guint       max_buffers)
{
  const Wanted wanted = { name, max_buffers, NULL };

  g_return_val_if_fail (name != NULL, NULL);

  return get_shared (&allocators, name, &wanted);
}

/**
 * gst_bp_allocator_get_shared_within:
 * @name: a name, of any form
 * @max_buffers: the most idle blocks to keep of each size
 * @budget: (nullable): a budget, or %NULL for what [func@Allocator.get_shared] gives
 *
 * Gets the allocator within @budget that all callers have in common that ask for @name with
 * the same budget. What differs in one of both has nothing in common. Otherwise as
 * [func@Allocator.get_shared].
 *
 * Returns: (transfer full): the allocator
 *
 * Since: 0.2
 */
GstAllocator *
gst_bp_allocator_get_shared_within (const char *name,
                                    guint       max_buffers,
                                    BpBudget   *budget)
{
  const Wanted wanted = { name, max_buffers, budget };
  g_autofree char *key = NULL;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (budget == NULL || BP_IS_BUDGET (budget), NULL);

  if (budget == NULL)
    return gst_bp_allocator_get_shared (name, max_buffers);

  /* The allocator keeps the budget, so the address is not used again as long as it lives. */
  key = g_strdup_printf ("%p %s", (gpointer) budget, name);

  return get_shared (&allocators_within, key, &wanted);
}
