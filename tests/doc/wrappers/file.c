/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Declarations and whole functions; only compiled. */

#include <bufpool.h>

@LISTING@
