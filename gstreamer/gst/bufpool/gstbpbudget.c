/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpbudget.h"

#include "gstbpnames-private.h"

/* What a budget has as long as it was not said how large it is. */
#define NO_LIMIT G_MAXUINT64

static GstBpNames budgets;
/* So that of several that set a size at once the first one does. */
static GMutex setting_mutex;

static gpointer
make_budget (const char *name,
             gpointer    data)
{
  return bp_budget_new (NO_LIMIT);
}

/**
 * gst_bp_get_shared_budget:
 * @name: a name, of any form
 * @max_bytes: how many bytes it is to have; 0 for what it has
 *
 * Gets the budget of that name, which the whole process has in common. It is made with the
 * first call, and lives as long as it is used: as long as a reference to it, an allocator
 * with it or memory of one exists.
 *
 * The first call with a number sets the size, and later ones do not change it: compare
 * [method@Bufpool.Budget.get_max_bytes] with what you asked for. Until then there is no
 * limit.
 *
 * May be called from any thread.
 *
 * Returns: (transfer full): the budget
 *
 * Since: 0.2
 */
BpBudget *
gst_bp_get_shared_budget (const char *name,
                          guint64     max_bytes)
{
  BpBudget *budget;

  g_return_val_if_fail (name != NULL, NULL);

  budget = gst_bp_names_get (&budgets, name, make_budget, NULL);
  if (max_bytes == 0)
    return budget;

  g_mutex_lock (&setting_mutex);
  if (bp_budget_get_max_bytes (budget) == NO_LIMIT)
    bp_budget_set_max_bytes (budget, max_bytes);
  g_mutex_unlock (&setting_mutex);

  return budget;
}
