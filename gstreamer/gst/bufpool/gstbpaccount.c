/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpaccount-private.h"

struct _GstBpAccount
{
  const char *name;
  const char *type;

  /* Atomic. What is freed is counted by other threads than what is allocated, as a rule. */
  gsize n_allocated;
  gsize n_freed;
  gsize n_bytes;
  gsize peak_bytes;
};

/* By what make_key() says; under the mutex. */
static GMutex accounts_mutex;
static GHashTable *accounts;

static GstBpAccount plain_account;

static char *
make_key (const char *name,
          const char *type)
{
  return g_strdup_printf ("%s\n%s", name, type);
}

static GstBpAccount *
make_account (const char *name,
              const char *type)
{
  GstBpAccount *self = g_new0 (GstBpAccount, 1);

  self->name = g_strdup (name);
  self->type = g_strdup (type);

  return self;
}

static void
free_account (GstBpAccount *self)
{
  g_free ((char *) self->name);
  g_free ((char *) self->type);
  g_free (self);
}

/* Takes the account, and returns the one that was there before, if there is one. NULL if
 * there are too many, and this is not one that a type has for all. */
static GstBpAccount *
add (GstBpAccount *account,
     gboolean      is_for_all)
{
  g_autofree char *key = make_key (account->name, account->type);
  GstBpAccount *other;
  gboolean is_full;

  g_mutex_lock (&accounts_mutex);
  if (accounts == NULL)
    accounts = g_hash_table_new (g_str_hash, g_str_equal);
  other = g_hash_table_lookup (accounts, key);
  is_full = g_hash_table_size (accounts) >= GST_BP_MAX_ACCOUNTS && !is_for_all;
  if (other == NULL && !is_full)
    g_hash_table_insert (accounts, g_steal_pointer (&key), account);
  g_mutex_unlock (&accounts_mutex);

  if (other == NULL && !is_full)
    return account;

  free_account (account);

  return other;
}

GstBpAccount *
gst_bp_account_get (const char *name,
                    const char *type)
{
  GstBpAccount *account = add (make_account (name, type), FALSE);

  return account != NULL ? account : add (make_account ("all others", type), TRUE);
}

static void
charge (GstBpAccount *self,
        gsize         n_bytes)
{
  gsize n_now = (gsize) g_atomic_pointer_add (&self->n_bytes, (gssize) n_bytes) + n_bytes;
  gsize peak = (gsize) g_atomic_pointer_get (&self->peak_bytes);

  g_atomic_pointer_add (&self->n_allocated, 1);
  while (G_UNLIKELY (n_now > peak) &&
         !g_atomic_pointer_compare_and_exchange (&self->peak_bytes, peak, n_now))
    peak = (gsize) g_atomic_pointer_get (&self->peak_bytes);
}

static void
credit (GstBpAccount *self,
        gsize         n_bytes)
{
  g_atomic_pointer_add (&self->n_bytes, -(gssize) n_bytes);
  g_atomic_pointer_add (&self->n_freed, 1);
}

void
gst_bp_account_charge (GstBpAccount *self,
                       gsize         n_bytes,
                       gboolean      is_plain)
{
  charge (self, n_bytes);
  if (is_plain)
    charge (&plain_account, n_bytes);
}

void
gst_bp_account_credit (GstBpAccount *self,
                       gsize         n_bytes,
                       gboolean      is_plain)
{
  credit (self, n_bytes);
  if (is_plain)
    credit (&plain_account, n_bytes);
}

static GstBpUsage
get_usage (GstBpAccount *self)
{
  /* In this order, so that no more are freed than were allocated. */
  gsize n_freed = (gsize) g_atomic_pointer_get (&self->n_freed);
  gsize n_allocated = (gsize) g_atomic_pointer_get (&self->n_allocated);

  return (GstBpUsage) {
    .name = self->name,
    .type = self->type,
    .n_allocations = n_allocated,
    .n_outstanding = n_allocated - n_freed,
    .n_bytes = (gsize) g_atomic_pointer_get (&self->n_bytes),
    .peak_bytes = (gsize) g_atomic_pointer_get (&self->peak_bytes),
  };
}

GstBpUsage
gst_bp_account_get_plain_usage (void)
{
  return get_usage (&plain_account);
}

static int
compare_usages (gconstpointer a,
                gconstpointer b)
{
  const GstBpUsage *first = a, *second = b;

  if (first->peak_bytes != second->peak_bytes)
    return first->peak_bytes < second->peak_bytes ? 1 : -1;

  return g_strcmp0 (first->name, second->name);
}

GArray *
gst_bp_account_list_usages (void)
{
  GArray *usages = g_array_new (FALSE, FALSE, sizeof (GstBpUsage));
  g_autoptr (GList) all = NULL;

  g_mutex_lock (&accounts_mutex);
  if (accounts != NULL)
    all = g_hash_table_get_values (accounts);
  g_mutex_unlock (&accounts_mutex);

  for (GList *l = all; l != NULL; l = l->next)
    {
      GstBpUsage usage = get_usage (l->data);

      if (usage.n_allocations > 0)
        g_array_append_val (usages, usage);
    }
  g_array_sort (usages, compare_usages);

  return usages;
}
