/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "model.h"

/* A buffer that is out: its handle and what shares it, as the model sees them, and
 * what its memory must hold. One thread at a time has it. */

typedef enum
{
  SHARE_BYTES,
  SHARE_VIEW,
  SHARE_SLICE
} ShareKind;

#define MOST_SHARES 6

/* Keeps a buffer from going back, and shows a part of it. */
typedef struct
{
  ShareKind kind;
  gpointer share;
  gsize offset;
  gsize n_bytes;
  /* A slice that was released: it keeps nothing, but is still there. */
  gboolean is_released;
} Share;

typedef struct
{
  Model *model;
  /* Valid while there are references. */
  BpPooled *handle;
  guint n_refs;
  gboolean is_released;
  /* The pool has the buffer again, or a caller has stolen it: a husk is left. */
  gboolean is_gone;

  /* The memory, or the item. */
  gpointer data;
  gsize capacity;
  gsize length;
  /* What the memory holds, up to the length; for items, in them. */
  guint8 *content;
  guint stamp;
  /* What an object counts for if it comes back unasked. */
  gsize bytes_when_taken;
  gsize n_charged;
  /* Of Share. */
  GArray *shares;
} Buffer;

/* Takes a reference to the handle, of a buffer that has just been handed out. */
Buffer  *buffer_new          (Model        *model,
                              BpPooled     *handle);
/* The buffer goes back or leaves, or is about to. */
void     buffer_leave        (Buffer       *self);
/* What the budget charges for the buffer while it is out. */
gsize    buffer_get_charge   (Buffer       *self);
/* Nothing is left of it. */
gboolean buffer_is_done      (Buffer       *self);
void     buffer_free         (Buffer       *self);

/* Fills in what the pool must see of a buffer that is handed out. */
void     buffer_get_taken    (Buffer       *self,
                              gsize         n_elements,
                              Effect       *effect);
/* Writes over all of its elements, or its item. */
void     buffer_fill         (Buffer       *self,
                              TestRandom   *random);
/* New elements are zeroes, or undefined, and then written. */
void     buffer_set_length   (Buffer       *self,
                              gsize         length,
                              gboolean      is_zeroed);
void     buffer_update       (Buffer       *self);
/* Only this thread has written to it, and all that shows it shows the same. */
void     buffer_verify       (Buffer       *self);

gsize    buffer_get_n_bytes  (Buffer       *self);
guint    buffer_get_n_pins   (Buffer       *self);
void     buffer_add_share    (Buffer       *self,
                              ShareKind     kind,
                              gpointer      share,
                              gsize         offset,
                              gsize         n_bytes);
void     buffer_remove_share (Buffer       *self,
                              guint         index);

/* Before what may be the end of the last hold on it: with so many references and
 * pins afterwards it goes back, or stays out. An object is only asked whether it can be
 * reused where that is allowed. */
void     buffer_foresee      (Buffer       *self,
                              guint         n_refs,
                              guint         n_pins,
                              gboolean      may_call,
                              Effect       *effect);
/* What the pool must make of such a buffer. */
void     buffer_get_returned (Buffer       *self,
                              gboolean      may_call,
                              Effect       *effect);

/* A random operation on one of its shares. */
void     buffer_operate_share (Buffer      *self,
                               TestRandom  *random,
                               Effect      *effect);
void     buffer_drop_share   (Buffer       *self,
                              guint         index,
                              Effect       *effect);
/* A random operation, or one that leads to the end of it. */
void     buffer_operate      (Buffer       *self,
                              TestRandom   *random,
                              Effect       *effect);
void     buffer_end          (Buffer       *self,
                              TestRandom   *random,
                              Effect       *effect);
