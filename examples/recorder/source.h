/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <sys/stat.h>

#include "test-server.h"

G_BEGIN_DECLS

typedef enum
{
  SOURCE_FILE = 1,
  SOURCE_SOCKET,
  SOURCE_TEST
} SourceKind;

/* Something that frames are read from, opened. */
typedef struct
{
  SourceKind    kind;
  char         *name;         /* as on the command line; of any encoding */
  GInputStream *stream;
  goffset       size;         /* or -1 where that is not known */

  struct stat   file;         /* which file it is, of SOURCE_FILE */
  GIOStream    *connection;   /* (nullable) */
  TestServer   *server;       /* (nullable) */
} Source;

Source   *source_open          (const char         *argument,
                                GError            **error);
Source   *source_open_test     (guint               number,
                                guint64             n_bytes,
                                guint64             bytes_per_second,
                                GError            **error);
void      source_free          (Source             *self);
gboolean  source_is_file       (const Source       *self,
                                const struct stat  *file);
gboolean  source_can_be_reread (const char         *argument);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Source, source_free)

G_END_DECLS
