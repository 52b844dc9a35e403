/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbpactivity-private.h"

#ifdef __linux__
# include <sys/prctl.h>
#endif

/* What Linux gives a thread's name. */
#define MAX_THREAD_NAME 16

#define FIRST_ROOM 16

typedef struct
{
  gconstpointer call;
  GstBpAccount *account;
} Call;

typedef struct
{
  GstBpAccount *owner;
  /* Of the thread, when it was first needed. */
  GstBpAccount *own;

  Call *calls;
  guint n_calls;
  guint n_room;
} Activity;

static void free_activity (gpointer data);

static GPrivate own_activity = G_PRIVATE_INIT (free_activity);

static void
free_activity (gpointer data)
{
  Activity *self = data;

  g_free (self->calls);
  g_free (self);
}

static Activity *
make_activity (void)
{
  Activity *self = g_new0 (Activity, 1);

  self->n_room = FIRST_ROOM;
  self->calls = g_new (Call, self->n_room);
  g_private_set (&own_activity, self);

  return self;
}

static Activity *
get_activity (void)
{
  Activity *self = g_private_get (&own_activity);

  return G_LIKELY (self != NULL) ? self : make_activity ();
}

static GstBpAccount *
make_own_account (void)
{
  char name[MAX_THREAD_NAME] = "";
  g_autofree char *whole = NULL;

#ifdef __linux__
  if (prctl (PR_GET_NAME, (unsigned long) name) != 0)
    name[0] = '\0';
#endif
  whole = g_strdup_printf ("thread \"%s\"", name);

  return gst_bp_account_get (whole, "thread");
}

static GstBpAccount *
get_account (Activity *self)
{
  if (G_LIKELY (self->n_calls > 0))
    return self->calls[self->n_calls - 1].account;
  if (self->owner != NULL)
    return self->owner;
  if (self->own == NULL)
    self->own = make_own_account ();

  return self->own;
}

void
gst_bp_activity_begin (gconstpointer  call,
                       GstBpAccount  *account)
{
  Activity *self = get_activity ();

  if (G_UNLIKELY (account == NULL))
    account = get_account (self);
  if (G_UNLIKELY (self->n_calls == self->n_room))
    {
      self->n_room *= 2;
      self->calls = g_renew (Call, self->calls, self->n_room);
    }
  /* There is room, from the start on. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
  self->calls[self->n_calls++] = (Call) { call, account };
}

void
gst_bp_activity_end (gconstpointer call)
{
  Activity *self = get_activity ();

  for (guint i = self->n_calls; i > 0; i--)
    {
      if (G_LIKELY (self->calls[i - 1].call == call))
        {
          self->n_calls = i - 1;
          return;
        }
    }
}

void
gst_bp_activity_set_owner (GstBpAccount *owner)
{
  get_activity ()->owner = owner;
}

GstBpAccount *
gst_bp_activity_get_account (void)
{
  return get_account (get_activity ());
}
