/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model.h"

/* What an operation has done to what lies idle. */

typedef struct
{
  const Effect *effect;
  const Numbers *numbers;
  const Layout *after;
  /* Of Idle. What is left of those that are removed was given up, since bytes were short. */
  GArray *removed;
  GArray *added;
  /* What the operation had to be charged. */
  guint64 n_charged;
} Outcome;

/* Whether it is what the effect says; counts it in what is expected. */
void outcome_check (Model   *model,
                    Outcome *outcome);
