/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/bufpool/gstbp-prelude.h>
#include <gst/bufpool/gstbpallocator.h>
#include <gst/bufpool/gstbpbudget.h>
#include <gst/bufpool/gstbpbufferpool.h>
#include <gst/bufpool/gstbpmemory.h>
#include <gst/bufpool/gstbptracer.h>
#include <gst/bufpool/gstbpview.h>
