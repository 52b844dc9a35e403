/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "py-bufpool.h"

/* What pools have before PyGObject's class. */

typedef enum
{
  PY_BP_ZEROED,
  PY_BP_AS_IT_IS
} PyBpContents;

/* NULL with an exception set. */
static BpPooled *
acquire (BpPool       *pool,
         gsize         n_elements,
         PyBpContents  contents)
{
  gsize element_size = bp_pool_get_element_size (pool);
  GError *error = NULL;
  BpPooled *pooled;

  if (element_size == 0)
    {
      PyErr_SetString (PyExc_TypeError, "an item has no number of elements: use acquire()");
      return NULL;
    }

  if (contents == PY_BP_AS_IT_IS)
    {
      pooled = bp_pool_acquire_uninit (pool, n_elements, &error);
    }
  else if (n_elements < PY_BP_MANY_BYTES / element_size)
    {
      pooled = bp_pool_acquire_sized (pool, n_elements, &error);
    }
  else
    {
      Py_BEGIN_ALLOW_THREADS
      pooled = bp_pool_acquire_sized (pool, n_elements, &error);
      Py_END_ALLOW_THREADS
    }

  if (pooled == NULL)
    py_bp_raise (error);

  return pooled;
}

static gboolean
to_contents (PyObject     *zeroed,
             PyBpContents *contents)
{
  int is_zeroed = zeroed == NULL ? 1 : PyObject_IsTrue (zeroed);

  *contents = is_zeroed ? PY_BP_ZEROED : PY_BP_AS_IT_IS;

  return is_zeroed >= 0;
}

static PyObject *
pool_acquire (PyObject        *self,
              PyObject *const *arguments,
              Py_ssize_t       n_arguments,
              PyObject        *argument_names)
{
  static const char *const names[] = { "n_elements", "zeroed", NULL };
  PyObject *values[2];
  BpPool *pool;
  BpPooled *pooled;
  PyBpContents contents;
  GError *error = NULL;
  gsize n_elements;

  if (!py_bp_take_arguments ("acquire", names, 1, arguments, n_arguments, argument_names, values) ||
      !to_contents (values[1], &contents))
    return NULL;

  pool = py_bp_get_pool (self);
  if (pool == NULL)
    return NULL;

  if (values[0] == NULL || values[0] == Py_None)
    {
      /* Which takes care of what Python does with items. */
      if (bp_pool_get_element_size (pool) == 0)
        return PyObject_CallMethod (self, "try_acquire", NULL);

      pooled = bp_pool_try_acquire (pool, &error);

      return pooled == NULL ? py_bp_raise (error) : py_bp_new_handle (pooled);
    }

  if (!py_bp_to_size (values[0], &n_elements))
    return NULL;

  pooled = acquire (pool, n_elements, contents);

  return pooled == NULL ? NULL : py_bp_new_handle (pooled);
}

static PyObject *
pool_acquire_memory (PyObject        *self,
                     PyObject *const *arguments,
                     Py_ssize_t       n_arguments,
                     PyObject        *argument_names)
{
  static const char *const names[] = { "n_elements", "zeroed", NULL };
  PyObject *values[2];
  BpPool *pool;
  g_autoptr (BpPooled) pooled = NULL;
  BpPooledView *view;
  PyBpContents contents;
  GError *error = NULL;
  gsize n_elements;

  if (!py_bp_take_arguments ("_acquire_memory", names, 2, arguments, n_arguments, argument_names,
                             values) ||
      !to_contents (values[1], &contents))
    return NULL;

  pool = py_bp_get_pool (self);
  if (pool == NULL || !py_bp_to_size (values[0], &n_elements))
    return NULL;

  pooled = acquire (pool, n_elements, contents);
  if (pooled == NULL)
    return NULL;

  view = bp_pooled_get_view (pooled, &error);
  if (view == NULL)
    return py_bp_raise (error);

  return py_bp_new_memory (view, BP_ELEMENT_TYPE_NONE, PY_BP_VALID, FALSE);
}

static PyMethodDef pool_methods[] = {
  { "acquire", (PyCFunction) (void (*) (void)) pool_acquire, METH_FASTCALL | METH_KEYWORDS,
    "acquire($self, /, n_elements=None, *, zeroed=True)\n--\n\n"
    "An empty buffer, or one of n_elements zeroes; or an item. With zeroed=False\n"
    "the elements are what happens to be there, to be overwritten. It never waits: at\n"
    "max_outstanding it raises LimitError, and BudgetError where the budget has no room." },
  { "_acquire_memory", (PyCFunction) (void (*) (void)) pool_acquire_memory,
    METH_FASTCALL | METH_KEYWORDS, NULL },
  { NULL, NULL, 0, NULL },
};

static PyType_Slot pool_slots[] = {
  { Py_tp_methods, pool_methods },
  { 0, NULL },
};

static PyType_Spec pool_spec = {
  .name = "gi.overrides._bufpool.Pool",
  .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_IMMUTABLETYPE,
  .slots = pool_slots,
};

gboolean
py_bp_add_pool_type (PyObject *module)
{
  return py_bp_add_type (module, &pool_spec);
}
