/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gst/gst.h>
#include <bufpool.h>

#include <gst/bufpool/gstbpversion.h>

#ifndef GST_BUFPOOL_API
# define GST_BUFPOOL_API extern
#endif
