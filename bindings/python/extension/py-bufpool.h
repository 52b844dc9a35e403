/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/* Defines macros that the other headers look at. */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <bufpool.h>

/*
 * The part of the override that Python itself cannot do: the buffer protocol, and a short way
 * for what programs do most.
 *
 * PyGObject makes the classes and the objects. Types of this module come before PyGObject's
 * in the bases of the override's classes; they have no fields of their own, and take the C
 * pointer out of the object. The same names are in _bufpool_pure.py, for where this module is
 * not built.
 *
 * Only the stable ABI is used, as of Python 3.11, and of PyGObject what its header has: it
 * keeps these structures as they are. All of it runs with the interpreter's lock, but for what
 * may take long.
 */

/* From this many bytes on, clearing or freeing them is worth a change of threads. */
#define PY_BP_MANY_BYTES ((gsize) 256 * 1024)

typedef struct
{
  /* Of the override. */
  PyTypeObject *pooled_type;
  allocfunc pooled_alloc;
  PyObject *make_error;
  /* The layout of each element type, by its number. */
  PyObject *layouts;

  GType pooled_gtype;
  GType slice_gtype;
  GType view_gtype;
} PyBpModule;

/* PyGObject has one interpreter, and so have we. */
extern PyBpModule py_bp;

/* The pointer in an object of PyGObject; NULL with an exception set. */
gpointer py_bp_get_boxed (PyObject *self, GType gtype);
BpPool *py_bp_get_pool (PyObject *self);

/* A handle of the override's class, which takes the reference. */
PyObject *py_bp_new_handle (BpPooled *pooled);

/* An exception out of an error, which it takes. Returns NULL. */
PyObject *py_bp_raise (GError *error);

/* The arguments of a call, NULL where there is none: names ends with NULL, and the first
 * n_positional of them may be given without their names. */
gboolean py_bp_take_arguments (const char        *function,
                               const char *const *names,
                               Py_ssize_t         n_positional,
                               PyObject *const   *given,
                               Py_ssize_t         n_given,
                               PyObject          *given_names,
                               PyObject         **values);
gboolean py_bp_to_size (PyObject *value, gsize *size);

/* Memory that a view pins, as an object with the buffer protocol. It takes the view. */
typedef enum
{
  PY_BP_VALID,
  PY_BP_WHOLE
} PyBpExtent;

PyObject *py_bp_new_memory (BpPooledView *view, BpElementType element_type, PyBpExtent extent,
                            gboolean is_read_only);
int py_bp_export_memory (PyObject *memory, Py_buffer *buffer, int flags);

gboolean py_bp_add_memory_type (PyObject *module);
gboolean py_bp_add_handle_types (PyObject *module);
gboolean py_bp_add_pool_type (PyObject *module);

/* The C types that Python sees have no state, and are made of these. */
gboolean py_bp_add_type (PyObject *module, PyType_Spec *spec);
