/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "py-bufpool.h"

#include <pygobject.h>

/* The module gi.overrides._bufpool, and what goes between Python and C in it. */

PyBpModule py_bp;

gpointer
py_bp_get_boxed (PyObject *self,
                 GType     gtype)
{
  PyGBoxed *object = (PyGBoxed *) self;

  if (!PyObject_TypeCheck (self, &PyGBoxed_Type))
    {
      PyErr_Format (PyExc_TypeError, "%R is no object of PyGObject", self);
      return NULL;
    }
  if (object->gtype != gtype || object->boxed == NULL)
    {
      PyErr_Format (PyExc_ValueError, "there is nothing in this object: it is not of a pool");
      return NULL;
    }

  return object->boxed;
}

BpPool *
py_bp_get_pool (PyObject *self)
{
  GObject *object;

  if (!PyObject_TypeCheck (self, &PyGObject_Type))
    {
      PyErr_Format (PyExc_TypeError, "%R is no object of PyGObject", self);
      return NULL;
    }

  object = pygobject_get (self);
  if (object == NULL || !BP_IS_POOL (object))
    {
      PyErr_SetString (PyExc_TypeError, "this is no pool: its __init__() was not called");
      return NULL;
    }

  return BP_POOL (object);
}

PyObject *
py_bp_new_handle (BpPooled *pooled)
{
  PyGBoxed *self = (PyGBoxed *) py_bp.pooled_alloc (py_bp.pooled_type, 0);

  if (self == NULL)
    {
      bp_pooled_unref (pooled);
      return NULL;
    }

  self->boxed = pooled;
  self->gtype = py_bp.pooled_gtype;
  self->free_on_dealloc = TRUE;

  return (PyObject *) self;
}

PyObject *
py_bp_raise (GError *error)
{
  g_autoptr (GError) taken = error;
  PyObject *exception;

  if (taken->domain != BP_POOL_ERROR)
    {
      GError *given = g_steal_pointer (&taken);

      pyg_error_check (&given);
      return NULL;
    }

  exception = PyObject_CallFunction (py_bp.make_error, "is", taken->code, taken->message);
  if (exception != NULL)
    {
      PyErr_SetObject ((PyObject *) Py_TYPE (exception), exception);
      Py_DECREF (exception);
    }

  return NULL;
}

gboolean
py_bp_take_arguments (const char        *function,
                      const char *const *names,
                      Py_ssize_t         n_positional,
                      PyObject *const   *given,
                      Py_ssize_t         n_given,
                      PyObject          *given_names,
                      PyObject         **values)
{
  Py_ssize_t n_named = given_names == NULL ? 0 : PyTuple_Size (given_names);
  Py_ssize_t n_names = 0;

  for (; names[n_names] != NULL; n_names++)
    values[n_names] = n_names < n_given ? given[n_names] : NULL;

  if (n_given > n_positional)
    {
      PyErr_Format (PyExc_TypeError, "%s() takes at most %zd positional arguments, and %zd were given",
                    function, n_positional, n_given);
      return FALSE;
    }

  for (Py_ssize_t i = 0; i < n_named; i++)
    {
      PyObject *name = PyTuple_GetItem (given_names, i);
      Py_ssize_t place = 0;

      while (place < n_names && PyUnicode_CompareWithASCIIString (name, names[place]) != 0)
        place++;
      if (place == n_names)
        {
          PyErr_Format (PyExc_TypeError, "%s() has no argument %R", function, name);
          return FALSE;
        }
      if (values[place] != NULL)
        {
          PyErr_Format (PyExc_TypeError, "%s() was given two values for %R", function, name);
          return FALSE;
        }
      values[place] = given[n_given + i];
    }

  return TRUE;
}

gboolean
py_bp_to_size (PyObject *value,
               gsize    *size)
{
  PyObject *number = PyNumber_Index (value);

  if (number == NULL)
    return FALSE;

  *size = PyLong_AsSize_t (number);
  if (*size == (gsize) -1 && PyErr_Occurred () != NULL)
    {
      PyErr_Format (PyExc_OverflowError, "%S is not a number from 0 to %zu", number, G_MAXSIZE);
      Py_DECREF (number);
      return FALSE;
    }
  Py_DECREF (number);

  return TRUE;
}

gboolean
py_bp_add_type (PyObject    *module,
                PyType_Spec *spec)
{
  PyObject *type = PyType_FromModuleAndSpec (module, spec, NULL);
  gboolean has_added;

  if (type == NULL)
    return FALSE;

  has_added = PyModule_AddType (module, (PyTypeObject *) type) == 0;
  Py_DECREF (type);

  return has_added;
}

/* Another copy of the library would have types of its own. */
static PyObject *
check (PyObject *module,
       PyObject *type)
{
  if (py_bp.pooled_gtype == 0 || pyg_type_from_object_strict (type, FALSE) != py_bp.pooled_gtype)
    {
      PyErr_Format (PyExc_ImportError, "%R is of another libbufpool than this module", type);
      return NULL;
    }

  return Py_NewRef (Py_None);
}

static PyObject *
set_up (PyObject *module,
        PyObject *arguments)
{
  PyObject *pooled_type, *make_error, *layouts;

  if (!PyArg_ParseTuple (arguments, "O!OO!", &PyType_Type, &pooled_type, &make_error, &PyList_Type,
                         &layouts))
    return NULL;

  /* As long as the process: the module is never unloaded. */
  py_bp.pooled_type = (PyTypeObject *) Py_NewRef (pooled_type);
  py_bp.pooled_alloc = (allocfunc) PyType_GetSlot (py_bp.pooled_type, Py_tp_alloc);
  py_bp.make_error = Py_NewRef (make_error);
  py_bp.layouts = Py_NewRef (layouts);

  return Py_NewRef (Py_None);
}

static PyMethodDef module_methods[] = {
  { "check", check, METH_O, NULL },
  { "set_up", set_up, METH_VARARGS, NULL },
  { NULL, NULL, 0, NULL },
};

static PyModuleDef module_def = {
  PyModuleDef_HEAD_INIT,
  .m_name = "gi.overrides._bufpool",
  .m_doc = "Buffers of bufpool as Python takes memory. Only for the override.",
  .m_size = -1,
  .m_methods = module_methods,
};

PyMODINIT_FUNC PyInit__bufpool (void);

PyMODINIT_FUNC
PyInit__bufpool (void)
{
  PyObject *gobject = pygobject_init (3, 42, 0);
  PyObject *module;

  if (gobject == NULL)
    return NULL;
  Py_DECREF (gobject);

  py_bp.pooled_gtype = BP_TYPE_POOLED;
  py_bp.slice_gtype = BP_TYPE_POOLED_SLICE;
  py_bp.view_gtype = BP_TYPE_POOLED_VIEW;

  module = PyModule_Create (&module_def);
  if (module != NULL && py_bp_add_memory_type (module) && py_bp_add_handle_types (module) &&
      py_bp_add_pool_type (module) &&
      PyModule_AddObjectRef (module, "map", (PyObject *) &PyMemoryView_Type) == 0)
    return module;

  Py_XDECREF (module);

  return NULL;
}
