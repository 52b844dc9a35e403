/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <gst/bufpool/gstbufpool.h>

#include <string.h>

/* What a test program defines: adds its tests. */
void     test_add_cases       (void);

/* The next message of GStreamer's has to be a critical. */
void     test_expect_critical (void);

/* Counts what is logged as an error. */
typedef struct
{
  GstDebugLevel threshold;
  guint n;
} TestErrors;

void     test_errors_begin    (TestErrors   *self);
guint    test_errors_end      (TestErrors   *self);

/* One number of an allocator's statistics. */
guint64  test_get_stat        (GstAllocator *allocator,
                               const char   *field);

/* Puts one value into all of a memory, or looks for it there. */
void     test_fill_memory     (GstMemory    *mem,
                               guint8        value);
void     test_check_memory    (GstMemory    *mem,
                               guint8        value);
/* Puts 0, 1, 2 and so on into a memory. */
void     test_count_up        (GstMemory    *mem);
