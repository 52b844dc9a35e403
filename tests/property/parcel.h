/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "buffer.h"

/* What threads leave for each other: a buffer, with all that the model knows of it, or one
 * of several shares of a buffer of which there are no other references. */

typedef struct
{
  atomic_uint n_left;
  /* Counts buffers that are out in shares only. */
  atomic_uint *n_scattered;
  Ledger *ledger;
  gsize n_charged;
} Scattered;

typedef struct
{
  Buffer *buffer;

  Scattered *scattered;
  GBytes *bytes;
  BpPooledSlice *slice;
  guint8 *content;
  gsize n_bytes;
} Parcel;

#define PARCEL_MOST_SHARES 4

Parcel  *parcel_new_buffer   (Buffer      *buffer);
/* The buffer, which is the model's no more: its shares are. The parcel is gone. */
Buffer  *parcel_open         (Parcel      *self);
/* One that is only a share is looked at, and dropped. */
void     parcel_drop         (Parcel      *self);
void     parcel_verify       (Parcel      *self);

/* Makes parcels of shares of a buffer, at least one; 0 if it is not one to be
 * scattered, and frees it otherwise. */
guint    parcel_scatter      (Buffer      *buffer,
                              TestRandom  *random,
                              atomic_uint *n_scattered,
                              Parcel     **parcels);
