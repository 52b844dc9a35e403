/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Statements, with what the text around them has introduced; only compiled. */

#include <bufpool.h>

extern BpPool *pool;
extern BpPooled *buffer;
extern BpPooledSlice *slice;
extern GInputStream *stream;
extern GAsyncQueue *queue;
extern GCancellable *cancellable;
extern GError *error;
extern const guint8 *data;
extern gsize n;

BpPool *f32_pool (void);
void listing (void);

void
listing (void)
{
@LISTING@
}
