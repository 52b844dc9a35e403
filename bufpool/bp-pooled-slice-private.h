/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-pooled-slice.h"

/* For a reader, which makes its slice before it reads: afterwards only @length elements
 * of the buffer are valid, no more than before. Nobody else may have the slice yet. */
void bp_pooled_slice_shorten (BpPooledSlice *self,
                              gsize          length);
