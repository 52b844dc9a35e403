/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean args_parse        (const char          *summary,
                            const char          *description,
                            const GOptionEntry  *entries,
                            int                 *argc,
                            char              ***argv,
                            GError             **error);
gboolean args_refuse       (GError             **error,
                            const char          *format,
                            ...) G_GNUC_PRINTF (2, 3);
gboolean args_refuse_size  (const char          *name,
                            const char          *word,
                            GError             **error);
gboolean args_check_number (const char          *name,
                            int                  number,
                            int                  least,
                            int                  most,
                            GError             **error);

G_END_DECLS
