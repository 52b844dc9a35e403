/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/*
 * Buffers that one thread takes and gives back, for tests that say which thread does what
 * when; and what is in its cache then, for those of the internal library.
 */

#define TEST_MOST_HELD 64

typedef struct
{
  BpPool *pool;
  BpPooled *held[TEST_MOST_HELD];
  guint n_held;
  /* What was in the thread's cache at last, and how many vacant places. */
  guint n_cached;
  guint n_vacant;
} TestHand;

/* They take a TestHand, as a worker's function does. */
void test_hand_take          (gpointer hand);
void test_hand_give_back     (gpointer hand);
/* All are in the cache afterwards, if it may hide as many. */
void test_hand_fill_cache    (gpointer hand);
void test_hand_look_at_cache (gpointer hand);
