/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* Each way to have a buffer that is out. */
typedef struct
{
  const char *name;
  BpPooled *(*func) (BpPool  *pool,
                     GError **error);
  /* Without one it returns NULL. */
  gboolean has_error;
  gboolean for_elements;
  gboolean for_items;
  gboolean for_bytes_only;
} TestWayOut;

/* How many elements are asked for, where a way takes a number. */
#define TEST_WAY_ELEMENTS 10

extern const TestWayOut test_ways_out[];
extern const guint test_n_ways_out;

gboolean test_way_out_is_for  (const TestWayOut  *way,
                               BpPool            *pool);

/* Of a pool: all of them fail with that error and change nothing; and the first of them,
 * bp_pool_acquire(), takes all that the limit allows, and not one more. */
void     test_assert_refused  (BpPool            *pool,
                               int                code);
void     test_fill_to_limit   (BpPool            *pool,
                               BpPooled         **held,
                               guint              n_held,
                               guint              max);

/* Each way for a buffer to come back, or to leave the pool. */
typedef struct
{
  const char *name;
  /* Takes over a handle of one reference; what is returned is what end() gets. */
  gpointer (*begin) (BpPooled *pooled);
  /* Then the buffer is not out any more. */
  void (*end) (gpointer data);
  /* What is left of it. */
  void (*clear) (gpointer data);
  gboolean for_elements;
  gboolean for_items;
} TestWayBack;

extern const TestWayBack test_ways_back[];
extern const guint test_n_ways_back;

gboolean test_way_back_is_for (const TestWayBack *way,
                               BpPool            *pool);
