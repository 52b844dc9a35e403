/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <bufpool.h>

/* A small program that uses a little of everything. It is C and C++ at once, and
 * the tests compile it as each. */

BP_DEFINE_GLOBAL_POOL (public_pool, BP_ELEMENT_TYPE_F32, 32, 1024, 32768)
static BP_DEFINE_GLOBAL_POOL (private_pool, BP_ELEMENT_TYPE_U8, 0, 64, 0)

typedef struct
{
  int number;
} Thing;

static gpointer
thing_create (gpointer   acquire_data,
              gpointer   user_data,
              GError   **error)
{
  (void) acquire_data;
  (void) user_data;
  (void) error;

  return g_new0 (Thing, 1);
}

static void
thing_free (gpointer item,
            gpointer user_data)
{
  (void) user_data;

  g_free (item);
}

static void
set_up (BpPooled *pooled,
        gpointer  user_data)
{
  (void) user_data;

  bp_pooled_resize (pooled, 16);
}

int
main (void)
{
  BpItemFuncs funcs = {
    thing_create, NULL, thing_free, NULL, NULL, NULL, { NULL, NULL, NULL, NULL }
  };
  g_autoptr (BpPool) things = bp_pool_new_with_funcs (&funcs, NULL, NULL);
  g_autoptr (BpPooled) thing = bp_pool_acquire (things);
  g_autoptr (BpPooled) sound = bp_pool_acquire_sized (public_pool (), 4, NULL);
  g_autoptr (BpPooled) bytes = bp_pool_acquire_with (private_pool (), set_up, NULL);
  g_autoptr (BpPooledView) view = bp_pooled_get_view (bytes, NULL);
  g_autoptr (BpPooledSlice) slice = bp_pooled_slice_new_take (bp_pooled_ref (sound), 2, NULL);
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (private_pool ());
  g_autoptr (BpPooled) sample = bp_pool_acquire (public_pool ());
  gsize n_elements;
  float *pcm = bp_pooled_data (float, sound, &n_elements);

  if (n_elements != 4 || pcm[3] != 0.0f)
    return 1;
  if (((Thing *) bp_pooled_get_item (thing))->number != 0)
    return 2;
  if (bp_pooled_view_get_size_bytes (view) != 16 || bp_pooled_slice_get_length (slice) != 2)
    return 3;
  if (bp_pool_stats_get_outstanding (stats) != 1)
    return 4;
  if (!BP_CHECK_VERSION (0, 9, 0) || !BP_IS_POOL (things) || BP_IS_REUSABLE (things))
    return 5;
  if (bp_check_version (BP_MAJOR_VERSION, BP_MINOR_VERSION, BP_MICRO_VERSION) != NULL)
    return 6;

  pcm = bp_pooled_resize_data (float, sample, 8);
  if (pcm == NULL || pcm[7] != 0.0f)
    return 7;

  g_print ("bufpool " BP_VERSION_S " works\n");

  return 0;
}
