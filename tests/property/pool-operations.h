/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "buffer.h"

/* A buffer out of the pool, by any of the ways there are; or around memory from
 * outside. It is filled. NULL if none was expected, or a limit was in the way. */
Buffer  *pool_take           (Model        *model,
                              TestRandom   *random,
                              Effect       *effect);

/* The plain way, with so many elements. */
Buffer  *pool_acquire        (Model        *model,
                              TestRandom   *random,
                              Effect       *effect);

/* What any thread may do to a pool while other threads use it. pool_drop_idle() may
 * also be a warning that memory is short. */
void     pool_recycle        (Model        *model,
                              TestRandom   *random,
                              Effect       *effect);
void     pool_prefill        (Model        *model,
                              TestRandom   *random,
                              Effect       *effect);
void     pool_drop_idle      (Model        *model,
                              TestRandom   *random,
                              Effect       *effect);
/* With idle-timeout, while no other thread uses the pool. */
void     pool_grow_old       (Model        *model,
                              Effect       *effect);
void     pool_set            (Model        *model,
                              TestRandom   *random,
                              Effect       *effect);
void     pool_read_stats     (Model        *model);
void     pool_dispose        (Model        *model,
                              Effect       *effect);
