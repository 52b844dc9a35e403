/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "playback.h"

#include <string.h>

#include "format.h"

#define READ_AHEAD_BYTES (64 * 1024)

struct _Playback
{
  char         *name;           /* to be shown */
  Source       *file;
  GInputStream *stream;         /* of the same, reading ahead */
  BpPool       *pool;
  guint64       position;

  gsize         frame_bytes;
  GPtrArray    *sources;
  guint         n_ends;
};

static gboolean G_GNUC_PRINTF (3, 4)
set_error (Playback    *self,
           GError     **error,
           const char  *format,
           ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", self->name, text);

  return FALSE;
}

/* Exactly @n_bytes of it. */
static gboolean
read_part (Playback    *self,
           gpointer     data,
           gsize        n_bytes,
           const char  *what,
           GError     **error)
{
  g_autoptr (GError) local_error = NULL;
  gsize n_read;

  if (!g_input_stream_read_all (self->stream, data, n_bytes, &n_read, NULL, &local_error))
    return set_error (self, error, "%s", local_error->message);

  self->position += n_read;
  if (n_read == n_bytes)
    return TRUE;

  return set_error (self, error, "cut off: it ends after %" G_GUINT64_FORMAT " bytes, where %s "
                    "was to come", self->position, what);
}

static gboolean
read_source (Playback *self,
             guint     number,
             GError  **error)
{
  PlaybackSource *source;
  FormatSource entry;
  gsize name_bytes;

  if (!read_part (self, &entry, sizeof entry, "the description of a source", error))
    return FALSE;

  name_bytes = GUINT32_FROM_LE (entry.name_bytes);
  if (name_bytes > FORMAT_MAX_NAME_BYTES)
    return set_error (self, error, "damaged: the name of source %u has %" G_GSIZE_FORMAT
                      " bytes, and %d at most are possible", number, name_bytes,
                      FORMAT_MAX_NAME_BYTES);

  source = g_new0 (PlaybackSource, 1);
  g_ptr_array_add (self->sources, source);
  source->kind = GUINT32_FROM_LE (entry.kind);
  source->size = GUINT64_FROM_LE (entry.size);
  source->name = g_malloc0 (name_bytes + 1);

  if (source->kind < SOURCE_FILE || source->kind > SOURCE_TEST)
    return set_error (self, error, "damaged: source %u is of the unknown kind %d", number,
                      source->kind);

  return read_part (self, source->name, name_bytes, "the name of a source", error);
}

static gboolean
read_header (Playback *self,
             GError  **error)
{
  FormatHeader header;
  guint64 frame_bytes;
  guint n_sources;

  if (!read_part (self, &header, sizeof header, "the header", error))
    return FALSE;
  if (memcmp (header.magic, FORMAT_MAGIC, sizeof header.magic) != 0)
    return set_error (self, error, "no recording of this program");
  if (GUINT32_FROM_LE (header.version) != FORMAT_VERSION)
    return set_error (self, error, "a recording of version %u, and only %d is known",
                      GUINT32_FROM_LE (header.version), FORMAT_VERSION);

  frame_bytes = GUINT64_FROM_LE (header.frame_bytes);
  n_sources = GUINT32_FROM_LE (header.n_sources);
  if (frame_bytes < 1 || frame_bytes > FORMAT_MAX_FRAME_BYTES || n_sources < 1
      || n_sources > FORMAT_MAX_SOURCES)
    return set_error (self, error, "damaged: it has %u sources and frames of %" G_GUINT64_FORMAT
                      " bytes", n_sources, frame_bytes);

  self->frame_bytes = frame_bytes;
  for (guint i = 0; i < n_sources; i++)
    {
      if (!read_source (self, i, error))
        return FALSE;
    }

  return TRUE;
}

static void
free_source (gpointer data)
{
  PlaybackSource *source = data;

  g_free (source->name);
  g_free (source);
}

/**
 * playback_new:
 * @path: a recording
 *
 * Returns: (nullable): the recording with its header read, or %NULL with @error
 *   set
 */
Playback *
playback_new (const char  *path,
              GError     **error)
{
  g_autoptr (Playback) self = g_new0 (Playback, 1);

  self->name = g_filename_display_name (path);
  self->sources = g_ptr_array_new_with_free_func (free_source);
  self->pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
  self->file = source_open (path, error);
  if (self->file == NULL)
    return NULL;

  self->stream = g_buffered_input_stream_new_sized (self->file->stream, READ_AHEAD_BYTES);

  return read_header (self, error) ? g_steal_pointer (&self) : NULL;
}

void
playback_free (Playback *self)
{
  g_clear_object (&self->stream);
  g_clear_pointer (&self->file, source_free);
  g_clear_object (&self->pool);
  g_ptr_array_unref (self->sources);
  g_free (self->name);
  g_free (self);
}

gsize
playback_get_frame_bytes (Playback *self)
{
  return self->frame_bytes;
}

guint
playback_get_n_sources (Playback *self)
{
  return self->sources->len;
}

PlaybackSource *
playback_get_source (Playback *self,
                     guint     number)
{
  return g_ptr_array_index (self->sources, number);
}

static gboolean
check_order (Playback        *self,
             const char      *what,
             guint            number,
             PlaybackSource  *source,
             guint64          sequence,
             GError         **error)
{
  if (source->end != 0)
    return set_error (self, error, "damaged: %s of source %u after its end", what, number);
  if (sequence < source->next)
    return set_error (self, error, "damaged: %s of source %u has the number %" G_GUINT64_FORMAT
                      ", which is not after %" G_GUINT64_FORMAT, what, number, sequence,
                      source->next - 1);

  return TRUE;
}

static gboolean
read_frame (Playback            *self,
            const FormatRecord  *record,
            guint                number,
            Frame              **frame,
            GError             **error)
{
  PlaybackSource *source = playback_get_source (self, number);
  guint64 sequence = GUINT64_FROM_LE (record->sequence);
  guint64 n_bytes = GUINT64_FROM_LE (record->n_bytes);
  g_autoptr (BpPooled) pooled = NULL;
  BpPooledSlice *bytes;

  if (!check_order (self, "a frame", number, source, sequence, error))
    return FALSE;
  if (n_bytes < 1 || n_bytes > self->frame_bytes || source->was_short)
    return set_error (self, error, "damaged: frame %" G_GUINT64_FORMAT " of source %u has %"
                      G_GUINT64_FORMAT " bytes%s", sequence, number, n_bytes,
                      source->was_short ? ", after a frame that was the last" : "");

  pooled = bp_pool_acquire_uninit (self->pool, n_bytes, error);
  if (pooled == NULL
      || !read_part (self, bp_pooled_get_data (pooled, NULL), n_bytes, "more of a frame", error))
    return FALSE;

  bytes = bp_pooled_slice_new_take (g_steal_pointer (&pooled), n_bytes, error);
  if (bytes == NULL)
    return FALSE;

  source->n_frames++;
  source->n_bytes += n_bytes;
  source->n_skipped += sequence - source->next;
  source->next = sequence + 1;
  source->was_short = n_bytes < self->frame_bytes;
  *frame = frame_new (number, sequence, bytes);

  return TRUE;
}

static gboolean
read_end (Playback            *self,
          const FormatRecord  *record,
          guint                number,
          Frame              **frame,
          GError             **error)
{
  PlaybackSource *source = playback_get_source (self, number);
  guint64 n_frames = GUINT64_FROM_LE (record->sequence);
  guint64 n_dropped = GUINT64_FROM_LE (record->n_dropped);
  EndReason reason = GUINT32_FROM_LE (record->reason);

  if (!check_order (self, "the end", number, source, n_frames, error))
    return FALSE;
  if (reason < END_COMPLETE || reason > END_FAILED)
    return set_error (self, error, "damaged: source %u ended for the unknown reason %d", number,
                      reason);

  source->n_skipped += n_frames - source->next;
  if (source->n_skipped != n_dropped)
    return set_error (self, error, "damaged: of source %u %" G_GUINT64_FORMAT " frames are not "
                      "there, and %" G_GUINT64_FORMAT " were dropped", number, source->n_skipped,
                      n_dropped);

  source->end = reason;
  self->n_ends++;
  *frame = frame_new_end (number, n_frames, n_dropped, reason);

  return TRUE;
}

static gboolean
check_nothing_follows (Playback *self,
                       GError  **error)
{
  char byte;
  gssize n_read = g_input_stream_read (self->stream, &byte, 1, NULL, NULL);

  return n_read == 0 || set_error (self, error, "damaged: it goes on after its end");
}

/**
 * playback_next:
 * @self: the recording
 * @frame: (out) (nullable): the next frame or end of a source, or %NULL after all
 *   ends
 *
 * Returns: %FALSE with @error set if the recording is damaged or cut off
 */
gboolean
playback_next (Playback  *self,
               Frame    **frame,
               GError   **error)
{
  FormatRecord record;
  guint32 number;

  *frame = NULL;
  if (self->n_ends == self->sources->len)
    return check_nothing_follows (self, error);

  if (!read_part (self, &record, sizeof record, "a frame or an end", error))
    return FALSE;

  number = GUINT32_FROM_LE (record.source);
  if (number >= self->sources->len)
    return set_error (self, error, "damaged: a frame of source %u, and there are %u", number,
                      self->sources->len);

  switch (GUINT32_FROM_LE (record.type))
    {
    case FORMAT_FRAME:
      return read_frame (self, &record, number, frame, error);
    case FORMAT_END:
      return read_end (self, &record, number, frame, error);
    default:
      return set_error (self, error, "damaged: neither a frame nor an end before byte %"
                        G_GUINT64_FORMAT, self->position);
    }
}
