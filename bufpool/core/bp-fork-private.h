/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * fork(): the child has one thread, and memory as it was in the middle of whatever the
 * others were doing. So before the fork all caches are revoked, with one barrier, and all
 * locks are taken; afterwards, on both sides, they are given back: in the child every pool
 * is whole, the buffers in the other threads' caches included.
 *
 * Handlers of others that run in between may use the pools: their thread has all locks,
 * see bp_in_fork, and goes without its caches.
 */
extern const BpThreadHooks bp_fork_hooks;
