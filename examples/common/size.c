/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "size.h"

static const struct
{
  const char *name;
  guint64 n_bytes;
} units[] = {
  { "", 1 },
  { "K", KIB }, { "KiB", KIB }, { "kB", 1000 }, { "KB", 1000 },
  { "M", MIB }, { "MiB", MIB }, { "MB", 1000 * 1000 },
  { "G", GIB }, { "GiB", GIB }, { "GB", 1000 * 1000 * 1000 },
};

/**
 * size_parse:
 * @text: a number of bytes, such as "65536", "64KiB", "64M" or "1GB"
 * @size: (out): what it says
 *
 * Units are those of coreutils: K and KiB are 1024 bytes, kB and KB are 1000.
 *
 * Returns: %FALSE if @text is no such size
 */
gboolean
size_parse (const char *text,
            guint64    *size)
{
  guint n_digits = 0;

  while (g_ascii_isdigit (text[n_digits]))
    n_digits++;

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autofree char *digits = NULL;
      guint64 number;

      if (!g_str_equal (text + n_digits, units[i].name))
        continue;

      digits = g_strndup (text, n_digits);

      return g_ascii_string_to_unsigned (digits, 10, 0, G_MAXUINT64, &number, NULL)
          && g_uint64_checked_mul (size, number, units[i].n_bytes);
    }

  return FALSE;
}

/**
 * size_format:
 * @size: a number of bytes
 *
 * Returns: (transfer full): the same in MiB, or as it is if that is little
 */
char *
size_format (guint64 size)
{
  if (size >= GIB)
    return g_strdup_printf ("%.1f GiB", size / (double) GIB);
  if (size >= 100 * KIB)
    return g_strdup_printf ("%.1f MiB", size / (double) MIB);

  return g_strdup_printf ("%" G_GUINT64_FORMAT " bytes", size);
}
