/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* Fails the test unless the budget has charged what is out, which are so many bytes, and
 * what lies idle in its pools, which follow and end with NULL. They are valid then, too. */
#define assert_charged(budget, n_out, ...) \
  test_assert_charged (__FILE__, __LINE__, G_STRFUNC, (budget), (n_out), __VA_ARGS__)

void test_assert_charged (const char *file,
                          int         line,
                          const char *func,
                          BpBudget   *budget,
                          guint64     n_out,
                          ...) G_GNUC_NULL_TERMINATED;
