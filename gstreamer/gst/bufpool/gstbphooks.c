/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbphooks-private.h"

#include "gstbpactivity-private.h"
#include "gstbptracer-private.h"

/*
 * Elements and pads have their account as qdata: an element its own, a pad that of the
 * element it belongs to. Where memory is allocated nothing may be locked: there only the
 * thread's activity is asked. Hooks may lock elements where GStreamer does so right after
 * them, but no pads: 1.26.2 calls some of them with the pad locked. A pad that is locked is
 * left out for this time.
 */
static GQuark account_quark;

static char *
get_path (GstObject *object)
{
  GString *path = g_string_new (NULL);
  GstObject *level = gst_object_ref (object);

  while (level != NULL)
    {
      g_autofree char *name = gst_object_get_name (level);
      GstObject *parent = gst_object_get_parent (level);

      if (path->len > 0)
        g_string_prepend_c (path, '/');
      g_string_prepend (path, name);
      gst_object_unref (level);
      level = parent;
    }

  return g_string_free (path, FALSE);
}

static GstBpAccount *
find_element_account (GstElement *element)
{
  GstBpAccount *account = g_object_get_qdata (G_OBJECT (element), account_quark);

  if (account == NULL)
    {
      g_autofree char *path = get_path (GST_OBJECT (element));

      account = gst_bp_account_get (path, G_OBJECT_TYPE_NAME (element));
      g_object_set_qdata (G_OBJECT (element), account_quark, account);
    }

  return account;
}

static GstObject *
try_ref_parent (GstPad *pad)
{
  GstObject *parent = NULL;

  if (!g_mutex_trylock (GST_OBJECT_GET_LOCK (pad)))
    return NULL;
  if (GST_OBJECT_PARENT (pad) != NULL)
    parent = gst_object_ref (GST_OBJECT_PARENT (pad));
  GST_OBJECT_UNLOCK (pad);

  return parent;
}

/* The inner pad of a ghost pad is a child of that, and no element's. */
static GstElement *
try_ref_element (GstPad *pad)
{
  GstObject *level = try_ref_parent (pad);

  while (level != NULL && !GST_IS_ELEMENT (level))
    {
      GstObject *parent = GST_IS_PAD (level) ? try_ref_parent (GST_PAD_CAST (level)) : NULL;

      gst_object_unref (level);
      level = parent;
    }

  return (GstElement *) level;
}

static GstBpAccount *
find_new_pad_account (GstPad *pad)
{
  g_autoptr (GstElement) element = try_ref_element (pad);
  GstBpAccount *account;

  /* While a pipeline is put together pads send events to one another, and an element's path is
   * not what it will be. */
  if (element == NULL || GST_STATE (element) == GST_STATE_NULL)
    return NULL;

  account = find_element_account (element);
  g_object_set_qdata (G_OBJECT (pad), account_quark, account);

  return account;
}

static GstBpAccount *
find_pad_account (GstPad *pad)
{
  GstBpAccount *account = g_object_get_qdata (G_OBJECT (pad), account_quark);

  return G_LIKELY (account != NULL) ? account : find_new_pad_account (pad);
}

/* Of the element at the other end. */
static GstBpAccount *
find_peer_account (GstPad *pad)
{
  g_autoptr (GstPad) peer = NULL;

  if (!g_mutex_trylock (GST_OBJECT_GET_LOCK (pad)))
    return NULL;
  if (GST_PAD_PEER (pad) != NULL)
    peer = gst_object_ref (GST_PAD_PEER (pad));
  GST_OBJECT_UNLOCK (pad);

  return peer != NULL ? find_pad_account (peer) : NULL;
}

/* A buffer or a list, which the pad is given. */
static void
on_chain_pre (GObject      *tracer,
              GstClockTime  time,
              GstPad       *pad,
              gpointer      data)
{
  gst_bp_activity_begin (pad, find_pad_account (pad));
  gst_bp_tracer_tidy (GST_BP_TRACER_CAST (tracer), time);
}

static void
on_chain_post (GObject       *tracer,
               GstClockTime   time,
               GstPad        *pad,
               GstFlowReturn  flow)
{
  gst_bp_activity_end (pad);
}

static void
on_send_event_pre (GObject      *tracer,
                   GstClockTime  time,
                   GstPad       *pad,
                   GstEvent     *event)
{
  gst_bp_activity_begin (pad, find_pad_account (pad));
}

static void
on_send_event_post (GObject       *tracer,
                    GstClockTime   time,
                    GstPad        *pad,
                    GstFlowReturn  flow)
{
  gst_bp_activity_end (pad);
}

static void
on_push_event_pre (GObject      *tracer,
                   GstClockTime  time,
                   GstPad       *pad,
                   GstEvent     *event)
{
  gst_bp_activity_begin (pad, find_peer_account (pad));
}

static void
on_push_event_post (GObject      *tracer,
                    GstClockTime  time,
                    GstPad       *pad,
                    gboolean      is_handled)
{
  gst_bp_activity_end (pad);
}

static void
on_pull_pre (GObject      *tracer,
             GstClockTime  time,
             GstPad       *pad,
             guint64       offset,
             guint         size)
{
  gst_bp_activity_begin (pad, find_peer_account (pad));
}

static void
on_pull_post (GObject       *tracer,
              GstClockTime   time,
              GstPad        *pad,
              GstBuffer     *buffer,
              GstFlowReturn  flow)
{
  gst_bp_activity_end (pad);
}

static void
on_change_state_pre (GObject        *tracer,
                     GstClockTime    time,
                     GstElement     *element,
                     GstStateChange  transition)
{
  gst_bp_activity_begin (element, find_element_account (element));
}

static void
on_change_state_post (GObject              *tracer,
                      GstClockTime          time,
                      GstElement           *element,
                      GstStateChange        transition,
                      GstStateChangeReturn  result)
{
  gst_bp_activity_end (element);
  if (transition == GST_STATE_CHANGE_READY_TO_NULL && GST_OBJECT_PARENT (element) == NULL)
    gst_bp_tracer_note_stopped (GST_BP_TRACER_CAST (tracer));
}

/* A thread that runs a task says so itself, when it begins and when it ends. */
static void
on_post_message_pre (GObject      *tracer,
                     GstClockTime  time,
                     GstElement   *element,
                     GstMessage   *message)
{
  GstStreamStatusType type;
  GstElement *owner;

  if (GST_MESSAGE_TYPE (message) != GST_MESSAGE_STREAM_STATUS)
    return;

  gst_message_parse_stream_status (message, &type, &owner);
  if (type == GST_STREAM_STATUS_TYPE_ENTER && GST_IS_ELEMENT (owner))
    gst_bp_activity_set_owner (find_element_account (owner));
  else if (type == GST_STREAM_STATUS_TYPE_LEAVE)
    gst_bp_activity_set_owner (NULL);
}

typedef struct
{
  const char *detail;
  GCallback func;
} Hook;

static const Hook hooks[] = {
  { "pad-chain-pre", G_CALLBACK (on_chain_pre) },
  { "pad-chain-post", G_CALLBACK (on_chain_post) },
  { "pad-chain-list-pre", G_CALLBACK (on_chain_pre) },
  { "pad-chain-list-post", G_CALLBACK (on_chain_post) },
  { "pad-pull-range-pre", G_CALLBACK (on_pull_pre) },
  { "pad-pull-range-post", G_CALLBACK (on_pull_post) },
  { "element-change-state-pre", G_CALLBACK (on_change_state_pre) },
  { "element-change-state-post", G_CALLBACK (on_change_state_post) },
  { "element-post-message-pre", G_CALLBACK (on_post_message_pre) },
};

/* Not in 1.22. */
static const Hook event_hooks[] = {
  { "pad-send-event-pre", G_CALLBACK (on_send_event_pre) },
  { "pad-send-event-post", G_CALLBACK (on_send_event_post) },
};

/* What there is in 1.22 instead. */
static const Hook old_event_hooks[] = {
  { "pad-push-event-pre", G_CALLBACK (on_push_event_pre) },
  { "pad-push-event-post", G_CALLBACK (on_push_event_post) },
};

static void
install (GstTracer  *tracer,
         const Hook *all,
         guint       n)
{
  for (guint i = 0; i < n; i++)
    gst_tracing_register_hook (tracer, all[i].detail, all[i].func);
}

void
gst_bp_hooks_install (GstTracer *tracer)
{
  account_quark = g_quark_from_static_string ("gst-bp-account");
  install (tracer, hooks, G_N_ELEMENTS (hooks));
  if (g_quark_try_string (event_hooks[0].detail) != 0)
    install (tracer, event_hooks, G_N_ELEMENTS (event_hooks));
  else
    install (tracer, old_event_hooks, G_N_ELEMENTS (old_event_hooks));
}
