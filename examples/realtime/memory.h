/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

G_BEGIN_DECLS

/* Where the periods get their memory. All use of bufpool is in memory.c. */

typedef enum
{
  MEMORY_REALTIME,
  MEMORY_PLAIN,
  MEMORY_MALLOC
} MemoryKind;

/* The memory of one period. It may go from thread to thread. */
typedef struct
{
  float    *samples;
  BpPooled *pooled;     /* NULL if it is from malloc() */
} Block;

typedef struct
{
  guint64 acquired;     /* with success */
  guint64 made;         /* while it ran, by the thread that needed it */
  guint64 idle;
  guint64 outstanding;
} MemoryCounts;

typedef struct _Memory Memory;

Memory   *memory_new        (MemoryKind     kind,
                             guint          n_blocks,
                             gsize          n_samples,
                             GError       **error);
void      memory_free       (Memory        *self);
gboolean  memory_take       (Memory        *self,
                             Block         *block);
void      memory_give_back  (Block         *block);
void      memory_tidy       (Memory        *self);
void      memory_get_counts (Memory        *self,
                             MemoryCounts  *counts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Memory, memory_free)

G_END_DECLS
