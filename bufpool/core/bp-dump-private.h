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

/* Where BUFPOOL_DEBUG has leaks, prints a message if buffers are out. It is called before the
 * pool is closed. There is another message when the process ends. */
void bp_dump_leaks (BpCore *core);
/* In the child of a fork(), with nothing locked: buffers that were out in the parent are no
 * leaks of the child. */
void bp_dump_note_inherited (BpCore *core);
