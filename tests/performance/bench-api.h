/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* What bufpool's versions name differently, so that one program can be built
 * against any of them and compare them; see compare.sh.
 */

/* It came with budgets. */
#ifdef BP_TYPE_BUDGET
# define BENCH_API_HAS_BULK 1
#else
# define BENCH_API_HAS_BULK 0
#endif

BpPool *bench_api_new_pool          (guint              shards,
                                     guint              max_buffers);
BpPool *bench_api_new_pool_for_type (GType              item_type,
                                     guint              max_buffers);
BpPool *bench_api_new_pool_of_items (gpointer         (*create) (gpointer user_data),
                                     gboolean         (*reuse)  (gpointer item),
                                     void             (*free)   (gpointer item),
                                     gpointer           user_data,
                                     guint              max_buffers);
