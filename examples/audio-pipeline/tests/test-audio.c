/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <math.h>
#include <string.h>

#include "fixture.h"

#define RATE     48000
#define N_FRAMES 24000      /* half a second, and no whole number of buffers */

/* 48 samples per turn: the largest sample is the amplitude itself */
#define FREQUENCY 1000
#define AMPLITUDE 0.5

#define PEAK_DB (-6.02)
#define RMS_DB  (-9.03)

static const Sine sines[] = {
  { "wav-16.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE, 2, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "wav-float-mono.wav", SF_FORMAT_WAV | SF_FORMAT_FLOAT, RATE, 1, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "wav-5.1.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_24, RATE, 6, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "aiff.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_16, RATE, 2, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "flac.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, RATE, 2, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "flac-8k-mono.flac", SF_FORMAT_FLAC | SF_FORMAT_PCM_24, 8000, 1, N_FRAMES, 500, AMPLITUDE },
  { "vorbis.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, RATE, 2, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "vorbis-44k-mono.ogg", SF_FORMAT_OGG | SF_FORMAT_VORBIS, 44100, 1, N_FRAMES, 1050, AMPLITUDE },
  { "opus.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, RATE, 2, N_FRAMES, FREQUENCY, AMPLITUDE },
  { "opus-16k-mono.opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, 16000, 1, N_FRAMES, 500, AMPLITUDE },
};

static gboolean
is_lossy (const Sine *sine)
{
  return (sine->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_OGG;
}

static void
test_loudness (Fixture       *fixture,
               gconstpointer  data G_GNUC_UNUSED)
{
  for (guint i = 0; i < G_N_ELEMENTS (sines); i++)
    {
      const Sine *sine = &sines[i];
      double peak;
      double rms;

      g_test_message ("%s", sine->name);
      fixture_write_sine (fixture, sine);
      fixture_run (fixture, sine->name, NULL);
      fixture_assert_fine (fixture);
      fixture_get_loudness (fixture, &peak, &rms);

      g_assert_cmpfloat_with_epsilon (rms, RMS_DB, is_lossy (sine) ? 0.3 : 0.011);

      /* Where the wave begins and ends at once a lossy codec rings */
      if (!is_lossy (sine))
        g_assert_cmpfloat_with_epsilon (peak, PEAK_DB, 0.011);
      else
        g_assert_cmpfloat_with_epsilon (peak, PEAK_DB, 4.5);
    }
}

static void
test_silence (Fixture       *fixture,
              gconstpointer  data G_GNUC_UNUSED)
{
  const Sine silence = { "silence.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE, 2, 1000, 0, 0 };
  double peak;
  double rms;

  fixture_write_sine (fixture, &silence);
  fixture_run (fixture, "silence.wav", NULL);
  fixture_assert_fine (fixture);
  fixture_get_loudness (fixture, &peak, &rms);

  g_assert_true (isinf (peak) && peak < 0);
  g_assert_true (isinf (rms) && rms < 0);
}

/* With a pool and without one the output is the same */
static void
test_no_pool_is_same (Fixture       *fixture,
                      gconstpointer  data G_GNUC_UNUSED)
{
  for (guint i = 0; i < G_N_ELEMENTS (sines); i++)
    {
      const char *name = sines[i].name;

      g_test_message ("%s", name);
      fixture_write_sine (fixture, &sines[i]);

      fixture_run (fixture, name, "--output=pool.wav", "--gain=2.5", "--loop=3", NULL);
      fixture_assert_fine (fixture);
      fixture_run (fixture, name, "--output=plain.wav", "--gain=2.5", "--loop=3", "--no-pool", NULL);
      fixture_assert_fine (fixture);

      fixture_assert_same (fixture, "pool.wav", "plain.wav");
    }
}

/* Without a gain, and from lossless audio, the samples are unchanged */
static void
test_samples_are_kept (Fixture       *fixture,
                       gconstpointer  data G_GNUC_UNUSED)
{
  for (guint i = 0; i < G_N_ELEMENTS (sines); i++)
    {
      g_autofree float *in = NULL;
      g_autofree float *out = NULL;
      SF_INFO in_info;
      SF_INFO out_info;

      fixture_write_sine (fixture, &sines[i]);
      fixture_run (fixture, sines[i].name, "-o", "out.wav", NULL);
      fixture_assert_fine (fixture);

      in = fixture_read_samples (fixture, sines[i].name, &in_info);
      out = fixture_read_samples (fixture, "out.wav", &out_info);
      g_assert_cmpint (out_info.format, ==, SF_FORMAT_WAV | SF_FORMAT_FLOAT);
      g_assert_cmpint (out_info.samplerate, ==, sines[i].rate);
      g_assert_cmpint (out_info.channels, ==, sines[i].channels);
      g_assert_cmpint (out_info.frames, ==, N_FRAMES);
      g_assert_cmpmem (in, in_info.frames * in_info.channels * sizeof (float),
                       out, out_info.frames * out_info.channels * sizeof (float));
    }
}

static void
test_gain (Fixture       *fixture,
           gconstpointer  data G_GNUC_UNUSED)
{
  const double gains[] = { -6, 3.5, 12, -60 };

  fixture_write_sine (fixture, &sines[0]);

  for (guint i = 0; i < G_N_ELEMENTS (gains); i++)
    {
      g_autofree char *option = g_strdup_printf ("--gain=%g", gains[i]);
      g_autofree char *line = NULL;
      g_autofree float *in = NULL;
      g_autofree float *out = NULL;
      double peak;
      double rms;
      SF_INFO info;

      fixture_run (fixture, sines[0].name, "--output=out.wav", option, NULL);
      fixture_assert_fine (fixture);

      /* It is measured before the gain, and the summary has the result too */
      fixture_get_loudness (fixture, &peak, &rms);
      g_assert_cmpfloat_with_epsilon (peak, PEAK_DB, 0.011);
      line = fixture_dup_summary_line (fixture, "With gain");
      g_assert_cmpint (sscanf (line, "peak %lf dBFS, RMS %lf dBFS", &peak, &rms), ==, 2);
      g_assert_cmpfloat_with_epsilon (peak, PEAK_DB + gains[i], 0.011);
      g_assert_cmpfloat_with_epsilon (rms, RMS_DB + gains[i], 0.011);

      in = fixture_read_samples (fixture, sines[0].name, &info);
      out = fixture_read_samples (fixture, "out.wav", &info);
      for (sf_count_t j = 0; j < info.frames * info.channels; j++)
        {
          double expected = in[j] * pow (10, gains[i] / 20);

          g_assert_cmpfloat_with_epsilon (out[j], expected, 1e-6);
        }

      fixture_run (fixture, "out.wav", NULL);
      fixture_assert_fine (fixture);
      fixture_get_loudness (fixture, &peak, &rms);
      g_assert_cmpfloat_with_epsilon (peak, PEAK_DB + gains[i], 0.011);
      g_assert_cmpfloat_with_epsilon (rms, RMS_DB + gains[i], 0.011);
    }
}

/* Every format is decoded again from its beginning, to the same samples */
static void
test_loop (Fixture       *fixture,
           gconstpointer  data G_GNUC_UNUSED)
{
  for (guint i = 0; i < G_N_ELEMENTS (sines); i++)
    {
      const Sine *sine = &sines[i];
      g_autofree char *line = NULL;
      g_autofree float *once = NULL;
      g_autofree float *thrice = NULL;
      const gsize n_samples = N_FRAMES * sine->channels;
      double seconds;
      SF_INFO info;

      g_test_message ("%s", sine->name);
      fixture_write_sine (fixture, sine);
      fixture_run (fixture, sine->name, "--output=once.wav", NULL);
      fixture_assert_fine (fixture);
      fixture_run (fixture, sine->name, "--output=thrice.wav", "--loop=3", NULL);
      fixture_assert_fine (fixture);

      line = fixture_dup_summary_line (fixture, "Duration");
      g_assert_cmpint (sscanf (line, "%lf s (3 times", &seconds), ==, 1);
      g_assert_cmpfloat_with_epsilon (seconds, 3.0 * N_FRAMES / sine->rate, 0.0051);

      once = fixture_read_samples (fixture, "once.wav", &info);
      thrice = fixture_read_samples (fixture, "thrice.wav", &info);
      g_assert_cmpint (info.frames, ==, 3 * N_FRAMES);
      for (guint j = 0; j < 3; j++)
        g_assert_cmpmem (once, n_samples * sizeof (float),
                         thrice + j * n_samples, n_samples * sizeof (float));
    }
}

static void
test_no_frames (Fixture       *fixture,
                gconstpointer  data G_GNUC_UNUSED)
{
  Sine sine = { "none.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, RATE, 2, 0, FREQUENCY, AMPLITUDE };
  g_autofree char *duration = NULL;
  SF_INFO info;

  fixture_write_sine (fixture, &sine);
  fixture_run (fixture, "none.wav", "--output=out.wav", "--loop=3", NULL);
  fixture_assert_fine (fixture);
  duration = fixture_dup_summary_line (fixture, "Duration");
  g_assert_true (g_str_has_prefix (duration, "0.00 s"));
  g_free (fixture_read_samples (fixture, "out.wav", &info));
  g_assert_cmpint (info.frames, ==, 0);
  g_assert_cmpint (info.samplerate, ==, RATE);

  sine.name = "none.ogg";
  sine.format = SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  fixture_write_sine (fixture, &sine);
  fixture_run (fixture, "none.ogg", NULL);
  fixture_assert_fine (fixture);
}

static void
get_counts (Fixture *fixture,
            guint64 *handed_out,
            guint64 *reused,
            guint64 *made,
            guint64 *avoided)
{
  g_autofree char *buffers = fixture_dup_summary_line (fixture, "Buffers");
  g_autofree char *allocations = fixture_dup_summary_line (fixture, "Allocations");

  g_assert_cmpint (sscanf (buffers, "%" G_GUINT64_FORMAT " handed out, %" G_GUINT64_FORMAT,
                           handed_out, reused), ==, 2);
  g_assert_cmpint (sscanf (allocations, "%" G_GUINT64_FORMAT " made, %" G_GUINT64_FORMAT,
                           made, avoided), ==, 2);
}

/* The pool allocates what is in flight, however long it runs */
static void
test_counts (Fixture       *fixture,
             gconstpointer  data G_GNUC_UNUSED)
{
  guint64 handed_out;
  guint64 reused;
  guint64 made;
  guint64 avoided;

  fixture_write_sine (fixture, &sines[0]);

  fixture_run (fixture, sines[0].name, "--loop=200", NULL);
  fixture_assert_fine (fixture);
  get_counts (fixture, &handed_out, &reused, &made, &avoided);
  g_assert_cmpuint (handed_out, >, 200 * (N_FRAMES / 1024));
  g_assert_cmpuint (made, <, 64);
  g_assert_cmpuint (made + avoided, ==, handed_out);
  g_assert_cmpuint (reused, ==, avoided);

  fixture_run (fixture, sines[0].name, "--loop=200", "--no-pool", NULL);
  fixture_assert_fine (fixture);
  get_counts (fixture, &handed_out, &reused, &made, &avoided);
  g_assert_cmpuint (handed_out, >, 200 * (N_FRAMES / 1024));
  g_assert_cmpuint (made, ==, handed_out);
  g_assert_cmpuint (reused, ==, 0);
  g_assert_cmpuint (avoided, ==, 0);
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  ADD_TEST ("/audio/loudness", test_loudness);
  ADD_TEST ("/audio/silence", test_silence);
  ADD_TEST ("/audio/no-pool-is-same", test_no_pool_is_same);
  ADD_TEST ("/audio/samples-are-kept", test_samples_are_kept);
  ADD_TEST ("/audio/gain", test_gain);
  ADD_TEST ("/audio/loop", test_loop);
  ADD_TEST ("/audio/no-frames", test_no_frames);
  ADD_TEST ("/audio/counts", test_counts);

  return g_test_run ();
}
