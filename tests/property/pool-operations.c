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
/* In a crowd another thread may give back what is waited for. */
#define MOST_MICROSECONDS 300

static void
init (BpPooled *pooled,
      gpointer  user_data)
{
  (*(guint *) user_data)++;
}

/* Acquires by the calls that are for pools with limits. */
static BpPooled *
acquire_within_limits (Model       *model,
                       TestRandom  *random,
                       gsize        n_elements,
                       gboolean     is_zeroed,
                       GError     **error)
{
  gint64 timeout = model->is_crowd ? test_random_below (random, MOST_MICROSECONDS) : 0;
  BpPooled *handle;

  switch (test_random_below (random, 3))
    {
    case 0:
      return bp_pool_acquire_full (model->pool, n_elements,
                                   is_zeroed ? BP_ACQUIRE_NONE : BP_ACQUIRE_UNINIT,
                                   NULL, timeout, NULL, error);

    case 1:
      return bp_pool_acquire_wait (model->pool, n_elements, timeout, NULL, error);

    default:
      if (is_zeroed)
        return bp_pool_acquire_full (model->pool, n_elements, BP_ACQUIRE_NONE, NULL, 0, NULL,
                                     error);
      g_assert_cmpint (bp_pool_acquire_many (model->pool, n_elements, &handle, 1, error), ==,
                       handle != NULL);
      return handle;
    }
}

static BpPooled *
acquire (Model       *model,
         TestRandom  *random,
         GError     **error)
{
  BpPooled *handle;
  guint n_calls = 0;

  switch (test_random_below (random, model->ledger.has_limits ? 5 : 3))
    {
    case 0:
      return bp_pool_try_acquire (model->pool, error);

    case 1:
      handle = bp_pool_acquire_with (model->pool, init, &n_calls);
      g_assert_cmpuint (n_calls, ==, handle != NULL);
      return handle;

    case 2:
      return bp_pool_acquire (model->pool);

    default:
      return acquire_within_limits (model, random, 0, FALSE, error);
    }
}

/* The buffer that was acquired; NULL if a limit was in the way. An acquire of elements
 * looks for a buffer before it asks for bytes. */
static Buffer *
make_taken (Model    *model,
            BpPooled *handle,
            gsize     n_elements,
            GError   *error,
            Effect   *effect)
{
  gsize n_bytes = model->element_size > 0 ? n_elements * model->element_size
                                          : model_get_item_bytes (model);
  Buffer *buffer;

  if (handle == NULL)
    {
      ledger_check_refused (model, n_bytes, error, effect);
      effect->is_counted = model->element_size > 0;
      return NULL;
    }

  g_assert_no_error (error);
  ledger_check_admitted (model);
  buffer = buffer_new (model, handle);
  effect->kind = EFFECT_ACQUIRED;
  buffer_get_taken (buffer, n_elements, effect);

  return buffer;
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
  gboolean is_zeroed = test_random_below (random, 2) == 0;
  g_autoptr (GError) error = NULL;
  BpPooled *handle;
  Buffer *buffer;

  if (model->ledger.has_limits && test_random_below (random, 2) == 0)
    handle = acquire_within_limits (model, random, length, is_zeroed, &error);
  else if (is_zeroed)
    handle = bp_pool_acquire_sized (model->pool, length, &error);
  else
    handle = bp_pool_acquire_uninit (model->pool, length, &error);

  g_assert_true ((handle == NULL) == (error != NULL));
  buffer = make_taken (model, handle, length, error, effect);
  if (buffer == NULL)
    return NULL;

  g_assert_cmpuint (buffer->length, ==, length);
  if (is_zeroed)
    assert_zeroed (buffer);

  return buffer;
}

static Buffer *
take_item (Model      *model,
           TestRandom *random,
           Effect     *effect)
{
  g_autoptr (GError) error = NULL;
  BpPooled *handle = acquire (model, random, &error);
  Buffer *buffer = make_taken (model, handle, 0, error, effect);

  if (buffer != NULL)
    g_assert_cmpuint (buffer->length, ==, 0);

  return buffer;
}

Buffer *
pool_acquire (Model      *model,
              TestRandom *random,
              Effect     *effect)
{
  Buffer *buffer = model->element_size > 0 ? take_elements (model, random, effect)
                                           : take_item (model, random, effect);

  if (buffer != NULL)
    buffer_fill (buffer, random);

  return buffer;
}

/* Once or all, from a stream that gives a little at a time, and may fail after some. */
static BpPooledSlice *
read_from (BpPool     *pool,
           TestRandom *random,
           TestStream *stream,
           gsize       count,
           gsize      *expected,
           GError    **error)
{
  BpPooledSlice *slice;

  stream->max_read = 1 + test_random_below (random, MOST_ELEMENTS);
  *expected = MIN (count, stream->n_left);
  if (test_random_below (random, 2) == 0)
    {
      *expected = MIN (*expected, stream->max_read);
      slice = bp_pool_read (pool, G_INPUT_STREAM (stream), count, NULL, error);
    }
  else
    {
      if (*expected > 0 && test_random_below (random, 2) == 0)
        {
          *expected = stream->n_before_error = 1 + test_random_below (random, (guint) *expected);
          stream->error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "of a test");
        }
      slice = bp_pool_read_all (pool, G_INPUT_STREAM (stream), count, NULL, error);
    }

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

  for (gsize i = 0; i < n_bytes; i++)
    data[i] = (guint8) test_random_next (random);
  stream = test_stream_new (data, n_bytes);
  slice = read_from (model->pool, random, stream, count, &expected, &error);
  if (slice == NULL)
    {
      g_assert_cmpuint (stream->n_left, ==, n_bytes);
      return make_taken (model, NULL, count, error, effect);
    }

  g_assert_no_error (error);
  content = bp_pooled_slice_get_data (slice, &n_read);
  g_assert_cmpmem (content, n_read, data, expected);

  handle = bp_pooled_slice_steal_pooled (slice, &error);

  return make_taken (model, handle, count, error, effect);
}

/* After a failure the item is still the caller's. */
static void
free_item (Model    *model,
           gpointer  item)
{
  if (model->element_size > 0)
    g_free (item);
  else if (model_is_objects (model))
    g_object_unref (item);
  else
    test_item_funcs.free (item, &model->counters);
}

static Buffer *
attach (Model      *model,
        TestRandom *random,
        Effect     *effect)
{
  gsize capacity = model_choose_length (model, random);
  gsize length = test_random_below (random, (guint) capacity + 1);
  gsize n_bytes = capacity * model->element_size;
  g_autoptr (GError) error = NULL;
  BpPooled *handle;
  gpointer item;

  if (model->element_size > 0)
    {
      item = g_malloc0 (n_bytes);
      handle = bp_pool_attach_data (model->pool, item, length, capacity, &error);
    }
  else
    {
      n_bytes = model_get_item_bytes (model);
      if (model_is_objects (model))
        item = g_object_new (TEST_TYPE_OBJECT, NULL);
      else
        item = test_item_funcs.create (NULL, &model->counters, &error);
      handle = bp_pool_attach_item (model->pool, item, &error);
    }
  if (handle == NULL)
    {
      ledger_check_refused (model, n_bytes, error, effect);
      free_item (model, item);
      return NULL;
    }

  g_assert_no_error (error);
  ledger_check_admitted (model);
  effect->kind = EFFECT_ATTACHED;
  effect->n_charged = n_bytes;

  return buffer_new (model, handle);
}

/* While create() fails: what lies idle, or nothing. */
static Buffer *
take_idle (Model  *model,
           Effect *effect)
{
  g_autoptr (GError) error = NULL;
  BpPooled *handle;

  model->counters.fail_after = 0;
  handle = bp_pool_try_acquire (model->pool, &error);
  model->counters.fail_after = TEST_NEVER;
  if (g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_CREATE_FAILED))
    {
      effect->kind = EFFECT_FAILED;
      return NULL;
    }

  return make_taken (model, handle, 0, error, effect);
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
  gsize n_bytes;

  effect->data = g_malloc0 (capacity * model->element_size);
  effect->is_trimmed = trim > 0 && capacity > 2 * trim;
  effect->bytes = (effect->is_trimmed ? trim : capacity) * model->element_size;
  n_bytes = capacity * model->element_size;
  effect->is_ignored = capacity == 0 || !ledger_keeps (model, 0, n_bytes);
  effect->is_refused = effect->is_ignored;
  if (!effect->is_ignored)
    effect->n_highest = model->ledger.used + n_bytes;
  bp_pool_recycle_data (model->pool, effect->data, capacity);
}

static void
foresee_item (Model  *model,
              gsize   n_bytes,
              Effect *effect)
{
  effect->bytes = n_bytes;
  if (effect->is_refused || model_keeps_none (model))
    return;
  if (ledger_keeps (model, 0, n_bytes))
    effect->n_highest = model->ledger.used + n_bytes;
  else
    effect->is_refused = TRUE;
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
      effect->is_refused = object->refuse = test_random_below (random, 4) == 0;
      foresee_item (model, object->byte_size, effect);
      bp_pool_recycle_object (model->pool, G_OBJECT (object));
    }
  else
    {
      TestItem *item = test_item_funcs.create (NULL, &model->counters, NULL);

      effect->data = item;
      effect->is_refused = item->refuse = test_random_below (random, 4) == 0;
      foresee_item (model, item->byte_size, effect);
      bp_pool_recycle_item (model->pool, item);
    }
  effect->is_refused |= model_keeps_none (model);
}

/* There was room for the new buffers in number. The bytes of elements are known before
 * any is made. The bytes of items are known afterwards, when something idle may have
 * gone for them. */
static void
check_filled (Model    *model,
              gboolean  is_done,
              GError   *error,
              Effect   *effect)
{
  gboolean of_elements = model->element_size > 0;
  gboolean fits = ledger_fits (model, effect->n_charged);
  guint64 max_idle = model->ledger.max_idle_bytes;
  guint64 n_idle = of_elements ? layout_sum_bytes (model->layout)
                               : get_stat (model->pool, idle_bytes);
  gboolean is_too_much = max_idle > 0 && n_idle + effect->n_charged > max_idle;

  if (is_done)
    {
      g_assert_true (fits);
      g_assert_false (of_elements && is_too_much);
      effect->kind = EFFECT_FILLED;
    }
  else if (!fits && !(of_elements && is_too_much))
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET);
      effect->kind = EFFECT_REFUSED;
      effect->code = BP_POOL_ERROR_BUDGET;
    }
  else
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      g_assert_true (is_too_much);
      effect->n_charged = of_elements ? 0 : effect->n_charged;
      effect->is_highest_unknown = !of_elements;
    }
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

  if (!is_done && (model->ledger.budget == NULL ||
                   !g_error_matches (error, BP_POOL_ERROR, BP_POOL_ERROR_BUDGET)))
    g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
  if (model->is_crowd || n_buffers == 0)
    {
      g_assert_true (is_done || model->is_crowd);
      return;
    }
  if (is_empty || model->is_closed ||
      model->layout->idle->len + n_buffers > model->max_buffers)
    {
      g_assert_error (error, BP_POOL_ERROR, BP_POOL_ERROR_OUT_OF_RANGE);
      return;
    }

  effect->n = n_buffers;
  effect->bytes = model->element_size > 0 ? n_elements * model->element_size
                                          : model_get_item_bytes (model);
  effect->n_charged = n_buffers * effect->bytes;
  effect->is_highest_unknown = ledger_is_short (model, effect->n_charged);
  check_filled (model, is_done, error, effect);
}

/* A monitor's warning, and what it leaves of the idle buffers. */
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
