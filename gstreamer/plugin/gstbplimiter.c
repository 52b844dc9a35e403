/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbplimiter.h"

/* Behind those of the element itself. */
enum
{
  PROP_BUDGET_NAME = 64,
  PROP_MAX_BYTES,
  PROP_MAX_OUTSTANDING,
  PROP_WAIT_TIMEOUT,
  PROP_LEAKY
};

GType
gst_bp_alloc_leaky_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_BP_ALLOC_LEAKY_NO, "Upstream waits", "no" },
    { GST_BP_ALLOC_LEAKY_UPSTREAM, "New buffers are dropped", "upstream" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("GstBpAllocLeaky", values));

  return type;
}

void
gst_bp_limiter_init (GstBpLimiter *self)
{
  self->wait_timeout = -1;
}

void
gst_bp_limiter_clear (GstBpLimiter *self)
{
  g_clear_pointer (&self->budget_name, g_free);
}

void
gst_bp_limiter_install_properties (GObjectClass *object_class)
{
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  /**
   * GstBpAlloc:budget-name:
   *
   * Elements of one name share a budget, in the whole process and over any number of
   * pipelines. Its size is what the first element that starts with the name has as
   * [property@BpAlloc:max-bytes]. An element with another size gets a warning on the
   * bus, and goes on with what the name has; one without a size takes what there is.
   *
   * The name lives as long as one of its elements is started, or memory of one is out.
   *
   * The thread that waits longest is served first. A stream that is paused takes what it can get
   * until its queues are full, and keeps it; [property@BpAlloc:max-outstanding] leaves
   * something for the others.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_BUDGET_NAME,
    g_param_spec_string ("budget-name", "Budget name",
                         "Name of a budget to share in the process; none for one of its own",
                         NULL, flags | GST_PARAM_MUTABLE_READY));

  /**
   * GstBpAlloc:max-bytes:
   *
   * The most bytes of memory that there are, in use and idle, of this element or of all
   * with the same [property@BpAlloc:budget-name]. 0 is no limit.
   *
   * Memory counts in blocks, which are up to an eighth larger than frames. Idle memory makes
   * room, whichever of the elements it was of. Only memory that upstream takes from this
   * element counts, and that does not come from downstream: see [property@BpAlloc:stats].
   *
   * The least that works is what all hold together while they wait for another: for each
   * stream the frames that upstream needs to make one (of a decoder its reference frames),
   * those that downstream collects before it goes on, one in the sink, which keeps it until
   * the next one comes, and one that is being made.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_MAX_BYTES,
    g_param_spec_uint64 ("max-bytes", "Maximum bytes",
                         "The most bytes in use and idle, of all with the same budget; 0 is no limit",
                         0, G_MAXUINT64, 0, flags | GST_PARAM_MUTABLE_READY));

  /**
   * GstBpAlloc:max-outstanding:
   *
   * The most blocks of memory of this element, mostly one for each buffer, that may be in
   * use at once, wherever they are. 0 is no limit.
   *
   * The least that works is as for [property@BpAlloc:max-bytes]: 2 at the very least.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_MAX_OUTSTANDING,
    g_param_spec_uint ("max-outstanding", "Maximum outstanding",
                       "The most blocks of memory in use at once; 0 is no limit",
                       0, G_MAXUINT, 0, flags | GST_PARAM_MUTABLE_PLAYING));

  /**
   * GstBpAlloc:wait-timeout:
   *
   * How long the thread upstream waits for memory at a limit, in microseconds: -1 for ever,
   * 0 not at all. When the time is over it gets no memory, which most elements take for
   * an error; the first time there is a warning on the bus that says what is full.
   *
   * A flush, a seek that flushes and a stop of this element end the wait at once, without
   * an error. Stopping nothing but the element upstream does not: it has no way to tell.
   * A pipeline that is paused at its limit waits until it goes on. One with a limit too
   * low for it to preroll waits for ever: with GST_DEBUG=bpallocator:4 each wait shows.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_WAIT_TIMEOUT,
    g_param_spec_int64 ("wait-timeout", "Wait timeout",
                        "How long upstream waits at a limit, in microseconds; -1 is for ever",
                        -1, G_MAXINT64, -1, flags | GST_PARAM_MUTABLE_PLAYING));

  /**
   * GstBpAlloc:leaky:
   *
   * What happens at a limit: upstream waits, or new buffers are dropped. To drop old
   * ones, put a queue with leaky=downstream behind this element, with less in it than the
   * limit allows.
   *
   * An element that gets no memory fails, so in order to drop a buffer upstream has to make it:
   * one that is made at the limit is of plain memory, and is dropped when it gets here.
   * Beyond the limit there is never more than that one buffer for each thread upstream.
   * The buffer after it is marked as discontinuous.
   *
   * Since: 0.2
   */
  g_object_class_install_property (object_class, PROP_LEAKY,
    g_param_spec_enum ("leaky", "Leaky", "What happens at a limit",
                       GST_TYPE_BP_ALLOC_LEAKY, GST_BP_ALLOC_LEAKY_NO,
                       flags | GST_PARAM_MUTABLE_PLAYING));
}

gboolean
gst_bp_limiter_get_property (GstBpLimiter *self,
                             guint         prop_id,
                             GValue       *value)
{
  switch (prop_id)
    {
    case PROP_BUDGET_NAME:
      g_value_set_string (value, self->budget_name);
      return TRUE;

    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, self->max_bytes);
      return TRUE;

    case PROP_MAX_OUTSTANDING:
      g_value_set_uint (value, self->max_outstanding);
      return TRUE;

    case PROP_WAIT_TIMEOUT:
      g_value_set_int64 (value, self->wait_timeout);
      return TRUE;

    case PROP_LEAKY:
      g_value_set_enum (value, self->leaky);
      return TRUE;

    default:
      return FALSE;
    }
}

gboolean
gst_bp_limiter_set_property (GstBpLimiter *self,
                             guint         prop_id,
                             const GValue *value)
{
  switch (prop_id)
    {
    case PROP_BUDGET_NAME:
      g_free (self->budget_name);
      self->budget_name = g_value_dup_string (value);
      return TRUE;

    case PROP_MAX_BYTES:
      self->max_bytes = g_value_get_uint64 (value);
      return TRUE;

    case PROP_MAX_OUTSTANDING:
      self->max_outstanding = g_value_get_uint (value);
      return TRUE;

    case PROP_WAIT_TIMEOUT:
      self->wait_timeout = g_value_get_int64 (value);
      return TRUE;

    case PROP_LEAKY:
      self->leaky = g_value_get_enum (value);
      return TRUE;

    default:
      return FALSE;
    }
}

static BpBudget *
get_budget (GstElement *element,
            const char *name,
            guint64     max_bytes)
{
  BpBudget *budget;
  guint64 given;

  if (name == NULL)
    return max_bytes > 0 ? bp_budget_new (max_bytes) : NULL;

  budget = gst_bp_get_shared_budget (name, max_bytes);
  given = bp_budget_get_max_bytes (budget);
  if (max_bytes > 0 && max_bytes != given)
    GST_ELEMENT_WARNING (element, LIBRARY, SETTINGS,
      ("The budget “%s” has %" G_GUINT64_FORMAT " bytes, as the first of its elements set it, "
       "and not the %" G_GUINT64_FORMAT " that this one has as max-bytes. It goes on with what "
       "there is. Give all elements of a name the same max-bytes, or only one of them.",
       name, given, max_bytes), (NULL));

  return budget;
}

typedef struct
{
  GstBpLimiter *limiter;
  GWeakRef element;
} Listener;

static void
free_listener (gpointer  data,
               GClosure *closure)
{
  Listener *listener = data;

  g_weak_ref_clear (&listener->element);
  g_free (listener);
}

static char *
describe_limits (GstStructure *stats,
                 const char   *budget_name)
{
  GString *text = g_string_new (NULL);
  guint64 n_out, n_max, used_bytes, max_bytes;

  if (gst_structure_get_uint64 (stats, "permits", &n_out) &&
      gst_structure_get_uint64 (stats, "max-outstanding", &n_max) && n_max > 0)
    g_string_append_printf (text, " Of max-outstanding=%" G_GUINT64_FORMAT " blocks %"
                            G_GUINT64_FORMAT " are out.", n_max, n_out);
  if (gst_structure_get_uint64 (stats, "budget-used-bytes", &used_bytes) &&
      gst_structure_get_uint64 (stats, "budget-max-bytes", &max_bytes) &&
      gst_structure_get_uint64 (stats, "outstanding", &n_out))
    g_string_append_printf (text, " Of max-bytes=%" G_GUINT64_FORMAT " %s%s%s%" G_GUINT64_FORMAT
                            " are in use; %" G_GUINT64_FORMAT " blocks of this element are out.",
                            max_bytes,
                            budget_name != NULL ? "of the budget “" : "",
                            budget_name != NULL ? budget_name : "",
                            budget_name != NULL ? "” " : "", used_bytes, n_out);

  return g_string_free (text, FALSE);
}

/* By a thread of upstream's, once in a run. */
static void
on_refused (GstBpAllocator *allocator,
            const GError   *error,
            gpointer        data)
{
  Listener *listener = data;
  g_autoptr (GstElement) element = g_weak_ref_get (&listener->element);
  g_autoptr (GstStructure) stats = NULL;
  g_autofree char *name = NULL;
  g_autofree char *limits = NULL;

  if (element == NULL ||
      !g_atomic_int_compare_and_exchange (&listener->limiter->has_warned, FALSE, TRUE))
    return;

  GST_OBJECT_LOCK (element);
  name = g_strdup (listener->limiter->budget_name);
  GST_OBJECT_UNLOCK (element);
  stats = gst_bp_allocator_get_stats (allocator);
  limits = describe_limits (stats, name);

  GST_ELEMENT_WARNING (element, RESOURCE, NO_SPACE_LEFT,
    ("There was no memory for upstream within the limits: %s.%s Raise the limit, let queues "
     "downstream hold less, wait longer (wait-timeout), or drop what does not fit "
     "(leaky=upstream).", error->message, limits),
    ("%" GST_PTR_FORMAT, (gpointer) stats));
}

static void
listen (GstBpLimiter *self,
        GstElement   *element,
        GstAllocator *allocator)
{
  Listener *listener = g_new (Listener, 1);

  /* The allocator may outlive the element, and a thread be in it. */
  listener->limiter = self;
  g_weak_ref_init (&listener->element, element);
  g_signal_connect_data (allocator, "refused", G_CALLBACK (on_refused), listener, free_listener, 0);
}

GstAllocator *
gst_bp_limiter_make_allocator (GstBpLimiter *self,
                               GstElement   *element,
                               const char   *pool_name,
                               guint         max_buffers)
{
  g_autoptr (BpBudget) budget = NULL;
  g_autofree char *budget_name = NULL;
  GstAllocator *allocator;
  guint64 max_bytes;

  GST_OBJECT_LOCK (element);
  budget_name = g_strdup (self->budget_name);
  max_bytes = self->max_bytes;
  GST_OBJECT_UNLOCK (element);

  budget = get_budget (element, budget_name, max_bytes);
  if (pool_name != NULL)
    {
      g_autoptr (GstAllocator) shared = NULL;

      shared = gst_bp_allocator_get_shared_within (pool_name, max_buffers, budget);
      allocator = gst_bp_allocator_new_sharing (GST_BP_ALLOCATOR (shared));
    }
  else
    {
      allocator = gst_bp_allocator_new_limited (budget, 0);
      gst_bp_allocator_set_max_buffers (GST_BP_ALLOCATOR (allocator), max_buffers);
    }

  g_atomic_int_set (&self->has_warned, FALSE);
  self->is_discont = FALSE;
  gst_bp_limiter_apply (self, element, allocator);
  listen (self, element, allocator);

  return allocator;
}

void
gst_bp_limiter_apply (GstBpLimiter *self,
                      GstElement   *element,
                      GstAllocator *allocator)
{
  GstBpAllocator *bp_allocator = GST_BP_ALLOCATOR (allocator);
  guint max_outstanding;
  gint64 wait_timeout;
  gboolean is_leaky;

  GST_OBJECT_LOCK (element);
  max_outstanding = self->max_outstanding;
  wait_timeout = self->wait_timeout;
  is_leaky = self->leaky == GST_BP_ALLOC_LEAKY_UPSTREAM;
  GST_OBJECT_UNLOCK (element);

  gst_bp_allocator_set_max_outstanding (bp_allocator, max_outstanding);
  gst_bp_allocator_set_wait_timeout (bp_allocator, wait_timeout);
  gst_bp_allocator_set_overflow (bp_allocator, is_leaky);
}

static gboolean
has_limits (GstBpAllocator *allocator)
{
  return gst_bp_allocator_get_budget (allocator) != NULL ||
         gst_bp_allocator_get_max_outstanding (allocator) > 0;
}

/* Whether it has memory of the allocator, and whether some of that is beyond the limits. */
static gboolean
has_memory_of (GstBuffer    *buffer,
               GstAllocator *allocator,
               gboolean     *is_overflow)
{
  gboolean is_found = FALSE;

  *is_overflow = FALSE;
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++)
    {
      GstMemory *mem = gst_buffer_peek_memory (buffer, i);

      if (mem->allocator != allocator)
        continue;
      is_found = TRUE;
      *is_overflow |= gst_bp_memory_is_overflow (mem);
    }

  return is_found;
}

/* Has the pool throw the buffer away when it comes back: one that is marked, or whose memory
 * is shared with another by then. A plain copy would keep the buffer itself as its parent,
 * from GStreamer 1.24 on. */
static GstBuffer *
detach (GstBuffer *buffer)
{
  GstBuffer *copy;

  if (gst_buffer_is_writable (buffer))
    {
      GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_TAG_MEMORY);
      return buffer;
    }

  copy = gst_buffer_new ();
  gst_buffer_copy_into (copy, buffer, GST_BUFFER_COPY_METADATA, 0, -1);
  for (guint i = 0; i < gst_buffer_n_memory (buffer); i++)
    gst_buffer_append_memory (copy, gst_buffer_get_memory (buffer, i));
  gst_buffer_unref (buffer);

  return copy;
}

gboolean
gst_bp_limiter_pass (GstBpLimiter  *self,
                     GstAllocator  *allocator,
                     GstBuffer    **buffer)
{
  gboolean is_overflow;

  if (G_LIKELY (!has_limits (GST_BP_ALLOCATOR (allocator))) ||
      !has_memory_of (*buffer, allocator, &is_overflow))
    return TRUE;

  if ((*buffer)->pool != NULL)
    *buffer = detach (*buffer);

  return !is_overflow || !gst_bp_allocator_get_overflow (GST_BP_ALLOCATOR (allocator));
}

typedef struct
{
  GstBpLimiter *limiter;
  GstAllocator *allocator;
} Passing;

static gboolean
pass_one (GstBuffer **buffer,
          guint       index,
          gpointer    data)
{
  Passing *passing = data;

  if (!gst_bp_limiter_pass (passing->limiter, passing->allocator, buffer))
    {
      gst_clear_buffer (buffer);
      passing->limiter->is_discont = TRUE;
    }
  else if (passing->limiter->is_discont)
    {
      *buffer = gst_buffer_make_writable (*buffer);
      GST_BUFFER_FLAG_SET (*buffer, GST_BUFFER_FLAG_DISCONT);
      passing->limiter->is_discont = FALSE;
    }

  return TRUE;
}

GstBufferList *
gst_bp_limiter_pass_list (GstBpLimiter  *self,
                          GstAllocator  *allocator,
                          GstBufferList *list)
{
  Passing passing = { self, allocator };

  if (G_LIKELY (!has_limits (GST_BP_ALLOCATOR (allocator))))
    return list;

  list = gst_buffer_list_make_writable (list);
  gst_buffer_list_foreach (list, pass_one, &passing);
  if (gst_buffer_list_length (list) == 0)
    g_clear_pointer (&list, gst_buffer_list_unref);

  return list;
}
