/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-utils.h"

#include <string.h>

/*
 * Handles are small state machines. Here every sequence of a few operations on
 * one buffer, and long random ones, are compared with a model of a few lines:
 * what each call answers, where the buffer is afterwards, and that no
 * memory changes under a reader.
 */

#define MAX_PINS 64
#define LENGTH 40

typedef enum
{
  OP_REF,
  OP_UNREF,
  OP_RELEASE,
  OP_GET_BYTES,
  OP_DROP_BYTES,
  OP_TO_BYTES,
  OP_GET_VIEW,
  OP_DROP_VIEW,
  OP_TAKE_SLICE,
  OP_SUB_SLICE,
  OP_SLICE_BYTES,
  OP_SLICE_VIEW,
  OP_RELEASE_SLICE,
  OP_DROP_SLICE,
  OP_STEAL_SLICE,
  OP_STEAL,
  OP_RESIZE,
  OP_RESERVE,
  OP_SET_LENGTH,
  OP_APPEND,
  OP_WRITE,
  N_OPS
} Op;

typedef struct
{
  BpPool *pool;
  BpPooled *handle;
  GPtrArray *bytes;
  GPtrArray *views;
  GPtrArray *slices;

  /* The model: the caller's references, and the two ways a buffer is lost. The
   * pins are the lengths of the arrays, less the slices that were released. */
  guint n_refs;
  guint n_released_slices;
  gboolean is_released;
  gboolean is_stolen;
} World;

static void
world_init (World  *world,
            BpPool *pool)
{
  memset (world, 0, sizeof (World));
  world->pool = pool;
  world->handle = bp_pool_acquire_sized (pool, LENGTH, NULL);
  memset (bp_pooled_get_data (world->handle, NULL), 0x55, LENGTH);
  world->bytes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  world->views = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_view_unref);
  world->slices = g_ptr_array_new_with_free_func ((GDestroyNotify) bp_pooled_slice_unref);
  world->n_refs = 1;
}

static guint
count_pins (World *world)
{
  return world->bytes->len + world->views->len + world->slices->len - world->n_released_slices;
}

/* Whether the handle can be used at all. */
static gboolean
has_handle (World *world)
{
  return world->n_refs > 0;
}

static gboolean
is_out (World *world)
{
  if (world->is_stolen)
    return FALSE;

  return count_pins (world) > 0 || (world->n_refs > 0 && !world->is_released);
}

/* The error that a call on the handle must give; -1 for none. */
static int
expect_pin (World *world)
{
  return world->is_released ? (int) BP_POOL_ERROR_RELEASED : -1;
}

static int
expect_change (World *world)
{
  if (world->is_released)
    return BP_POOL_ERROR_RELEASED;

  return count_pins (world) > 0 ? (int) BP_POOL_ERROR_BUSY : -1;
}

static void
assert_outcome (gboolean  is_done,
                int       expected,
                GError   *error)
{
  if (expected < 0)
    {
      g_assert_no_error (error);
      g_assert_true (is_done);
    }
  else
    {
      g_assert_error (error, BP_POOL_ERROR, expected);
      g_assert_false (is_done);
    }
}

static void
check_world (World *world)
{
  gboolean out = is_out (world);

  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, out ? 1 : 0);
  assert_valid (world->pool);

  if (has_handle (world))
    {
      g_assert_cmpint (bp_pooled_is_released (world->handle), ==, world->is_released);
      g_assert_cmpint (bp_pooled_get_data (world->handle, NULL) == NULL, ==, world->is_released);
    }
  for (guint i = 0; i < world->bytes->len; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (world->bytes->pdata[i], &size);

      for (gsize k = 0; k < size; k++)
        g_assert_cmpuint (data[k], ==, 0x55);
    }
  for (guint i = 0; i < world->views->len; i++)
    {
      gsize length;
      const guint8 *data =
        (const guint8 *) bp_pooled_view_get_extent (world->views->pdata[i], NULL, &length);

      for (gsize k = 0; k < length; k++)
        g_assert_cmpuint (data[k], ==, 0x55);
    }
}

static void
drop_last (GPtrArray *array)
{
  g_ptr_array_remove_index (array, array->len - 1);
}

static BpPooledSlice *
last_slice (World *world)
{
  return world->slices->pdata[world->slices->len - 1];
}

static gboolean
is_last_slice_released (World *world)
{
  return bp_pooled_slice_is_released (last_slice (world));
}

static gboolean
pin (World     *world,
     GPtrArray *array,
     gpointer   pinned,
     int        expected,
     GError   **error)
{
  assert_outcome (pinned != NULL, expected, *error);
  if (pinned != NULL)
    g_ptr_array_add (array, pinned);

  return TRUE;
}

static gboolean
steal (World *world)
{
  int expected = expect_change (world);
  g_autoptr (GError) error = NULL;
  g_autofree gpointer data = NULL;
  gsize length;

  data = bp_pooled_steal_data (world->handle, &length, NULL, &error);
  assert_outcome (data != NULL, expected, error);
  if (data != NULL)
    {
      world->is_stolen = TRUE;
      world->is_released = TRUE;
    }

  return TRUE;
}

static gboolean
steal_slice (World *world)
{
  g_autoptr (GError) error = NULL;
  BpPooled *pooled;
  int expected = -1;

  if (world->is_released || is_last_slice_released (world))
    expected = BP_POOL_ERROR_RELEASED;
  else if (count_pins (world) > 1)
    expected = BP_POOL_ERROR_BUSY;

  pooled = bp_pooled_slice_steal_pooled (last_slice (world), &error);
  assert_outcome (pooled != NULL, expected, error);
  if (pooled != NULL)
    {
      g_assert_true (pooled == world->handle);
      g_assert_true (bp_pooled_slice_is_released (last_slice (world)));
      world->n_released_slices++;
      world->n_refs++;
    }

  return TRUE;
}

static gboolean
change (World *world,
        Op     op)
{
  static const guint8 more[2] = { 0x55, 0x55 };
  int expected = expect_change (world);
  g_autoptr (GError) error = NULL;
  gsize length = bp_pooled_get_length (world->handle);
  gboolean is_done;

  switch ((guint) op)
    {
    case OP_RESIZE:
      is_done = bp_pooled_try_resize (world->handle, length / 2, &error);
      break;
    case OP_RESERVE:
      is_done = bp_pooled_reserve (world->handle,
                                   bp_pooled_get_capacity (world->handle) + 100, &error);
      break;
    case OP_SET_LENGTH:
      is_done = bp_pooled_set_length (world->handle, length, &error);
      break;
    case OP_APPEND:
      is_done = bp_pooled_append (world->handle, more, 2, &error);
      break;
    case OP_WRITE:
      is_done = bp_pooled_write (world->handle, 0, more, MIN (length, 2), &error);
      break;
    default:
      g_assert_not_reached ();
    }
  assert_outcome (is_done, expected, error);

  return TRUE;
}

/* On the handle. FALSE when that cannot be done in this state. */
static gboolean
do_with_handle (World *world,
                Op     op)
{
  int expected = expect_pin (world);
  g_autoptr (GError) error = NULL;

  switch ((guint) op)
    {
    case OP_REF:
      bp_pooled_ref (world->handle);
      world->n_refs++;
      return TRUE;

    case OP_UNREF:
      world->n_refs--;
      bp_pooled_unref (world->handle);
      return TRUE;

    case OP_RELEASE:
      g_assert_cmpint (bp_pooled_release (world->handle), ==, !world->is_released);
      world->is_released = TRUE;
      return TRUE;

    case OP_GET_BYTES:
      return pin (world, world->bytes, bp_pooled_get_bytes (world->handle, &error),
                  expected, &error);

    case OP_TO_BYTES:
      world->n_refs--;
      return pin (world, world->bytes, bp_pooled_unref_to_bytes (world->handle, &error),
                  expected, &error);

    case OP_GET_VIEW:
      return pin (world, world->views, bp_pooled_get_view (world->handle, &error),
                  expected, &error);

    case OP_TAKE_SLICE:
      world->n_refs--;
      return pin (world, world->slices,
                  bp_pooled_slice_new_take (world->handle,
                                            bp_pooled_get_length (world->handle), &error),
                  expected, &error);

    case OP_STEAL:
      return steal (world);

    default:
      return change (world, op);
    }
}

/* On the last of the slices, which works whatever became of the handle. */
static gboolean
do_with_slice (World *world,
               Op     op)
{
  BpPooledSlice *slice = last_slice (world);
  int expected = is_last_slice_released (world) ? (int) BP_POOL_ERROR_RELEASED : -1;
  g_autoptr (GError) error = NULL;

  switch ((guint) op)
    {
    case OP_SUB_SLICE:
      return pin (world, world->slices, bp_pooled_slice_sub (slice, 0, 0, &error),
                  expected, &error);

    case OP_SLICE_BYTES:
      return pin (world, world->bytes, bp_pooled_slice_get_bytes (slice, &error),
                  expected, &error);

    case OP_SLICE_VIEW:
      return pin (world, world->views, bp_pooled_slice_get_view (slice, &error),
                  expected, &error);

    case OP_RELEASE_SLICE:
      if (expected < 0)
        world->n_released_slices++;
      g_assert_cmpint (bp_pooled_slice_release (slice), ==, expected < 0);
      return TRUE;

    case OP_DROP_SLICE:
      if (expected >= 0)
        world->n_released_slices--;
      drop_last (world->slices);
      return TRUE;

    default:
      return steal_slice (world);
    }
}

static gboolean
do_op (World *world,
       Op     op)
{
  switch ((guint) op)
    {
    case OP_DROP_BYTES:
      if (world->bytes->len == 0)
        return FALSE;
      drop_last (world->bytes);
      return TRUE;

    case OP_DROP_VIEW:
      if (world->views->len == 0)
        return FALSE;
      drop_last (world->views);
      return TRUE;

    case OP_SUB_SLICE:
    case OP_SLICE_BYTES:
    case OP_SLICE_VIEW:
    case OP_RELEASE_SLICE:
    case OP_DROP_SLICE:
    case OP_STEAL_SLICE:
      return world->slices->len > 0 && do_with_slice (world, op);

    default:
      return has_handle (world) && do_with_handle (world, op);
    }
}

/* In either order: references or pins first. */
static void
world_clear (World    *world,
             gboolean  refs_first)
{
  if (refs_first)
    for (; world->n_refs > 0; world->n_refs--)
      bp_pooled_unref (world->handle);
  g_ptr_array_unref (world->slices);
  g_ptr_array_unref (world->bytes);
  g_ptr_array_unref (world->views);
  for (; world->n_refs > 0; world->n_refs--)
    bp_pooled_unref (world->handle);

  g_assert_cmpuint (get_stat (world->pool, outstanding), ==, 0);
  assert_valid (world->pool);
}

#define DEPTH 5

static void
test_every_sequence (void)
{
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 4, 0);
  guint n_sequences = 0, n_all = 1;

  for (guint i = 0; i < DEPTH; i++)
    n_all *= N_OPS;

  for (guint number = 0; number < n_all; number++)
    {
      guint rest = number, unit = n_all / N_OPS;
      gboolean is_possible = TRUE;
      World world;

      world_init (&world, pool);
      for (guint i = 0; i < DEPTH && is_possible; i++)
        {
          is_possible = do_op (&world, rest / unit);
          /* All sequences that begin so are impossible. */
          if (!is_possible)
            number += unit - 1 - rest % unit;
          else
            check_world (&world);
          rest %= unit;
          unit = MAX (unit / N_OPS, 1);
        }
      n_sequences += is_possible;
      world_clear (&world, number % 2 == 0);
    }

  g_test_message ("%u sequences", n_sequences);
  g_assert_cmpuint (n_sequences, >, 100000);
}

static void
test_random_sequences (void)
{
  const guint n_sequences = g_test_slow () ? 20000 : 1000;
  g_autoptr (BpPool) pool = bp_pool_new_full (BP_ELEMENT_TYPE_U8, 2, 4, 0);
  TestRandom random;

  test_random_init (&random, test_get_seed ());
  for (guint i = 0; i < n_sequences; i++)
    {
      World world;

      world_init (&world, pool);
      for (guint k = 0; k < 60 && count_pins (&world) < MAX_PINS; k++)
        {
          do_op (&world, test_random_below (&random, N_OPS));
          check_world (&world);
        }
      world_clear (&world, test_random_below (&random, 2) != 0);
    }
}

int
main (int    argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/handle/states/every-sequence", test_every_sequence);
  g_test_add_func ("/handle/states/random-sequences", test_random_sequences);

  return g_test_run ();
}
