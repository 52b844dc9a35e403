/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-debug-private.h"

/*
 * Traces of the slow paths: USDT probes, with the build option usdt, for tracers that attach
 * to a program; and marks, with the build option sysprof, for that profiler. docs/tracing.md
 * has all of them. Without the options nothing is left of this, arguments included.
 *
 * A probe costs one nop, and what its arguments need. A mark may lock and allocate: no
 * shard is locked and no cell is busy then, and it is not for realtime pools. The fast path
 * has neither.
 *
 * The address that stands for a pool is that of its core's BpItemConfig, which also has the name.
 */

#ifdef BP_HAVE_USDT
# include <sys/sdt.h>
# define BP_PROBE(pool, name, event, number) \
  DTRACE_PROBE3 (bufpool, event, (gconstpointer) (pool), (const char *) (name), (gsize) (number))
#else
# define BP_PROBE(pool, name, event, number) ((void) (name), (void) (0 && (number)))
#endif

#ifdef BP_HAVE_SYSPROF
# pragma GCC diagnostic push
# pragma GCC diagnostic ignored "-Wpedantic"
# include <sysprof-capture.h>
# pragma GCC diagnostic pop
# define bp_trace_now() SYSPROF_CAPTURE_CURRENT_TIME
void bp_trace_mark (const char *name, gint64 begin, const char *event, guint64 number);
#else
# define bp_trace_now() ((gint64) 0)
# define bp_trace_mark(name, begin, event, number) ((void) (begin), (void) (0 && (number)))
#endif

/* The name of a pool that may be gone when the event is over. */
#if defined (BP_HAVE_USDT) || defined (BP_HAVE_SYSPROF)
# define bp_trace_get_name(config) bp_peek ((config)->name)
#else
# define bp_trace_get_name(config) ((const char *) NULL)
#endif

#define BP_TRACE(pool, name, probe, begin, event, number) \
  ({ BP_PROBE (pool, name, probe, number); bp_trace_mark (name, begin, #event, number); })

/* Something happened; the number is of buffers or of bytes. */
#define bp_trace_event(pool, name, event, number) \
  BP_TRACE (pool, name, event, 0, event, number)

/* Something begins, and ends: two probes, and one mark with a duration. */
#define bp_trace_begin(config, event, number) \
  ({ BP_PROBE (config, bp_trace_get_name (config), event##_begin, number); bp_trace_now (); })
#define bp_trace_end(config, event, begin, number) \
  BP_TRACE (config, bp_trace_get_name (config), event##_end, begin, event, number)
