/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

/* G_DEFINE_BOXED_TYPE converts to a union, which ISO C does not have. */
#define BP_DEFINE_BOXED_TYPE(TypeName, type_name, copy_func, free_func)               \
GType                                                                                 \
type_name##_get_type (void)                                                           \
{                                                                                     \
  static gsize type_once = 0;                                                         \
                                                                                      \
  if (g_once_init_enter (&type_once))                                                 \
    g_once_init_leave (&type_once,                                                    \
                       g_boxed_type_register_static (g_intern_static_string (#TypeName), \
                                                     (GBoxedCopyFunc) copy_func,      \
                                                     (GBoxedFreeFunc) free_func));    \
                                                                                      \
  return type_once;                                                                   \
}
