/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* Pools that wipe what comes back, and buffers with a secret, see test-freed.h. */

/* With clear-on-release. A max_bytes that is not 0 is that of a budget. */
BpPool   *test_secret_pool_new    (guint     max_buffers,
                                   gsize     trim_capacity,
                                   guint     alignment,
                                   guint64   max_bytes);

/* Fills the whole capacity. */
void      test_write_secret       (BpPooled *pooled);
BpPooled *test_acquire_secret     (BpPool   *pool,
                                   gsize     n_elements);

/* No memory that was freed since the last look has the secret; at least so many blocks were
 * freed. */
void      test_assert_freed_clean (guint     n_least);
/* So many buffers are idle and have only zeroes, and no memory that was freed has the
 * secret. */
void      test_assert_clean       (BpPool   *pool,
                                   guint     n_idle);
