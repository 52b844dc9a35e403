/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpsizes-private.h"

#define PAGE_BITS 12

/* A lock for each buffer is much compared with filling a small one. It is nothing compared
 * with filling a frame. */
#define CACHED_BYTES 65536

/* Of a range that threads have caches of, a look takes longer than many of its buffers, and
 * there is little to be freed. */
#define LOOKS_PER_SMALL_ONE 16

GstBpSizes *
gst_bp_sizes_new (const char *name,
                  guint       max_buffers,
                  BpBudget   *budget)
{
  GstBpSizes *self = g_new0 (GstBpSizes, 1);

  g_mutex_init (&self->lock);
  self->name = g_strdup (name);
  self->max_buffers = max_buffers;
  g_set_object (&self->budget, budget);

  return self;
}

void
gst_bp_sizes_set_up (GstBpSizes *self,
                     const char *name,
                     guint       max_buffers)
{
  g_free (self->name);
  self->name = g_strdup (name);
  self->max_buffers = max_buffers;
}

void
gst_bp_sizes_free (GstBpSizes *self)
{
  for (guint i = 0; i < GST_BP_N_SIZES; i++)
    g_clear_object (&self->pools[i]);
  g_clear_object (&self->budget);
  g_free (self->name);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* 0 up to a page; then 1 and 2 for the halves of the octave above it, and so on. */
static guint
get_range (gsize n_bytes)
{
  guint n_bits;

  if (n_bytes <= (gsize) 1 << PAGE_BITS)
    return 0;
  n_bits = g_bit_storage (n_bytes - 1);

  return 2 * (n_bits - PAGE_BITS) - 1 + (n_bytes > (gsize) 3 << (n_bits - 2) ? 1 : 0);
}

static gsize
get_most_bytes (guint range)
{
  guint n_bits = PAGE_BITS + (range + 1) / 2;

  return range % 2 == 0 ? (gsize) 1 << n_bits : (gsize) 3 << (n_bits - 2);
}

gboolean
gst_bp_sizes_are_cached (gsize n_bytes)
{
  return n_bytes <= CACHED_BYTES;
}

static BpPool *
make_pool (GstBpSizes *self,
           guint       range)
{
  g_autofree char *name = g_strdup_printf ("%s, up to %" G_GSIZE_FORMAT " bytes", self->name,
                                           get_most_bytes (range));

  return g_object_new (BP_TYPE_POOL,
                       "name", name,
                       "max-buffers", g_atomic_int_get (&self->max_buffers),
                       "thread-cache", gst_bp_sizes_are_cached (get_most_bytes (range)) ? -1 : 0,
                       "budget", self->budget,
                       NULL);
}

BpPool *
gst_bp_sizes_get (GstBpSizes *self,
                  gsize       n_bytes)
{
  guint range = get_range (n_bytes);
  BpPool *pool = g_atomic_pointer_get (&self->pools[range]);

  if (G_LIKELY (pool != NULL))
    return pool;

  g_mutex_lock (&self->lock);
  pool = self->pools[range];
  if (pool == NULL)
    {
      pool = make_pool (self, range);
      g_atomic_pointer_set (&self->pools[range], pool);
    }
  g_mutex_unlock (&self->lock);

  return pool;
}

void
gst_bp_sizes_foreach (GstBpSizes *self,
                      void      (*func) (BpPool   *pool,
                                         gpointer  data),
                      gpointer    data)
{
  for (guint i = 0; i < GST_BP_N_SIZES; i++)
    {
      BpPool *pool = g_atomic_pointer_get (&self->pools[i]);

      if (pool != NULL)
        func (pool, data);
    }
}

static void
set_max_buffers (BpPool   *pool,
                 gpointer  max_buffers)
{
  bp_pool_set_max_buffers (pool, GPOINTER_TO_UINT (max_buffers));
}

void
gst_bp_sizes_set_max_buffers (GstBpSizes *self,
                              guint       max_buffers)
{
  /* With the lock, so that none is made with the old one meanwhile. */
  g_mutex_lock (&self->lock);
  g_atomic_int_set (&self->max_buffers, max_buffers);
  g_mutex_unlock (&self->lock);

  gst_bp_sizes_foreach (self, set_max_buffers, GUINT_TO_POINTER (max_buffers));
}

void
gst_bp_drop_idle_bytes (BpPool *pool,
                        gsize   max_bytes)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (pool);
  double idle_bytes = (double) bp_pool_stats_get_idle_bytes (stats);

  if (idle_bytes > (double) max_bytes)
    bp_pool_drop_idle (pool, (guint) ((double) bp_pool_stats_get_idle (stats) *
                                      (double) max_bytes / idle_bytes));
}

static void
drop_idle_bytes (BpPool   *pool,
                 gpointer  max_bytes)
{
  gst_bp_drop_idle_bytes (pool, *(gsize *) max_bytes);
}

void
gst_bp_sizes_drop_idle (GstBpSizes *self,
                        gsize       max_bytes)
{
  gst_bp_sizes_foreach (self, drop_idle_bytes, &max_bytes);
}

/* How often in a row none of the range had been taken since the look before. With the lock. */
static guint
look (GstBpSizes *self,
      guint       range)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (self->pools[range]);
  guint64 n_before = self->n_taken[range];

  self->n_taken[range] = bp_pool_stats_get_acquired (stats);
  if (self->n_taken[range] != n_before)
    self->n_unused[range] = 0;
  else if (bp_pool_stats_get_idle (stats) > 0)
    self->n_unused[range]++;

  return self->n_unused[range];
}

void
gst_bp_sizes_drop_unused (GstBpSizes *self,
                          guint       n_looks)
{
  const guint first_large = get_range (CACHED_BYTES) + 1;
  BpPool *unused[GST_BP_N_SIZES];
  gsize max_bytes[GST_BP_N_SIZES];
  guint n_pools = 0;
  gboolean is_for_all;

  g_mutex_lock (&self->lock);
  is_for_all = n_looks == 1 || self->n_looks++ % LOOKS_PER_SMALL_ONE == 0;
  for (guint i = is_for_all ? 0 : first_large; i < GST_BP_N_SIZES; i++)
    {
      guint n_unused = self->pools[i] != NULL ? look (self, i) : 0;

      if (n_unused > 0)
        {
          unused[n_pools] = self->pools[i];
          max_bytes[n_pools++] = i >= first_large && n_unused < n_looks ? GST_BP_UNUSED_BYTES : 0;
        }
    }
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < n_pools; i++)
    gst_bp_drop_idle_bytes (unused[i], max_bytes[i]);
}
