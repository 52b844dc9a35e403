/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpflush-private.h"

void
gst_bp_flush_init (GstBpFlush *self)
{
  g_mutex_init (&self->lock);
  self->cancellable = g_cancellable_new ();
}

void
gst_bp_flush_clear (GstBpFlush *self)
{
  g_object_unref (self->cancellable);
  g_mutex_clear (&self->lock);
}

void
gst_bp_flush_set (GstBpFlush *self,
                  gboolean    is_flushing)
{
  g_autoptr (GCancellable) old = NULL;

  g_mutex_lock (&self->lock);
  old = g_object_ref (self->cancellable);
  if (!is_flushing && g_cancellable_is_cancelled (old))
    {
      g_object_unref (self->cancellable);
      self->cancellable = g_cancellable_new ();
    }
  g_mutex_unlock (&self->lock);

  if (is_flushing)
    g_cancellable_cancel (old);
}

GCancellable *
gst_bp_flush_ref (GstBpFlush *self)
{
  GCancellable *cancellable;

  g_mutex_lock (&self->lock);
  cancellable = g_object_ref (self->cancellable);
  g_mutex_unlock (&self->lock);

  return cancellable;
}
