/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include <glib.h>

/* For functions that stand in front of those of a library: the one behind, looked up once. It
 * calls nothing but dlsym(). */
gpointer test_find_next (_Atomic (gpointer) *next,
                         const char         *name);
