/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "clip.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CLIP_MAGIC "YUV4MPEG2"
#define FRAME_MAGIC "FRAME"
#define MAX_LINE 1024

/* A clip is a line that begins with the word YUV4MPEG2, and frames. A frame is a line that
 * begins with the word FRAME, and its samples. */
struct _Clip
{
  GInputStream *stream;
  int           fd;             /* of the stream */
  ClipFormat    format;
  goffset       data_begins;
  goffset       size;           /* of a file; 0 for what has none */
  guint64       n_read;         /* frames since the beginning */
};

static const struct
{
  const char *name;
  guint n_planes;
  guint shift_x;
  guint shift_y;
} colours[] = {
  { "420", 3, 1, 1 }, { "420jpeg", 3, 1, 1 }, { "420mpeg2", 3, 1, 1 }, { "420paldv", 3, 1, 1 },
  { "411", 3, 2, 0 }, { "422", 3, 1, 0 }, { "444", 3, 0, 0 }, { "mono", 1, 0, 0 },
};

/* FALSE, with the error set. */
#define refuse(error, ...) \
  (g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, __VA_ARGS__), FALSE)

/* Reads up to the end of a line, byte by byte: what follows belongs to a frame. @line holds
 * MAX_LINE bytes and gets no line feed. */
static gboolean
read_line (Clip          *self,
           char          *line,
           gsize         *length,
           gboolean      *is_whole,
           GCancellable  *cancellable,
           GError       **error)
{
  *length = 0;
  *is_whole = FALSE;

  while (*length < MAX_LINE - 1)
    {
      gssize n_read = g_input_stream_read (self->stream, line + *length, 1, cancellable, error);

      if (n_read < 0)
        return FALSE;
      if (n_read == 0 || line[*length] == '\n')
        {
          *is_whole = n_read > 0;
          break;
        }
      (*length)++;
    }

  line[*length] = '\0';

  return TRUE;
}

static gboolean
parse_side (const char  *name,
            const char  *word,
            guint       *side,
            GError     **error)
{
  guint64 number;

  if (!g_ascii_string_to_unsigned (word, 10, 1, CLIP_MAX_SIDE, &number, NULL))
    return refuse (error, "its %s is '%s': it must be from 1 to %d", name, word, CLIP_MAX_SIDE);

  *side = number;

  return TRUE;
}

static gboolean
parse_colour (const char  *word,
              ClipFormat  *format,
              GError     **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (colours); i++)
    if (g_str_equal (word, colours[i].name))
      {
        format->n_planes = colours[i].n_planes;
        format->shift_x = colours[i].shift_x;
        format->shift_y = colours[i].shift_y;
        return TRUE;
      }

  return refuse (error, "its colour is C%s: use C420, C422, C411, C444 or Cmono, of 8 bits", word);
}

static gboolean
parse_header (const char  *line,
              ClipFormat  *format,
              GError     **error)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);

  if (!parse_colour ("420", format, error))
    return FALSE;

  for (guint i = 1; words[i] != NULL; i++)
    {
      gboolean is_fine = TRUE;

      if (words[i][0] == 'W')
        is_fine = parse_side ("width", words[i] + 1, &format->width, error);
      else if (words[i][0] == 'H')
        is_fine = parse_side ("height", words[i] + 1, &format->height, error);
      else if (words[i][0] == 'C')
        is_fine = parse_colour (words[i] + 1, format, error);

      if (!is_fine)
        return FALSE;
    }

  if (format->width == 0 || format->height == 0)
    return refuse (error, "its header has no %s", format->width == 0 ? "width" : "height");

  for (guint plane = 0; plane < format->n_planes; plane++)
    format->frame_bytes += clip_format_get_plane_width (format, plane)
                           * clip_format_get_plane_height (format, plane);
  format->header = g_strdup (line);

  return TRUE;
}

static gboolean
read_header (Clip          *self,
             GCancellable  *cancellable,
             GError       **error)
{
  char line[MAX_LINE];
  gsize length;
  gboolean is_whole;

  if (!read_line (self, line, &length, &is_whole, cancellable, error))
    return FALSE;

  if (length == 0 && !is_whole)
    return refuse (error, "it is empty: give a clip in the format YUV4MPEG2");
  if (!g_str_has_prefix (line, CLIP_MAGIC)
      || (line[strlen (CLIP_MAGIC)] != ' ' && line[strlen (CLIP_MAGIC)] != '\0'))
    return refuse (error, "it is no clip in the format YUV4MPEG2, which begins with that word");
  if (!is_whole)
    return refuse (error, "its header is cut off, or longer than %d bytes", MAX_LINE - 1);

  self->data_begins = length + 1;

  return parse_header (line, &self->format, error);
}

static gboolean
open_file (Clip        *self,
           const char  *path,
           GError     **error)
{
  struct stat about;

  self->fd = open (path, O_RDONLY | O_CLOEXEC);
  if (self->fd < 0 || fstat (self->fd, &about) != 0)
    {
      int code = errno;

      g_set_error_literal (error, G_IO_ERROR, g_io_error_from_errno (code), g_strerror (code));
      return FALSE;
    }

  if (S_ISREG (about.st_mode))
    self->size = about.st_size;
  self->stream = g_unix_input_stream_new (self->fd, FALSE);

  return TRUE;
}

/**
 * clip_new:
 * @path: a file or pipe in the format YUV4MPEG2
 * @cancellable: (nullable): ends a wait for a pipe
 *
 * Opens a clip and reads its header.
 *
 * Returns: (nullable): the clip, or %NULL with @error set
 */
Clip *
clip_new (const char    *path,
          GCancellable  *cancellable,
          GError       **error)
{
  g_autoptr (Clip) self = g_new0 (Clip, 1);

  self->fd = -1;
  if (!open_file (self, path, error) || !read_header (self, cancellable, error))
    return NULL;

  return g_steal_pointer (&self);
}

void
clip_free (Clip *self)
{
  g_clear_object (&self->stream);
  if (self->fd >= 0)
    close (self->fd);
  g_free (self->format.header);
  g_free (self);
}

const ClipFormat *
clip_get_format (Clip *self)
{
  return &self->format;
}

/**
 * clip_count_frames:
 * @self: the clip
 *
 * Returns: how many frames a file of its size holds; 0 for a pipe
 */
guint64
clip_count_frames (Clip *self)
{
  gsize bytes = self->format.frame_bytes + strlen (FRAME_MAGIC "\n");

  return self->size > self->data_begins ? (self->size - self->data_begins) / bytes : 0;
}

/* The word FRAME, and what follows it up to the samples. */
static gboolean
read_frame_header (Clip          *self,
                   gboolean      *is_end,
                   GCancellable  *cancellable,
                   GError       **error)
{
  char magic[sizeof FRAME_MAGIC];
  char line[MAX_LINE];
  gboolean is_whole = TRUE;
  gsize length;
  gsize n_read;

  if (!g_input_stream_read_all (self->stream, magic, sizeof magic, &n_read, cancellable, error))
    return FALSE;

  *is_end = n_read == 0;
  if (*is_end)
    return TRUE;

  if (memcmp (magic, FRAME_MAGIC, MIN (n_read, strlen (FRAME_MAGIC))) != 0)
    return refuse (error, "frame %" G_GUINT64_FORMAT " does not begin with the word FRAME",
                   self->n_read + 1);

  if (n_read == sizeof magic && magic[n_read - 1] != '\n'
      && !read_line (self, line, &length, &is_whole, cancellable, error))
    return FALSE;

  if (n_read < sizeof magic || !is_whole)
    return refuse (error, "the line before frame %" G_GUINT64_FORMAT " is cut off, or too long",
                   self->n_read + 1);

  return TRUE;
}

/**
 * clip_read_frame:
 * @self: the clip
 * @data: where its samples go
 * @is_end: (out): whether there was no frame any more
 * @cancellable: (nullable): ends a wait for a pipe
 *
 * Returns: %FALSE with @error set if there is no whole frame where one begins, or none in
 *   the clip at all
 */
gboolean
clip_read_frame (Clip          *self,
                 guint8        *data,
                 gboolean      *is_end,
                 GCancellable  *cancellable,
                 GError       **error)
{
  gsize n_read;

  if (!read_frame_header (self, is_end, cancellable, error))
    return FALSE;

  if (*is_end)
    return self->n_read > 0 || refuse (error, "it has no frames");

  if (!g_input_stream_read_all (self->stream, data, self->format.frame_bytes, &n_read,
                                cancellable, error))
    return FALSE;

  if (n_read < self->format.frame_bytes)
    return refuse (error,
                   "frame %" G_GUINT64_FORMAT " is cut off: it has %" G_GSIZE_FORMAT " of %"
                   G_GSIZE_FORMAT " bytes", self->n_read + 1, n_read, self->format.frame_bytes);

  self->n_read++;

  return TRUE;
}

/**
 * clip_rewind:
 * @self: the clip
 *
 * Goes back to the first frame.
 *
 * Returns: %FALSE with @error set for a pipe
 */
gboolean
clip_rewind (Clip    *self,
             GError **error)
{
  if (lseek (self->fd, self->data_begins, SEEK_SET) < 0)
    return refuse (error, "it is a pipe, which can be read once: leave --loop out");

  self->n_read = 0;

  return TRUE;
}

gsize
clip_format_get_plane_width (const ClipFormat *self,
                             guint             plane)
{
  guint shift = plane > 0 ? self->shift_x : 0;

  return (self->width + (1u << shift) - 1) >> shift;
}

gsize
clip_format_get_plane_height (const ClipFormat *self,
                              guint             plane)
{
  guint shift = plane > 0 ? self->shift_y : 0;

  return (self->height + (1u << shift) - 1) >> shift;
}
