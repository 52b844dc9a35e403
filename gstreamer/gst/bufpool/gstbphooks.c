/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "gstbphooks-private.h"

#include "gstbpactivity-private.h"
#include "gstbptracer-private.h"

/*
 * Elements and pads have their account as qdata: an element its own, a pad that of the
 * element it belongs to. The hooks of a push run where GStreamer is about to lock the pad
 * itself, so they may lock it as well. Where memory is allocated nothing may be locked:
 * there only the thread's activity is asked.
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

/* The inner pad of a ghost pad is a child of that, and no element's. */
static GstElement *
ref_element (GstPad *pad)
{
  GstObject *level = gst_object_get_parent (GST_OBJECT (pad));

  while (level != NULL && !GST_IS_ELEMENT (level))
    {
      GstObject *parent = gst_object_get_parent (level);

      gst_object_unref (level);
      level = parent;
    }

  return (GstElement *) level;
}

static GstBpAccount *
find_pad_account (GstPad *pad)
{
  g_autoptr (GstElement) element = ref_element (pad);
  GstBpAccount *account;

  if (element == NULL)
    return NULL;

  account = find_element_account (element);
  g_object_set_qdata (G_OBJECT (pad), account_quark, account);

  return account;
}

/* Of the element at the other end. */
static GstBpAccount *
find_peer_account (GstPad *pad)
{
  GstBpAccount *account = NULL;
  g_autoptr (GstPad) peer = NULL;

  GST_OBJECT_LOCK (pad);
  if (GST_PAD_PEER (pad) != NULL)
    account = g_object_get_qdata (G_OBJECT (GST_PAD_PEER (pad)), account_quark);
  GST_OBJECT_UNLOCK (pad);
  if (G_LIKELY (account != NULL))
    return account;

  peer = gst_pad_get_peer (pad);

  return peer != NULL ? find_pad_account (peer) : NULL;
}

static void
on_push_pre (GObject      *tracer,
             GstClockTime  time,
             GstPad       *pad,
             gpointer      what)
{
  gst_bp_activity_begin (pad, find_peer_account (pad));
  gst_bp_tracer_tidy (GST_BP_TRACER_CAST (tracer), time);
}

static void
on_push_post (GObject       *tracer,
              GstClockTime   time,
              GstPad        *pad,
              GstFlowReturn  flow)
{
  gst_bp_activity_end (pad);
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

void
gst_bp_hooks_install (GstTracer *tracer)
{
  static const struct
  {
    const char *detail;
    GCallback func;
  } hooks[] = {
    { "pad-push-pre", G_CALLBACK (on_push_pre) },
    { "pad-push-post", G_CALLBACK (on_push_post) },
    { "pad-push-list-pre", G_CALLBACK (on_push_pre) },
    { "pad-push-list-post", G_CALLBACK (on_push_post) },
    { "pad-push-event-pre", G_CALLBACK (on_push_pre) },
    { "pad-push-event-post", G_CALLBACK (on_push_event_post) },
    { "pad-pull-range-pre", G_CALLBACK (on_pull_pre) },
    { "pad-pull-range-post", G_CALLBACK (on_pull_post) },
    { "element-change-state-pre", G_CALLBACK (on_change_state_pre) },
    { "element-change-state-post", G_CALLBACK (on_change_state_post) },
    { "element-post-message-pre", G_CALLBACK (on_post_message_pre) },
  };

  account_quark = g_quark_from_static_string ("gst-bp-account");
  for (guint i = 0; i < G_N_ELEMENTS (hooks); i++)
    gst_tracing_register_hook (tracer, hooks[i].detail, hooks[i].func);
}
