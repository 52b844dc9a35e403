/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model.h"

/* What an operation has done to idle buffers. */

typedef struct
{
  const Effect *effect;
  const Numbers *numbers;
  const Layout *after;
  /* Arrays of Idle. What the checks leave in removed was given up, since bytes were
   * short. */
  GArray *removed;
  GArray *added;
  /* What the operation had to be charged. */
  guint64 n_charged;
} Outcome;

/* Checks that the outcome is what the effect says, and counts it in what is expected. */
void outcome_check (Model   *model,
                    Outcome *outcome);
