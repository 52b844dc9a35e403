/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "container.h"

#include <string.h>

/* libsndfile reads what is there of a file that was cut off and says nothing:
 * for WAV and its relatives it corrects the length that the header promises,
 * for Ogg there is none. So the promise is looked up here.
 *
 * Only what is clearly cut off is refused. What is wrong in other ways is left
 * to libsndfile, which says better what it is. */

/* More than any real file has before its samples */
#define MAX_CHUNKS 1000

/* Programs that write to a pipe cannot go back to fill in the length, and leave
 * one near the largest that fits */
#define UNKNOWN_LENGTH G_GUINT64_CONSTANT (0x7ffff000)

/* A page is at most this long, so the last one begins within it */
#define OGG_MAX_PAGE      65307
#define OGG_HEADER        27
#define OGG_END_OF_STREAM 0x04

typedef struct
{
  GInputStream *stream;
  goffset       size;
  GCancellable *cancellable;
  GError       *error;          /* of a read; the check passes, the caller reports it */
} File;

/* How the chunks of one of the formats look like */
typedef struct
{
  const char *magic;
  const char *form;             /* says that the chunks are audio */
  gsize       form_offset;
  const char *data_id;          /* the chunk with the samples */
  gsize       first_chunk;
  gsize       id_size;
  gsize       length_size;
  gboolean    big_endian;
  gboolean    length_is_whole;  /* the length counts the chunk's header too */
  gsize       alignment;
} ChunkFormat;

static const ChunkFormat chunk_formats[] = {
  { "RIFF", "WAVE", 8, "data", 12, 4, 4, FALSE, FALSE, 2 },
  { "RIFX", "WAVE", 8, "data", 12, 4, 4, TRUE, FALSE, 2 },
  { "RF64", "WAVE", 8, "data", 12, 4, 4, FALSE, FALSE, 2 },
  { "FORM", "AIFF", 8, "SSND", 12, 4, 4, TRUE, FALSE, 2 },
  { "FORM", "AIFC", 8, "SSND", 12, 4, 4, TRUE, FALSE, 2 },
  { "riff", "wave", 24, "data", 40, 16, 8, FALSE, TRUE, 8 },
};

/* FALSE where the file ends before, or with the file's error set. */
static gboolean
read_at (File     *file,
         goffset   offset,
         gpointer  data,
         gsize     count)
{
  gsize n_read;

  if (offset < 0 || offset > file->size || count > (guint64) (file->size - offset))
    return FALSE;

  return g_seekable_seek (G_SEEKABLE (file->stream), offset, G_SEEK_SET,
                          file->cancellable, &file->error)
      && g_input_stream_read_all (file->stream, data, count, &n_read,
                                  file->cancellable, &file->error)
      && n_read == count;
}

static guint64
get_uint (const guint8 *bytes,
          gsize         n_bytes,
          gboolean      big_endian)
{
  guint64 value = 0;

  for (gsize i = 0; i < n_bytes; i++)
    value = value << 8 | bytes[big_endian ? i : n_bytes - 1 - i];

  return value;
}

static gboolean
check_promise (File     *file,
               goffset   begin,
               guint64   length,
               GError  **error)
{
  guint64 held = file->size - begin;

  if (length <= held)
    return TRUE;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
               "truncated: its header promises %" G_GUINT64_FORMAT
               " bytes of audio, the file holds %" G_GUINT64_FORMAT, length, held);
  return FALSE;
}

static gboolean
set_cut_off_error (GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
               "truncated: the file ends before its audio begins");
  return FALSE;
}

static gboolean
check_chunks (File               *file,
              const ChunkFormat  *format,
              GError            **error)
{
  const gsize header_size = format->id_size + format->length_size;
  guint64 long_length = 0;
  goffset offset = format->first_chunk;

  for (guint i = 0; i < MAX_CHUNKS; i++)
    {
      guint8 header[24];
      guint8 long_sizes[16];
      guint64 length;

      if (!read_at (file, offset, header, header_size))
        return file->error != NULL || set_cut_off_error (error);

      length = get_uint (header + format->id_size, format->length_size, format->big_endian);
      if (format->length_is_whole)
        length -= MIN (length, header_size);
      offset += header_size;

      if (memcmp (header, format->data_id, 4) == 0)
        {
          if (long_length > 0 && length == G_MAXUINT32)
            return check_promise (file, offset, long_length, error);
          if (format->length_size == 4 && length >= UNKNOWN_LENGTH)
            return TRUE;
          return check_promise (file, offset, length, error);
        }

      /* RF64 keeps lengths beyond 32 bits in a chunk of their own */
      if (memcmp (header, "ds64", 4) == 0 && read_at (file, offset, long_sizes, sizeof long_sizes))
        long_length = get_uint (long_sizes + 8, 8, FALSE);

      if (length > (guint64) (file->size - offset))
        return set_cut_off_error (error);

      offset += (length + format->alignment - 1) / format->alignment * format->alignment;
    }

  return TRUE;
}

/* Sun's format: the samples' offset and length follow the magic. */
static gboolean
check_au (File     *file,
          GError  **error)
{
  guint8 header[8];
  guint64 begin;
  guint64 length;

  if (!read_at (file, 4, header, sizeof header))
    return TRUE;

  begin = get_uint (header, 4, TRUE);
  length = get_uint (header + 4, 4, TRUE);
  if (begin > (guint64) file->size || length >= UNKNOWN_LENGTH)
    return TRUE;

  return check_promise (file, begin, length, error);
}

/* The last page of an Ogg file ends with it and says that it is the last. */
static gboolean
check_ogg (File     *file,
           GError  **error)
{
  const gsize window = MIN (file->size, 2 * OGG_MAX_PAGE);
  g_autofree guint8 *tail = g_malloc (window);

  if (!read_at (file, file->size - window, tail, window))
    return TRUE;

  for (gsize i = window; i-- > 0;)
    {
      const guint8 *page = tail + i;
      gsize left = window - i;
      gsize length;

      if (left < 4 || memcmp (page, "OggS", 4) != 0)
        continue;

      length = OGG_HEADER;
      if (left >= length)
        {
          guint n_segments = page[OGG_HEADER - 1];

          length += n_segments;
          for (guint j = 0; left >= length && j < n_segments; j++)
            length += page[OGG_HEADER + j];
        }

      if (left >= length && (page[5] & OGG_END_OF_STREAM) != 0)
        return TRUE;

      break;
    }

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT,
               "truncated: the last page of its Ogg stream is missing");
  return FALSE;
}

static gboolean
check_file (File     *file,
            GError  **error)
{
  char magic[4];

  if (!read_at (file, 0, magic, sizeof magic))
    return TRUE;

  if (memcmp (magic, "OggS", 4) == 0)
    return check_ogg (file, error);

  if (memcmp (magic, ".snd", 4) == 0)
    return check_au (file, error);

  for (guint i = 0; i < G_N_ELEMENTS (chunk_formats); i++)
    {
      const ChunkFormat *format = &chunk_formats[i];
      char form[4];

      if (memcmp (magic, format->magic, 4) == 0
          && read_at (file, format->form_offset, form, sizeof form)
          && memcmp (form, format->form, 4) == 0)
        return check_chunks (file, format, error);
    }

  return TRUE;
}

/**
 * container_check:
 * @stream: the file; it must be a #GSeekable
 * @size: its size
 * @cancellable: (nullable): stops a read that takes long
 *
 * Looks whether the file holds all that its header promises.
 *
 * Returns: %FALSE with @error set if it does not or could not be read
 */
gboolean
container_check (GInputStream  *stream,
                 goffset        size,
                 GCancellable  *cancellable,
                 GError       **error)
{
  File file = { stream, size, cancellable, NULL };

  if (size == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the file is empty");
      return FALSE;
    }

  if (!check_file (&file, error))
    {
      g_clear_error (&file.error);
      return FALSE;
    }

  if (file.error != NULL)
    {
      g_propagate_error (error, file.error);
      return FALSE;
    }

  return TRUE;
}
