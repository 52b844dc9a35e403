/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void message_print      (const char *text);
void message_print_file (const char *path,
                         const char *text);

G_END_DECLS
