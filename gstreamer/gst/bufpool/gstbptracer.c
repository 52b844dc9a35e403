/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbptracer.h"

#include <stdio.h>
#include <unistd.h>

#include "gstbpallocator-private.h"
#include "gstbphooks-private.h"
#include "gstbpsummary-private.h"
#include "gstbptracer-private.h"

/**
 * GstBpTracer:
 *
 * A #GstTracer that makes a [class@Allocator] the default of the process, and says at the
 * end which elements allocated how much.
 *
 * An environment variable switches it on; the program needs no change:
 *
 *     GST_TRACERS=bufpool gst-launch-1.0 videotestsrc num-buffers=300 ! fakesink
 *     GST_TRACERS='bufpool(max-bytes=100000000,max-buffers=32,summary=false)' …
 *
 * All memory that elements and programs allocate without choosing an allocator then comes
 * from pools, one for each range of sizes, under one limit in bytes. Nothing waits for
 * memory, and nothing fails that did not fail before: when the limit is reached idle memory
 * is freed, and if that is not enough plain memory is used, and counted. Idle memory of
 * sizes that nothing has asked for within a second or two is freed while data flows, and
 * all idle memory when a pipeline has reached the state NULL.
 *
 * The summary is printed to the standard error output when gst_deinit() is called, or else
 * when the process ends, and also logged in the debug category `GST_TRACER`. For each
 * element it says how often it allocated, how many bytes of it were in use at most at one
 * time, and what was never given back. An allocation belongs to the element in whose code
 * the thread is: the one whose task it runs, or the one that it has pushed a buffer or an
 * event to, pulled from, or changes the state of. Where there is no such element, in a
 * thread of a library's own for instance, it belongs to the thread, by name.
 *
 * There is one in a process; a second one does nothing. Parameters that are wrong give a
 * warning, and the tracer stays off.
 *
 * Since: 0.2
 */

#define DEFAULT_MAX_BUFFERS 64

struct _GstBpTracer
{
  GstTracer parent_instance;

  /* Once it is the default of the process; both NULL while it is off. */
  GstAllocator *allocator;
  BpBudget *budget;

  /* All below atomic. */
  gint has_summary;
  gint is_replaced;
  /* In seconds, of the time that hooks are given. */
  gint tidied_at;
};

G_DEFINE_FINAL_TYPE (GstBpTracer, gst_bp_tracer, GST_TYPE_TRACER)

enum
{
  PROP_0,
  PROP_MAX_BYTES,
  PROP_MAX_BUFFERS,
  PROP_SUMMARY,
  PROP_STATS,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* The one of the process; and which process that was. */
static GMutex active_mutex;
static GstBpTracer *active;
static pid_t active_pid;

void
gst_bp_tracer_tidy (GstBpTracer  *self,
                    GstClockTime  time)
{
  gint now = (gint) (time / GST_SECOND);
  gint before = g_atomic_int_get (&self->tidied_at);

  if (G_UNLIKELY (now > before) &&
      g_atomic_int_compare_and_exchange (&self->tidied_at, before, now))
    gst_bp_allocator_drop_unused (GST_BP_ALLOCATOR (self->allocator), 1);
}

/* The default cannot be asked for any more when gst_deinit() frees the tracer. */
static void
look_for_replacement (GstBpTracer *self)
{
  g_autoptr (GstAllocator) allocator = gst_allocator_find (NULL);

  g_atomic_int_set (&self->is_replaced, allocator != self->allocator);
}

void
gst_bp_tracer_note_stopped (GstBpTracer *self)
{
  look_for_replacement (self);
  gst_bp_allocator_drop_idle (GST_BP_ALLOCATOR (self->allocator), 0);
}

static guint64
get_max_bytes (GstBpTracer *self)
{
  guint64 max_bytes = bp_budget_get_max_bytes (self->budget);

  return max_bytes == G_MAXUINT64 ? 0 : max_bytes;
}

static void
set_max_bytes (GstBpTracer *self,
               guint64      max_bytes)
{
  bp_budget_set_max_bytes (self->budget, max_bytes == 0 ? G_MAXUINT64 : max_bytes);
}

static GstBpSummary
get_summary (GstBpTracer *self)
{
  return (GstBpSummary) {
    .allocator = GST_BP_ALLOCATOR (self->allocator),
    .budget = self->budget,
    .max_bytes = get_max_bytes (self),
    .is_replaced = g_atomic_int_get (&self->is_replaced),
  };
}

/* Prints by itself, since a handler for messages may be gone by now. */
static void
report (GstBpTracer *self)
{
  GstBpSummary summary = get_summary (self);
  g_autofree char *text = NULL;

  gst_bp_summary_log (&summary);
  if (!g_atomic_int_get (&self->has_summary))
    return;

  text = gst_bp_summary_to_text (&summary);
  (void) fputs (text, stderr);
}

static GstBpTracer *
take_active (void)
{
  GstBpTracer *self;

  g_mutex_lock (&active_mutex);
  self = g_steal_pointer (&active);
  g_mutex_unlock (&active_mutex);

  return self;
}

/* A program that does not call gst_deinit(); the child of a fork() has nothing to say. */
static __attribute__ ((destructor)) void
report_at_exit (void)
{
  GstBpTracer *self = take_active ();

  if (self != NULL && getpid () == active_pid)
    report (self);
}

static gboolean
become_active (GstBpTracer *self)
{
  gboolean is_first;

  g_mutex_lock (&active_mutex);
  is_first = active_pid == 0;
  if (is_first)
    {
      active = self;
      active_pid = getpid ();
    }
  g_mutex_unlock (&active_mutex);

  return is_first;
}

typedef struct
{
  guint64 max_bytes;
  guint max_buffers;
  gboolean has_summary;
} Parameters;

/* Whole numbers of any type that a structure's text may have given them. */
static gboolean
get_number (const GValue *value,
            guint64       max,
            guint64      *number)
{
  GValue real = G_VALUE_INIT;
  double x;

  if (G_VALUE_HOLDS_STRING (value))
    return g_ascii_string_to_unsigned (g_value_get_string (value), 10, 0, max, number, NULL);
  if (G_VALUE_HOLDS_UINT64 (value))
    {
      *number = g_value_get_uint64 (value);
      return *number <= max;
    }
  if (G_VALUE_HOLDS_BOOLEAN (value) ||
      !g_value_type_transformable (G_VALUE_TYPE (value), G_TYPE_DOUBLE))
    return FALSE;

  g_value_init (&real, G_TYPE_DOUBLE);
  g_value_transform (value, &real);
  x = g_value_get_double (&real);
  if (!(x >= 0 && x <= (double) max && x < (double) G_MAXUINT64))
    return FALSE;
  *number = (guint64) x;

  return (double) *number == x;
}

/* What is wrong is in the message, which is NULL if nothing is. */
static void
read_parameter (Parameters    *parameters,
                const char    *name,
                const GValue  *value,
                char         **message)
{
  const char *expected = NULL;
  guint64 number;

  if (g_str_equal (name, "max-bytes"))
    {
      if (get_number (value, G_MAXUINT64, &number))
        parameters->max_bytes = number;
      else
        expected = "a number of bytes, or 0 for no limit";
    }
  else if (g_str_equal (name, "max-buffers"))
    {
      if (get_number (value, G_MAXUINT, &number))
        parameters->max_buffers = (guint) number;
      else
        expected = "a number of idle blocks for each range of sizes";
    }
  else if (g_str_equal (name, "summary"))
    {
      if (G_VALUE_HOLDS_BOOLEAN (value))
        parameters->has_summary = g_value_get_boolean (value);
      else
        expected = "true or false";
    }
  else
    {
      *message = g_strdup_printf ("there is no parameter \"%s\" (use max-bytes, max-buffers or "
                                  "summary)", name);
      return;
    }

  if (expected != NULL)
    {
      g_autofree char *text = gst_value_serialize (value);

      *message = g_strdup_printf ("%s=%s is not right (use %s)", name, text, expected);
    }
}

static char *
read_parameters (GstBpTracer *self,
                 Parameters  *parameters)
{
  g_autoptr (GstStructure) structure = NULL;
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;
  char *message = NULL;

  g_object_get (self, "params", &text, NULL);
  if (text == NULL || *text == '\0')
    return NULL;

  whole = g_strdup_printf ("bufpool,%s", text);
  structure = gst_structure_from_string (whole, NULL);
  if (structure == NULL)
    return g_strdup_printf ("\"%s\" cannot be read (use name=value, with commas between them)",
                            text);

  for (gint i = 0; message == NULL && i < gst_structure_n_fields (structure); i++)
    {
      const char *name = gst_structure_nth_field_name (structure, (guint) i);

      read_parameter (parameters, name, gst_structure_get_value (structure, name), &message);
    }

  return message;
}

static void
make_default (GstBpTracer      *self,
              const Parameters *parameters)
{
  self->budget = bp_budget_new (G_MAXUINT64);
  set_max_bytes (self, parameters->max_bytes);
  g_atomic_int_set (&self->has_summary, parameters->has_summary);
  self->allocator = gst_bp_allocator_new_counting ("default of the process",
                                                   parameters->max_buffers, self->budget);
  /* GStreamer keeps it until gst_deinit(), as it keeps its own. */
  GST_OBJECT_FLAG_SET (self->allocator, GST_OBJECT_FLAG_MAY_BE_LEAKED);
  gst_allocator_set_default (gst_object_ref (self->allocator));
  gst_bp_hooks_install (GST_TRACER (self));
}

static void
gst_bp_tracer_constructed (GObject *object)
{
  GstBpTracer *self = GST_BP_TRACER (object);
  Parameters parameters = { .max_buffers = DEFAULT_MAX_BUFFERS, .has_summary = TRUE };
  g_autofree char *message = NULL;

  G_OBJECT_CLASS (gst_bp_tracer_parent_class)->constructed (object);

  message = read_parameters (self, &parameters);
  if (message == NULL && !become_active (self))
    message = g_strdup ("there is one in this process already");

  if (message != NULL)
    g_warning ("The tracer bufpool stays off: %s", message);
  else
    make_default (self, &parameters);
}

static void
gst_bp_tracer_finalize (GObject *object)
{
  GstBpTracer *self = GST_BP_TRACER (object);

  if (self->allocator != NULL && take_active () != NULL)
    report (self);

  gst_clear_object (&self->allocator);
  g_clear_object (&self->budget);

  G_OBJECT_CLASS (gst_bp_tracer_parent_class)->finalize (object);
}

static void
get_property_of_active (GstBpTracer *self,
                        guint        prop_id,
                        GValue      *value)
{
  switch (prop_id)
    {
    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, get_max_bytes (self));
      break;

    case PROP_MAX_BUFFERS:
      g_value_set_uint (value,
                        gst_bp_allocator_get_max_buffers (GST_BP_ALLOCATOR (self->allocator)));
      break;

    case PROP_SUMMARY:
      g_value_set_boolean (value, g_atomic_int_get (&self->has_summary));
      break;

    default:
      {
        GstBpSummary summary;

        look_for_replacement (self);
        summary = get_summary (self);
        g_value_take_boxed (value, gst_bp_summary_to_structure (&summary));
      }
    }
}

static void
gst_bp_tracer_get_property (GObject    *object,
                            guint       prop_id,
                            GValue     *value,
                            GParamSpec *pspec)
{
  GstBpTracer *self = GST_BP_TRACER (object);

  if (prop_id == PROP_0 || prop_id >= N_PROPS)
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
  else if (self->allocator != NULL)
    get_property_of_active (self, prop_id, value);
}

static void
gst_bp_tracer_set_property (GObject      *object,
                            guint         prop_id,
                            const GValue *value,
                            GParamSpec   *pspec)
{
  GstBpTracer *self = GST_BP_TRACER (object);

  if (self->allocator == NULL)
    return;

  switch (prop_id)
    {
    case PROP_MAX_BYTES:
      set_max_bytes (self, g_value_get_uint64 (value));
      break;

    case PROP_MAX_BUFFERS:
      gst_bp_allocator_set_max_buffers (GST_BP_ALLOCATOR (self->allocator),
                                        g_value_get_uint (value));
      break;

    case PROP_SUMMARY:
      g_atomic_int_set (&self->has_summary, g_value_get_boolean (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
gst_bp_tracer_class_init (GstBpTracerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->constructed = gst_bp_tracer_constructed;
  object_class->finalize = gst_bp_tracer_finalize;
  object_class->get_property = gst_bp_tracer_get_property;
  object_class->set_property = gst_bp_tracer_set_property;

  /**
   * GstBpTracer:max-bytes:
   *
   * The most bytes that the pools hold, in use and idle; 0 for no limit. What does not fit
   * is of plain memory. A tracer that is off takes no values.
   *
   * Since: 0.2
   */
  properties[PROP_MAX_BYTES] =
    g_param_spec_uint64 ("max-bytes", "Maximum bytes",
                         "The most bytes that the pools hold, in use and idle; 0 for no limit",
                         0, G_MAXUINT64, 0, flags);

  /**
   * GstBpTracer:max-buffers:
   *
   * The most idle blocks that are kept of each range of sizes.
   *
   * Since: 0.2
   */
  properties[PROP_MAX_BUFFERS] =
    g_param_spec_uint ("max-buffers", "Maximum buffers",
                       "The most idle blocks to keep of each range of sizes",
                       0, G_MAXUINT, DEFAULT_MAX_BUFFERS, flags);

  /**
   * GstBpTracer:summary:
   *
   * Whether to print the summary to the standard error output at the end. It is logged in
   * any case.
   *
   * Since: 0.2
   */
  properties[PROP_SUMMARY] =
    g_param_spec_boolean ("summary", "Summary",
                          "Print to the standard error output at the end what each element allocated",
                          TRUE, flags);

  /**
   * GstBpTracer:stats:
   *
   * The summary up to now, for a program that runs for long; %NULL of a tracer that is off.
   * gst_tracing_get_active_tracers() finds the tracer. The fields are of type #guint64 unless
   * said otherwise:
   *
   * - `allocations`: how many there were
   * - `hits`: those that found an idle block in a pool
   * - `fallbacks`: those of plain memory
   * - `max-bytes`: the limit, or 0
   * - `held-bytes`, `peak-bytes`: what the pools hold, in use and idle, and held at most
   * - `fallback-bytes`, `fallback-peak-bytes`: plain memory in use, and at most
   * - `replaced`: a boolean, whether the program made another allocator the default since
   * - `users`: an array of structures, the one with the highest peak first, with the strings
   *   `name` and `type`, and the numbers `allocations`, `peak-bytes`, `outstanding` and
   *   `outstanding-bytes`
   *
   * Since: 0.2
   */
  properties[PROP_STATS] =
    g_param_spec_boxed ("stats", "Statistics", "What each element allocated",
                        gst_structure_get_type (), G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
gst_bp_tracer_init (GstBpTracer *self)
{
}
