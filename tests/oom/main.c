/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "oom-sweep.h"

#include <stdio.h>

/* Every allocation of every public call fails once. */

static const ScenarioList *const lists[] = {
  &scenarios_for_pools,
  &scenarios_for_properties,
  &scenarios_for_acquiring,
  &scenarios_for_reading,
  &scenarios_for_handles,
  &scenarios_for_changes,
  &scenarios_for_slices,
};

/* For check-functions.py: in the order of the tests. */
static int
list_scenarios (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      for (guint j = 0; j < lists[i]->n_scenarios; j++)
        puts (lists[i]->scenarios[j].name);
    }

  return 0;
}

int
main (int   argc,
      char *argv[])
{
  int result;

  if (argc == 2 && g_str_equal (argv[1], "--list-scenarios"))
    return list_scenarios ();

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      for (guint j = 0; j < lists[i]->n_scenarios; j++)
        {
          g_autofree char *path = g_strconcat ("/oom/", lists[i]->scenarios[j].name, NULL);

          g_test_add_data_func (path, &lists[i]->scenarios[j], sweep);
        }
    }
  result = g_test_run ();
  sweep_tell ();

  return result;
}
