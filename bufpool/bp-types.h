/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#if !defined (BUFPOOL_INSIDE) && !defined (BUFPOOL_COMPILATION)
# error "Only <bufpool.h> can be included directly."
#endif

#include <gio/gio.h>

#include "bp-version.h"

G_BEGIN_DECLS

#define BP_TYPE_ELEMENT_TYPE (bp_element_type_get_type ())
#define BP_TYPE_POOL_ERROR   (bp_pool_error_get_type ())
#define BP_TYPE_ITEM_FUNCS   (bp_item_funcs_get_type ())
#define BP_TYPE_ACQUIRE_FLAGS (bp_acquire_flags_get_type ())
#define BP_POOL_ERROR        (bp_pool_error_quark ())

/* In macros that C++ expands too: some compilers are told to warn of the casts of C */
#ifdef __cplusplus
# define _BP_POINTER_CAST(type, pointer) (static_cast<type *> (pointer))
#else
# define _BP_POINTER_CAST(type, pointer) ((type *) (pointer))
#endif

typedef enum
{
  BP_ELEMENT_TYPE_NONE = 0,
  BP_ELEMENT_TYPE_U8,
  BP_ELEMENT_TYPE_I8,
  BP_ELEMENT_TYPE_U16,
  BP_ELEMENT_TYPE_I16,
  BP_ELEMENT_TYPE_U32,
  BP_ELEMENT_TYPE_I32,
  BP_ELEMENT_TYPE_U64,
  BP_ELEMENT_TYPE_I64,
  BP_ELEMENT_TYPE_F32,
  BP_ELEMENT_TYPE_F64
} BpElementType;

typedef enum
{
  BP_POOL_ERROR_RELEASED,
  BP_POOL_ERROR_BUSY,
  BP_POOL_ERROR_OUT_OF_RANGE,
  BP_POOL_ERROR_TOO_LARGE,
  BP_POOL_ERROR_NO_MEMORY,
  BP_POOL_ERROR_CREATE_FAILED,
  BP_POOL_ERROR_LIMIT,
  BP_POOL_ERROR_BUDGET,
  BP_POOL_ERROR_FLUSHING,
  BP_POOL_ERROR_CLOSED
} BpPoolError;

typedef enum
{
  BP_ACQUIRE_NONE   = 0,
  BP_ACQUIRE_UNINIT = 1 << 0
} BpAcquireFlags;

typedef struct _BpPooled      BpPooled;
typedef struct _BpPooledView  BpPooledView;
typedef struct _BpPooledSlice BpPooledSlice;
typedef struct _BpPoolStats   BpPoolStats;
typedef struct _BpItemFuncs   BpItemFuncs;

typedef void (*BpInitFunc) (BpPooled *pooled,
                            gpointer  user_data);

struct _BpItemFuncs
{
  gpointer (*create)        (gpointer   acquire_data,
                             gpointer   user_data,
                             GError   **error);
  gboolean (*reuse)         (gpointer   item,
                             gsize      trim,
                             gpointer   user_data);
  void     (*free)          (gpointer   item,
                             gpointer   user_data);
  gsize    (*get_byte_size) (gpointer   item,
                             gpointer   user_data);

  gpointer user_data;
  GDestroyNotify destroy;

  /*< private >*/
  gpointer padding[4];
};

BP_AVAILABLE_IN_0_9
GType  bp_element_type_get_type (void) G_GNUC_CONST;
BP_AVAILABLE_IN_0_9
gsize  bp_element_type_get_size (BpElementType element_type);
BP_AVAILABLE_IN_0_9
GType  bp_pool_error_get_type   (void) G_GNUC_CONST;
BP_AVAILABLE_IN_0_9
GQuark bp_pool_error_quark      (void);
BP_AVAILABLE_IN_0_9
GType  bp_acquire_flags_get_type (void) G_GNUC_CONST;
BP_AVAILABLE_IN_0_9
GType  bp_item_funcs_get_type   (void) G_GNUC_CONST;

G_END_DECLS
