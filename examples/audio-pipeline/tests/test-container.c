/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <string.h>

#include "../container.h"
#include "fixture.h"

#define N_FRAMES 64

static GBytes *
make_file (Fixture *fixture,
           int      format,
           int      n_frames)
{
  const Sine sine = { "made", format, 8000, 1, n_frames, 500, 0.5 };
  g_autofree char *path = fixture_path (fixture, sine.name);
  g_autoptr (GError) error = NULL;
  char *data;
  gsize size;

  fixture_write_sine (fixture, &sine);
  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);

  return g_bytes_new_take (data, size);
}

static gboolean
check (GBytes  *bytes,
       GError **error)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (bytes);

  return container_check (stream, g_bytes_get_size (bytes), NULL, error);
}

static void
assert_whole (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;

  check (bytes, &error);
  g_assert_no_error (error);
}

static void
assert_truncated (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (check (bytes, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT);
}

/* The whole file passes. Without any number of its last bytes it does not, but for what has
 * less than the first @n_magic bytes: libsndfile refuses that. */
static void
check_format (Fixture *fixture,
              int      format,
              gsize    n_magic)
{
  g_autoptr (GBytes) whole = make_file (fixture, format, N_FRAMES);

  assert_whole (whole);

  for (gsize size = n_magic; size < g_bytes_get_size (whole); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (whole, 0, size);

      g_test_message ("%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT " bytes",
                      size, g_bytes_get_size (whole));
      assert_truncated (cut);
    }
}

static void
test_cut_chunks (Fixture       *fixture,
                 gconstpointer  data G_GNUC_UNUSED)
{
  check_format (fixture, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 12);
  check_format (fixture, SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG, 12);
  check_format (fixture, SF_FORMAT_RF64 | SF_FORMAT_PCM_24, 12);
  check_format (fixture, SF_FORMAT_AIFF | SF_FORMAT_PCM_16, 12);
  check_format (fixture, SF_FORMAT_W64 | SF_FORMAT_PCM_16, 40);
}

static void
test_cut_au (Fixture       *fixture,
             gconstpointer  data G_GNUC_UNUSED)
{
  check_format (fixture, SF_FORMAT_AU | SF_FORMAT_PCM_16, 24);
}

static void
test_cut_ogg (Fixture       *fixture,
              gconstpointer  data G_GNUC_UNUSED)
{
  check_format (fixture, SF_FORMAT_OGG | SF_FORMAT_VORBIS, 4);
}

static void
test_no_frames (Fixture       *fixture,
                gconstpointer  data G_GNUC_UNUSED)
{
  const int formats[] = {
    SF_FORMAT_WAV | SF_FORMAT_PCM_16,
    SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
    SF_FORMAT_AU | SF_FORMAT_PCM_16,
    SF_FORMAT_W64 | SF_FORMAT_PCM_16,
    SF_FORMAT_OGG | SF_FORMAT_VORBIS,
  };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      g_autoptr (GBytes) bytes = make_file (fixture, formats[i], 0);

      assert_whole (bytes);
    }
}

/* As a recorder leaves it that writes into a pipe */
static void
test_unknown_length (Fixture       *fixture,
                     gconstpointer  data G_GNUC_UNUSED)
{
  const guint8 lengths[][4] = {
    { 0xff, 0xff, 0xff, 0xff },
    { 0xff, 0xff, 0xff, 0x7f },
    { 0x00, 0xf0, 0xff, 0x7f },
  };
  g_autoptr (GBytes) bytes = make_file (fixture, SF_FORMAT_WAV | SF_FORMAT_PCM_16, N_FRAMES);
  gsize size;
  guint8 *wav = g_bytes_unref_to_data (g_steal_pointer (&bytes), &size);
  guint8 *data_chunk = memmem (wav, size, "data", 4);

  g_assert_nonnull (data_chunk);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autoptr (GBytes) streamed = NULL;

      memcpy (wav + 4, lengths[i], 4);
      memcpy (data_chunk + 4, lengths[i], 4);
      streamed = g_bytes_new (wav, size);
      assert_whole (streamed);
    }

  g_free (wav);
}

/* Only the length of the audio counts, not what surrounds it */
static void
test_data_promise (Fixture       *fixture,
                   gconstpointer  data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) bytes = make_file (fixture, SF_FORMAT_WAV | SF_FORMAT_PCM_16, N_FRAMES);
  g_autoptr (GBytes) too_much = NULL;
  g_autoptr (GBytes) odd_riff = NULL;
  gsize size;
  guint8 *wav = g_bytes_unref_to_data (g_steal_pointer (&bytes), &size);
  guint8 *data_chunk = memmem (wav, size, "data", 4);

  g_assert_nonnull (data_chunk);

  wav[4]++;
  odd_riff = g_bytes_new (wav, size);
  assert_whole (odd_riff);

  data_chunk[4]++;
  too_much = g_bytes_new (wav, size);
  assert_truncated (too_much);

  g_free (wav);
}

/* A tag that another program put behind the last page does no harm */
static void
test_ogg_tag (Fixture       *fixture,
              gconstpointer  data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) ogg = make_file (fixture, SF_FORMAT_OGG | SF_FORMAT_VORBIS, N_FRAMES);
  g_autoptr (GByteArray) array = g_byte_array_new ();
  g_autoptr (GBytes) tagged = NULL;
  guint8 tag[128] = "TAG";

  g_byte_array_append (array, g_bytes_get_data (ogg, NULL), g_bytes_get_size (ogg));
  g_byte_array_append (array, tag, sizeof tag);
  tagged = g_byte_array_free_to_bytes (g_steal_pointer (&array));

  assert_whole (tagged);
}

static void
test_others (Fixture       *fixture G_GNUC_UNUSED,
             gconstpointer  data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) text = g_bytes_new_static ("plain text", 10);
  g_autoptr (GBytes) image = g_bytes_new_static ("RIFF\0\0\0\0WEBP", 12);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (GError) error = NULL;

  assert_whole (text);
  assert_whole (image);

  g_assert_false (check (nothing, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

/* A file that cannot be read is not a file that is cut off */
static void
test_read_error (Fixture       *fixture,
                 gconstpointer  data G_GNUC_UNUSED)
{
  g_autoptr (GBytes) bytes = make_file (fixture, SF_FORMAT_WAV | SF_FORMAT_PCM_16, N_FRAMES);
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_bytes (bytes);
  g_autoptr (GError) error = NULL;

  g_input_stream_close (stream, NULL, &error);
  g_assert_no_error (error);
  g_assert_false (container_check (stream, g_bytes_get_size (bytes), NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD_TEST ("/container/cut-chunks", test_cut_chunks);
  ADD_TEST ("/container/cut-au", test_cut_au);
  ADD_TEST ("/container/cut-ogg", test_cut_ogg);
  ADD_TEST ("/container/no-frames", test_no_frames);
  ADD_TEST ("/container/unknown-length", test_unknown_length);
  ADD_TEST ("/container/data-promise", test_data_promise);
  ADD_TEST ("/container/ogg-tag", test_ogg_tag);
  ADD_TEST ("/container/others", test_others);
  ADD_TEST ("/container/read-error", test_read_error);

  return g_test_run ();
}
