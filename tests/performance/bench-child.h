/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

/* A process that answers in lines of JSON, and may be given up. */

typedef struct _BenchChild BenchChild;

char       *bench_child_dup_program (void);

BenchChild *bench_child_new    (const char         *other_program,
                                const char *const  *arguments,
                                const char         *preload,
                                const char         *tunables,
                                GError            **error);
JsonObject *bench_child_read   (BenchChild         *self,
                                double              seconds,
                                GError            **error);
gboolean    bench_child_ask    (BenchChild         *self,
                                GError            **error);
gboolean    bench_child_finish (BenchChild         *self,
                                double              seconds,
                                GError            **error);
void        bench_child_free   (BenchChild         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchChild, bench_child_free)
