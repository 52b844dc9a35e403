/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "writer.h"

G_BEGIN_DECLS

void report_print (const Options *options,
                   Callback      *callback,
                   Writer        *writer,
                   int            lock_error);

G_END_DECLS
