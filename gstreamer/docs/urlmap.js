// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Where the references of other libraries are, for links into them.

baseURLs = [
  [ 'GLib', 'https://docs.gtk.org/glib/' ],
  [ 'GObject', 'https://docs.gtk.org/gobject/' ],
  [ 'Gio', 'https://docs.gtk.org/gio/' ],
  [ 'Gst', 'https://gstreamer.freedesktop.org/documentation/gstreamer/' ],
  [ 'Bufpool', '../bufpool-1.0/' ],
]
