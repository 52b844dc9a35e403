/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "options.h"

#define DEFAULT_RUNS 7
#define DEFAULT_RUN_MS 100.0
#define DEFAULT_GIVE_UP_S 10.0
#define SMOKE_RUNS 2
#define SMOKE_RUN_MS 0.5

typedef struct
{
  char *format;
  char *workloads;
  char *subjects;
  char *sizes;
  char *threads;
  int n_runs;
  double run_ms;
  double give_up_s;
  gboolean is_smoke;
  gboolean is_worker;
  gint64 n_rounds;
} Arguments;

static void
arguments_clear (Arguments *self)
{
  g_free (self->format);
  g_free (self->workloads);
  g_free (self->subjects);
  g_free (self->sizes);
  g_free (self->threads);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arguments, arguments_clear)

static char *
describe (void)
{
  GString *text = g_string_new ("Workloads:\n");

  for (guint i = 0; i < n_workloads; i++)
    g_string_append_printf (text, "  %-14s %s\n", workloads[i]->name, workloads[i]->about);
  g_string_append (text, "\nSubjects:\n");
  for (guint i = 0; i < n_subjects; i++)
    g_string_append_printf (text, "  %-14s %s\n", subjects[i].name, subjects[i].about);
  g_string_append (text,
                   "\n"
                   "Every subject has a process of its own for each workload, size and number of\n"
                   "threads, and the subjects take turns: run 1 of each, then run 2 of each. What does\n"
                   "not finish in time is given up and listed so.\n");

  return g_string_free (text, FALSE);
}

typedef gpointer (*FindFunc) (const char *name);

static gpointer
find_workload (const char *name)
{
  return (gpointer) workload_find (name);
}

static gpointer
find_subject (const char *name)
{
  return (gpointer) subject_find (name);
}

/* The things that are named in a list; all of them if there is no list. */
static gboolean
find_all (GPtrArray   *found,
          const char  *what,
          const char  *list,
          FindFunc     find,
          GError     **error)
{
  g_auto (GStrv) names = g_strsplit (list, ",", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      gpointer one = find (names[i]);

      if (one == NULL)
        {
          g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                       "There is no %s \"%s\"; --help lists what there is", what, names[i]);
          return FALSE;
        }
      g_ptr_array_add (found, one);
    }

  return TRUE;
}

static gboolean
parse_numbers (GArray      *numbers,
               const char  *what,
               const char  *list,
               guint64      maximum,
               GError     **error)
{
  g_auto (GStrv) words = g_strsplit (list != NULL ? list : "", ",", -1);

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 number;

      if (!g_ascii_string_to_unsigned (words[i], 10, 1, maximum, &number, error))
        {
          g_prefix_error (error, "--%s: ", what);
          return FALSE;
        }
      g_array_append_val (numbers, number);
    }

  return TRUE;
}

static gboolean
check_numbers (const Arguments  *arguments,
               GError          **error)
{
  if (arguments->n_runs >= 1 && arguments->run_ms > 0 && arguments->give_up_s > 0)
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--runs has to be at least 1, --run-ms and --give-up-s more than 0");

  return FALSE;
}

static gboolean
choose (Options          *self,
        const Arguments  *arguments,
        GError          **error)
{
  self->format = g_strcmp0 (arguments->format, "json") == 0 ? FORMAT_JSON : FORMAT_TEXT;
  self->n_runs = (guint) arguments->n_runs;
  self->run_ms = arguments->run_ms;
  self->give_up_s = arguments->give_up_s;
  self->is_worker = arguments->is_worker;
  self->n_rounds = (guint64) MAX (arguments->n_rounds, 0);
  self->is_smoke = arguments->is_smoke;
  if (self->is_smoke)
    {
      self->n_runs = SMOKE_RUNS;
      self->run_ms = SMOKE_RUN_MS;
    }

  if (arguments->format != NULL && !g_str_equal (arguments->format, "json") &&
      !g_str_equal (arguments->format, "text"))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   "There is no format \"%s\": it is text or json", arguments->format);
      return FALSE;
    }

  for (guint i = 0; arguments->workloads == NULL && i < n_workloads; i++)
    g_ptr_array_add (self->workloads, (gpointer) workloads[i]);
  for (guint i = 0; arguments->subjects == NULL && i < n_subjects; i++)
    g_ptr_array_add (self->subjects, (gpointer) &subjects[i]);

  return check_numbers (arguments, error) &&
         (arguments->workloads == NULL ||
          find_all (self->workloads, "workload", arguments->workloads, find_workload, error)) &&
         (arguments->subjects == NULL ||
          find_all (self->subjects, "subject", arguments->subjects, find_subject, error)) &&
         parse_numbers (self->sizes, "size", arguments->sizes, G_MAXINT, error) &&
         parse_numbers (self->threads, "threads", arguments->threads, 64, error);
}

gboolean
options_parse (Options   *self,
               int       *argc,
               char    ***argv,
               GError   **error)
{
  g_auto (Arguments) arguments = {
    .n_runs = DEFAULT_RUNS,
    .run_ms = DEFAULT_RUN_MS,
    .give_up_s = DEFAULT_GIVE_UP_S,
  };
  const GOptionEntry entries[] = {
    { "format", 'f', 0, G_OPTION_ARG_STRING, &arguments.format, "Output: text or json", "FORMAT" },
    { "workload", 'w', 0, G_OPTION_ARG_STRING, &arguments.workloads,
      "Only these, separated by commas", "LIST" },
    { "subject", 's', 0, G_OPTION_ARG_STRING, &arguments.subjects, "Only these", "LIST" },
    { "size", 0, 0, G_OPTION_ARG_STRING, &arguments.sizes, "Sizes of a buffer in bytes", "LIST" },
    { "threads", 0, 0, G_OPTION_ARG_STRING, &arguments.threads,
      "Numbers of threads, for pairs and crowd", "LIST" },
    { "runs", 'r', 0, G_OPTION_ARG_INT, &arguments.n_runs, "How many runs of each", "N" },
    { "run-ms", 0, 0, G_OPTION_ARG_DOUBLE, &arguments.run_ms, "How long a run takes", "MS" },
    { "give-up-s", 0, 0, G_OPTION_ARG_DOUBLE, &arguments.give_up_s,
      "How long to wait for a run", "S" },
    { "smoke", 0, 0, G_OPTION_ARG_NONE, &arguments.is_smoke,
      "Too briefly for figures that mean anything", NULL },
    { "worker", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &arguments.is_worker, NULL, NULL },
    { "rounds", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT64, &arguments.n_rounds, NULL, NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- what a GstBuffer costs");
  g_autofree char *description = describe ();

  *self = (Options) {
    .workloads = g_ptr_array_new (),
    .subjects = g_ptr_array_new (),
    .sizes = g_array_new (FALSE, FALSE, sizeof (guint64)),
    .threads = g_array_new (FALSE, FALSE, sizeof (guint64)),
  };

  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_group (context, gst_init_get_option_group ());
  g_option_context_set_description (context, description);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "\"%s\" is no option", (*argv)[1]);
      return FALSE;
    }

  return choose (self, &arguments, error);
}

void
options_clear (Options *self)
{
  g_ptr_array_unref (self->workloads);
  g_ptr_array_unref (self->subjects);
  g_array_unref (self->sizes);
  g_array_unref (self->threads);
}
