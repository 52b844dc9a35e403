/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* For tests that link the internal library with --wrap: looks at memory right before the
 * library frees it, or gives its pages back, for a secret. */

/* A secret fills memory with this byte; so many of them in a row are one. */
#define TEST_SECRET 0xa7
#define TEST_SECRET_BYTES 4

/* How often the secret is there, with at least n_least bytes of it. */
guint    test_count_secrets (gconstpointer data,
                             gsize         n_bytes,
                             gsize         n_least);
gboolean test_is_zero       (gconstpointer data,
                             gsize         n_bytes);

/* In how many freed blocks, or ranges of pages, the secret was since the last call;
 * n_freed is how many were looked at. From any thread. */
guint    test_freed_secrets (guint        *n_freed);
