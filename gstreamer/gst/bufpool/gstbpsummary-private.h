/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbpallocator.h>

/* What each element allocated, as a structure, as text for people, and as records of a tracer. */

typedef struct
{
  GstBpAllocator *allocator;
  BpBudget *budget;
  /* 0 for no limit. */
  guint64 max_bytes;
  /* Whether the program has made another allocator its default since. */
  gboolean is_replaced;
} GstBpSummary;

GstStructure *gst_bp_summary_to_structure (const GstBpSummary *self);
/* Of several lines, the last with a newline as well. */
char         *gst_bp_summary_to_text      (const GstBpSummary *self);
/* To the debug category GST_TRACER. */
void          gst_bp_summary_log          (const GstBpSummary *self);
