/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "options.h"

#include "args.h"
#include "format.h"
#include "size.h"
#include "source.h"

#define DEFAULT_FRAME_BYTES "1MiB"
#define DEFAULT_BUDGET "64MiB"
#define DEFAULT_MAX_OUTSTANDING 16
#define DEFAULT_TEST_BYTES "64MiB"
#define DEFAULT_TEST_RATE "64MiB"
#define DEFAULT_TEST_WRITER_RATE "64MiB"

#define MAX_TEST_SOURCES 64
#define MAX_OUTSTANDING 1000000
#define MAX_WAIT_MS (24 * 60 * 60 * 1000)

static const char summary[] =
  "Records files, and what local programs send through sockets, into one file. Each\n"
  "source has a reader; all of them hand frames to one writer, which may be slower.\n"
  "Two limits hold: a budget for the memory of all frames, and a number of frames\n"
  "under way for each source. At the limit a reader waits for the writer, or drops\n"
  "frames.\n"
  "\n"
  "A source is a file, or tcp://127.0.0.1:PORT for a socket to connect to. Only\n"
  "addresses of this machine are accepted.";

static const char description[] =
  "A SIZE is a number of bytes, such as 65536, 64KiB, 64MiB or 1GiB.\n"
  "\n"
  "Interrupt it (Ctrl-C) to stop recording: what was read is still written, and the\n"
  "file is complete. Interrupt it again to leave out what was not written yet.\n"
  "\n"
  "--compare records twice, without and with limits, each in a process of its own,\n"
  "and prints both. The file is that of the run with limits.\n"
  "\n"
  "Examples:\n"
  "  recorder --test-sources=4 --compare\n"
  "  recorder --output=all.rec tcp://127.0.0.1:5000 tcp://127.0.0.1:5001\n"
  "  recorder --budget=16MiB --policy=drop --output=all.rec camera.raw /dev/stdin\n"
  "  recorder --check=all.rec camera.raw";

/* What the command line said, before it is looked at. */
typedef struct
{
  char *frame_bytes;
  char *budget;
  char *writer_rate;
  char *test_bytes;
  char *test_rate;
  char *policy;
  int   max_outstanding;
  int   max_wait_ms;
} Words;

static void
words_clear (Words *self)
{
  g_free (self->frame_bytes);
  g_free (self->budget);
  g_free (self->writer_rate);
  g_free (self->test_bytes);
  g_free (self->test_rate);
  g_free (self->policy);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Words, words_clear)

void
options_free (Options *self)
{
  g_strfreev (self->sources);
  g_free (self->output);
  g_free (self->check);
  g_free (self->log);
  g_free (self);
}

static gboolean
parse_size (const char  *name,
            const char  *word,
            const char  *word_without,
            guint64      least,
            guint64      most,
            guint64     *size,
            GError     **error)
{
  if (word == NULL)
    word = word_without;

  if (!size_parse (word, size))
    return args_refuse_size (name, word, error);

  if (*size < least)
    {
      g_autofree char *text = size_format (least);

      return args_refuse (error, "--%s=%s: must be at least %s", name, word, text);
    }
  if (*size > most)
    {
      g_autofree char *text = size_format (most);

      return args_refuse (error, "--%s=%s: must be at most %s", name, word, text);
    }

  return TRUE;
}

static gboolean
parse_sizes (Options      *self,
             const Words  *words,
             GError      **error)
{
  const char *writer_rate = self->n_test_sources > 0 ? DEFAULT_TEST_WRITER_RATE : "0";

  return parse_size ("frame-bytes", words->frame_bytes, DEFAULT_FRAME_BYTES,
                     1, FORMAT_MAX_FRAME_BYTES, &self->frame_bytes, error)
      && parse_size ("budget", words->budget, DEFAULT_BUDGET,
                     1, NO_BUDGET - 1, &self->limits.budget, error)
      && parse_size ("writer-rate", words->writer_rate, writer_rate,
                     0, G_MAXINT64, &self->writer_rate, error)
      && parse_size ("test-bytes", words->test_bytes, DEFAULT_TEST_BYTES,
                     0, G_MAXINT64, &self->test_bytes, error)
      && parse_size ("test-rate", words->test_rate, DEFAULT_TEST_RATE,
                     0, G_MAXINT64, &self->test_rate, error);
}

static gboolean
parse_limits (Options      *self,
              const Words  *words,
              GError      **error)
{
  gboolean drops = g_strcmp0 (words->policy, "drop") == 0;

  if (self->limits.budget < self->frame_bytes)
    {
      g_autofree char *frame = size_format (self->frame_bytes);

      return args_refuse (error, "--budget=%s: must hold at least one frame, which is %s",
                          words->budget != NULL ? words->budget : DEFAULT_BUDGET, frame);
    }
  if (!args_check_number ("max-outstanding", words->max_outstanding, 0, MAX_OUTSTANDING,
                          error)
      || !args_check_number ("max-wait", words->max_wait_ms, 0, MAX_WAIT_MS, error))
    return FALSE;

  if (!drops && words->policy != NULL && !g_str_equal (words->policy, "wait"))
    return args_refuse (error, "--policy=%s: must be wait or drop", words->policy);
  if (!drops && words->max_wait_ms > 0)
    return args_refuse (error, "--max-wait=%d: goes with --policy=drop; without, readers wait "
                        "for ever", words->max_wait_ms);

  self->limits.max_outstanding = words->max_outstanding;
  self->limits.max_wait_us = drops ? words->max_wait_ms * G_TIME_SPAN_MILLISECOND
                                   : WAIT_FOR_EVER;

  return TRUE;
}

static gboolean
check_recording (Options  *self,
                 guint     n_sources,
                 GError  **error)
{
  if (!args_check_number ("test-sources", self->n_test_sources, 0, MAX_TEST_SOURCES, error))
    return FALSE;

  if (n_sources == 0 && self->n_test_sources == 0)
    return args_refuse (error, "nothing to record: name files or tcp://127.0.0.1:PORT, "
                        "try --test-sources=4 --compare, or see --help");
  if (n_sources > 0 && self->output == NULL)
    return args_refuse (error, "no file to record to: give --output=FILE");
  if (n_sources + self->n_test_sources > FORMAT_MAX_SOURCES)
    return args_refuse (error, "%u sources: at most %d can be recorded", n_sources,
                        FORMAT_MAX_SOURCES);
  if (self->compare && self->no_limits)
    return args_refuse (error, "--compare records with and without limits: leave --no-limits out");

  for (guint i = 0; self->compare && i < n_sources; i++)
    {
      if (!source_can_be_reread (self->sources[i]))
        {
          g_autofree char *name = g_filename_display_name (self->sources[i]);

          return args_refuse (error, "%s: --compare reads its sources twice, so they must be "
                              "files", name);
        }
    }

  return TRUE;
}

static gboolean
check (Options      *self,
       const Words  *words,
       GError      **error)
{
  guint n_sources = self->sources != NULL ? g_strv_length (self->sources) : 0;

  if (self->check != NULL)
    {
      if (self->output != NULL || self->n_test_sources > 0 || self->compare)
        return args_refuse (error, "--check only reads: leave out --output, --test-sources and "
                            "--compare");
      return TRUE;
    }

  return check_recording (self, n_sources, error)
      && parse_sizes (self, words, error)
      && parse_limits (self, words, error);
}

/**
 * options_new_parsed:
 * @argc: (inout): of main()
 * @argv: (inout): of main()
 *
 * Returns: (nullable): what the command line says, or %NULL with @error set if that
 *   is wrong
 */
Options *
options_new_parsed (int      *argc,
                    char   ***argv,
                    GError  **error)
{
  g_autoptr (Options) self = g_new0 (Options, 1);
  g_auto (Words) words = { .max_outstanding = DEFAULT_MAX_OUTSTANDING };
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
      "Record to this file (test sources alone need none)", "FILE" },
    { "frame-bytes", 'f', 0, G_OPTION_ARG_STRING, &words.frame_bytes,
      "Read sources in frames of this size (default: " DEFAULT_FRAME_BYTES ")", "SIZE" },
    { "budget", 'b', 0, G_OPTION_ARG_STRING, &words.budget,
      "Memory for all frames together (default: " DEFAULT_BUDGET ")", "SIZE" },
    { "max-outstanding", 'm', 0, G_OPTION_ARG_INT, &words.max_outstanding,
      "Frames of each source that may be under way, 0 for any number (default: "
      G_STRINGIFY (DEFAULT_MAX_OUTSTANDING) ")", "N" },
    { "policy", 'p', 0, G_OPTION_ARG_STRING, &words.policy,
      "At the limit wait for the writer, or drop frames (default: wait)", "wait|drop" },
    { "max-wait", 0, 0, G_OPTION_ARG_INT, &words.max_wait_ms,
      "With --policy=drop, wait for so many milliseconds before (default: 0)", "MS" },
    { "no-limits", 0, 0, G_OPTION_ARG_NONE, &self->no_limits,
      "Record with neither budget nor limit, to see what that takes", NULL },
    { "compare", 0, 0, G_OPTION_ARG_NONE, &self->compare,
      "Record twice, without and with limits, and compare", NULL },
    { "writer-rate", 'w', 0, G_OPTION_ARG_STRING, &words.writer_rate,
      "Write at most so many bytes a second, as a slow disk does (default with test sources: "
      DEFAULT_TEST_WRITER_RATE ")", "SIZE" },
    { "test-sources", 't', 0, G_OPTION_ARG_INT, &self->n_test_sources,
      "Add so many sources that send test data through sockets", "N" },
    { "test-bytes", 0, 0, G_OPTION_ARG_STRING, &words.test_bytes,
      "What each test source sends (default: " DEFAULT_TEST_BYTES ")", "SIZE" },
    { "test-rate", 0, 0, G_OPTION_ARG_STRING, &words.test_rate,
      "How fast each sends, in bytes a second, 0 for as fast as it goes (default: "
      DEFAULT_TEST_RATE ")", "SIZE" },
    { "check", 'c', 0, G_OPTION_ARG_FILENAME, &self->check,
      "Check a recording, and that it equals the files named after it", "FILE" },
    { "log", 'l', 0, G_OPTION_ARG_FILENAME, &self->log,
      "Write memory, waits and drops over time to this CSV file", "FILE" },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &self->quiet,
      "Print errors only", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->show_version,
      "Show the version and exit", NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->sources, NULL, "[SOURCE…]" },
    G_OPTION_ENTRY_NULL
  };

  if (!args_parse (summary, description, entries, argc, argv, error)
      || !(self->show_version || check (self, &words, error)))
    return NULL;

  return g_steal_pointer (&self);
}
