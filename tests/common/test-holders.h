/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <bufpool.h>

/* Holders, in processes with BUFPOOL_DEBUG. */

/* TRUE in a process of its own, in which BUFPOOL_DEBUG is set. FALSE in the test's process,
 * once the other has passed. */
gboolean test_in_subprocess (const char *debug);
/* The same, and g_test_trap_assert_stderr() has what it said. */
gboolean test_in_heard_subprocess (const char *debug);

/* Named "frames". */
BpPool  *test_frames_pool_new (BpElementType element_type);

/* What bp_pool_dump_outstanding() says: how many buffers are out, and how many of them are
 * samples. Both forms must say the same. */
void     test_count_samples (BpPool     *pool,
                             guint      *n_out,
                             guint      *n_samples);
#define test_assert_samples(pool, out, samples)       \
  G_STMT_START {                                      \
    guint n_out_, n_samples_;                         \
    test_count_samples ((pool), &n_out_, &n_samples_); \
    g_assert_cmpuint (n_out_, ==, (out));             \
    g_assert_cmpuint (n_samples_, ==, (samples));     \
  } G_STMT_END

/* The dump matches the pattern, as by g_pattern_match_simple(). */
void     test_assert_dump   (BpPool     *pool,
                             const char *pattern);

/* How often a part occurs in a text. */
guint    test_count_parts   (const char *text,
                             const char *part);

/* What debug information says of the first place in a text, as "function file.c:line"; NULL
 * if there is none. */
char    *test_resolve_place (const char *text);
