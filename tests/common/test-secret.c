/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-secret.h"

#include <string.h>

#include "test-freed.h"
#include "test-utils.h"

BpPool *
test_secret_pool_new (guint   max_buffers,
                      gsize   trim_capacity,
                      guint   alignment,
                      guint64 max_bytes)
{
  g_autoptr (BpBudget) budget = max_bytes > 0 ? bp_budget_new (max_bytes) : NULL;

  return g_object_new (BP_TYPE_POOL, "clear-on-release", TRUE, "max-buffers", max_buffers,
                       "trim-capacity", (guint64) trim_capacity, "alignment", alignment,
                       "budget", budget, "shards", 2, NULL);
}

static gsize
get_size (BpPooled *pooled)
{
  return bp_pooled_get_capacity (pooled) * bp_pooled_get_element_size (pooled);
}

/* Fills the whole capacity. */
void
test_write_secret (BpPooled *pooled)
{
  memset (bp_pooled_get_data (pooled, NULL), TEST_SECRET, get_size (pooled));
}

BpPooled *
test_acquire_secret (BpPool *pool,
                     gsize   n_elements)
{
  BpPooled *pooled = bp_pool_acquire_uninit (pool, n_elements, NULL);

  g_assert_nonnull (pooled);
  test_write_secret (pooled);

  return pooled;
}

void
test_assert_freed_clean (guint n_least)
{
  guint n_freed;

  g_assert_cmpuint (test_freed_secrets (&n_freed), ==, 0);
  g_assert_cmpuint (n_freed, >=, n_least);
}

/* Each idle buffer has only zeroes, and no memory that was freed has the secret. */
void
test_assert_clean (BpPool *pool,
                   guint   n_idle)
{
  g_autoptr (GPtrArray) idle = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_unref);

  assert_valid (pool);
  g_assert_cmpuint (get_stat (pool, idle), ==, n_idle);
  for (guint i = 0; i < n_idle; i++)
    {
      BpPooled *pooled = bp_pool_acquire (pool);

      g_ptr_array_add (idle, pooled);
      g_assert_cmpuint (get_size (pooled), >, 0);
      g_assert_true (test_is_zero (bp_pooled_get_data (pooled, NULL), get_size (pooled)));
    }
  g_assert_cmpuint (get_stat (pool, idle), ==, 0);
  test_assert_freed_clean (0);
}
