/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

/* Reading: what a stream has given is not lost. */

#define N_BYTES 100

static gboolean
end_slice (World         *world,
           BpPooledSlice *slice)
{
  if (slice == NULL)
    {
      g_assert_cmpint (g_seekable_tell (G_SEEKABLE (world->stream)), ==, 0);
      return FALSE;
    }
  g_assert_cmpuint (bp_pooled_slice_get_length (slice), ==, N_BYTES);
  bp_pooled_slice_unref (slice);

  return TRUE;
}

CALL (bp_pool_read,
      end_slice (world, bp_pool_read (world->pool, world->stream, N_BYTES, NULL, error)))
CALL (bp_pool_read_all,
      end_slice (world, bp_pool_read_all (world->pool, world->stream, N_BYTES, NULL, error)))

static gboolean
call_bp_pool_read_bytes (World   *world,
                         GError **error)
{
  g_autoptr (GBytes) bytes = bp_pool_read_bytes (world->pool, world->stream, N_BYTES, NULL,
                                                 error);

  if (bytes == NULL)
    g_assert_cmpint (g_seekable_tell (G_SEEKABLE (world->stream)), ==, 0);

  return bytes != NULL;
}

static void
keep_result (GObject      *source,
             GAsyncResult *result,
             gpointer      data)
{
  g_set_object ((GAsyncResult **) data, result);
}

static void
wait_for (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
call_bp_pool_read_async (World   *world,
                         GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bp_pool_read_async (world->pool, world->stream, N_BYTES, G_PRIORITY_DEFAULT, NULL, keep_result,
                      &result);
  wait_for (&result);

  return end_slice (world, bp_pool_read_finish (world->pool, result, error));
}

static gboolean
call_bp_pool_read_all_async (World   *world,
                             GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bp_pool_read_all_async (world->pool, world->stream, N_BYTES, G_PRIORITY_DEFAULT, NULL,
                          keep_result, &result);
  wait_for (&result);

  return end_slice (world, bp_pool_read_all_finish (world->pool, result, error));
}

#define call_bp_pool_read_finish call_bp_pool_read_async
#define call_bp_pool_read_all_finish call_bp_pool_read_all_async

static const Scenario scenarios[] = {
  SCENARIO (bp_pool_read, BYTES, 0, MAY_MOVE),
  SAME (bp_pool_read, limited, LIMITED_BYTES, 0, MAY_MOVE),
  SCENARIO (bp_pool_read_all, BYTES, 0, MAY_MOVE),
  SAME (bp_pool_read_all, limited, LIMITED_BYTES, 0, MAY_MOVE),
  SCENARIO (bp_pool_read_bytes, BYTES, 0, MAY_END | MAY_MOVE),
  SCENARIO (bp_pool_read_async, BYTES, 0, MAY_END | MAY_MOVE),
  SCENARIO (bp_pool_read_finish, LIMITED_BYTES, 0, MAY_END | MAY_MOVE),
  SCENARIO (bp_pool_read_all_async, BYTES, 0, MAY_END | MAY_MOVE),
  SCENARIO (bp_pool_read_all_finish, LIMITED_BYTES, 0, MAY_END | MAY_MOVE),
};

const ScenarioList scenarios_for_reading = SCENARIO_LIST (scenarios);
