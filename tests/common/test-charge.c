/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-charge.h"

#include "test-utils.h"

void
test_assert_charged (const char *file,
                     int         line,
                     const char *func,
                     BpBudget   *budget,
                     guint64     n_out,
                     ...)
{
  guint64 n_used = bp_budget_get_used_bytes (budget), n_idle = 0;
  va_list pools;

  va_start (pools, n_out);
  for (BpPool *pool = va_arg (pools, BpPool *); pool != NULL; pool = va_arg (pools, BpPool *))
    {
      test_assert_valid (pool, file, line, func);
      n_idle += get_stat (pool, idle_bytes);
    }
  va_end (pools);

  if (n_used != n_out + n_idle)
    {
      g_autofree char *message = NULL;

      message = g_strdup_printf ("%" G_GUINT64_FORMAT " bytes are charged, but %" G_GUINT64_FORMAT
                                 " are out and %" G_GUINT64_FORMAT " idle", n_used, n_out, n_idle);
      g_assertion_message (G_LOG_DOMAIN, file, line, func, message);
    }
  g_assert_cmpuint (bp_budget_get_peak_bytes (budget), >=, n_used);
}
