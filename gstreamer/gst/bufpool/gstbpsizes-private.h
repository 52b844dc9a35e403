/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

/*
 * Pools of bytes, one for each range of sizes, so that a small request is never given a
 * large block: a stream whose frames have become small does not live in those of before.
 *
 * A range is half an octave, so a block is less than twice as large as what it is used for;
 * all that is smaller than a page is one range. Pools are made when they are first needed.
 */

#define GST_BP_N_SIZES 128

typedef struct
{
  BpPool *pools[GST_BP_N_SIZES];
  /* Idle blocks of each. */
  guint max_buffers;
  /* For what the pools are called. */
  char *name;
  /* That the pools share; or NULL. Set before the first one is made. */
  BpBudget *budget;

  /* How many were taken of each when that was last looked at, under the lock. */
  GMutex lock;
  guint64 n_taken[GST_BP_N_SIZES];
} GstBpSizes;

void    gst_bp_sizes_init            (GstBpSizes  *self,
                                      const char  *name,
                                      guint        max_buffers);
void    gst_bp_sizes_clear           (GstBpSizes  *self);

/* The pool for so many bytes, which stays the owner's. */
BpPool *gst_bp_sizes_get             (GstBpSizes  *self,
                                      gsize        n_bytes);
void    gst_bp_sizes_set_max_buffers (GstBpSizes  *self,
                                      guint        max_buffers);
/* Frees what is idle; only of those ranges of which nobody has taken a block since this
 * was last called, if so. */
void    gst_bp_sizes_drop_idle       (GstBpSizes  *self,
                                      gboolean     only_unused);

/* Calls func for each pool there is. */
void    gst_bp_sizes_foreach         (GstBpSizes  *self,
                                      void       (*func) (BpPool   *pool,
                                                          gpointer  data),
                                      gpointer     data);
