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

/* Enough for a stream that changes back and forth between two sizes. */
#define GST_BP_UNUSED_BYTES ((gsize) 16 << 20)

typedef struct
{
  BpPool *pools[GST_BP_N_SIZES];
  /* Idle blocks of each. */
  guint max_buffers;
  /* For what the pools are called. */
  char *name;
  /* Whose members they are, or NULL. */
  BpBudget *budget;

  /* How many were taken of each when that was last looked at, under the lock. */
  GMutex lock;
  guint64 n_taken[GST_BP_N_SIZES];
  /* How often in a row there was no difference, and how many looks there were. */
  guint n_unused[GST_BP_N_SIZES];
  guint n_looks;
} GstBpSizes;

GstBpSizes *gst_bp_sizes_new         (const char  *name,
                                      guint        max_buffers,
                                      BpBudget    *budget);
void    gst_bp_sizes_free            (GstBpSizes  *self);
/* Before the first pool is made. */
void    gst_bp_sizes_set_up          (GstBpSizes  *self,
                                      const char  *name,
                                      guint        max_buffers);

/* The pool for so many bytes, which stays the owner's. */
BpPool *gst_bp_sizes_get             (GstBpSizes  *self,
                                      gsize        n_bytes);
void    gst_bp_sizes_set_max_buffers (GstBpSizes  *self,
                                      guint        max_buffers);
/* Frees what is idle but for so many bytes of each range. */
void    gst_bp_sizes_drop_idle       (GstBpSizes  *self,
                                      gsize        max_bytes);
/* Frees what is idle of ranges from which no block was taken since the last look: at first
 * but for GST_BP_UNUSED_BYTES, and all of it when that has been so at n_looks. Of small
 * ranges only each 16th call looks, unless n_looks is 1. */
void    gst_bp_sizes_drop_unused     (GstBpSizes  *self,
                                      guint        n_looks);

/* Frees what is idle in one pool but for so many bytes. */
void    gst_bp_drop_idle_bytes       (BpPool      *pool,
                                      gsize        max_bytes);

/* Calls func for each pool there is. */
void    gst_bp_sizes_foreach         (GstBpSizes  *self,
                                      void       (*func) (BpPool   *pool,
                                                          gpointer  data),
                                      gpointer     data);

/* Whether threads keep idle buffers of so many bytes for themselves. In a pipeline the thread
 * that frees memory is seldom the one that allocates it, and frames are large: there every
 * idle one is to be found by every thread. */
gboolean gst_bp_sizes_are_cached     (gsize        n_bytes);
