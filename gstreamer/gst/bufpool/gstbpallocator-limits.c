/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpallocator-private.h"

#include "gstbpmemory.h"

void
gst_bp_allocator_make_limit_specs (GParamSpec **specs)
{
  /**
   * GstBpAllocator:budget:
   *
   * The budget of the pools that the allocator makes: the most bytes that all its members
   * have together, in use and idle. It may be shared with allocators and pools of any kind;
   * idle blocks of one member make room for another.
   *
   * What counts is the size of the blocks, which is up to an eighth more than was asked for.
   * At the limit allocating waits, see [property@Allocator:wait-timeout]. A pool of yours
   * has its own budget or none: an allocator on it cannot have one.
   *
   * Since: 0.2
   */
  specs[GST_BP_ALLOCATOR_PROP_BUDGET] =
    g_param_spec_object ("budget", NULL, NULL, BP_TYPE_BUDGET,
                         G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);

  /**
   * GstBpAllocator:max-outstanding:
   *
   * The most blocks of the allocator, of any size, that may be out at once; 0 for any
   * number. Those that were allocated before it was first set do not count.
   *
   * At the limit allocating waits, see [property@Allocator:wait-timeout]. What upstream and
   * downstream hold without giving it back while upstream waits must fit: a sink keeps
   * the last frame until it gets the next one, so 1 is not enough for any pipeline.
   *
   * Since: 0.2
   */
  specs[GST_BP_ALLOCATOR_PROP_MAX_OUTSTANDING] =
    g_param_spec_uint ("max-outstanding", NULL, NULL, 0, G_MAXUINT, 0,
                       G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  /**
   * GstBpAllocator:wait-timeout:
   *
   * How long a thread waits at a limit, in microseconds: -1 for ever, 0 not at all. When
   * the time is over gst_allocator_alloc() returns %NULL, and there is a
   * [signal@Allocator::refused].
   *
   * A thread that waits is woken when memory goes back to the allocator, not when a buffer
   * goes back to a stock pool, which keeps the memory. If a stock pool uses this
   * allocator, only the idle buffers of others help a thread that waits; so have the pool
   * throw its buffers away, as the element bpalloc does, or use a [class@BufferPool],
   * which keeps no idle buffers on an allocator with limits.
   *
   * Copies of memory are never waited for: gst_memory_copy() runs in threads that hold
   * memory. At a limit they are plain memory beyond it.
   *
   * Since: 0.2
   */
  specs[GST_BP_ALLOCATOR_PROP_WAIT_TIMEOUT] =
    g_param_spec_int64 ("wait-timeout", NULL, NULL, -1, G_MAXINT64, -1,
                        G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);

  /**
   * GstBpAllocator:overflow:
   *
   * Whether allocating does not wait at a limit but gives plain memory beyond it, for which
   * [func@memory_is_overflow] is %TRUE. It is for programs that drop what does not fit:
   * the limits hold but for what is not dropped yet.
   *
   * Since: 0.2
   */
  specs[GST_BP_ALLOCATOR_PROP_OVERFLOW] =
    g_param_spec_boolean ("overflow", NULL, NULL, FALSE,
                          G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
}

gboolean
gst_bp_allocator_get_limit (GstBpAllocator *self,
                            guint           prop_id,
                            GValue         *value)
{
  switch (prop_id)
    {
    case GST_BP_ALLOCATOR_PROP_BUDGET:
      g_value_set_object (value, gst_bp_allocator_get_budget (self));
      return TRUE;

    case GST_BP_ALLOCATOR_PROP_MAX_OUTSTANDING:
      g_value_set_uint (value, gst_bp_allocator_get_max_outstanding (self));
      return TRUE;

    case GST_BP_ALLOCATOR_PROP_WAIT_TIMEOUT:
      g_value_set_int64 (value, gst_bp_allocator_get_wait_timeout (self));
      return TRUE;

    case GST_BP_ALLOCATOR_PROP_OVERFLOW:
      g_value_set_boolean (value, gst_bp_allocator_get_overflow (self));
      return TRUE;

    default:
      return FALSE;
    }
}

gboolean
gst_bp_allocator_set_limit (GstBpAllocator *self,
                            guint           prop_id,
                            const GValue   *value)
{
  switch (prop_id)
    {
    case GST_BP_ALLOCATOR_PROP_BUDGET:
      gst_bp_limits_set_budget (&self->limits, g_value_get_object (value));
      return TRUE;

    case GST_BP_ALLOCATOR_PROP_MAX_OUTSTANDING:
      gst_bp_allocator_set_max_outstanding (self, g_value_get_uint (value));
      return TRUE;

    case GST_BP_ALLOCATOR_PROP_WAIT_TIMEOUT:
      gst_bp_allocator_set_wait_timeout (self, g_value_get_int64 (value));
      return TRUE;

    case GST_BP_ALLOCATOR_PROP_OVERFLOW:
      gst_bp_allocator_set_overflow (self, g_value_get_boolean (value));
      return TRUE;

    default:
      return FALSE;
    }
}

/**
 * gst_bp_allocator_new_limited: (constructor)
 * @budget: (nullable): the budget of the memory, or %NULL
 * @max_outstanding: the most blocks that may be out, or 0
 *
 * Makes an allocator with limits, see [property@Allocator:budget] and
 * [property@Allocator:max-outstanding].
 *
 * Returns: (transfer full): an allocator
 *
 * Since: 0.2
 */
GstAllocator *
gst_bp_allocator_new_limited (BpBudget *budget,
                              guint     max_outstanding)
{
  g_return_val_if_fail (budget == NULL || BP_IS_BUDGET (budget), NULL);

  return gst_object_ref_sink (g_object_new (GST_TYPE_BP_ALLOCATOR,
                                            "budget", budget,
                                            "max-outstanding", max_outstanding,
                                            NULL));
}

/**
 * gst_bp_allocator_new_sharing: (constructor)
 * @source: another allocator
 *
 * Makes an allocator with the pools and the budget of another, and with a number of blocks
 * that may be out, flushing and statistics of its own. So several streams share memory, and
 * one of them can be flushed while the others wait.
 *
 * Returns: (transfer full): an allocator
 *
 * Since: 0.2
 */
GstAllocator *
gst_bp_allocator_new_sharing (GstBpAllocator *source)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (source), NULL);

  return gst_object_ref_sink (g_object_new (GST_TYPE_BP_ALLOCATOR, "source", source, NULL));
}

/**
 * gst_bp_allocator_get_source: (get-property source)
 * @self: an allocator
 *
 * Gets [property@Allocator:source].
 *
 * Returns: (transfer none) (nullable): another allocator
 *
 * Since: 0.2
 */
GstBpAllocator *
gst_bp_allocator_get_source (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  return self->source;
}

/**
 * gst_bp_allocator_get_budget: (get-property budget)
 * @self: an allocator
 *
 * Gets [property@Allocator:budget].
 *
 * Returns: (transfer none) (nullable): the budget, or %NULL without
 *
 * Since: 0.2
 */
BpBudget *
gst_bp_allocator_get_budget (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), NULL);

  return self->limits.budget;
}

/**
 * gst_bp_allocator_get_max_outstanding: (get-property max-outstanding)
 * @self: an allocator
 *
 * Gets [property@Allocator:max-outstanding].
 *
 * Returns: a number of blocks; 0 for no limit
 *
 * Since: 0.2
 */
guint
gst_bp_allocator_get_max_outstanding (GstBpAllocator *self)
{
  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), 0);

  return gst_bp_limits_get_max_outstanding (&self->limits);
}

/**
 * gst_bp_allocator_set_max_outstanding: (set-property max-outstanding)
 * @self: an allocator
 * @max_outstanding: a number of blocks; 0 for no limit
 *
 * Sets [property@Allocator:max-outstanding]. When it is raised, threads that wait go on. When
 * it is lowered, what is out stays out. May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_set_max_outstanding (GstBpAllocator *self,
                                      guint           max_outstanding)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  gst_bp_limits_set_max_outstanding (&self->limits, max_outstanding);
}

/**
 * gst_bp_allocator_get_wait_timeout: (get-property wait-timeout)
 * @self: an allocator
 *
 * Gets [property@Allocator:wait-timeout].
 *
 * Returns: a time in microseconds, or -1
 *
 * Since: 0.2
 */
gint64
gst_bp_allocator_get_wait_timeout (GstBpAllocator *self)
{
  gint64 timeout_us;

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), -1);

  g_mutex_lock (&self->limits.lock);
  timeout_us = self->limits.wait_timeout;
  g_mutex_unlock (&self->limits.lock);

  return timeout_us;
}

/**
 * gst_bp_allocator_set_wait_timeout: (set-property wait-timeout)
 * @self: an allocator
 * @timeout_us: a time in microseconds; -1 for ever, 0 not to wait
 *
 * Sets [property@Allocator:wait-timeout], for waits that begin from now on. May be called
 * from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_set_wait_timeout (GstBpAllocator *self,
                                   gint64          timeout_us)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));
  g_return_if_fail (timeout_us >= -1);

  g_mutex_lock (&self->limits.lock);
  self->limits.wait_timeout = timeout_us;
  g_mutex_unlock (&self->limits.lock);
}

/**
 * gst_bp_allocator_get_overflow: (get-property overflow)
 * @self: an allocator
 *
 * Gets [property@Allocator:overflow].
 *
 * Returns: whether memory beyond the limits is given
 *
 * Since: 0.2
 */
gboolean
gst_bp_allocator_get_overflow (GstBpAllocator *self)
{
  gboolean overflow;

  g_return_val_if_fail (GST_IS_BP_ALLOCATOR (self), FALSE);

  g_mutex_lock (&self->limits.lock);
  overflow = self->limits.overflow;
  g_mutex_unlock (&self->limits.lock);

  return overflow;
}

/**
 * gst_bp_allocator_set_overflow: (set-property overflow)
 * @self: an allocator
 * @overflow: whether to give memory beyond the limits
 *
 * Sets [property@Allocator:overflow], for what is allocated from now on: a thread that waits
 * waits on. May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_set_overflow (GstBpAllocator *self,
                               gboolean        overflow)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  g_mutex_lock (&self->limits.lock);
  self->limits.overflow = overflow;
  g_mutex_unlock (&self->limits.lock);
}

/**
 * gst_bp_allocator_set_flushing:
 * @self: an allocator
 * @is_flushing: whether it is flushing
 *
 * Ends the waits of this allocator, and lets none begin, for a seek or a stop; those of
 * others with the same pools or the same budget go on.
 *
 * While flushing, what has no room within the limits is plain memory: an element that gets
 * no memory takes that for an error, and the buffer that it makes is going to be dropped
 * anyway. A [class@BufferPool] says %GST_FLOW_FLUSHING instead.
 *
 * May be called from any thread.
 *
 * Since: 0.2
 */
void
gst_bp_allocator_set_flushing (GstBpAllocator *self,
                               gboolean        is_flushing)
{
  g_return_if_fail (GST_IS_BP_ALLOCATOR (self));

  gst_bp_flush_set (&self->limits.flush, is_flushing);
}

/**
 * gst_bp_memory_is_overflow:
 * @mem: a memory of any kind
 *
 * Whether a memory is of an [class@Allocator] and beyond its limits. A program that drops
 * the buffers with such memory stays within them, see [property@Allocator:overflow].
 *
 * Returns: %TRUE if it does not count in the limits of its allocator
 *
 * Since: 0.2
 */
gboolean
gst_bp_memory_is_overflow (GstMemory *mem)
{
  g_return_val_if_fail (mem != NULL, FALSE);

  return gst_memory_is_type (mem, GST_BP_MEMORY_TYPE) &&
         GST_MEMORY_FLAG_IS_SET (mem, GST_BP_MEMORY_FLAG_OVERFLOW);
}
