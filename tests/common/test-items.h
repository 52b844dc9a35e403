/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <stdatomic.h>

#include <bufpool.h>

/*
 * Items for pools, with counters: what a pool did with them can be asked for.
 * Tests run several to a process, so they reset the counters first.
 */
typedef struct
{
  atomic_uint n_created;
  atomic_uint n_reused;
  atomic_uint n_freed;
  /* Calls of the GDestroyNotify for the functions' data. */
  atomic_uint n_destroyed;
  /* What the last reuse() was told to trim to. */
  _Atomic gsize last_trim;
  /* create() fails from when so many have been made on. */
  atomic_uint fail_after;
  /* reuse() refuses every item while this is set. */
  atomic_bool refuse_all;
} TestCounters;

#define TEST_NEVER G_MAXUINT

void          test_counters_reset (TestCounters *counters);
/* How many items exist. */
guint         test_counters_live  (TestCounters *counters);

/* A C item, for bp_pool_new_with_funcs() with &test_item_funcs and counters. */
typedef struct
{
  /* Intact as long as the item lives. */
  guint magic;
  /* In the order of creation, from 0. */
  guint serial;
  guint n_reused;
  gsize byte_size;
  /* The next reuse() says FALSE. */
  gboolean refuse;
} TestItem;

#define TEST_ITEM_MAGIC 0x17e35eedu
#define TEST_ITEM_BYTES 100

extern const BpItemFuncs test_item_funcs;

/* Each kind of pool, with what is set together with it. */
BpPool       *test_sized_pool_new      (guint          element_size,
                                        guint          shards,
                                        guint          max_buffers,
                                        gsize          trim_capacity);
BpPool       *test_type_pool_new       (GType          item_type,
                                        guint          shards,
                                        guint          max_buffers,
                                        gsize          trim_capacity);
BpPool       *test_funcs_pool_new      (const BpItemFuncs *funcs,
                                        gpointer       user_data,
                                        GDestroyNotify destroy,
                                        guint          shards,
                                        guint          max_buffers,
                                        gsize          trim_capacity);

/* Counts n_destroyed. */
void          test_item_destroy_notify (gpointer      counters);
BpPool       *test_item_pool_new       (TestCounters *counters,
                                        guint         shards,
                                        guint         max_buffers,
                                        gsize         trim_capacity);

/* An object that implements BpReusable, and one that is born floating. */
#define TEST_TYPE_OBJECT (test_object_get_type ())
#define TEST_TYPE_FLOATING (test_floating_get_type ())
#define TEST_TYPE_ABSTRACT (test_abstract_get_type ())

G_DECLARE_FINAL_TYPE (TestObject, test_object, TEST, OBJECT, GObject)
G_DECLARE_FINAL_TYPE (TestFloating, test_floating, TEST, FLOATING, GInitiallyUnowned)
GType         test_abstract_get_type   (void);

struct _TestObject
{
  GObject parent_instance;

  guint serial;
  guint n_reused;
  gsize byte_size;
  gboolean refuse;
  /* Called in finalize and in reuse(), to do what users may do there. */
  void (*on_finalize) (TestObject *self,
                       gpointer    user_data);
  void (*on_reuse)    (TestObject *self,
                       gpointer    user_data);
  gpointer user_data;
};

struct _TestFloating
{
  GInitiallyUnowned parent_instance;
};

#define TEST_OBJECT_BYTES 200

/* Of both object types; there is one set for the process. */
extern TestCounters test_object_counters;

/* The four kinds of pool, for what must be the same for all. */
typedef struct
{
  const char *name;
  BpPool *(*make) (TestCounters *counters,
                   guint         shards,
                   guint         max_buffers,
                   gsize         trim_capacity);
  gboolean is_elements;
} TestKind;

#define TEST_N_KINDS 4

/* "elements", "sized", "funcs" and "object". */
extern const TestKind test_kinds[TEST_N_KINDS];

/* With its counters and those of objects reset. */
BpPool       *test_kind_pool_new       (const TestKind *kind,
                                        TestCounters   *counters,
                                        guint           shards,
                                        guint           max_buffers,
                                        gsize           trim_capacity);

/* Makes sure that a buffer of elements has capacity, so that it is kept. */
void          test_touch               (BpPooled     *pooled);
