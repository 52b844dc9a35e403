/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-budget-core-private.h"
#include "bp-budget.h"

/* Without a reference. */
BpBudgetCore *bp_budget_get_core (BpBudget *self);
