/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void test_data_fill (guint    source,
                     guint64  offset,
                     guint8  *data,
                     gsize    length);

G_END_DECLS
