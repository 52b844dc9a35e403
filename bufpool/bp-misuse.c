/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-misuse-private.h"

void
bp_misuse_report (const char *func,
                  const char *format,
                  ...)
{
  g_autofree char *message = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  g_critical ("%s(): %s", func, message);
}

void
bp_misuse_report_kind (BpCore     *core,
                       const char *func,
                       const char *wanted)
{
  switch (core->config.kind)
    {
    case BP_KIND_ELEMENTS:
      bp_misuse_report (func, "This is for pools of %s, and this pool keeps elements of %"
                        G_GSIZE_FORMAT " bytes", wanted, core->config.element_size);
      break;

    case BP_KIND_FUNCS:
      bp_misuse_report (func, "This is for pools of %s, and this pool keeps items that are made "
                        "by functions", wanted);
      break;

    case BP_KIND_OBJECT:
    default:
      bp_misuse_report (func, "This is for pools of %s, and this pool keeps objects of type %s",
                        wanted, g_type_name (core->config.item_type));
      break;
    }
}

void
bp_misuse_report_type (BpCore     *core,
                       const char *func,
                       gpointer    item)
{
  bp_misuse_report (func, "This pool keeps objects of type %s, and the one it was given is of "
                    "type %s", g_type_name (core->config.item_type),
                    G_OBJECT_TYPE_NAME (item));
}

void
bp_misuse_report_element_size (BpCore     *core,
                               const char *func,
                               gsize       element_size)
{
  if (core->config.kind != BP_KIND_ELEMENTS)
    bp_misuse_report_kind (core, func, "elements");
  else
    bp_misuse_report (func, "The buffer's elements are of %" G_GSIZE_FORMAT " bytes, but the "
                      "type asked for is of %" G_GSIZE_FORMAT,
                      core->config.element_size, element_size);
}

void
bp_misuse_report_alignment (BpCore     *core,
                            const char *func)
{
  bp_misuse_report (func, "This pool aligns its buffers to %" G_GSIZE_FORMAT " bytes, which "
                    "memory that comes from g_malloc() or goes to g_free() is not: use a pool "
                    "whose alignment is 0, or copy", (gsize) core->config.alignment);
}
