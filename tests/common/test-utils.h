/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* Fails the test, and says what is wrong, unless the pool's whole structure is as
 * it must be while no thread is using it. */
#define assert_valid(pool) test_assert_valid ((pool), __FILE__, __LINE__, G_STRFUNC)

void     test_assert_valid (BpPool     *pool,
                            const char *file,
                            int         line,
                            const char *func);

/* What is wrong, or NULL. */
char    *test_find_faults  (BpPool     *pool);

/* One number of the pool's statistics, such as get_stat (pool, idle). */
#define get_stat(pool, field) test_get_stat ((pool), bp_pool_stats_get_##field)

guint64  test_get_stat     (BpPool     *pool,
                            guint64   (*get) (BpPoolStats *stats));

/* What must hold between the statistics of a pool at rest. */
void     test_assert_sums  (BpPool     *pool);

/* Acquires or releases several handles at once. */
void     test_acquire_many (BpPool     *pool,
                            BpPooled  **handles,
                            guint       n_handles);
void     test_unref_many   (BpPooled  **handles,
                            guint       n_handles);

/* What GLib makes when it is first needed, the classes of streams in memory and of
 * cancellables and the lock of errors, is made where threads come from: ThreadSanitizer does not see how GLib
 * hands it from one to the other. */
void     test_warm_up      (void);

/* Tests ask for G_MAXSSIZE / 2 bytes and more, which no machine of 64 bits has. One of 32 bits
 * may have it: there this process is not to get so much from now on. */
void     test_have_no_huge_memory (void);

/* Where the seed of a random test comes from: BUFPOOL_TEST_SEED, else GLib's
 * --seed. It is printed, so that a run can be repeated. */
guint64  test_get_seed     (void);

/* A small generator for each thread, deterministic from its seed. */
typedef struct
{
  guint64 state;
} TestRandom;

void     test_random_init  (TestRandom *random,
                            guint64     seed);
/* So many, from the seed of the test. */
void     test_randoms_init (TestRandom *randoms,
                            guint       n);
guint64  test_random_next  (TestRandom *random);
/* From 0 to below the end. */
guint    test_random_below (TestRandom *random,
                            guint       end);
