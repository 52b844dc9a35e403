/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include <memory>

#include <bufpool.h>

/* Every macro of the headers as C++ uses them: no cast of the caller's, and none of C within
 * the macros. */

BP_DEFINE_GLOBAL_POOL (public_pool, BP_ELEMENT_TYPE_F32, 32, 1024, 32768)

namespace
{

BP_DEFINE_GLOBAL_POOL (private_pool, BP_ELEMENT_TYPE_U8, 0, 64, 0)

struct Thing
{
  int number;
};

gpointer
thing_create (gpointer, gpointer, GError **)
{
  return new Thing ();
}

void
thing_free (gpointer item, gpointer)
{
  delete static_cast<Thing *> (item);
}

struct Unref
{
  void
  operator() (BpPool *pool) const
  {
    g_object_unref (pool);
  }

  void
  operator() (BpPooled *pooled) const
  {
    bp_pooled_unref (pooled);
  }

  void
  operator() (BpPooledSlice *slice) const
  {
    bp_pooled_slice_unref (slice);
  }
};

template <typename T> using Owned = std::unique_ptr<T, Unref>;

} // namespace

int
main ()
{
  const Owned<BpPooled> sound (bp_pool_acquire (public_pool ()));
  float *pcm = bp_pooled_resize_data (float, sound.get (), 8);
  gsize n_samples = 0;

  if (pcm == nullptr || pcm != bp_pooled_data (float, sound.get (), &n_samples) || n_samples != 8)
    return 1;

  const Owned<BpPooled> plain (bp_pool_acquire_full (private_pool (), 4, BP_ACQUIRE_UNINIT, nullptr,
                                                     0, nullptr, nullptr));
  if (bp_pooled_data (guint8, plain.get (), nullptr) == nullptr)
    return 2;

  BpItemFuncs funcs = {};
  funcs.create = thing_create;
  funcs.free = thing_free;
  const Owned<BpPool> things (bp_pool_new_with_funcs (&funcs, nullptr, nullptr));
  const Owned<BpPooled> thing (bp_pool_acquire (things.get ()));
  if (static_cast<Thing *> (bp_pooled_get_item (thing.get ()))->number != 0)
    return 3;

  Owned<BpPooled> given (bp_pooled_ref (sound.get ()));
  const Owned<BpPooledSlice> slice (bp_pooled_slice_new_take (given.release (), 2, nullptr));
  if (bp_pooled_slice_get_length (slice.get ()) != 2)
    return 4;

  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (things.get ());
  if (bp_pool_stats_get_outstanding (stats) != 1 || !BP_IS_POOL (things.get ()))
    return 5;
  if (!G_TYPE_IS_OBJECT (BP_TYPE_POOL) || !G_TYPE_IS_BOXED (BP_TYPE_POOLED) ||
      !G_TYPE_IS_BOXED (BP_TYPE_POOLED_SLICE) || !G_TYPE_IS_BOXED (BP_TYPE_POOLED_VIEW) ||
      !G_TYPE_IS_BOXED (BP_TYPE_POOL_STATS) || !G_TYPE_IS_OBJECT (BP_TYPE_BUDGET) ||
      !G_TYPE_IS_INTERFACE (BP_TYPE_REUSABLE) || !G_TYPE_IS_ENUM (BP_TYPE_ELEMENT_TYPE) ||
      !G_TYPE_IS_ENUM (BP_TYPE_POOL_ERROR) || !G_TYPE_IS_ENUM (BP_TYPE_DUMP_FORMAT) ||
      !G_TYPE_IS_FLAGS (BP_TYPE_ACQUIRE_FLAGS) || BP_TYPE_ITEM_FUNCS == G_TYPE_INVALID ||
      BP_POOL_ERROR == 0)
    return 6;

  g_print ("bufpool " BP_VERSION_S " works\n");

  return 0;
}
