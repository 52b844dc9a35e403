/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "pool-operations.h"

#include "test-signs.h"
#include "test-stream.h"

/* Every operation on a pool. */

#define MOST_ELEMENTS 64
#define MOST_FILLED 8
#define MOST_BUFFERS 40
#define MOST_TRIM 100

static void
init (BpPooled *pooled,
      gpointer  user_data)
{
  (*(guint *) user_data)++;
}

static BpPooled *
acquire (Model      *model,
         TestRandom *random)
{
  g_autoptr (GError) error = NULL;
  BpPooled *handle;
  guint n_calls = 0;

  switch (test_random_below (random, 3))
    {
    case 0:
      handle = bp_pool_try_acquire (model->pool, &error);
      g_assert_no_error (error);
      return handle;

    case 1:
      handle = bp_pool_acquire_with (model->pool, init, &n_calls);
      g_assert_cmpuint (n_calls, ==, 1);
      return handle;

    default:
      return bp_pool_acquire (model->pool);
    }
}

static void
assert_zeroed (Buffer *buffer)
{
  const guint8 *data = buffer->data;
  guint8 bits = 0;

  for (gsize i = 0; i < buffer_get_n_bytes (buffer); i++)
    bits |= data[i];
  g_assert_cmpuint (bits, ==, 0);
}

/* Of a pool of element buffers. */
static Buffer *
take_elements (Model      *model,
               TestRandom *random,
               Effect     *effect)
{
  gsize length = model_choose_length (model, random);
  g_autoptr (GError) error = NULL;
  BpPooled *handle;
  Buffer *buffer;

  if (test_random_below (random, 2) == 0)
    {
      handle = bp_pool_acquire_sized (model->pool, length, &error);
      g_assert_no_error (error);
      buffer = buffer_new (model, handle);
      assert_zeroed (buffer);
    }
  else
    {
      handle = bp_pool_acquire_uninit (model->pool, length, &error);
      g_assert_no_error (error);
      buffer = buffer_new (model, handle);
    }

  g_assert_cmpuint (buffer->length, ==, length);
  effect->kind = EFFECT_ACQUIRED;
  buffer_get_taken (buffer, length, effect);

  return buffer;
}

static Buffer *
take_item (Model      *model,
           TestRandom *random,
           Effect     *effect)
{
  Buffer *buffer = buffer_new (model, acquire (model, random));

  g_assert_cmpuint (buffer->length, ==, 0);
  effect->kind = EFFECT_ACQUIRED;
  buffer_get_taken (buffer, 0, effect);

  return buffer;
}

Buffer *
pool_acquire (Model      *model,
              TestRandom *random,
              Effect     *effect)
{
  Buffer *buffer = model->element_size > 0 ? take_elements (model, random, effect)
                                           : take_item (model, random, effect);

  buffer_fill (buffer, random);

  return buffer;
}

/* Once or all, from a stream that gives a little at a time, and may fail after some. */
static BpPooledSlice *
read_from (BpPool     *pool,
           TestRandom *random,
           TestStream *stream,
           gsize       count,
           gsize      *expected)
{
  g_autoptr (GError) error = NULL;
  BpPooledSlice *slice;

  stream->max_read = 1 + test_random_below (random, MOST_ELEMENTS);
  *expected = MIN (count, stream->n_left);
  if (test_random_below (random, 2) == 0)
    {
      *expected = MIN (*expected, stream->max_read);
      slice = bp_pool_read (pool, G_INPUT_STREAM (stream), count, NULL, &error);
    }
  else
    {
      if (*expected > 0 && test_random_below (random, 2) == 0)
        {
          *expected = stream->n_before_error = 1 + test_random_below (random, (guint) *expected);
          stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "of a test");
        }
      slice = bp_pool_read_all (pool, G_INPUT_STREAM (stream), count, NULL, &error);
    }
  g_assert_no_error (error);

  return slice;
}

static Buffer *
read_stream (Model      *model,
             TestRandom *random,
             Effect     *effect)
{
  gsize n_bytes = model_choose_length (model, random);
  gsize count = model_choose_length (model, random);
  g_autofree guint8 *data = g_malloc (n_bytes + 1);
  g_autoptr (TestStream) stream = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BpPooledSlice) slice = NULL;
  gsize n_read, expected;
  gconstpointer content;
  BpPooled *handle;
  Buffer *buffer;

  for (gsize i = 0; i < n_bytes; i++)
    data[i] = (guint8) test_random_next (random);
  stream = test_stream_new (data, n_bytes);
  slice = read_from (model->pool, random, stream, count, &expected);
  content = bp_pooled_slice_get_data (slice, &n_read);
  g_assert_cmpmem (content, n_read, data, expected);

  handle = bp_pooled_slice_steal_pooled (slice, &error);
  g_assert_no_error (error);
  buffer = buffer_new (model, handle);
  effect->kind = EFFECT_ACQUIRED;
  buffer_get_taken (buffer, count, effect);

  return buffer;
}

static Buffer *
attach (Model      *model,
        TestRandom *random,
        Effect     *effect)
{
  gsize capacity = model_choose_length (model, random);
  gsize length = test_random_below (random, (guint) capacity + 1);
  g_autoptr (GError) error = NULL;
  BpPooled *handle;
  gpointer item;

  effect->kind = EFFECT_ATTACHED;
  if (model->element_size > 0)
    {
      handle = bp_pool_attach_data (model->pool, g_malloc0 (capacity * model->element_size),
                                    length, capacity, &error);
    }
  else
    {
      if (model_is_objects (model))
        item = g_object_new (TEST_TYPE_OBJECT, NULL);
      else
        item = test_item_funcs.create (NULL, &model->counters, &error);
      handle = bp_pool_attach_item (model->pool, item, &error);
    }
  g_assert_no_error (error);

  return buffer_new (model, handle);
}

/* While create() fails: what lies idle, or nothing. */
static Buffer *
take_idle (Model  *model,
           Effect *effect)
{
  g_autoptr (GError) error = NULL;
  BpPooled *handle;
  Buffer *buffer;

  model->counters.fail_after = 0;
  handle = bp_pool_try_acquire (model->pool, &error);
  model->counters.fail_after = TEST_NEVER;
  if (handle == NULL)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED);
      effect->kind = EFFECT_FAILED;
      return NULL;
    }

  buffer = buffer_new (model, handle);
  effect->kind = EFFECT_ACQUIRED;
  buffer_get_taken (buffer, 0, effect);

  return buffer;
}

Buffer *
pool_take (Model      *model,
           TestRandom *random,
           Effect     *effect)
{
  guint choice = test_random_below (random, 10);
  Buffer *buffer;

  if (choice == 0)
    {
      buffer = attach (model, random, effect);
    }
  else if (model->element_size > 0 && choice < 6)
    {
      buffer = take_elements (model, random, effect);
    }
  else if (model->element_size == 1 && choice == 6)
    {
      buffer = read_stream (model, random, effect);
    }
  else if (g_str_equal (model->kind->name, "funcs") && choice == 1 && !model->is_crowd)
    {
      buffer = take_idle (model, effect);
    }
  else
    {
      buffer = take_item (model, random, effect);
    }

  if (buffer != NULL)
    buffer_fill (buffer, random);

  return buffer;
}

static void
recycle_elements (Model      *model,
                  TestRandom *random,
                  Effect     *effect)
{
  gsize trim = model->trim_capacity;
  gsize capacity = model_choose_length (model, random);

  effect->data = g_malloc0 (capacity * model->element_size);
  effect->is_refused = capacity == 0;
  effect->is_trimmed = trim > 0 && capacity > 2 * trim;
  effect->bytes = (effect->is_trimmed ? trim : capacity) * model->element_size;
  bp_pool_recycle_data (model->pool, effect->data, capacity);
}

void
pool_recycle (Model      *model,
              TestRandom *random,
              Effect     *effect)
{
  effect->kind = EFFECT_ADDED;
  if (model->element_size > 0)
    {
      recycle_elements (model, random, effect);
    }
  else if (model_is_objects (model))
    {
      TestObject *object = g_object_new (TEST_TYPE_OBJECT, NULL);

      effect->data = object;
      effect->bytes = object->byte_size;
      effect->is_refused = object->refuse = test_random_below (random, 4) == 0;
      bp_pool_recycle_object (model->pool, G_OBJECT (object));
    }
  else
    {
      TestItem *item = test_item_funcs.create (NULL, &model->counters, NULL);

      effect->data = item;
      effect->bytes = item->byte_size;
      effect->is_refused = item->refuse = test_random_below (random, 4) == 0;
      bp_pool_recycle_item (model->pool, item);
    }
  effect->is_refused |= model_keeps_none (model);
}

void
pool_prefill (Model      *model,
              TestRandom *random,
              Effect     *effect)
{
  guint n_buffers = test_random_below (random, MOST_FILLED);
  gsize n_elements = test_random_below (random, MOST_ELEMENTS);
  gboolean is_empty = model->element_size > 0 && n_elements == 0;
  g_autoptr (GError) error = NULL;
  gboolean is_done = bp_pool_prefill (model->pool, n_buffers, n_elements, &error);

  if (!is_done)
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  if (model->is_crowd)
    return;

  g_assert_cmpint (is_done, ==,
                   n_buffers == 0 ||
                   (!is_empty && !model->is_closed &&
                    model->layout->idle->len + n_buffers <= model->max_buffers));
  if (!is_done)
    return;

  effect->kind = EFFECT_FILLED;
  effect->n = n_buffers;
  if (model->element_size > 0)
    effect->bytes = n_elements * model->element_size;
  else
    effect->bytes = model_is_objects (model) ? TEST_OBJECT_BYTES : TEST_ITEM_BYTES;
}

/* What a monitor's warning leaves of what is idle. */
static void
warn (Model      *model,
      TestRandom *random,
      Effect     *effect)
{
  static const struct
  {
    int level;
    guint n_quarters;
  } levels[] = {
    { G_MEMORY_MONITOR_WARNING_LEVEL_LOW, 2 },
    { G_MEMORY_MONITOR_WARNING_LEVEL_MEDIUM, 1 },
    { G_MEMORY_MONITOR_WARNING_LEVEL_CRITICAL, 0 },
  };
  g_autoptr (GMemoryMonitor) monitor = test_monitor_new ();
  guint chosen = test_random_below (random, G_N_ELEMENTS (levels));

  effect->kind = EFFECT_EMPTIED;
  effect->n = model->layout->idle->len * levels[chosen].n_quarters / 4;
  bp_pool_set_memory_monitor (model->pool, monitor);
  test_monitor_warn (monitor, levels[chosen].level);
  bp_pool_set_memory_monitor (model->pool, NULL);
}

void
pool_grow_old (Model  *model,
               Effect *effect)
{
  g_autoptr (GMainContext) context = g_main_context_new ();

  effect->kind = EFFECT_EMPTIED;
  g_main_context_push_thread_default (context);
  bp_pool_set_idle_timeout (model->pool, 1);
  test_context_run_out (context);
  bp_pool_set_idle_timeout (model->pool, 0);
  g_main_context_pop_thread_default (context);
}

void
pool_drop_idle (Model      *model,
                TestRandom *random,
                Effect     *effect)
{
  if (test_random_below (random, 3) == 0)
    {
      warn (model, random, effect);
      return;
    }

  effect->kind = EFFECT_EMPTIED;
  effect->n = test_random_below (random, 2) == 0 ? 0 : test_random_below (random, MOST_BUFFERS);
  bp_pool_drop_idle (model->pool, effect->n);
}

void
pool_set (Model      *model,
          TestRandom *random,
          Effect     *effect)
{
  static const int caches[] = { -1, 0, 1, 3, 16, 64 };

  effect->kind = EFFECT_SET;
  switch (test_random_below (random, 3))
    {
    case 0:
      bp_pool_set_max_buffers (model->pool, test_random_below (random, MOST_BUFFERS));
      break;

    case 1:
      bp_pool_set_trim_capacity (model->pool, test_random_below (random, MOST_TRIM));
      break;

    default:
      bp_pool_set_thread_cache (model->pool,
                                caches[test_random_below (random, G_N_ELEMENTS (caches))]);
      break;
    }
}

/* What the statistics say in words is what they say in numbers. */
void
pool_read_stats (Model *model)
{
  g_autoptr (BpPoolStats) stats = bp_pool_get_stats (model->pool);
  g_autofree char *string = bp_pool_stats_to_string (stats);
  g_autofree char *acquired = NULL;
  g_autofree char *idle = NULL;

  acquired = g_strdup_printf ("%" G_GUINT64_FORMAT " acquired", model->expected.acquired);
  idle = g_strdup_printf (", %u idle ", model->layout->idle->len);
  g_assert_true (g_str_has_prefix (string, acquired));
  g_assert_nonnull (strstr (string, idle));
}

void
pool_dispose (Model  *model,
              Effect *effect)
{
  effect->kind = EFFECT_CLOSED;
  g_object_run_dispose (G_OBJECT (model->pool));
}
