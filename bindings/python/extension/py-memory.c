/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "py-bufpool.h"

/*
 * What every memoryview and every array is of. A handle exports one of these, and not
 * itself, since some consumers give the buffer back at once and keep only the object that it
 * was of. Then that object must be what pins the memory, since the handle may go.
 */
typedef struct
{
  PyObject_HEAD
  /* NULL where there are no elements, so that nothing can happen to them. */
  BpPooledView *view;
  gpointer data;
  Py_ssize_t n_elements;
  Py_ssize_t element_size;
  const char *format;
  gboolean is_read_only;
} PyBpMemory;

static PyTypeObject *memory_type;

/* Those of struct and memoryview, by element type. What has no type is bytes. */
static const char formats[][2] = {
  [BP_ELEMENT_TYPE_NONE] = "B",
  [BP_ELEMENT_TYPE_U8] = "B",
  [BP_ELEMENT_TYPE_I8] = "b",
  [BP_ELEMENT_TYPE_U16] = "H",
  [BP_ELEMENT_TYPE_I16] = "h",
  [BP_ELEMENT_TYPE_U32] = "I",
  [BP_ELEMENT_TYPE_I32] = "i",
  [BP_ELEMENT_TYPE_U64] = "Q",
  [BP_ELEMENT_TYPE_I64] = "q",
  [BP_ELEMENT_TYPE_F32] = "f",
  [BP_ELEMENT_TYPE_F64] = "d",
};

PyObject *
py_bp_new_memory (BpPooledView  *view,
                  BpElementType  element_type,
                  PyBpExtent     extent,
                  gboolean       is_read_only)
{
  PyBpMemory *self = PyObject_New (PyBpMemory, memory_type);
  gsize n_all, n_valid, element_size;

  if (self == NULL)
    {
      bp_pooled_view_unref (view);
      return NULL;
    }

  element_size = element_type == BP_ELEMENT_TYPE_NONE ? 1 : bp_element_type_get_size (element_type);

  self->data = GSIZE_TO_POINTER (bp_pooled_view_get_extent (view, &n_all, &n_valid));
  self->n_elements = (Py_ssize_t) ((extent == PY_BP_WHOLE ? n_all : n_valid) / element_size);
  self->element_size = (Py_ssize_t) element_size;
  self->format = formats[element_type];
  self->is_read_only = is_read_only;

  if (self->n_elements == 0)
    {
      static char nothing;

      self->data = &nothing;
      bp_pooled_view_unref (g_steal_pointer (&view));
    }
  self->view = view;

  return (PyObject *) self;
}

static void
memory_dealloc (PyObject *object)
{
  PyBpMemory *self = (PyBpMemory *) object;
  PyTypeObject *type = Py_TYPE (object);
  freefunc free_object = (freefunc) PyType_GetSlot (type, Py_tp_free);

  g_clear_pointer (&self->view, bp_pooled_view_unref);
  free_object (object);
  Py_DECREF (type);
}

int
py_bp_export_memory (PyObject  *memory,
                     Py_buffer *buffer,
                     int        flags)
{
  PyBpMemory *self = (PyBpMemory *) memory;

  if (self->is_read_only && (flags & PyBUF_WRITABLE) == PyBUF_WRITABLE)
    {
      buffer->obj = NULL;
      PyErr_SetString (PyExc_BufferError,
                       "A slice is to be read only: copy it, or take the handle by steal_pooled()");
      return -1;
    }

  *buffer = (Py_buffer) {
    .buf = self->data,
    .obj = Py_NewRef (memory),
    .len = self->n_elements * self->element_size,
    .itemsize = self->element_size,
    .readonly = self->is_read_only,
    .ndim = 1,
    .format = (flags & PyBUF_FORMAT) == PyBUF_FORMAT ? (char *) self->format : NULL,
    /* As long as the object, which the buffer keeps. */
    .shape = (flags & PyBUF_ND) == PyBUF_ND ? &self->n_elements : NULL,
    .strides = (flags & PyBUF_STRIDES) == PyBUF_STRIDES ? &self->element_size : NULL,
  };

  return 0;
}

static PyType_Slot memory_slots[] = {
  { Py_tp_doc, (void *) "Memory of a buffer, which is pinned as long as this exists." },
  { Py_tp_dealloc, memory_dealloc },
  { Py_bf_getbuffer, py_bp_export_memory },
  { 0, NULL },
};

static PyType_Spec memory_spec = {
  .name = "gi.overrides._bufpool.Memory",
  .basicsize = sizeof (PyBpMemory),
  .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE,
  .slots = memory_slots,
};

gboolean
py_bp_add_memory_type (PyObject *module)
{
  memory_type = (PyTypeObject *) PyType_FromModuleAndSpec (module, &memory_spec, NULL);

  return memory_type != NULL;
}
