/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>

/* Objects that the process shares by name. The table holds weak references: an object lives
 * as long as it is used. One that is static needs no more than to be zero. */
typedef struct
{
  GMutex mutex;
  GHashTable *objects;
} GstBpNames;

typedef gpointer (*GstBpNamesMake) (const char *name,
                                    gpointer    data);

/* A reference to the object of that name; make() is called with the table locked if there is
 * none. */
gpointer gst_bp_names_get (GstBpNames     *self,
                           const char     *name,
                           GstBpNamesMake  make,
                           gpointer        data);
