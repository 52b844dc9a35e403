/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-dump.h"

#include "bp-dump-private.h"
#include "bp-pool-private.h"

/**
 * BpDumpFormat:
 * @BP_DUMP_TEXT: for people
 * @BP_DUMP_JSON: for programs
 *
 * How [method@Pool.dump_outstanding] describes what is out.
 *
 * Since: 0.9
 */

G_DEFINE_ENUM_TYPE (BpDumpFormat, bp_dump_format,
                    G_DEFINE_ENUM_VALUE (BP_DUMP_TEXT, "text"),
                    G_DEFINE_ENUM_VALUE (BP_DUMP_JSON, "json"))

/**
 * bp_pool_dump_outstanding:
 * @self: a pool
 * @format: for people or for programs
 *
 * Describes the buffers that are out of the pool, and where they were acquired.
 *
 * ```c
 * g_autofree char *text = bp_pool_dump_outstanding (pool, BP_DUMP_TEXT);
 *
 * g_printerr ("%s", text);
 * ```
 *
 * The number of buffers that are out is always known. The rest comes from samples. These
 * are made if the environment variable `BUFPOOL_DEBUG` has the word `backtrace`, or
 * `backtrace=128` for 1 acquire in 128. A sample tells where the buffer was acquired, by
 * which thread and how long ago; its size in bytes, its length in elements, its references
 * and pins; whether it has been released and is only pinned; and its note, see
 * [method@Pooled.set_note]. Buffers that were acquired at the same place, or that have the
 * same note, are together. The place with the most bytes comes first.
 *
 * As JSON it is an object, with these members. More may come with later versions.
 *
 * - `pool`: the name of the pool, or null
 * - `outstanding`: how many buffers are out
 * - `samples`: how many of them are samples
 * - `interval`: 1 acquire in so many is a sample; 0 without samples
 * - `places`: an array of objects with `buffers` and `bytes`, which are sums; `note`, a
 *   string or null; `frames`; `handles`
 * - `frames`: the calls of the first of `handles`, the innermost first: an array of objects with `function`, a string
 *   or null, and `function-offset`; `module`, the file that has the code, or null; and
 *   `offset`, what `addr2line` wants for that file
 * - `handles`: an array of objects with `address`, `bytes`, `length`, `references`, `pins`,
 *   `released`, `milliseconds`; and `thread`, an object with `id` and `name`
 *
 * It may be called from any thread, at any time; it waits for locks, allocates, and reads
 * the symbols of the program's files.
 *
 * Returns: (transfer full): a string
 *
 * Since: 0.9
 */
char *
bp_pool_dump_outstanding (BpPool       *self,
                          BpDumpFormat  format)
{
  g_return_val_if_fail (bp_pool_check (self), NULL);
  bp_require (format == BP_DUMP_TEXT || format == BP_DUMP_JSON, NULL,
              "invalid format %d (use one of BpDumpFormat)", (int) format);

  return format == BP_DUMP_JSON ? bp_dump_json (self->core) : bp_dump_text (self->core);
}
