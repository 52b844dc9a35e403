/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/* Which buffers are out, and where they were acquired: for people, and for programs. */

char *bp_dump_text (BpCore *core);
char *bp_dump_json (BpCore *core);

/* Where BUFPOOL_DEBUG has leaks, a message if buffers are out; there is another one when
 * the process ends. Before the pool is closed. */
void bp_dump_leaks (BpCore *core);
/* In the child of a fork(), with nothing locked: what is the parent's is no leak of the
 * child. */
void bp_dump_note_inherited (BpCore *core);
