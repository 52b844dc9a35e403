/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-budget.h"

#include "bp-budget-private.h"

/**
 * BpBudget:
 *
 * A limit in bytes that any number of pools share.
 *
 * A pool gets its budget when it is made, by [property@Pool:budget]:
 *
 * ```c
 * g_autoptr (BpBudget) budget = bp_budget_new (64 * 1024 * 1024);
 * g_autoptr (BpPool) video = g_object_new (BP_TYPE_POOL, "budget", budget, NULL);
 * g_autoptr (BpPool) audio = g_object_new (BP_TYPE_POOL,
 *                                          "element-type", BP_ELEMENT_TYPE_F32,
 *                                          "budget", budget,
 *                                          NULL);
 * ```
 *
 * It counts the capacity of all their buffers in bytes, out and idle, exactly; of items
 * what they say of their size. Bytes are charged before memory is taken, and given back
 * after it has been freed, so the budget is never exceeded by a byte. What a pool needs
 * around its buffers, such as handles, is not counted.
 *
 * When bytes are short, idle buffers of all its pools are freed first: what was not in
 * use lately before what was. If that is not enough the call fails with
 * %BP_POOL_ERROR_BUDGET and changes nothing; [method@Pool.acquire_wait],
 * [method@Pool.acquire_full] and [method@Pool.acquire_async] wait instead, first come
 * first served. While a call waits for bytes no other call gets any.
 *
 * A call that does not wait looks into the pools one after another. While other threads
 * take and return buffers at that moment it may fail although enough lies idle; one that
 * waits gets it.
 *
 * Memory that is stolen from a pool is not charged any more, memory that is attached is.
 *
 * A budget may be unreferenced while its pools are in use, and they may end before it.
 * All its functions may be called from any thread.
 *
 * Since: 0.9
 */
struct _BpBudget
{
  GObject parent_instance;

  BpBudgetCore *core;
};

G_DEFINE_FINAL_TYPE (BpBudget, bp_budget, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_MAX_BYTES,
  PROP_USED_BYTES,
  PROP_PEAK_BYTES,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

BpBudgetCore *
bp_budget_get_core (BpBudget *self)
{
  return self->core;
}

static void
bp_budget_finalize (GObject *object)
{
  BpBudget *self = BP_BUDGET (object);

  bp_budget_core_unref (self->core);

  G_OBJECT_CLASS (bp_budget_parent_class)->finalize (object);
}

static void
bp_budget_get_property (GObject    *object,
                        guint       prop_id,
                        GValue     *value,
                        GParamSpec *pspec)
{
  BpBudget *self = BP_BUDGET (object);

  switch (prop_id)
    {
    case PROP_MAX_BYTES:
      g_value_set_uint64 (value, bp_budget_get_max_bytes (self));
      break;

    case PROP_USED_BYTES:
      g_value_set_uint64 (value, bp_budget_get_used_bytes (self));
      break;

    case PROP_PEAK_BYTES:
      g_value_set_uint64 (value, bp_budget_get_peak_bytes (self));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bp_budget_set_property (GObject      *object,
                        guint         prop_id,
                        const GValue *value,
                        GParamSpec   *pspec)
{
  BpBudget *self = BP_BUDGET (object);

  switch (prop_id)
    {
    case PROP_MAX_BYTES:
      bp_budget_set_max_bytes (self, g_value_get_uint64 (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
bp_budget_class_init (BpBudgetClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = bp_budget_finalize;
  object_class->get_property = bp_budget_get_property;
  object_class->set_property = bp_budget_set_property;

  /**
   * BpBudget:max-bytes:
   *
   * The most bytes that all pools of the budget may have, out and idle together.
   *
   * Since: 0.9
   */
  properties[PROP_MAX_BYTES] =
    g_param_spec_uint64 ("max-bytes", NULL, NULL, 0, G_MAXUINT64, G_MAXUINT64,
                         G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY);

  /**
   * BpBudget:used-bytes:
   *
   * The bytes that all pools of the budget have now. It changes with every buffer, and
   * no notification is sent.
   *
   * Since: 0.9
   */
  properties[PROP_USED_BYTES] =
    g_param_spec_uint64 ("used-bytes", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  /**
   * BpBudget:peak-bytes:
   *
   * The most that [property@Budget:used-bytes] has been.
   *
   * Since: 0.9
   */
  properties[PROP_PEAK_BYTES] =
    g_param_spec_uint64 ("peak-bytes", NULL, NULL, 0, G_MAXUINT64, 0,
                         G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);

  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bp_budget_init (BpBudget *self)
{
  self->core = bp_budget_core_new (G_MAXUINT64);
}

/**
 * bp_budget_new:
 * @max_bytes: the most bytes that all its pools may have together
 *
 * Makes a budget.
 *
 * Returns: (transfer full): a budget
 *
 * Since: 0.9
 */
BpBudget *
bp_budget_new (guint64 max_bytes)
{
  return g_object_new (BP_TYPE_BUDGET, "max-bytes", max_bytes, NULL);
}

/**
 * bp_budget_get_max_bytes: (get-property max-bytes)
 * @self: a budget
 *
 * Gets [property@Budget:max-bytes].
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
guint64
bp_budget_get_max_bytes (BpBudget *self)
{
  g_return_val_if_fail (BP_IS_BUDGET (self), 0);

  return bp_peek (self->core->bytes.max);
}

/**
 * bp_budget_set_max_bytes: (set-property max-bytes)
 * @self: a budget
 * @max_bytes: a number of bytes
 *
 * Sets [property@Budget:max-bytes]. When it is lowered, idle buffers have been freed as
 * far as that is needed when the call returns. What is out stays as it is, and nothing
 * grows until all fits. A waiter that wants more than the new limit fails with
 * %BP_POOL_ERROR_BUDGET.
 *
 * Since: 0.9
 */
void
bp_budget_set_max_bytes (BpBudget *self,
                         guint64   max_bytes)
{
  g_return_if_fail (BP_IS_BUDGET (self));

  if (bp_budget_core_set_max (self->core, max_bytes))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAX_BYTES]);
}

/**
 * bp_budget_get_used_bytes: (get-property used-bytes)
 * @self: a budget
 *
 * Gets [property@Budget:used-bytes].
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
guint64
bp_budget_get_used_bytes (BpBudget *self)
{
  g_return_val_if_fail (BP_IS_BUDGET (self), 0);

  return bp_peek (self->core->bytes.used);
}

/**
 * bp_budget_get_peak_bytes: (get-property peak-bytes)
 * @self: a budget
 *
 * Gets [property@Budget:peak-bytes].
 *
 * Returns: a number of bytes
 *
 * Since: 0.9
 */
guint64
bp_budget_get_peak_bytes (BpBudget *self)
{
  g_return_val_if_fail (BP_IS_BUDGET (self), 0);

  return bp_peek (self->core->bytes.peak);
}
