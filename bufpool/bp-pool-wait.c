/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-pool-wait.h"

#include "bp-admission-private.h"
#include "bp-pool-private.h"
#include "bp-pooled.h"

/* Acquiring with patience. */

/* Tells the tasks made here from others. */
static const char acquire_tag;

/* 68 years are for ever: where seconds have 32 bits GLib's waits end at once if there are
 * more of them. */
#define LONGEST_WAIT (G_MAXINT32 * (gint64) G_USEC_PER_SEC)

static gint64
get_end_time (gint64 timeout_us)
{
  if (timeout_us <= 0)
    return timeout_us;

  return timeout_us <= LONGEST_WAIT ? g_get_monotonic_time () + timeout_us : -1;
}

/* With a buffer at hand that is too small, or none. */
static G_NO_INLINE BpPooled *
acquire_patiently (BpPool         *self,
                   BpPooled       *at_hand,
                   gsize           n_elements,
                   gboolean        zeroed,
                   gpointer        acquire_data,
                   gint64          timeout_us,
                   GCancellable   *cancellable,
                   GError        **error)
{
  BpAdmission admission;
  BpPooled *pooled;

  bp_admission_init (&admission, self->core, n_elements, zeroed, acquire_data);
  admission.waiter.handed = at_hand;
  pooled = bp_admission_run (&admission, get_end_time (timeout_us), cancellable, error);
  bp_admission_clear (&admission);

  return pooled;
}

/* In a realtime pool, which has no queue to wait in. */
static BP_COLD BpPooled *
acquire_at_once (BpCore    *core,
                 gsize      n_elements,
                 gboolean   zeroed,
                 GError   **error)
{
  BpRequest request = { 0, };
  BpPooled *pooled = bp_core_request (core, &request, error);

  if (pooled != NULL && bp_core_is_of_elements (core))
    pooled = bp_core_fit (pooled, n_elements, zeroed, &request, error);

  return pooled;
}

/**
 * bp_pool_acquire_full: (skip)
 * @self: a pool
 * @n_elements: how many valid elements the buffer shall have; 0 in a pool of items
 * @flags: whether the elements are to be zeroes
 * @acquire_data: (nullable): handed over to the `create` function of a pool of C items,
 *   if one has to be made
 * @timeout_us: how long to wait at most, in microseconds; 0 does not wait, -1 waits for
 *   ever
 * @cancellable: (nullable): a #GCancellable, which ends the wait
 * @error: return location for a #GError
 *
 * Takes a buffer, and waits for it if [property@Pool:max-outstanding] or the
 * [property@Pool:budget] stand in the way. Waiters are served first come, first served; while
 * there is a waiter, calls that don't wait fail.
 *
 * ```c
 * g_autoptr (BpPooled) frame = NULL;
 *
 * frame = bp_pool_acquire_full (pool, 4096, BP_ACQUIRE_UNINIT, NULL,
 *                               G_TIME_SPAN_SECOND, cancellable, &error);
 * ```
 *
 * May be called from any thread, except one that has to give back what is waited for.
 *
 * Without waiting it fails with %BP_POOL_ERROR_LIMIT or %BP_POOL_ERROR_BUDGET; after the
 * wait with %G_IO_ERROR_TIMED_OUT or %G_IO_ERROR_CANCELLED; with
 * %BP_POOL_ERROR_FLUSHING while the pool is [property@Pool:flushing], with
 * %BP_POOL_ERROR_CLOSED if it is disposed during the wait; with %BP_POOL_ERROR_BUDGET if
 * more was asked for than the budget has in all; and with %BP_POOL_ERROR_TOO_LARGE,
 * %BP_POOL_ERROR_NO_MEMORY or %BP_POOL_ERROR_CREATE_FAILED. In a pool that is
 * [property@Pool:realtime] only a timeout of 0 is possible, and it fails as
 * [method@Pool.acquire_uninit].
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire_full (BpPool          *self,
                      gsize            n_elements,
                      BpAcquireFlags   flags,
                      gpointer         acquire_data,
                      gint64           timeout_us,
                      GCancellable    *cancellable,
                      GError         **error)
{
  gboolean zeroed = (flags & BP_ACQUIRE_UNINIT) == 0;
  BpPooled *pooled;

  g_return_val_if_fail (bp_pool_check (self), NULL);
  g_return_val_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable), NULL);
  bp_require (timeout_us >= -1, NULL, "A timeout of %" G_GINT64_FORMAT " microseconds: it must "
              "be -1, which is for ever, or 0 and more", timeout_us);
  if (n_elements > 0)
    bp_require_elements (self->core, NULL);
  bp_require (timeout_us == 0 || !bp_core_is_realtime (self->core), NULL,
              "In a realtime pool no call can wait for a buffer: the timeout must be 0");
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  /* What lies in a cache needs neither a permit nor bytes. */
  pooled = bp_core_pop (self->core);
  if (G_LIKELY (pooled != NULL))
    {
      if (G_LIKELY (bp_peek (pooled->word) == 0))
        bp_core_hand_out (pooled);
      else
        pooled = bp_core_revive (self->core, pooled, acquire_data, NULL);
      if (G_LIKELY (pooled != NULL && n_elements <= bp_peek (pooled->capacity)))
        return bp_core_fit (pooled, n_elements, zeroed, NULL, error);
    }

  if (bp_core_is_realtime (self->core))
    return acquire_at_once (self->core, n_elements, zeroed, error);

  return acquire_patiently (self, pooled, n_elements, zeroed, acquire_data, timeout_us,
                            cancellable, error);
}

/**
 * bp_pool_acquire_wait:
 * @self: a pool
 * @n_elements: how many valid elements the buffer shall have; 0 in a pool of items
 * @timeout_us: how long to wait at most, in microseconds; 0 does not wait, -1 waits for
 *   ever
 * @cancellable: (nullable): a #GCancellable, which ends the wait
 * @error: return location for a #GError
 *
 * Takes a buffer of @n_elements zeroes, and waits for it where
 * [method@Pool.acquire_full] does. It fails as that.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire_wait (BpPool        *self,
                      gsize          n_elements,
                      gint64         timeout_us,
                      GCancellable  *cancellable,
                      GError       **error)
{
  return bp_pool_acquire_full (self, n_elements, BP_ACQUIRE_NONE, NULL, timeout_us, cancellable,
                               error);
}

/* The source is ready when the wait may be over. */
typedef struct
{
  BpAdmission admission;
  GSource *source;
  GCancellable *cancellable;
  gulong handler;
  /* A child of fork() has it too. */
  gboolean holds_permit;
} Wait;

static void
hold_permit (Wait *wait)
{
  wait->holds_permit = TRUE;
  bp_count (wait->admission.core->n_held_permits, 1);
}

/* The source is not touched afterwards. */
static void
leave (Wait    *wait,
       GError **error)
{
  bp_admission_disconnect (wait->cancellable, wait->handler);
  BP_TSAN_ACQUIRE (wait);
  wait->handler = 0;
  bp_admission_leave (&wait->admission, error);
  if (wait->holds_permit)
    bp_count (wait->admission.core->n_held_permits, -1);
  wait->holds_permit = FALSE;
  g_source_destroy (wait->source);
  g_clear_pointer (&wait->source, g_source_unref);
}

static void
free_wait (gpointer data)
{
  Wait *wait = data;

  if (wait->source != NULL)
    leave (wait, NULL);
  bp_admission_clear (&wait->admission);
  g_clear_object (&wait->cancellable);
  g_free (wait);
}

static void
wake_source (BpWaiter *waiter)
{
  Wait *wait = (Wait *) ((guint8 *) waiter - G_STRUCT_OFFSET (Wait, admission.waiter));

  if (waiter->state == BP_WAITER_SERVED &&
      wait->admission.request.blocked == &wait->admission.core->out)
    hold_permit (wait);
  g_source_set_ready_time (wait->source, 0);
}

/* A source of the cancellable's own would look at the main context without a lock. */
static void
on_cancelled (GCancellable *cancellable,
              gpointer      data)
{
  Wait *wait = data;

  BP_TSAN_ACQUIRE (wait);
  g_source_set_ready_time (wait->source, 0);
  BP_TSAN_RELEASE (wait);
}

static gboolean
dispatch (GSource     *source,
          GSourceFunc  callback,
          gpointer     user_data)
{
  return callback (user_data);
}

static GSourceFuncs wait_source_funcs = { .dispatch = dispatch };

static void proceed (GTask *task);

/* What it holds goes back now: a garbage collector may keep the task for long. */
static void
end_wait (GTask *task)
{
  g_task_set_task_data (task, NULL, NULL);
}

static gboolean
on_ready (gpointer data)
{
  g_autoptr (GTask) task = g_object_ref (data);
  g_autoptr (GError) error = NULL;
  Wait *wait = g_task_get_task_data (task);

  leave (wait, &error);

  if (error == NULL && !g_cancellable_is_cancelled (wait->cancellable))
    {
      proceed (task);
      return G_SOURCE_REMOVE;
    }

  end_wait (task);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_error (task, g_steal_pointer (&error));

  return G_SOURCE_REMOVE;
}

static void
begin_wait (GTask *task)
{
  Wait *wait = g_task_get_task_data (task);
  BpQuota *quota = wait->admission.request.blocked;
  g_autoptr (GCancellable) cancellable = NULL;
  g_autoptr (GSource) source = NULL;

  g_set_object (&cancellable, wait->cancellable);
  wait->source = g_source_new (&wait_source_funcs, sizeof (GSource));
  g_source_set_static_name (wait->source, "bufpool: waiting for a buffer");
  g_source_set_priority (wait->source, g_task_get_priority (task));
  g_source_set_callback (wait->source, on_ready, g_object_ref (task), g_object_unref);
  if (wait->admission.request.has_permit)
    hold_permit (wait);
  source = g_source_ref (wait->source);
  bp_admission_join (&wait->admission, wake_source);
  wait->handler = bp_admission_connect (cancellable, G_CALLBACK (on_cancelled), wait);

  /* A source that is made ready while it is being attached may sleep all the same. A thread
   * that wakes it has the quota locked, so it does that before or after. A cancel is looked
   * for afterwards. Once the source is attached the wait may be over. */
  bp_mutex_lock (&quota->mutex);
  g_source_attach (source, g_task_get_context (task));
  bp_mutex_unlock (&quota->mutex);
  if (g_cancellable_is_cancelled (cancellable))
    g_source_set_ready_time (source, 0);
}

static void
proceed (GTask *task)
{
  Wait *wait = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  BpPooled *pooled = bp_admission_try (&wait->admission, &error);

  if (pooled == NULL && bp_admission_is_blocked (&wait->admission))
    {
      begin_wait (task);
      return;
    }

  end_wait (task);
  if (pooled != NULL)
    g_task_return_pointer (task, pooled, (GDestroyNotify) bp_pooled_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * bp_pool_acquire_async:
 * @self: a pool
 * @n_elements: how many valid elements the buffer shall have; 0 in a pool of items
 * @cancellable: (nullable): a #GCancellable
 * @callback: (scope async): called when it is done
 * @user_data: data for @callback
 *
 * Takes a buffer of @n_elements zeroes, and waits for it where
 * [method@Pool.acquire_full] does, without blocking the thread. @callback runs in the
 * thread-default main context of the calling thread and gets the handle by
 * [method@Pool.acquire_finish].
 *
 * Calls that wait this way and calls that wait in [method@Pool.acquire_wait] stand in one
 * queue. A pool that is [property@Pool:realtime] has no queue: there this is a programming
 * error. The main context must be run until @callback has come: a call that waits in it keeps
 * its turn, and what it has got.
 *
 * Since: 0.9
 */
void
bp_pool_acquire_async (BpPool              *self,
                       gsize                n_elements,
                       GCancellable        *cancellable,
                       GAsyncReadyCallback  callback,
                       gpointer             user_data)
{
  g_autoptr (GTask) task = NULL;
  Wait *wait;

  g_return_if_fail (BP_IS_POOL (self));
  g_return_if_fail (cancellable == NULL || G_IS_CANCELLABLE (cancellable));
  bp_require (!bp_core_is_realtime (self->core), ,
              "In a realtime pool no call can wait for a buffer: use bp_pool_try_acquire()");
  if (n_elements > 0)
    bp_require_elements (self->core, );

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, (gpointer) &acquire_tag);
  g_task_set_name (task, "bp_pool_acquire_async");
  /* The task would keep a buffer that has come; see below. */
  g_task_set_check_cancellable (task, FALSE);

  wait = g_new0 (Wait, 1);
  bp_admission_init (&wait->admission, self->core, n_elements, TRUE, NULL);
  g_set_object (&wait->cancellable, cancellable);
  g_task_set_task_data (task, wait, free_wait);

  if (!g_task_return_error_if_cancelled (task))
    proceed (task);
}

/**
 * bp_pool_acquire_finish:
 * @self: the pool
 * @result: the #GAsyncResult that the callback got
 * @error: return location for a #GError
 *
 * Ends what [method@Pool.acquire_async] began. It fails as [method@Pool.acquire_full]
 * does, but for the time.
 *
 * Returns: (transfer full): a handle
 *
 * Since: 0.9
 */
BpPooled *
bp_pool_acquire_finish (BpPool        *self,
                        GAsyncResult  *result,
                        GError       **error)
{
  BpPooled *pooled;

  g_return_val_if_fail (BP_IS_POOL (self), NULL);
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, (gpointer) &acquire_tag), NULL);

  pooled = g_task_propagate_pointer (G_TASK (result), error);
  if (pooled != NULL &&
      g_cancellable_set_error_if_cancelled (g_task_get_cancellable (G_TASK (result)), error))
    g_clear_pointer (&pooled, bp_pooled_unref);

  return pooled;
}
