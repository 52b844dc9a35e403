/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "byte-stream.h"

#include <string.h>

#include "reader.h"

struct _ByteStream
{
  Queue   *requests;
  Queue   *chunks;
  goffset  size;
  goffset  position;    /* of the next byte to hand to libsndfile */
  Chunk    current;
  guint    serial;      /* of the last request that was sent */
};

ByteStream *
byte_stream_new (Queue   *requests,
                 Queue   *chunks,
                 goffset  size)
{
  ByteStream *self = g_new0 (ByteStream, 1);

  self->requests = requests;
  self->chunks = chunks;
  self->size = size;

  return self;
}

void
byte_stream_free (ByteStream *self)
{
  chunk_clear (&self->current);
  g_free (self);
}

static goffset
current_end (ByteStream *self)
{
  return self->current.offset + self->current.buffer.length;
}

/* Makes the current chunk the one that holds the position. Reading on costs
 * nothing but taking the next chunk. For anything else the reader is asked, and
 * what it had sent ahead until then is dropped. There is never more than one
 * request on its way, so that this push does not wait while the reader's does. */
static gboolean
load_chunk (ByteStream *self)
{
  if (self->position >= self->current.offset && self->position < current_end (self))
    return TRUE;

  if (self->position != current_end (self))
    {
      SeekRequest request = { self->position, ++self->serial };

      if (!queue_push (self->requests, &request))
        return FALSE;
    }

  do
    {
      chunk_clear (&self->current);
      if (!queue_pop (self->chunks, &self->current))
        return FALSE;
    }
  while (self->current.serial != self->serial);

  return self->current.buffer.length > 0;
}

static sf_count_t
get_length (void *user_data)
{
  ByteStream *self = user_data;

  return self->size;
}

static sf_count_t
seek (sf_count_t  offset,
      int         whence,
      void       *user_data)
{
  ByteStream *self = user_data;

  if (whence == SEEK_CUR)
    offset += self->position;
  else if (whence == SEEK_END)
    offset += self->size;

  if (offset < 0)
    return -1;

  self->position = offset;

  return self->position;
}

static sf_count_t
tell (void *user_data)
{
  ByteStream *self = user_data;

  return self->position;
}

static sf_count_t
read_bytes (void       *data,
            sf_count_t  count,
            void       *user_data)
{
  ByteStream *self = user_data;
  sf_count_t n_done = 0;

  while (n_done < count && self->position < self->size && load_chunk (self))
    {
      const guint8 *bytes = self->current.buffer.data;
      sf_count_t n = MIN (count - n_done, current_end (self) - self->position);

      memcpy ((guint8 *) data + n_done, bytes + (self->position - self->current.offset), n);
      self->position += n;
      n_done += n;
    }

  return n_done;
}

static sf_count_t
write_nothing (const void *data G_GNUC_UNUSED,
               sf_count_t  count G_GNUC_UNUSED,
               void       *user_data G_GNUC_UNUSED)
{
  return 0;
}

/**
 * byte_stream_open:
 * @self: the stream
 * @info: (out caller-allocates): rate, channels and length
 *
 * Returns: (nullable): the decoder, or %NULL if libsndfile knows no such format
 */
SNDFILE *
byte_stream_open (ByteStream *self,
                  SF_INFO    *info)
{
  SF_VIRTUAL_IO io = {
    .get_filelen = get_length,
    .seek = seek,
    .read = read_bytes,
    .write = write_nothing,
    .tell = tell,
  };

  *info = (SF_INFO) { 0 };

  return sf_open_virtual (&io, SFM_READ, info, self);
}
