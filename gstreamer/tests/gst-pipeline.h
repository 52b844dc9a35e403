/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gst-test.h"

/* Runs pipelines to their end. In a description, each "BPALLOC" stands for an
 * element bpalloc on the pool that the tests of a program have in common, or,
 * where the description is run without, for an identity. */

/* The modes of bpalloc, and the one that a test is run in. */
#define TEST_N_MODES 2
extern const char *const test_modes[TEST_N_MODES];

void        test_set_mode           (const char  *mode);
/* Adds a test that is run in each mode. */
void        test_add_in_modes       (const char  *path,
                                     void       (*func) (void));

/* The allocator that all of them share, and what it did. */
GstAllocator *test_get_allocator    (void);
guint64     test_get_shared_stat    (const char  *field);

/* Skips the test and says why where an element that the description names is
 * missing. */
gboolean    test_has_elements       (const char  *description);

GstElement *test_parse_pipeline     (const char  *description,
                                     gboolean     with_bpalloc);
/* Waits for the end of the stream; an error fails the test. */
void        test_wait_for_eos       (GstElement  *pipeline);
/* Waits until the state is reached. */
void        test_set_state          (GstElement  *pipeline,
                                     GstState     state);
/* From NULL to the end of the stream and back. */
void        test_run_pipeline       (GstElement  *pipeline);

/* Drops the last reference but those of threads that GStreamer uses to change
 * states, and returns when these are gone too. */
void        test_finalize           (GstElement  *pipeline);

/* All has come back to the pool. */
void        test_assert_none_out    (void);

/* Where a pipeline ends whose bytes are to be seen. */
#define TEST_SINK "fakesink name=sink signal-handoffs=true"

/* What arrived there. */
typedef struct
{
  guint n_buffers;
  gsize n_bytes;
  guint hash;
} TestSeen;

TestSeen    test_run_and_see        (const char     *description,
                                     gboolean        with_bpalloc);
/* Runs it in a mode of bpalloc; the same has to arrive. Returns how often memory was
 * acquired. */
guint64     test_check_mode         (const char     *description,
                                     const TestSeen *without,
                                     const char     *mode);
