/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbppermits-private.h"

void
gst_bp_permits_init (GstBpPermits *self)
{
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
}

void
gst_bp_permits_clear (GstBpPermits *self)
{
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
}

void
gst_bp_permits_reset (GstBpPermits *self,
                      guint         n_free)
{
  g_atomic_int_set (&self->n_free, (gint) MIN (n_free, G_MAXINT));
}

gboolean
gst_bp_permits_try_take (GstBpPermits *self)
{
  gint n_free = g_atomic_int_get (&self->n_free);

  while (n_free > 0)
    {
      if (g_atomic_int_compare_and_exchange (&self->n_free, n_free, n_free - 1))
        return TRUE;
      n_free = g_atomic_int_get (&self->n_free);
    }

  return FALSE;
}

GstFlowReturn
gst_bp_permits_take (GstBpPermits  *self,
                     GstBufferPool *pool)
{
  GstFlowReturn flow;

  g_mutex_lock (&self->mutex);
  g_atomic_int_inc (&self->n_waiting);

  for (;;)
    {
      if (GST_BUFFER_POOL_IS_FLUSHING (pool))
        {
          flow = GST_FLOW_FLUSHING;
          break;
        }
      if (gst_bp_permits_try_take (self))
        {
          flow = GST_FLOW_OK;
          break;
        }
      g_cond_wait (&self->cond, &self->mutex);
    }

  g_atomic_int_add (&self->n_waiting, -1);
  g_mutex_unlock (&self->mutex);

  return flow;
}

void
gst_bp_permits_give (GstBpPermits *self)
{
  g_atomic_int_inc (&self->n_free);

  if (G_UNLIKELY (g_atomic_int_get (&self->n_waiting) > 0))
    {
      g_mutex_lock (&self->mutex);
      g_cond_signal (&self->cond);
      g_mutex_unlock (&self->mutex);
    }
}

void
gst_bp_permits_wake (GstBpPermits *self)
{
  g_mutex_lock (&self->mutex);
  g_cond_broadcast (&self->cond);
  g_mutex_unlock (&self->mutex);
}
