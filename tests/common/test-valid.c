/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"

#include "bp-pool-private.h"
#include "test-validate.h"

char *
test_find_faults (BpPool *pool)
{
  return test_validate_core (pool->core);
}

void
test_assert_valid (BpPool     *pool,
                   const char *file,
                   int         line,
                   const char *func)
{
  g_autofree char *faults = test_find_faults (pool);

  if (faults != NULL)
    {
      g_autofree char *message = g_strdup_printf ("the pool is not valid:\n%s", faults);

      g_assertion_message (G_LOG_DOMAIN, file, line, func, message);
    }

  test_assert_sums (pool);
}
