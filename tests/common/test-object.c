/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "test-items.h"

TestCounters test_object_counters = { .fail_after = TEST_NEVER };

static gboolean
test_object_reuse (BpReusable *reusable,
                   gsize       trim)
{
  TestObject *self = TEST_OBJECT (reusable);

  test_object_counters.n_reused++;
  test_object_counters.last_trim = trim;
  self->n_reused++;
  if (self->on_reuse != NULL)
    self->on_reuse (self, self->user_data);

  return !self->refuse && !test_object_counters.refuse_all;
}

static gsize
test_object_get_byte_size (BpReusable *reusable)
{
  return TEST_OBJECT (reusable)->byte_size;
}

static void
test_object_iface_init (BpReusableInterface *iface)
{
  iface->reuse = test_object_reuse;
  iface->get_byte_size = test_object_get_byte_size;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestObject, test_object, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (BP_TYPE_REUSABLE, test_object_iface_init))

static void
test_object_finalize (GObject *object)
{
  TestObject *self = TEST_OBJECT (object);

  if (self->on_finalize != NULL)
    self->on_finalize (self, self->user_data);
  test_object_counters.n_freed++;

  G_OBJECT_CLASS (test_object_parent_class)->finalize (object);
}

static void
test_object_class_init (TestObjectClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_object_finalize;
}

static void
test_object_init (TestObject *self)
{
  self->serial = atomic_fetch_add (&test_object_counters.n_created, 1);
  self->byte_size = TEST_OBJECT_BYTES;
}

/* It leaves both functions to the interface's defaults. */
G_DEFINE_FINAL_TYPE_WITH_CODE (TestFloating, test_floating, G_TYPE_INITIALLY_UNOWNED,
                               G_IMPLEMENT_INTERFACE (BP_TYPE_REUSABLE, NULL))

static void
test_floating_finalize (GObject *object)
{
  test_object_counters.n_freed++;

  G_OBJECT_CLASS (test_floating_parent_class)->finalize (object);
}

static void
test_floating_class_init (TestFloatingClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_floating_finalize;
}

static void
test_floating_init (TestFloating *self)
{
  test_object_counters.n_created++;
}

typedef GObject TestAbstract;
typedef GObjectClass TestAbstractClass;

G_DEFINE_ABSTRACT_TYPE_WITH_CODE (TestAbstract, test_abstract, G_TYPE_OBJECT,
                                  G_IMPLEMENT_INTERFACE (BP_TYPE_REUSABLE, NULL))

static void
test_abstract_class_init (TestAbstractClass *klass)
{
}

static void
test_abstract_init (TestAbstract *self)
{
}
