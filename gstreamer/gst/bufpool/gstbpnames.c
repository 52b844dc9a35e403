/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpnames-private.h"

static void
free_weak_ref (gpointer data)
{
  g_weak_ref_clear (data);
  g_free (data);
}

static gboolean
is_dead (gpointer name,
         gpointer weak_ref,
         gpointer user_data)
{
  g_autoptr (GObject) object = g_weak_ref_get (weak_ref);

  return object == NULL;
}

static gpointer
look_up (GstBpNames *self,
         const char *name)
{
  GWeakRef *weak_ref = g_hash_table_lookup (self->objects, name);

  return weak_ref != NULL ? g_weak_ref_get (weak_ref) : NULL;
}

static void
add (GstBpNames *self,
     const char *name,
     gpointer    object)
{
  GWeakRef *weak_ref = g_new (GWeakRef, 1);

  g_weak_ref_init (weak_ref, object);
  g_hash_table_foreach_remove (self->objects, is_dead, NULL);
  g_hash_table_replace (self->objects, g_strdup (name), weak_ref);
}

gpointer
gst_bp_names_get (GstBpNames     *self,
                  const char     *name,
                  GstBpNamesMake  make,
                  gpointer        data)
{
  gpointer object;

  g_mutex_lock (&self->mutex);
  if (self->objects == NULL)
    self->objects = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, free_weak_ref);
  object = look_up (self, name);
  if (object == NULL)
    {
      object = make (name, data);
      add (self, name, object);
    }
  g_mutex_unlock (&self->mutex);

  return object;
}
