/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-data.h"

#include <string.h>

#define WORD_BYTES sizeof (guint64)

/* splitmix64: every bit of the place changes half of the bits */
static guint64
get_word (guint   source,
          guint64 place)
{
  guint64 word = (place + 1) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + ((guint64) source << 48);

  word = (word ^ (word >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  word = (word ^ (word >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);

  return GUINT64_TO_LE (word ^ (word >> 31));
}

/**
 * test_data_fill:
 * @source: the number of a test source
 * @offset: a place in what it sends, in bytes
 * @data: (array length=length): where to put what is sent from there on
 * @length: how many bytes
 *
 * What a test source sends follows from its number, so that a recording of it
 * can be checked.
 */
void
test_data_fill (guint    source,
                guint64  offset,
                guint8  *data,
                gsize    length)
{
  while (length > 0)
    {
      guint64 word = get_word (source, offset / WORD_BYTES);
      gsize skipped = offset % WORD_BYTES;
      gsize n = MIN (length, WORD_BYTES - skipped);

      memcpy (data, (const guint8 *) &word + skipped, n);
      data += n;
      offset += n;
      length -= n;
    }
}
