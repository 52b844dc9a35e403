/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <gst/bufpool/gstbufpool.h>

/* Where buffers come from: the things that are compared. */

typedef enum
{
  SOURCE_NO_POOL,
  SOURCE_STOCK_POOL,
  SOURCE_VIDEO_POOL,
  SOURCE_BP_POOL
} SourceKind;

typedef struct
{
  const char *name;
  const char *about;
  SourceKind kind;
  gboolean is_on_bufpool;
} Subject;

extern const Subject subjects[];
extern const guint n_subjects;

const Subject *subject_find   (const char    *name);

/* What renegotiations have in common: the memory under all of a subject's pools. */
GstAllocator  *subject_make_allocator (const Subject *subject);

typedef struct
{
  GstBufferPool *pool;
  GstAllocator *allocator;
  gsize size;
} Source;

void           source_open    (Source        *self,
                               const Subject *subject,
                               GstAllocator  *allocator,
                               gsize          size,
                               guint          max_buffers);
void           source_close   (Source        *self);

static inline GstBuffer *
source_acquire (Source *self)
{
  GstBuffer *buffer = NULL;

  if (self->pool == NULL)
    buffer = gst_buffer_new_allocate (self->allocator, self->size, NULL);
  else if (gst_buffer_pool_acquire_buffer (self->pool, &buffer, NULL) != GST_FLOW_OK)
    buffer = NULL;
  if (G_UNLIKELY (buffer == NULL))
    g_error ("there was no buffer to be had");

  return buffer;
}

/* As an element does that makes a picture, and one that looks at it. */
void           buffer_fill    (GstBuffer     *buffer);
void           buffer_look_at (GstBuffer     *buffer);
