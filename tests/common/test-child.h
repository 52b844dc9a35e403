/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* Runs func in a child made by fork(), which exits with 0 if it returns; fails the
 * test if it did not, or was stuck. */
void     test_run_child          (void    (*func) (gpointer data),
                                  gpointer  data);

/* Skip the test, and say why, where the sanitizer is what would fail: in a child of
 * a process whose other threads were at work, or one that starts threads. */
gboolean test_skip_busy_child    (void);
gboolean test_skip_child_threads (void);

/* What must hold in the child of a process whose other threads were at work: all but the
 * peaks, since a thread that has counted a buffer may not have got to that. No place is
 * lost. */
void     test_assert_structure   (BpPool   *pool);

/* Takes so many buffers and gives them back, into the cache of this thread if that may
 * hold as many. */
#define TEST_N_IN_CACHE 8

void     test_fill_cache         (gpointer  pool);

/* This thread gets all that the pool has, to the last buffer; and the pool ends up full, or
 * with 64 idle buffers. */
void     test_take_all           (BpPool   *pool);
/* The same and more, for the child of a parent at rest: the pool is disposed. */
void     test_take_all_in_child  (gpointer  pool);
