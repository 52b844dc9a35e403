/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "test-utils.h"

/* Parcels of buffers of one pool, with something written into each of them. */

#define MOST_IN_PARCEL 64

typedef enum
{
  PLAIN,
  FEW,
  LIMITED,
  IDLE_BYTES,
  BUDGET_BYTES,
  BUDGET_WORDS,
  REALTIME,
  ITEMS,
  OBJECTS,
  N_KINDS
} Kind;

/* In elements, and how often of 100. */
typedef struct
{
  gsize n_elements;
  guint share;
} Use;

extern const Use uses[N_KINDS];

typedef struct
{
  Kind kind;
  guint64 life;
  guint64 key;
  /* All of each buffer is written, and not both ends only. */
  gboolean is_whole;
  guint n;
  BpPooled *pooled[MOST_IN_PARCEL];
} Parcel;

/* Fresh buffers, all of them or the ends: whole ones must be zero before. */
void write_stamps (Parcel     *parcel);
void check_stamps (Parcel     *parcel);
/* In one way or another; it frees the parcel. */
void give_back    (Parcel     *parcel,
                   TestRandom *random);
