/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

/* Calls that change what is in a buffer. */

#define LARGER 1000

static const guint16 more[LARGER];

/* As it was, so that the next call finds it so. */
static gboolean
shorten (World *world)
{
  return bp_pooled_set_length (world->pooled, MIN (bp_pooled_get_length (world->pooled),
                                                   WORLD_LENGTH), NULL);
}

CALL (bp_pooled_reserve, bp_pooled_reserve (world->pooled, LARGER, error))
CALL (bp_pooled_set_length, bp_pooled_set_length (world->pooled, 5, error))
CALL (bp_pooled_resize, bp_pooled_resize (world->pooled, LARGER) != NULL)
CALL (bp_pooled_resize_checked, bp_pooled_resize_checked (world->pooled, 2, LARGER) != NULL)
CALL (bp_pooled_try_resize, bp_pooled_try_resize (world->pooled, LARGER, error))
CALL (bp_pooled_append, bp_pooled_append (world->pooled, more, LARGER, error) && shorten (world))
CALL (bp_pooled_append_bytes,
      bp_pooled_append_bytes (world->pooled, (const guint8 *) more, 2 * LARGER, error) &&
      shorten (world))
CALL (bp_pooled_write, bp_pooled_write (world->pooled, 2, more, 4, error))
CALL (bp_pooled_write_bytes,
      bp_pooled_write_bytes (world->pooled, 4, (const guint8 *) more, 8, error))

/* So far that a block with pages of its own grows. */
CALL (bp_pooled_try_resize_large,
      bp_pooled_try_resize (world->pooled, 200000, error) &&
      bp_pooled_try_resize (world->pooled, WORLD_LENGTH, error))

/* Growth in advance is a favour: without memory for it, what is needed will do. */
CALL (bp_pooled_append_spare,
      bp_pooled_append (world->pooled, more, 15, error) && shorten (world))

static const Scenario scenarios[] = {
  SCENARIO (bp_pooled_reserve, WORDS, 0, 0),
  SAME (bp_pooled_reserve, aligned, ALIGNED, 0, 0),
  SAME (bp_pooled_reserve, limited, LIMITED, 3, 0),
  SAME (bp_pooled_reserve, clearing, CLEARING, 0, 0),
  SCENARIO (bp_pooled_set_length, WORDS, 0, 0),
  SCENARIO (bp_pooled_resize, WORDS, 0, ENDS_ITSELF),
  SCENARIO (bp_pooled_resize_checked, WORDS, 0, ENDS_ITSELF),
  SCENARIO (bp_pooled_try_resize, WORDS, 0, 0),
  SAME (bp_pooled_try_resize, aligned, ALIGNED, 0, 0),
  SAME (bp_pooled_try_resize, limited, LIMITED, 3, 0),
  SAME (bp_pooled_try_resize, clearing, CLEARING, 0, 0),
  SAME (bp_pooled_try_resize, empty, EMPTY, 0, 0),
  VARIANT (bp_pooled_try_resize, large, WORDS, 0, 0),
  SCENARIO (bp_pooled_append, WORDS, 0, 0),
  SAME (bp_pooled_append, aligned, ALIGNED, 0, 0),
  SAME (bp_pooled_append, limited, LIMITED, 0, 0),
  VARIANT (bp_pooled_append, spare, WORDS, 0, 0),
  SCENARIO (bp_pooled_append_bytes, WORDS, 0, 0),
  SCENARIO (bp_pooled_write, WORDS, 0, 0),
  SCENARIO (bp_pooled_write_bytes, WORDS, 0, 0),
};

const ScenarioList scenarios_for_changes = SCENARIO_LIST (scenarios);
