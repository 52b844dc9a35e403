/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "options.h"

/* In the process that measures one subject: says that it is ready, and then makes
 * one run for every line that it reads. */
int worker_main (const Options *options);
