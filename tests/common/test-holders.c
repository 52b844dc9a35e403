/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-holders.h"

#include <stdlib.h>
#include <string.h>

static gboolean
run_in_subprocess (const char *debug, GTestSubprocessFlags flags)
{
  if (g_test_subprocess ())
    {
      g_setenv ("BUFPOOL_DEBUG", debug, TRUE);
      return TRUE;
    }

  g_test_trap_subprocess (NULL, 0, flags);
  g_test_trap_assert_passed ();

  return FALSE;
}

gboolean
test_in_subprocess (const char *debug)
{
  return run_in_subprocess (debug, G_TEST_SUBPROCESS_INHERIT_STDERR);
}

gboolean
test_in_heard_subprocess (const char *debug)
{
  return run_in_subprocess (debug, G_TEST_SUBPROCESS_DEFAULT);
}

BpPool *
test_frames_pool_new (BpElementType element_type)
{
  BpPool *pool = bp_pool_new (element_type);

  bp_pool_set_name (pool, "frames");

  return pool;
}

/* The number behind a member's name. */
static guint
get_member (const char *json, const char *name)
{
  g_autofree char *key = g_strdup_printf ("\"%s\": ", name);
  const char *found = strstr (json, key);

  g_assert_nonnull (found);

  return (guint) strtoul (found + strlen (key), NULL, 10);
}

void
test_count_samples (BpPool *pool, guint *n_out, guint *n_samples)
{
  g_autofree char *json = bp_pool_dump_outstanding (pool, BP_DUMP_JSON);
  g_autofree char *text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
  g_autofree char *head = NULL;

  *n_out = get_member (json, "outstanding");
  *n_samples = get_member (json, "samples");
  g_assert_cmpuint (test_count_parts (json, "\"address\": "), ==, *n_samples);

  head = g_strdup_printf ("*: %u buffer%s %s out*", *n_out, *n_out == 1 ? "" : "s",
                          *n_out == 1 ? "is" : "are");
  g_assert_true (g_pattern_match_simple (head, text));
  g_assert_cmpuint (test_count_parts (text, ", acquired at\n"), ==,
                    test_count_parts (json, "\"frames\": "));
}

void
test_assert_dump (BpPool *pool, const char *pattern)
{
  g_autofree char *text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);

  if (!g_pattern_match_simple (pattern, text))
    g_error ("This dump:\n%s\ndoes not match\n%s", text, pattern);
}

guint
test_count_parts (const char *text, const char *part)
{
  guint n = 0;

  for (const char *found = strstr (text, part); found != NULL;
       found = strstr (found + strlen (part), part))
    n++;

  return n;
}

char *
test_resolve_place (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new ("\\(([^()\\n]+)\\+(0x[0-9a-f]+)\\)$", G_REGEX_MULTILINE,
                                          0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *module = NULL, *offset = NULL, *output = NULL;
  g_auto (GStrv) lines = NULL;
  g_autofree char *base = NULL;

  g_assert_true (g_regex_match (regex, text, 0, &match));
  module = g_match_info_fetch (match, 1);
  offset = g_match_info_fetch (match, 2);

  {
    const char *argv[] = { "addr2line", "-f", "-e", module, offset, NULL };

    if (!g_spawn_sync (NULL, (char **) argv, NULL,
                       G_SPAWN_SEARCH_PATH | G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &output,
                       NULL, NULL, NULL))
      return NULL;
  }
  lines = g_strsplit (output, "\n", 3);
  if (g_strv_length (lines) < 2)
    return NULL;
  base = g_path_get_basename (lines[1]);

  return g_strdup_printf ("%s %s", lines[0], base);
}
