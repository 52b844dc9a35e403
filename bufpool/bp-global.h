/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include "bp-pool-new.h"

G_BEGIN_DECLS

/**
 * BP_DEFINE_GLOBAL_POOL:
 * @fn: the name of the function to define
 * @element_type: a #BpElementType
 * @shards: the number of shards, 0 for automatic
 * @max_buffers: the most idle buffers the pool keeps
 * @trim_capacity: elements a returned buffer is shrunk to, 0 for never
 *
 * Defines `BpPool *fn (void)`, which returns one pool for the whole process.
 *
 * The pool is made by the first call, once, from whichever thread that comes,
 * and is never freed. What the function returns belongs to the pool's owner,
 * the process: do not unref it. Put `static` before the macro for a pool that
 * one file keeps to itself. The parameters are those of [ctor@Pool.new_full], in the
 * same order.
 *
 * ```c
 * static BP_DEFINE_GLOBAL_POOL (f32_pool, BP_ELEMENT_TYPE_F32, 32, 1024, 32768)
 * ```
 *
 * Since: 0.9
 */
#define BP_DEFINE_GLOBAL_POOL(fn, element_type, shards, max_buffers, trim_capacity) \
BpPool *fn (void);                                                                  \
BpPool *                                                                            \
fn (void)                                                                           \
{                                                                                   \
  static gsize pool_once = 0;                                                       \
                                                                                    \
  if (g_once_init_enter (&pool_once))                                               \
    {                                                                               \
      BpPool *pool = bp_pool_new_full ((element_type), (shards),                    \
                                       (max_buffers), (trim_capacity));             \
                                                                                    \
      if (pool == NULL)                                                             \
        g_error ("%s(): no pool can be made of these arguments: the element type "  \
                 "must be a numeric one, and shards at most 1024", #fn);            \
                                                                                    \
      g_once_init_leave (&pool_once, GPOINTER_TO_SIZE (pool));                      \
    }                                                                               \
                                                                                    \
  return _BP_POINTER_CAST (BpPool, GSIZE_TO_POINTER (pool_once));                   \
}

G_END_DECLS
