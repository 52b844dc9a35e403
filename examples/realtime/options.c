/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "options.h"

#include <math.h>

#include "args.h"

#define DEFAULT_SECONDS 2
#define DEFAULT_RATE 48000
#define DEFAULT_PERIOD 128
#define DEFAULT_BUFFERS 64
#define DEFAULT_PRIORITY 70
#define DEFAULT_FREQUENCY 440

#define MAX_SECONDS 3600
#define MIN_RATE 8000
#define MAX_RATE 192000
#define MIN_PERIOD 16
#define MAX_PERIOD 8192
#define MAX_BUFFERS 65536
#define MAX_PRIORITY 98
#define MAX_STALL_MS 60000

static const char summary[] =
  "Makes a tone as a sound card would ask for it: a real-time thread wakes up once in\n"
  "each period, takes a buffer, fills it, and hands it to a writer through a ring without\n"
  "locks. Where it is allowed the thread has the policy SCHED_FIFO, and the memory is\n"
  "locked; where it is not, it says so and goes on.";

static const char description[] =
  "Examples:\n"
  "  realtime --output=tone.wav\n"
  "  realtime --period=32 --seconds=10\n"
  "  realtime --memory=malloc --seconds=10\n"
  "  realtime --stall=500\n";

static const char *const memory_names[] = { "realtime", "plain", "malloc" };

void
options_free (Options *self)
{
  g_free (self->output);
  g_free (self);
}

/* In whole periods. */
guint64
options_get_n_periods (const Options *self)
{
  return (guint64) ceil (self->seconds * self->rate / self->period);
}

static gboolean
check_number (const char *name,
              double      number,
              double      least,
              double      most,
              GError    **error)
{
  /* In this form it refuses NaN too. */
  if (number >= least && number <= most)
    return TRUE;

  return args_refuse (error, "--%s=%g: must be from %g to %g", name, number, least, most);
}

static gboolean
parse_memory (Options     *self,
              const char  *word,
              GError     **error)
{
  if (word == NULL)
    return TRUE;

  for (guint i = 0; i < G_N_ELEMENTS (memory_names); i++)
    if (g_str_equal (word, memory_names[i]))
      {
        self->memory = (MemoryKind) i;
        return TRUE;
      }

  return args_refuse (error, "--memory=%s: must be realtime, plain or malloc", word);
}

static gboolean
check (Options     *self,
       const char  *memory,
       GError     **error)
{
  return check_number ("seconds", self->seconds, 0.01, MAX_SECONDS, error)
      && check_number ("rate", self->rate, MIN_RATE, MAX_RATE, error)
      && check_number ("period", self->period, MIN_PERIOD, MAX_PERIOD, error)
      && check_number ("buffers", self->n_buffers, 1, MAX_BUFFERS, error)
      && check_number ("priority", self->priority, 0, MAX_PRIORITY, error)
      && check_number ("stall", self->stall_ms, 0, MAX_STALL_MS, error)
      && check_number ("frequency", self->frequency, 0, self->rate / 2.0, error)
      && parse_memory (self, memory, error);
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
  g_autofree char *memory = NULL;
  const GOptionEntry entries[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
      "Write what it makes to this WAV file", "FILE" },
    { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &self->seconds,
      "How long (default: " G_STRINGIFY (DEFAULT_SECONDS) ")", "S" },
    { "period", 'p', 0, G_OPTION_ARG_INT, &self->period,
      "Frames in a period (default: " G_STRINGIFY (DEFAULT_PERIOD) ")", "N" },
    { "rate", 'r', 0, G_OPTION_ARG_INT, &self->rate,
      "Frames a second (default: " G_STRINGIFY (DEFAULT_RATE) ")", "N" },
    { "buffers", 'b', 0, G_OPTION_ARG_INT, &self->n_buffers,
      "Buffers in the pool (default: " G_STRINGIFY (DEFAULT_BUFFERS) ")", "N" },
    { "memory", 'm', 0, G_OPTION_ARG_STRING, &memory,
      "Where buffers come from: a real-time pool, a plain one, or malloc() (default: "
      "realtime)", "realtime|plain|malloc" },
    { "priority", 'P', 0, G_OPTION_ARG_INT, &self->priority,
      "Priority of SCHED_FIFO, 0 for a plain thread (default: "
      G_STRINGIFY (DEFAULT_PRIORITY) ")", "N" },
    { "stall", 0, 0, G_OPTION_ARG_INT, &self->stall_ms,
      "Let the writer do nothing for so many milliseconds once, as a disk might", "MS" },
    { "frequency", 'f', 0, G_OPTION_ARG_DOUBLE, &self->frequency,
      "Of the tone, in Hz (default: " G_STRINGIFY (DEFAULT_FREQUENCY) ")", "F" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &self->show_version,
      "Show the version and exit", NULL },
    G_OPTION_ENTRY_NULL
  };

  self->seconds = DEFAULT_SECONDS;
  self->rate = DEFAULT_RATE;
  self->period = DEFAULT_PERIOD;
  self->n_buffers = DEFAULT_BUFFERS;
  self->priority = DEFAULT_PRIORITY;
  self->frequency = DEFAULT_FREQUENCY;

  if (!args_parse (summary, description, entries, argc, argv, error))
    return NULL;
  if (*argc > 1)
    {
      args_refuse (error, "%s: no argument is expected, only options; see --help",
                   (*argv)[1]);
      return NULL;
    }
  if (!self->show_version && !check (self, memory, error))
    return NULL;

  return g_steal_pointer (&self);
}
