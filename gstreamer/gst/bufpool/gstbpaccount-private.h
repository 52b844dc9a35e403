/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

/*
 * How much memory each element has, and has had at most.
 *
 * There is an account for each name and type. Accounts belong to the process and are never
 * freed, so blocks and elements may point at them for as long as they like. After
 * GST_BP_MAX_ACCOUNTS of them new names share one account for each type: programs that make
 * pipelines all day do not grow.
 *
 * Charging and crediting is done with atomic operations alone, on any thread and under
 * any lock.
 */

#define GST_BP_MAX_ACCOUNTS 1000

typedef struct _GstBpAccount GstBpAccount;

/* What an account says at one moment. */
typedef struct
{
  const char *name;
  const char *type;
  guint64 n_allocations;
  guint64 n_outstanding;
  guint64 n_bytes;
  guint64 peak_bytes;
} GstBpUsage;

/* The account of that name and type, which is made if there is none. */
GstBpAccount *gst_bp_account_get       (const char         *name,
                                        const char         *type);

/* Whether a block is plain memory is for gst_bp_account_get_plain_usage(). */
void          gst_bp_account_charge    (GstBpAccount       *self,
                                        gsize               n_bytes,
                                        gboolean            is_plain);
void          gst_bp_account_credit    (GstBpAccount       *self,
                                        gsize               n_bytes,
                                        gboolean            is_plain);

/* Of those that have allocated something, the one with the highest peak first. */
GArray       *gst_bp_account_list_usages (void);
/* Of all memory that is no pool's. */
GstBpUsage    gst_bp_account_get_plain_usage (void);
