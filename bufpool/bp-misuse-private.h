/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bp-core-private.h"

/*
 * Programming errors that a failed condition by itself would not explain: the
 * critical says what was wrong, and what would be right. The value, which is empty
 * where there is none, is what the function that calls this returns.
 */

#define BP_REQUIRE(condition, report, value) \
  G_STMT_START {                             \
    if (G_UNLIKELY (!(condition)))           \
      {                                      \
        report;                              \
        return value;                        \
      }                                      \
  } G_STMT_END

/* The value to return comes before the message here. */
#define bp_require(condition, value, ...) \
  BP_REQUIRE (condition, bp_misuse_report (G_STRFUNC, __VA_ARGS__), value)

/* The pool, or the handle's pool, keeps elements, items of any kind, or objects. */
#define bp_require_elements(core, value)               \
  BP_REQUIRE ((core)->config.kind == BP_KIND_ELEMENTS, \
              bp_misuse_report_kind (core, G_STRFUNC, "elements"), value)

#define bp_require_items(core, value)                  \
  BP_REQUIRE ((core)->config.kind != BP_KIND_ELEMENTS, \
              bp_misuse_report_kind (core, G_STRFUNC, "items or objects"), value)

#define bp_require_objects(core, value)              \
  BP_REQUIRE ((core)->config.kind == BP_KIND_OBJECT, \
              bp_misuse_report_kind (core, G_STRFUNC, "objects"), value)

/* A pool of objects is given one of its type. */
#define bp_require_type_of_item(core, item, value)                         \
  BP_REQUIRE ((core)->config.kind != BP_KIND_OBJECT ||                     \
              G_TYPE_CHECK_INSTANCE_TYPE (item, (core)->config.item_type), \
              bp_misuse_report_type (core, G_STRFUNC, item), value)

/* The caller's type is as large as an element. */
#define bp_require_element_size(core, size, value)       \
  BP_REQUIRE ((size) == (core)->config.element_size,     \
              bp_misuse_report_element_size (core, G_STRFUNC, size), value)

/* Memory comes from outside, or goes there. */
#define bp_require_no_alignment(core, value) \
  BP_REQUIRE ((core)->config.alignment == 0, \
              bp_misuse_report_alignment (core, G_STRFUNC), value)

void bp_misuse_report              (const char *func,
                                    const char *format,
                                    ...) G_GNUC_PRINTF (2, 3) BP_COLD;
void bp_misuse_report_kind         (BpCore     *core,
                                    const char *func,
                                    const char *wanted) BP_COLD;
void bp_misuse_report_type         (BpCore     *core,
                                    const char *func,
                                    gpointer    item) BP_COLD;
void bp_misuse_report_element_size (BpCore     *core,
                                    const char *func,
                                    gsize       element_size) BP_COLD;
void bp_misuse_report_alignment    (BpCore     *core,
                                    const char *func) BP_COLD;
