// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// bufpool for C++11 and later, in a hundred lines: to be copied, and changed as you need it.

#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <type_traits>

#include <bufpool.h>

namespace bufpool
{

struct Unref
{
  void operator() (BpPool *pool) const { g_object_unref (pool); }
  void operator() (BpPooled *pooled) const { bp_pooled_unref (pooled); }
  void operator() (BpPoolStats *stats) const { bp_pool_stats_free (stats); }
  void operator() (GError *error) const { g_error_free (error); }
};

template <typename T> using Owned = std::unique_ptr<T, Unref>;

inline void
throw_if (GError *error)
{
  const Owned<GError> owned (error);
  if (owned)
    throw std::runtime_error (owned->message);
}

// Elements that go back to their pool at the end of their life. It can be moved, to another thread
// as well, and not copied. Its members that change something need it to be the only owner.
template <typename T> class Buffer
{
public:
  Buffer () = default;
  explicit Buffer (BpPooled *pooled) : pooled_ (pooled) {}

  explicit operator bool () const { return bool (pooled_); }
  std::size_t size () const { return pooled_ ? bp_pooled_get_length (get ()) : 0; }
  // A call each time: take it once, not for each element
  T *data () const { return pooled_ ? bp_pooled_data (T, get (), nullptr) : nullptr; }
  T *begin () const { return data (); }
  T *end () const { return data () + size (); }

  // New elements are zero, and data () may be elsewhere afterwards
  void
  resize (std::size_t n_elements)
  {
    GError *error = nullptr;
    bp_pooled_try_resize (get (), n_elements, &error);
    throw_if (error);
  }

  // For functions in C: it stays this buffer's, or it is given away
  BpPooled *get () const { return pooled_.get (); }
  BpPooled *release () { return pooled_.release (); }

private:
  Owned<BpPooled> pooled_;
};

// Buffers of any T that may be cleared and copied as bytes. The pool may go before its buffers.
template <typename T> class Pool
{
  static_assert (std::is_trivially_copyable<T>::value, "T must be copied as bytes: use a pool of items");
  static_assert (alignof (T) <= alignof (std::max_align_t), "T needs a pool with an alignment of its own");

public:
  explicit Pool (guint max_buffers = BP_DEFAULT_MAX_BUFFERS) : pool_ (bp_pool_new_for_size (sizeof (T)))
  {
    bp_pool_set_max_buffers (get (), max_buffers);
  }

  // All zero
  Buffer<T>
  acquire (std::size_t n_elements) const
  {
    GError *error = nullptr;
    Buffer<T> buffer (bp_pool_acquire_sized (get (), n_elements, &error));
    throw_if (error);
    return buffer;
  }

  // To be written as a whole: with what its last user left
  Buffer<T>
  acquire_uninit (std::size_t n_elements) const
  {
    GError *error = nullptr;
    Buffer<T> buffer (bp_pool_acquire_uninit (get (), n_elements, &error));
    throw_if (error);
    return buffer;
  }

  BpPool *get () const { return pool_.get (); }

private:
  Owned<BpPool> pool_;
};

} // namespace bufpool
