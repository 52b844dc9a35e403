/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-hand.h"

#include "bp-pool-private.h"
#include "test-items.h"
#include "test-utils.h"

void
test_hand_take (gpointer data)
{
  TestHand *hand = data;

  test_acquire_many (hand->pool, hand->held, hand->n_held);
  for (guint i = 0; i < hand->n_held; i++)
    test_touch (hand->held[i]);
}

void
test_hand_give_back (gpointer data)
{
  TestHand *hand = data;

  test_unref_many (hand->held, hand->n_held);
}

/* Twice: a thread that has not yet taken anything from its cache hides less. */
void
test_hand_fill_cache (gpointer data)
{
  for (guint turn = 0; turn < 2; turn++)
    {
      test_hand_take (data);
      test_hand_give_back (data);
    }
  test_hand_look_at_cache (data);
}

void
test_hand_look_at_cache (gpointer data)
{
  TestHand *hand = data;
  BpCache *cache = bp_core_get_own_cache (hand->pool->core);

  g_assert_nonnull (cache);
  hand->n_cached = (guint) bp_peek (cache->n);
  hand->n_vacant = bp_peek (cache->places) - hand->n_cached;
}
