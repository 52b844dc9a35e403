/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/* For tests: what does not hold of the whole structure while no other thread uses the
 * pool, or NULL. It calls nothing of the library's, so that tests of the shared library,
 * which hides what is private, can have a copy. */
char *bp_core_validate (BpCore *core);
