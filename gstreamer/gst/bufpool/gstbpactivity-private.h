/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "gstbpaccount-private.h"

/*
 * What each thread is doing: in whose code it is.
 *
 * A thread has an owner, the element whose task it runs, or none. On top of that are the
 * calls that it is in, the innermost last: an element that pushes a buffer is left for the
 * one that gets it, until the push returns. Nothing here takes a lock that others know of.
 */

/* A call begins, and what is allocated from now on is charged to the account; NULL: nothing
 * is known, and it goes on as before. */
void          gst_bp_activity_begin       (gconstpointer  call,
                                           GstBpAccount  *account);
/* It ends, and with it all that began since. One that is not under way does nothing. */
void          gst_bp_activity_end         (gconstpointer  call);
/* Whose task the thread runs; NULL for no element's. */
void          gst_bp_activity_set_owner   (GstBpAccount  *owner);

/* Whose account the calling thread's allocations are charged to; that of the thread itself
 * if it is not known to run an element. */
GstBpAccount *gst_bp_activity_get_account (void);
