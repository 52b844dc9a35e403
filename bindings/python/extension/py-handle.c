/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "py-bufpool.h"

/* What handles, slices and views have before PyGObject's classes. */

static PyObject *
map_handle (PyObject   *self,
            PyBpExtent  extent)
{
  BpPooled *pooled = py_bp_get_boxed (self, py_bp.pooled_gtype);
  GError *error = NULL;
  BpPooledView *view;

  if (pooled == NULL)
    return NULL;
  if (bp_pooled_get_element_size (pooled) == 0)
    {
      PyErr_SetString (PyExc_TypeError,
                       "a handle of a pool of items has no elements: use its item");
      return NULL;
    }

  view = bp_pooled_get_view (pooled, &error);
  if (view == NULL)
    return py_bp_raise (error);

  return py_bp_new_memory (view, bp_pooled_get_element_type (pooled), extent, FALSE);
}

static PyObject *
map_slice (PyObject *self,
           gboolean  is_read_only)
{
  BpPooledSlice *slice = py_bp_get_boxed (self, py_bp.slice_gtype);
  GError *error = NULL;
  BpPooledView *view;

  if (slice == NULL)
    return NULL;

  view = bp_pooled_slice_get_view (slice, &error);
  if (view == NULL)
    return py_bp_raise (error);

  return py_bp_new_memory (view, is_read_only ? bp_pooled_slice_get_element_type (slice)
                                              : BP_ELEMENT_TYPE_NONE,
                           PY_BP_VALID, is_read_only);
}

static PyObject *
map_view (PyObject *self)
{
  BpPooledView *view = py_bp_get_boxed (self, py_bp.view_gtype);

  if (view == NULL)
    return NULL;

  return py_bp_new_memory (bp_pooled_view_ref (view), BP_ELEMENT_TYPE_NONE, PY_BP_WHOLE,
                           !bp_pooled_view_is_writable (view));
}

/* numpy.ndarray (buffer=...) gives the buffer back at once and keeps what it was given, not
 * what the buffer is of. It is known by what it asks for. Then the handle keeps the pin, as
 * long as it exists itself. */
static gboolean
is_for_keeps (int flags)
{
  return (flags & PyBUF_ANY_CONTIGUOUS) == PyBUF_ANY_CONTIGUOUS && (flags & PyBUF_FORMAT) == 0;
}

static gboolean
keep_pin (PyObject *self,
          PyObject *memory)
{
  PyObject *kept = PyObject_GetAttrString (self, "_kept");
  gboolean has_one = kept != NULL && kept != Py_None;

  Py_XDECREF (kept);
  if (kept == NULL)
    return FALSE;

  /* One is as good as many. */
  return has_one || PyObject_SetAttrString (self, "_kept", memory) == 0;
}

/* Takes the memory. */
static int
export_memory (PyObject  *self,
               PyObject  *memory,
               Py_buffer *buffer,
               int        flags)
{
  int result;

  if (memory == NULL)
    {
      buffer->obj = NULL;
      return -1;
    }

  result = py_bp_export_memory (memory, buffer, flags);
  if (result == 0 && is_for_keeps (flags) && !keep_pin (self, memory))
    {
      PyBuffer_Release (buffer);
      result = -1;
    }
  Py_DECREF (memory);

  return result;
}

static int
handle_export (PyObject  *self,
               Py_buffer *buffer,
               int        flags)
{
  return export_memory (self, map_handle (self, PY_BP_VALID), buffer, flags);
}

static int
slice_export (PyObject  *self,
              Py_buffer *buffer,
              int        flags)
{
  return export_memory (self, map_slice (self, TRUE), buffer, flags);
}

static int
view_export (PyObject  *self,
             Py_buffer *buffer,
             int        flags)
{
  PyObject *memory = map_view (self);
  int result;

  if (memory == NULL)
    {
      buffer->obj = NULL;
      return -1;
    }

  /* A view is never released, and may be kept in its place. */
  result = py_bp_export_memory (memory, buffer, flags);
  Py_DECREF (memory);

  return result;
}

/* Never called, since the buffer is not of this object. That there is one tells numpy.frombuffer()
 * to keep the buffer, and not this object. */
static void
give_up_nothing (PyObject  *self,
                 Py_buffer *buffer)
{
}

/* Takes the memory. */
static PyObject *
to_memoryview (PyObject *memory)
{
  PyObject *view;

  if (memory == NULL)
    return NULL;

  view = PyMemoryView_FromObject (memory);
  Py_DECREF (memory);

  return view;
}

static PyObject *
handle_view (PyObject        *self,
             PyObject *const *arguments,
             Py_ssize_t       n_arguments,
             PyObject        *argument_names)
{
  static const char *const names[] = { "whole", NULL };
  PyObject *whole;
  int is_whole;

  if (!py_bp_take_arguments ("view", names, 0, arguments, n_arguments, argument_names, &whole))
    return NULL;

  is_whole = whole == NULL ? 0 : PyObject_IsTrue (whole);
  if (is_whole < 0)
    return NULL;

  return to_memoryview (map_handle (self, is_whole ? PY_BP_WHOLE : PY_BP_VALID));
}

static PyObject *
slice_view (PyObject *self,
            PyObject *unused)
{
  return to_memoryview (map_slice (self, TRUE));
}

static PyObject *
view_view (PyObject *self,
           PyObject *unused)
{
  return to_memoryview (map_view (self));
}

/* As bytes, to be read into before others see the slice. */
static PyObject *
slice_map_writable (PyObject *self,
                    PyObject *unused)
{
  return to_memoryview (map_slice (self, FALSE));
}

static gboolean
release_handle (BpPooled *pooled)
{
  gsize element_size = bp_pooled_get_element_size (pooled);
  gboolean has_released;

  /* An item's class runs code of its own then. */
  if (element_size > 0 && bp_pooled_get_capacity (pooled) < PY_BP_MANY_BYTES / element_size)
    return bp_pooled_release (pooled);

  Py_BEGIN_ALLOW_THREADS
  has_released = bp_pooled_release (pooled);
  Py_END_ALLOW_THREADS

  return has_released;
}

static PyObject *
handle_release (PyObject *self,
                PyObject *unused)
{
  BpPooled *pooled = py_bp_get_boxed (self, py_bp.pooled_gtype);

  return pooled == NULL ? NULL : PyBool_FromLong (release_handle (pooled));
}

static PyObject *
handle_exit (PyObject        *self,
             PyObject *const *arguments,
             Py_ssize_t       n_arguments)
{
  BpPooled *pooled = py_bp_get_boxed (self, py_bp.pooled_gtype);

  if (pooled == NULL)
    return NULL;

  release_handle (pooled);

  return Py_NewRef (Py_None);
}

static PyObject *
slice_release (PyObject *self,
               PyObject *unused)
{
  BpPooledSlice *slice = py_bp_get_boxed (self, py_bp.slice_gtype);

  return slice == NULL ? NULL : PyBool_FromLong (bp_pooled_slice_release (slice));
}

static PyObject *
slice_exit (PyObject        *self,
            PyObject *const *arguments,
            Py_ssize_t       n_arguments)
{
  BpPooledSlice *slice = py_bp_get_boxed (self, py_bp.slice_gtype);

  if (slice == NULL)
    return NULL;

  bp_pooled_slice_release (slice);

  return Py_NewRef (Py_None);
}

static PyObject *
enter (PyObject *self,
       PyObject *unused)
{
  return Py_NewRef (self);
}

static Py_ssize_t
handle_length (PyObject *self)
{
  BpPooled *pooled = py_bp_get_boxed (self, py_bp.pooled_gtype);

  return pooled == NULL ? -1 : (Py_ssize_t) bp_pooled_get_length (pooled);
}

static Py_ssize_t
slice_length (PyObject *self)
{
  BpPooledSlice *slice = py_bp_get_boxed (self, py_bp.slice_gtype);

  return slice == NULL ? -1 : (Py_ssize_t) bp_pooled_slice_get_length (slice);
}

static PyObject *
find_layout (BpElementType element_type)
{
  return Py_XNewRef (PyList_GetItem (py_bp.layouts, element_type));
}

static PyObject *
handle_layout (PyObject *self,
               void     *unused)
{
  BpPooled *pooled = py_bp_get_boxed (self, py_bp.pooled_gtype);

  return pooled == NULL ? NULL : find_layout (bp_pooled_get_element_type (pooled));
}

static PyObject *
slice_layout (PyObject *self,
              void     *unused)
{
  BpPooledSlice *slice = py_bp_get_boxed (self, py_bp.slice_gtype);

  return slice == NULL ? NULL : find_layout (bp_pooled_slice_get_element_type (slice));
}

#define CALLED_WITH_NAMES(function) ((PyCFunction) (void (*) (void)) (function))

static PyMethodDef handle_methods[] = {
  { "view", CALLED_WITH_NAMES (handle_view), METH_FASTCALL | METH_KEYWORDS,
    "view($self, /, *, whole=False)\n--\n\n"
    "The valid elements as a writable memoryview, without a copy; with\n"
    "whole=True everything that there is room for, to be filled before\n"
    "set_length(). While it is alive, what could move the memory fails with\n"
    "BusyError." },
  { "release", handle_release, METH_NOARGS,
    "release($self, /)\n--\n\n"
    "Gives the buffer or item back; whether this call did. While views are\n"
    "alive it goes back with the last of them." },
  { "__enter__", enter, METH_NOARGS, NULL },
  { "__exit__", CALLED_WITH_NAMES (handle_exit), METH_FASTCALL, NULL },
  { NULL, NULL, 0, NULL },
};

static PyMethodDef slice_methods[] = {
  { "view", slice_view, METH_NOARGS,
    "view($self, /)\n--\n\n"
    "The elements as a read-only memoryview, without a copy." },
  { "release", slice_release, METH_NOARGS,
    "release($self, /)\n--\n\n"
    "Gives this share of the buffer up; whether this call did." },
  { "_map_writable", slice_map_writable, METH_NOARGS, NULL },
  { "__enter__", enter, METH_NOARGS, NULL },
  { "__exit__", CALLED_WITH_NAMES (slice_exit), METH_FASTCALL, NULL },
  { NULL, NULL, 0, NULL },
};

static PyMethodDef view_methods[] = {
  { "view", view_view, METH_NOARGS,
    "view($self, /)\n--\n\n"
    "All of the memory as a memoryview of bytes, without a copy, which may be written\n"
    "if the view is writable." },
  { NULL, NULL, 0, NULL },
};

static PyGetSetDef handle_fields[] = {
  { "_layout", handle_layout, NULL, NULL, NULL },
  { NULL, NULL, NULL, NULL, NULL },
};

static PyGetSetDef slice_fields[] = {
  { "_layout", slice_layout, NULL, NULL, NULL },
  { NULL, NULL, NULL, NULL, NULL },
};

static PyType_Slot handle_slots[] = {
  { Py_tp_methods, handle_methods },
  { Py_tp_getset, handle_fields },
  { Py_sq_length, handle_length },
  { Py_bf_getbuffer, handle_export },
  { Py_bf_releasebuffer, give_up_nothing },
  { 0, NULL },
};

static PyType_Slot slice_slots[] = {
  { Py_tp_methods, slice_methods },
  { Py_tp_getset, slice_fields },
  { Py_sq_length, slice_length },
  { Py_bf_getbuffer, slice_export },
  { Py_bf_releasebuffer, give_up_nothing },
  { 0, NULL },
};

static PyType_Slot view_slots[] = {
  { Py_tp_methods, view_methods },
  { Py_bf_getbuffer, view_export },
  { Py_bf_releasebuffer, give_up_nothing },
  { 0, NULL },
};

#define MIXIN_FLAGS (Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE)

static PyType_Spec handle_spec = {
  .name = "gi.overrides._bufpool.Handle",
  .flags = MIXIN_FLAGS,
  .slots = handle_slots,
};

static PyType_Spec slice_spec = {
  .name = "gi.overrides._bufpool.Slice",
  .flags = MIXIN_FLAGS,
  .slots = slice_slots,
};

static PyType_Spec view_spec = {
  .name = "gi.overrides._bufpool.View",
  .flags = MIXIN_FLAGS,
  .slots = view_slots,
};

gboolean
py_bp_add_handle_types (PyObject *module)
{
  return py_bp_add_type (module, &handle_spec) && py_bp_add_type (module, &slice_spec) &&
         py_bp_add_type (module, &view_spec);
}
