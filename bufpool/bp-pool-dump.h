/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-pool.h"

G_BEGIN_DECLS

#define BP_TYPE_DUMP_FORMAT (bp_dump_format_get_type ())

typedef enum
{
  BP_DUMP_TEXT,
  BP_DUMP_JSON
} BpDumpFormat;

BP_AVAILABLE_IN_0_9
GType  bp_dump_format_get_type   (void) G_GNUC_CONST;

BP_AVAILABLE_IN_0_9
char  *bp_pool_dump_outstanding  (BpPool        *self,
                                  BpDumpFormat   format);

G_END_DECLS
