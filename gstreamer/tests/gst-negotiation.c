/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gst-negotiation.h"

static TestAnswer downstream_answer;
static GstPadQueryFunction harness_query;

static gboolean
answer_query (GstPad    *pad,
              GstObject *parent,
              GstQuery  *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_ALLOCATION)
    return downstream_answer (query);

  return harness_query (pad, parent, query);
}

GstHarness *
test_new_harness (const char *launch,
                  TestAnswer  answer)
{
  GstHarness *harness = gst_harness_new_parse (launch);

  downstream_answer = answer;
  harness_query = GST_PAD_QUERYFUNC (harness->sinkpad);
  gst_pad_set_query_function (harness->sinkpad, answer_query);
  gst_harness_play (harness);

  return harness;
}

GstQuery *
test_ask (GstHarness *harness,
          const char *caps_string,
          gboolean    expected)
{
  g_autoptr (GstCaps) caps = caps_string != NULL ? gst_caps_from_string (caps_string) : NULL;
  GstQuery *query = gst_query_new_allocation (caps, TRUE);

  if (caps_string != NULL)
    gst_harness_set_src_caps_str (harness, caps_string);
  g_assert_cmpint (gst_pad_peer_query (harness->srcpad, query), ==, expected);

  return query;
}

void
test_assert_bp_allocator (GstQuery *query)
{
  g_autoptr (GstAllocator) allocator = NULL;

  g_assert_cmpuint (gst_query_get_n_allocation_params (query), ==, 1);
  gst_query_parse_nth_allocation_param (query, 0, &allocator, NULL);
  g_assert_true (GST_IS_BP_ALLOCATOR (allocator));
}

gboolean
test_is_asked_again (GstHarness *harness)
{
  gboolean is_asked = FALSE;
  GstEvent *event;

  while ((event = gst_harness_try_pull_upstream_event (harness)) != NULL)
    {
      is_asked |= GST_EVENT_TYPE (event) == GST_EVENT_RECONFIGURE;
      gst_event_unref (event);
    }

  return is_asked;
}
