/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gst-test.h"

/* What the tests of buffer pools have in common. */

/* A kind of pool that a test is about. */
typedef struct
{
  const char *name;
  GstBufferPool *(*make) (void);
} TestPoolKind;

GstBufferPool *test_make_stock_pool    (void);
GstBufferPool *test_make_bp_pool       (void);

/* Adds a test for the stock pool and for ours; its data is a TestPoolKind. */
void           test_add_for_both       (const char    *path,
                                        GTestDataFunc  func);

gboolean       test_try_configure_pool (GstBufferPool *pool,
                                        guint          size,
                                        guint          min_buffers,
                                        guint          max_buffers);
/* Configured and active. */
void           test_start_pool         (GstBufferPool *pool,
                                        guint          size,
                                        guint          min_buffers,
                                        guint          max_buffers);
void           test_stop_pool          (GstBufferPool *pool);

GstBuffer     *test_acquire            (GstBufferPool *pool);
GstFlowReturn  test_try_acquire        (GstBufferPool *pool,
                                        GstBuffer    **buffer);

/* Counts when the buffer is destroyed, and not when it goes back to a pool. */
void           test_track              (GstBuffer     *buffer,
                                        int           *n_destroyed);

guint64        test_get_pool_figure    (GstBufferPool *pool,
                                        const char    *field);
