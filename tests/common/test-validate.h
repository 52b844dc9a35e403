/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/* What does not hold of the whole structure while no other thread uses the pool, or NULL.
 * It reads the structure and calls nothing of the library's that is private, so that tests
 * of the shared library can have it. */
char *test_validate_core (BpCore *core);
