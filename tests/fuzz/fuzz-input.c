/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "fuzz.h"
#include "container.h"
#include "playback.h"
#include "test-stream.h"
#include "test-utils.h"

/*
 * What comes from outside. The first byte says what it is for: streams that pools read from,
 * audio files, whose promises examples/audio-pipeline checks, or recordings, which
 * examples/recorder reads.
 */

#define MOST_READS 24
#define MOST_FRAMES 1000
#define SCRIPT_BYTES 3

typedef enum
{
  READ_ONCE,
  READ_ALL,
  READ_BYTES,
  READ_ONCE_LATER,
  READ_ALL_LATER,
  N_READS
} Read;

/* The part of the input that says what a stream does, in front of what it gives. */
typedef struct
{
  const guint8 *data;
  gsize n_left;
  /* All that has come so far, which must be what the stream gave. */
  GByteArray *read;
  gsize n_given;
} Script;

static guint8
next_byte (Script *self)
{
  if (self->n_left == 0)
    return 0;
  self->n_left--;

  return *self->data++;
}

/* Each read of the stream gives as much as the script says, or fails. */
static void
on_read (TestStream *stream,
         gpointer    data)
{
  Script *script = data;
  guint8 byte = next_byte (script);

  stream->max_read = byte % 32;
  g_clear_error (&stream->error);
  if (byte >= 224)
    {
      stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "the input's");
      stream->n_before_error = byte % 4;
      stream->fails_once = TRUE;
    }
}

static void
add_slice (Script        *script,
           BpPooledSlice *slice,
           gsize          count)
{
  gsize n_bytes;
  gconstpointer data;

  if (slice == NULL)
    return;
  data = bp_pooled_slice_get_data (slice, &n_bytes);
  g_assert_cmpuint (n_bytes, <=, count);
  g_byte_array_append (script->read, data, (guint) n_bytes);
  bp_pooled_slice_unref (slice);
}

typedef struct
{
  Script *script;
  Read read;
  gsize count;
  gboolean is_done;
} Later;

static void
on_done (GObject      *object,
         GAsyncResult *result,
         gpointer      user_data)
{
  Later *later = user_data;
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice;

  if (later->read == READ_ONCE_LATER)
    slice = bp_pool_read_finish (BP_POOL (object), result, &error);
  else
    slice = bp_pool_read_all_finish (BP_POOL (object), result, &error);
  g_assert_true ((slice == NULL) == (error != NULL));
  add_slice (later->script, slice, later->count);
  later->is_done = TRUE;
}

static void
read_later (BpPool       *pool,
            GInputStream *stream,
            Later         later)
{
  if (later.read == READ_ONCE_LATER)
    bp_pool_read_async (pool, stream, later.count, 0, NULL, on_done, &later);
  else
    bp_pool_read_all_async (pool, stream, later.count, 0, NULL, on_done, &later);
  while (!later.is_done)
    g_main_context_iteration (NULL, TRUE);
}

static void
read_once (Script       *script,
           BpPool       *pool,
           GInputStream *stream,
           Read          read,
           gsize         count)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (read == READ_ONCE)
    add_slice (script, bp_pool_read (pool, stream, count, NULL, &error), count);
  else if (read == READ_ALL)
    add_slice (script, bp_pool_read_all (pool, stream, count, NULL, &error), count);
  else if (read == READ_BYTES)
    {
      bytes = bp_pool_read_bytes (pool, stream, count, NULL, &error);
      if (bytes != NULL)
        g_byte_array_append (script->read, g_bytes_get_data (bytes, NULL),
                             (guint) g_bytes_get_size (bytes));
    }
  else
    read_later (pool, stream, (Later) { script, read, count, FALSE });
}

/* No byte is lost, whatever the stream does in between, and none comes twice. */
static void
try_stream (const guint8 *data,
            gsize         size)
{
  gsize n_script = MIN (size, MOST_READS * SCRIPT_BYTES);
  Script script = { data, n_script, NULL, 0 };
  g_autoptr (GByteArray) read = g_byte_array_new ();
  g_autoptr (TestStream) stream = test_stream_new (data + n_script, size - n_script);
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 1, 4, 16);

  script.read = read;
  stream->on_read = on_read;
  stream->on_read_data = &script;
  bp_pool_set_max_outstanding (pool, next_byte (&script) % 4);
  for (guint i = 0; i < MOST_READS && script.n_left > 0; i++)
    {
      Read kind = next_byte (&script) % N_READS;

      read_once (&script, pool, G_INPUT_STREAM (stream), kind, next_byte (&script));
      g_assert_cmpmem (read->data, read->len, data + n_script, read->len);
      g_assert_cmpuint (read->len + stream->n_left, ==, size - n_script);
    }
  g_assert_cmpuint (get_stat (pool, outstanding), ==, 0);
  assert_valid (pool);
}

static void
try_container (const guint8 *data,
               gsize         size)
{
  g_autoptr (GInputStream) stream = g_memory_input_stream_new_from_data (data, (gssize) size, NULL);
  g_autoptr (GError) error = NULL;
  gboolean is_whole = container_check (stream, (goffset) size, NULL, &error);

  g_assert_cmpint (is_whole, ==, error == NULL);
}

static const guint8 *recording;
static gsize n_recorded;

/* In the place of those that open files: playback.c gets the input. */
Source *
source_open (const char  *name,
             GError     **error)
{
  Source *self = g_new0 (Source, 1);

  self->name = g_strdup (name);
  self->stream = g_memory_input_stream_new_from_data (recording, (gssize) n_recorded, NULL);

  return self;
}

void
source_free (Source *self)
{
  g_object_unref (self->stream);
  g_free (self->name);
  g_free (self);
}

static void
try_recording (const guint8 *data,
               gsize         size)
{
  g_autoptr (Playback) playback = NULL;
  g_autoptr (GError) error = NULL;
  guint64 n_bytes = 0;
  gboolean is_fine = TRUE;

  recording = data;
  n_recorded = size;
  playback = playback_new ("input", &error);
  g_assert_true ((playback == NULL) == (error != NULL));
  for (guint i = 0; playback != NULL && is_fine && i < MOST_FRAMES; i++)
    {
      g_autoptr (Frame) frame = NULL;

      is_fine = playback_next (playback, &frame, &error);
      g_assert_cmpint (is_fine, ==, error == NULL);
      if (frame == NULL)
        break;
      g_assert_cmpuint (frame->source, <, playback_get_n_sources (playback));
      if (frame->bytes != NULL)
        {
          n_bytes += bp_pooled_slice_get_length (frame->bytes);
          g_assert_cmpuint (bp_pooled_slice_get_length (frame->bytes), <=,
                            playback_get_frame_bytes (playback));
        }
    }
  g_assert_cmpuint (n_bytes, <=, size);
}

int
LLVMFuzzerInitialize (int    *argc,
                      char ***argv)
{
  test_warm_up ();

  return 0;
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize         size)
{
  static void (*const targets[]) (const guint8 *data,
                                  gsize         size) = {
    try_stream, try_container, try_recording,
  };

  if (size > 0)
    targets[data[0] % G_N_ELEMENTS (targets)] (data + 1, size - 1);

  return 0;
}
