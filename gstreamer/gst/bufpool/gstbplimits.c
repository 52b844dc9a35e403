/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbplimits-private.h"

GST_DEBUG_CATEGORY_EXTERN (gst_bp_allocator_debug);
#define GST_CAT_DEFAULT gst_bp_allocator_debug

/* Permits are small, and so many idle ones make no difference. */
#define MAX_IDLE_PERMITS 256

typedef struct
{
  BpPooled *block;
} Permit;

static gpointer
create_permit (gpointer   acquire_data,
               gpointer   user_data,
               GError   **error)
{
  return g_new0 (Permit, 1);
}

static gboolean
reuse_permit (gpointer permit,
              gsize    trim,
              gpointer user_data)
{
  return TRUE;
}

static void
free_permit (gpointer permit,
             gpointer user_data)
{
  g_free (permit);
}

static gsize
get_permit_size (gpointer permit,
                 gpointer user_data)
{
  return sizeof (Permit);
}

static const BpItemFuncs permit_funcs = {
  .create = create_permit,
  .reuse = reuse_permit,
  .free = free_permit,
  .get_byte_size = get_permit_size,
};

void
gst_bp_limits_init (GstBpLimits *self)
{
  gst_bp_flush_init (&self->flush);
  g_mutex_init (&self->lock);
  self->wait_timeout = -1;
}

void
gst_bp_limits_clear (GstBpLimits *self)
{
  g_clear_object (&self->budget);
  g_clear_object (&self->permits);
  gst_bp_flush_clear (&self->flush);
  g_mutex_clear (&self->lock);
}

void
gst_bp_limits_set_budget (GstBpLimits *self,
                          BpBudget    *budget)
{
  g_set_object (&self->budget, budget);
  if (budget != NULL)
    g_atomic_int_set (&self->are_set, TRUE);
}

static BpPool *
make_permits (void)
{
  return g_object_new (BP_TYPE_POOL,
                       "name", "permits of a GstBpAllocator",
                       "item-funcs", &permit_funcs,
                       "max-buffers", MAX_IDLE_PERMITS,
                       "shards", 1,
                       "thread-cache", 0,
                       NULL);
}

void
gst_bp_limits_set_max_outstanding (GstBpLimits *self,
                                   guint        max_outstanding)
{
  BpPool *permits;

  g_mutex_lock (&self->lock);
  if (self->permits == NULL && max_outstanding > 0)
    g_atomic_pointer_set (&self->permits, make_permits ());
  permits = self->permits;
  g_mutex_unlock (&self->lock);

  if (permits == NULL)
    return;
  bp_pool_set_max_outstanding (permits, max_outstanding);
  g_atomic_int_set (&self->are_set, TRUE);
}

guint
gst_bp_limits_get_max_outstanding (GstBpLimits *self)
{
  BpPool *permits = g_atomic_pointer_get (&self->permits);

  return permits != NULL ? bp_pool_get_max_outstanding (permits) : 0;
}

/* What stays the same while a permit and a block are taken. */
typedef struct
{
  GstBpLimits *limits;
  GstBpFlush *pool_flush;
  GstBpDemandKind kind;
  gint64 timeout;
  /* Set when it begins to wait. */
  gint64 end_time;
} Attempt;

static void
begin_attempt (Attempt           *self,
               GstBpLimits       *limits,
               const GstBpDemand *demand)
{
  *self = (Attempt) { limits, demand->pool_flush, demand->kind, 0, 0 };

  g_mutex_lock (&limits->lock);
  if (self->kind == GST_BP_DEMAND_NORMAL && limits->overflow)
    self->kind = GST_BP_DEMAND_GO_BEYOND;
  if (self->kind == GST_BP_DEMAND_NORMAL)
    self->timeout = limits->wait_timeout;
  g_mutex_unlock (&limits->lock);
}

/* How long it may still wait; never 0, for what fails then is to fail for the time. */
static gint64
get_patience (Attempt *self)
{
  gint64 now;

  if (self->timeout < 0)
    return -1;

  now = g_get_monotonic_time ();
  if (self->end_time == 0)
    self->end_time = self->timeout < G_MAXINT64 - now ? now + self->timeout : G_MAXINT64;

  return MAX (self->end_time - now, 1);
}

static void
pass_on (GCancellable *cancellable,
         gpointer      both)
{
  g_cancellable_cancel (both);
}

static BpPooled *
wait_for_one (Attempt  *self,
              BpPool   *pool,
              gsize     n_bytes,
              GError  **error)
{
  g_autoptr (GCancellable) own = gst_bp_flush_ref (&self->limits->flush);
  g_autoptr (GCancellable) of_pool = NULL, both = NULL;
  gulong own_handler, pool_handler;
  BpPooled *pooled;

  if (g_cancellable_set_error_if_cancelled (own, error))
    return NULL;

  g_atomic_pointer_add (&self->limits->n_waits, 1);
  if (self->pool_flush == NULL)
    return bp_pool_acquire_full (pool, n_bytes, BP_ACQUIRE_UNINIT, NULL, get_patience (self), own,
                                 error);

  /* Either of them is to end it. */
  of_pool = gst_bp_flush_ref (self->pool_flush);
  both = g_cancellable_new ();
  own_handler = g_cancellable_connect (own, G_CALLBACK (pass_on), both, NULL);
  pool_handler = g_cancellable_connect (of_pool, G_CALLBACK (pass_on), both, NULL);
  pooled = bp_pool_acquire_full (pool, n_bytes, BP_ACQUIRE_UNINIT, NULL, get_patience (self), both,
                                 error);
  g_cancellable_disconnect (own, own_handler);
  g_cancellable_disconnect (of_pool, pool_handler);

  return pooled;
}

static gboolean
is_at_limit (const GError *error)
{
  return g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_LIMIT) ||
         g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
}

static BpPooled *
take_one (Attempt  *self,
          BpPool   *pool,
          gsize     n_bytes,
          GError  **error)
{
  g_autoptr (GError) local_error = NULL;
  BpPooled *pooled;

  pooled = bp_pool_acquire_full (pool, n_bytes, BP_ACQUIRE_UNINIT, NULL, 0, NULL, &local_error);
  if (G_LIKELY (pooled != NULL))
    return pooled;

  if (self->timeout != 0 && is_at_limit (local_error))
    {
      GST_INFO ("waiting: %s", local_error->message);
      return wait_for_one (self, pool, n_bytes, error);
    }
  g_propagate_error (error, g_steal_pointer (&local_error));

  return NULL;
}

static GstBpVerdict
judge (Attempt      *self,
       const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    {
      /* A caller that asks for a buffer can be told. One that asks for memory would take NULL
       * for an error, and what it makes is dropped anyway. */
      return self->pool_flush != NULL ? GST_BP_VERDICT_FLUSHING : GST_BP_VERDICT_BEYOND;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      g_atomic_pointer_add (&self->limits->n_timeouts, 1);
      return GST_BP_VERDICT_REFUSED;
    }
  if (is_at_limit (error) && self->kind == GST_BP_DEMAND_NORMAL)
    return GST_BP_VERDICT_REFUSED;
  if (is_at_limit (error) && self->kind == GST_BP_DEMAND_DONT_WAIT)
    return GST_BP_VERDICT_BUSY;

  return GST_BP_VERDICT_BEYOND;
}

GstBpVerdict
gst_bp_limits_take (GstBpLimits        *self,
                    BpPool             *pool,
                    gsize               n_bytes,
                    const GstBpDemand  *demand,
                    gpointer           *block,
                    BpPooled          **handle,
                    GstMemoryFlags     *flags,
                    GError            **error)
{
  BpPool *permits = g_atomic_pointer_get (&self->permits);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (BpPooled) permit = NULL;
  BpPooled *pooled = NULL;
  GstBpVerdict verdict;
  Attempt attempt;

  begin_attempt (&attempt, self, demand);
  if (permits != NULL)
    permit = take_one (&attempt, permits, 0, &local_error);
  if (permits == NULL || permit != NULL)
    pooled = take_one (&attempt, pool, n_bytes, &local_error);

  if (G_UNLIKELY (pooled == NULL))
    {
      verdict = judge (&attempt, local_error);
      if (verdict == GST_BP_VERDICT_BEYOND)
        g_atomic_pointer_add (&self->n_overflows, 1);
      g_propagate_error (error, g_steal_pointer (&local_error));
      return verdict;
    }

  *block = bp_pooled_get_data (pooled, NULL);
  *handle = pooled;
  if (permit != NULL)
    {
      ((Permit *) bp_pooled_get_item (permit))->block = pooled;
      *handle = g_steal_pointer (&permit);
      *flags |= GST_BP_MEMORY_FLAG_PERMIT;
    }

  return GST_BP_VERDICT_GRANTED;
}

GstFlowReturn
gst_bp_verdict_to_flow (GstBpVerdict verdict)
{
  switch (verdict)
    {
    case GST_BP_VERDICT_GRANTED:
    case GST_BP_VERDICT_BEYOND:
      return GST_FLOW_OK;

    case GST_BP_VERDICT_FLUSHING:
      return GST_FLOW_FLUSHING;

    /* As the stock pool says it. */
    case GST_BP_VERDICT_BUSY:
      return GST_FLOW_EOS;

    case GST_BP_VERDICT_REFUSED:
    default:
      return GST_FLOW_ERROR;
    }
}

void
gst_bp_limits_give_permit (BpPooled *permit)
{
  Permit *item = bp_pooled_get_item (permit);

  /* The block first: the thread that gets the permit finds it. */
  bp_pooled_unref (g_steal_pointer (&item->block));
  bp_pooled_unref (permit);
}

void
gst_bp_limits_add_stats (GstBpLimits  *self,
                         GstStructure *stats)
{
  BpPool *permits = g_atomic_pointer_get (&self->permits);

  gst_structure_set (stats,
    "waits", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_waits),
    "timeouts", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_timeouts),
    "overflows", G_TYPE_UINT64, (guint64) g_atomic_pointer_get (&self->n_overflows),
    NULL);

  if (permits != NULL)
    {
      g_autoptr (BpPoolStats) of_permits = bp_pool_get_stats (permits);

      gst_structure_set (stats,
        "permits", G_TYPE_UINT64, bp_pool_stats_get_outstanding (of_permits),
        "max-outstanding", G_TYPE_UINT64, (guint64) bp_pool_get_max_outstanding (permits),
        NULL);
    }
  if (self->budget != NULL)
    gst_structure_set (stats,
      "budget-used-bytes", G_TYPE_UINT64, bp_budget_get_used_bytes (self->budget),
      "budget-peak-bytes", G_TYPE_UINT64, bp_budget_get_peak_bytes (self->budget),
      "budget-max-bytes", G_TYPE_UINT64, bp_budget_get_max_bytes (self->budget),
      NULL);
}
