// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Prints the SHA-256 of a file.
//
//     checksum FILE
//
// One thread reads, the other one computes. Buffers of a pool move from one to the other through
// a queue; whichever thread ends one gives it back, also when an exception ends it.

#include <cerrno>
#include <cinttypes>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <future>
#include <iostream>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

#include "bufpool.hpp"

namespace
{

using Buffer = bufpool::Buffer<guint8>;
using Pool = bufpool::Pool<guint8>;

constexpr std::size_t CHUNK = 65536;
constexpr std::size_t MOST_WAITING = 4;

// Buffers under way. Once it is closed, push() drops what it gets and says so, and pop() returns
// what is left, then a buffer that is none.
class Queue
{
public:
  bool
  push (Buffer buffer)
  {
    std::unique_lock<std::mutex> lock (mutex_);
    changed_.wait (lock, [this] { return is_closed_ || buffers_.size () < MOST_WAITING; });
    if (is_closed_)
      return false;
    buffers_.push_back (std::move (buffer));
    changed_.notify_all ();
    return true;
  }

  Buffer
  pop ()
  {
    std::unique_lock<std::mutex> lock (mutex_);
    changed_.wait (lock, [this] { return is_closed_ || !buffers_.empty (); });
    if (buffers_.empty ())
      return Buffer ();
    Buffer buffer = std::move (buffers_.front ());
    buffers_.pop_front ();
    changed_.notify_all ();
    return buffer;
  }

  void
  close ()
  {
    const std::lock_guard<std::mutex> lock (mutex_);
    is_closed_ = true;
    changed_.notify_all ();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Buffer> buffers_;
  bool is_closed_ = false;
};

// However its thread leaves, the other one does not wait for ever.
struct Closer
{
  explicit Closer (Queue &queue) : queue_ (queue) {}
  ~Closer () { queue_.close (); }
  Closer (const Closer &) = delete;
  Closer &operator= (const Closer &) = delete;

  Queue &queue_;
};

struct Close
{
  void operator() (std::FILE *file) const { std::fclose (file); }
};

[[noreturn]] void
fail (int code)
{
  throw std::system_error (code, std::generic_category ());
}

std::string
describe (const std::exception &error)
{
  const auto system = dynamic_cast<const std::system_error *> (&error);

  return system != nullptr ? system->code ().message () : error.what ();
}

void
read_file (const char *path, const Pool &pool, Queue &queue)
{
  const Closer closer (queue);
  const std::unique_ptr<std::FILE, Close> file (std::fopen (path, "rb"));

  if (!file)
    fail (errno);
  // Into the buffer at once, not by way of another
  std::setvbuf (file.get (), nullptr, _IONBF, 0);
  for (;;)
    {
      Buffer buffer = pool.acquire_uninit (CHUNK);
      const std::size_t n_read = std::fread (buffer.data (), 1, CHUNK, file.get ());

      if (std::ferror (file.get ()))
        fail (errno);
      buffer.resize (n_read);
      if (n_read == 0 || !queue.push (std::move (buffer)))
        return;
    }
}

struct FreeChecksum
{
  void operator() (GChecksum *checksum) const { g_checksum_free (checksum); }
};

struct Result
{
  std::uint64_t n_bytes;
  std::string digest;
};

Result
compute (const char *path, const Pool &pool)
{
  const std::unique_ptr<GChecksum, FreeChecksum> checksum (g_checksum_new (G_CHECKSUM_SHA256));
  Queue queue;
  std::future<void> reader = std::async (std::launch::async, [&] { read_file (path, pool, queue); });
  const Closer closer (queue);
  std::uint64_t n_bytes = 0;

  while (const Buffer buffer = queue.pop ())
    {
      g_checksum_update (checksum.get (), buffer.data (), static_cast<gssize> (buffer.size ()));
      n_bytes += buffer.size ();
    }
  // Throws what the reader has thrown
  reader.get ();
  if (n_bytes == 0)
    throw std::runtime_error ("is empty");

  return {n_bytes, g_checksum_get_string (checksum.get ())};
}

void
print_pool (const Pool &pool)
{
  const bufpool::Owned<BpPoolStats> stats (bp_pool_get_stats (pool.get ()));
  const guint64 acquired = bp_pool_stats_get_acquired (stats.get ());
  const guint64 hits = bp_pool_stats_get_hits (stats.get ());

  std::printf ("  Pool of u8   %" PRIu64 " buffers: %" PRIu64 " reused (%.1f %%), %" PRIu64 " allocated; "
               "%" PRIu64 " idle now, %" PRIu64 " in use\n",
               std::uint64_t (acquired), std::uint64_t (hits),
               100.0 * static_cast<double> (hits) / static_cast<double> (acquired),
               std::uint64_t (bp_pool_stats_get_misses (stats.get ())),
               std::uint64_t (bp_pool_stats_get_idle (stats.get ())),
               std::uint64_t (bp_pool_stats_get_outstanding (stats.get ())));
}

// On one line, also where the name of a file has line feeds
int
complain (std::string message)
{
  for (char &letter : message)
    if (letter == '\n' || letter == '\r')
      letter = ' ';
  std::cerr << "checksum: " << message << std::endl;
  return 1;
}

} // namespace

int
main (int argc, char **argv)
{
  if (argc != 2)
    return complain ("give one file: checksum FILE");

  const std::string path = argv[1];
  try
    {
      const Pool pool;
      const Result result = compute (argv[1], pool);

      std::printf ("%s: %" PRIu64 " bytes\n", path.substr (path.rfind ('/') + 1).c_str (), result.n_bytes);
      std::printf ("  SHA-256      %s\n", result.digest.c_str ());
      print_pool (pool);
    }
  catch (const std::exception &error)
    {
      return complain (path + ": " + describe (error));
    }
  return 0;
}
