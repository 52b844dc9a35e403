/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a recording looks like. All numbers are little endian.
 *
 *   FormatHeader, then for each source a FormatSource and its name,
 *   then frames and ends: FormatRecord, and after that of a frame its bytes.
 *
 * Frames of one source are in their order, those of several are mixed as they
 * came. Every source has one end, after all of its frames; the recording stops
 * with the last of them, so one that was cut off is found out.
 */

#define FORMAT_MAGIC "BPRECORD"
#define FORMAT_VERSION 1
#define FORMAT_FRAME 0x4d415246u  /* "FRAM" */
#define FORMAT_END 0x53444e45u    /* "ENDS" */

#define FORMAT_UNKNOWN G_MAXUINT64

#define FORMAT_MAX_SOURCES 1024
#define FORMAT_MAX_NAME_BYTES 4096
#define FORMAT_MAX_FRAME_BYTES (1024 * 1024 * 1024)

typedef struct
{
  char    magic[8];
  guint32 version;
  guint32 n_sources;
  guint64 frame_bytes;  /* of every frame but the last of its source, which may have less */
} FormatHeader;

typedef struct
{
  guint32 kind;         /* a SourceKind */
  guint32 name_bytes;
  guint64 size;         /* what there was to read at the beginning, or FORMAT_UNKNOWN */
} FormatSource;

typedef struct
{
  guint32 type;         /* FORMAT_FRAME or FORMAT_END */
  guint32 source;
  guint64 sequence;     /* at the end the number of frames, dropped ones included */
  guint64 n_bytes;      /* of the frame */
  guint32 reason;       /* at the end: an EndReason */
  guint32 reserved;
  guint64 n_dropped;    /* at the end */
} FormatRecord;

G_STATIC_ASSERT (sizeof (FormatHeader) == 24);
G_STATIC_ASSERT (sizeof (FormatSource) == 16);
G_STATIC_ASSERT (sizeof (FormatRecord) == 40);

G_END_DECLS
