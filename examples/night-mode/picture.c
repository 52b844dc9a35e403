/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "picture.h"

#include <stdio.h>
#include <string.h>

/* Luma is from 16 to 235 and colour is around 128, as ITU-R BT.601 says; factors are in
 * units of 1/65536. */
#define ONE 65536
#define LUMA 76309
#define RED_OF_V 104597
#define GREEN_OF_U (-25675)
#define GREEN_OF_V (-53279)
#define BLUE_OF_U 132201

static guint8
to_sample (gint32 value)
{
  return CLAMP ((value + ONE / 2) / ONE, 0, G_MAXUINT8);
}

static void
convert_row (const ClipFormat *format,
             const guint8     *y,
             const guint8     *u,
             const guint8     *v,
             guint8           *rgb)
{
  for (guint x = 0; x < format->width; x++)
    {
      gint32 luma = (y[x] - 16) * LUMA;
      gint32 cu = u[x >> format->shift_x] - 128;
      gint32 cv = v[x >> format->shift_x] - 128;

      *rgb++ = to_sample (luma + cv * RED_OF_V);
      *rgb++ = to_sample (luma + cu * GREEN_OF_U + cv * GREEN_OF_V);
      *rgb++ = to_sample (luma + cu * BLUE_OF_U);
    }
}

static GString *
make_ppm (const ClipFormat *format,
          const guint8     *samples)
{
  gsize colour_width = clip_format_get_plane_width (format, 1);
  gsize colour_bytes = colour_width * clip_format_get_plane_height (format, 1);
  const guint8 *u = samples + (gsize) format->width * format->height;
  gsize row_bytes = (gsize) format->width * 3;
  GString *ppm = g_string_new (NULL);
  gsize begin;

  g_string_printf (ppm, "P6\n%u %u\n255\n", format->width, format->height);
  begin = ppm->len;
  g_string_set_size (ppm, begin + row_bytes * format->height);

  for (guint row = 0; row < format->height; row++)
    {
      const guint8 *row_u = u + (row >> format->shift_y) * colour_width;

      convert_row (format, samples + (gsize) row * format->width, row_u, row_u + colour_bytes,
                   (guint8 *) ppm->str + begin + row * row_bytes);
    }

  return ppm;
}

static GString *
make_pgm (const ClipFormat *format,
          const guint8     *samples)
{
  GString *pgm = g_string_new (NULL);

  g_string_printf (pgm, "P5\n%u %u\n255\n", format->width, format->height);
  g_string_append_len (pgm, (const char *) samples, format->frame_bytes);

  return pgm;
}

/**
 * picture_write:
 * @folder: where
 * @number: of the picture, from 1
 * @format: how samples lie
 * @samples: of the picture
 * @error: says which file it was about
 *
 * Writes a picture as a PPM file, or as a PGM file if it has no colours.
 */
gboolean
picture_write (const char        *folder,
               guint64            number,
               const ClipFormat  *format,
               const guint8      *samples,
               GError           **error)
{
  gboolean is_grey = format->n_planes == 1;
  g_autofree char *name = g_strdup_printf ("picture-%04" G_GUINT64_FORMAT ".%s", number,
                                           is_grey ? "pgm" : "ppm");
  g_autofree char *path = g_build_filename (folder, name, NULL);
  GString *file = is_grey ? make_pgm (format, samples) : make_ppm (format, samples);
  gboolean is_fine = g_file_set_contents (path, file->str, file->len, error);

  g_string_free (file, TRUE);

  return is_fine;
}
