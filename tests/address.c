/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <stdlib.h>

#include "bp-address-private.h"
#include "bp-pool-private.h"
#include "test-utils.h"

/* Addresses of which the processor must tell the last 12 bits apart. */

#define PAGE_BYTES 4096
#define N_BYTES 1024

static gboolean
is_apart (gconstpointer first,
          gsize         n_first,
          gconstpointer second,
          gsize         n_second)
{
  for (gsize i = 0; i < n_first; i++)
    {
      gsize distance = (GPOINTER_TO_SIZE (first) + i - GPOINTER_TO_SIZE (second)) % PAGE_BYTES;

      if (distance < n_second)
        return FALSE;
    }

  return TRUE;
}

/* Where the allocator would put it without us: an address, and no memory. */
static guint8 *
get_usual (void)
{
  gpointer data = aligned_alloc (BP_CACHE_PAIR, N_BYTES);
  g_autofree char *address = g_strdup_printf ("%" G_GSIZE_FORMAT, GPOINTER_TO_SIZE (data));

  g_assert_nonnull (data);
  free (data);

  return GSIZE_TO_POINTER (g_ascii_strtoull (address, NULL, 10));
}

static void
test_other_address (void)
{
  for (gsize n_hot = 1; n_hot <= N_BYTES; n_hot += 31)
    {
      guint8 *usual = get_usual ();
      BpSpan span = { usual, n_hot };
      gpointer data;

      data = bp_address_alloc (N_BYTES, n_hot, &span, 1);
      g_assert_nonnull (data);
      g_assert_cmpuint (GPOINTER_TO_SIZE (data) % BP_CACHE_PAIR, ==, 0);
      g_assert_true (is_apart (data, n_hot, usual, n_hot));
      free (data);
    }
}

/* The bytes around a span are as good as any. */
static void
test_neighbours (void)
{
  guint8 *usual = get_usual ();
  BpSpan spans[] = { { usual - 8, 8 }, { usual + N_BYTES, 8 } };
  gpointer data;

  data = bp_address_alloc (N_BYTES, N_BYTES, spans, G_N_ELEMENTS (spans));
  g_assert_true (is_apart (data, N_BYTES, spans[0].start, 8));
  g_assert_true (is_apart (data, N_BYTES, spans[1].start, 8));
  free (data);
}

/* Where there is no good address it gives one all the same. */
static void
test_everywhere (void)
{
  BpSpan span = { NULL, PAGE_BYTES };
  gpointer data = bp_address_alloc (N_BYTES, N_BYTES, &span, 1);

  g_assert_nonnull (data);
  free (data);
}

typedef struct
{
  BpPool *pool;
  guint n_apart;
} User;

static gpointer
use_pool (gpointer data)
{
  User *user = data;
  BpCore *core = user->pool->core;
  g_autoptr (BpPooled) pooled G_GNUC_UNUSED = bp_pool_acquire_uninit (user->pool, 100, NULL);
  BpCache *cache = bp_core_get_own_cache (core);

  g_assert_nonnull (cache);
  g_assert_cmpuint (bp_slot, <, BP_INLINE_SLOTS);
  user->n_apart += is_apart (cache, BP_CACHE_HOT_BYTES, &core->first_caches[bp_slot], 8) &&
                   is_apart (cache, BP_CACHE_HOT_BYTES, &core->keep_limit, 16) &&
                   is_apart (cache, BP_CACHE_HOT_BYTES, cache->cell, 8);

  return NULL;
}

/* A cache lies apart from what its thread needs of the core, and from its cell: nearly
 * always, as it has four addresses to choose from. Sanitizers have allocators of their own,
 * which may have no such address. */
static void
test_pool (void)
{
  guint n_pools = 20;
  User user = { NULL, 0 };

  for (guint i = 0; i < n_pools; i++)
    {
      user.pool = bp_pool_new (BP_ELEMENT_TYPE_U8);
      g_thread_join (g_thread_new ("user", use_pool, &user));
      g_object_unref (user.pool);
    }

#if !defined (BP_ASAN) && !defined (BP_TSAN)
  g_assert_cmpuint (user.n_apart, >=, n_pools * 3 / 4);
#endif
}

int
main (int   argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_summary ("Addresses that do not delay each other");

  g_test_add_func ("/address/other-address", test_other_address);
  g_test_add_func ("/address/neighbours", test_neighbours);
  g_test_add_func ("/address/everywhere", test_everywhere);
  g_test_add_func ("/address/pool", test_pool);

  return g_test_run ();
}
