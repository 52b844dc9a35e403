/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* In place of a camera: listens on a port of the loopback address and sends test data to
 * each client that connects. */
typedef struct _TestServer TestServer;

TestServer *test_server_new      (guint        source,
                                  guint64      n_bytes,
                                  guint64      bytes_per_second,
                                  GError     **error);
void        test_server_free     (TestServer  *self);
guint16     test_server_get_port (TestServer  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TestServer, test_server_free)

G_END_DECLS
