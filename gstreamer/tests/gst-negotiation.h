/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gst-test.h"

#include <gst/check/gstharness.h>

#define TEST_VIDEO_CAPS "video/x-raw, format=I420, width=320, height=240, framerate=30/1"

/* How downstream answers an ALLOCATION query. */
typedef gboolean (*TestAnswer) (GstQuery *query);

/* Elements in front of a pad that answers so, playing. */
GstHarness *test_new_harness         (const char *launch,
                                      TestAnswer  answer);

/* Asks as an element upstream would, and returns the answer; it has to be such a one. */
GstQuery   *test_ask                 (GstHarness *harness,
                                      const char *caps_string,
                                      gboolean    expected);

/* One place for an allocator, with one of ours in it. */
void        test_assert_bp_allocator (GstQuery   *query);

/* RECONFIGURE has come upstream since this was last called. */
gboolean    test_is_asked_again      (GstHarness *harness);
