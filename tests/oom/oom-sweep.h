/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "oom-world.h"

/* A scenario calls one public function, and gives back what it got. Every allocation that is
 * made meanwhile fails once. */

typedef enum
{
  /* The function says no without an error. */
  SAYS_NO = 1 << 0,
  /* When it fails there may be fewer idle buffers, or more: what it has made so far. */
  MAY_MOVE = 1 << 1,
  /* Some of its allocations are of the kind that ends the program. */
  MAY_END = 1 << 2,
  /* The function is documented to end the program, as GLib's do. */
  ENDS_ITSELF = 1 << 3
} ScenarioFlags;

typedef struct
{
  /* With its name first, then what is special about this scenario. */
  const char *name;
  gboolean (*call) (World   *world,
                    GError **error);
  WorldKind kind;
  guint n_idle;
  ScenarioFlags flags;
} Scenario;

typedef struct
{
  const Scenario *scenarios;
  guint n_scenarios;
} ScenarioList;

#define SCENARIO(function, kind, n_idle, flags) { #function, call_##function, kind, n_idle, flags }
/* Another scenario of a function: with a call of its own, or with the same call. */
#define VARIANT(function, variant, kind, n_idle, flags) \
  { #function "/" #variant, call_##function##_##variant, kind, n_idle, flags }
#define SAME(function, variant, kind, n_idle, flags) \
  { #function "/" #variant, call_##function, kind, n_idle, flags }

#define SCENARIO_LIST(scenarios) { scenarios, G_N_ELEMENTS (scenarios) }

/* A call that cannot fail if the expression is true. */
#define CALL(function, expression)       \
static gboolean                          \
call_##function (World   *world,         \
                 GError **error)         \
{                                        \
  return (expression);                   \
}

extern const ScenarioList scenarios_for_pools;
extern const ScenarioList scenarios_for_properties;
extern const ScenarioList scenarios_for_acquiring;
extern const ScenarioList scenarios_for_reading;
extern const ScenarioList scenarios_for_handles;
extern const ScenarioList scenarios_for_changes;
extern const ScenarioList scenarios_for_slices;

void     sweep           (gconstpointer scenario);
/* For a script, which finds them by the first word. */
void     sweep_tell      (void);
