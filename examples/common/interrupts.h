/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef void (*InterruptFunc) (int      signal_number,
                               gpointer user_data);

void interrupts_watch  (InterruptFunc func,
                        gpointer      user_data);
void interrupts_end_by (int           signal_number);

G_END_DECLS
