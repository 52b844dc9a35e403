/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>

/* Follows which element each thread is in, by hooks of the tracer, for
 * gst_bp_activity_get_account(). */
void gst_bp_hooks_install (GstTracer *tracer);
