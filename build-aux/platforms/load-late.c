/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Loads the library by dlopen(), as an introspected program does, when a thread runs already,
 * and has that thread and another one take a buffer and give it back. This program is linked
 * with the C library alone.
 *
 *   load-late LIBRARY
 */

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

#define ELEMENT_TYPE_U8 1
#define N_ELEMENTS 1000
#define N_TIMES 100

typedef struct
{
  void *(*pool_new) (int element_type);
  void *(*acquire_sized) (void *pool, size_t n_elements, void *error);
  void (*unref) (void *pooled);
  void *(*get_data) (void *pooled, size_t *n_elements);
} Library;

static Library library;
static void *pool;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void *
use_pool (void *data)
{
  int *n_done = data;

  /* Main has it until the library is there */
  pthread_mutex_lock (&mutex);
  pthread_mutex_unlock (&mutex);

  for (int i = 0; i < N_TIMES; i++)
    {
      void *pooled = library.acquire_sized (pool, N_ELEMENTS, NULL);
      size_t n_elements = 0;
      unsigned char *bytes = pooled ? library.get_data (pooled, &n_elements) : NULL;

      if (bytes && n_elements == N_ELEMENTS && bytes[N_ELEMENTS - 1] == 0)
        (*n_done)++;
      if (bytes)
        bytes[N_ELEMENTS - 1] = 1;
      if (pooled)
        library.unref (pooled);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t threads[2];
  int n_done[2] = { 0 };
  void *handle;

  if (argc != 2)
    {
      fprintf (stderr, "usage: load-late LIBRARY\n");
      return 2;
    }

  pthread_mutex_lock (&mutex);
  pthread_create (&threads[0], NULL, use_pool, &n_done[0]);
  handle = dlopen (argv[1], RTLD_NOW);
  if (!handle)
    {
      fprintf (stderr, "load-late: %s\n", dlerror ());
      return 1;
    }
  *(void **) &library.pool_new = dlsym (handle, "bp_pool_new");
  *(void **) &library.acquire_sized = dlsym (handle, "bp_pool_acquire_sized");
  *(void **) &library.unref = dlsym (handle, "bp_pooled_unref");
  *(void **) &library.get_data = dlsym (handle, "bp_pooled_get_data");
  if (!library.pool_new || !library.acquire_sized || !library.unref || !library.get_data)
    {
      fprintf (stderr, "load-late: %s\n", dlerror ());
      return 1;
    }
  pool = library.pool_new (ELEMENT_TYPE_U8);
  pthread_mutex_unlock (&mutex);

  pthread_create (&threads[1], NULL, use_pool, &n_done[1]);
  for (int i = 0; i < 2; i++)
    {
      pthread_join (threads[i], NULL);
      if (n_done[i] != N_TIMES)
        {
          fprintf (stderr, "load-late: thread %d had %d good buffers of %d\n", i, n_done[i], N_TIMES);
          return 1;
        }
    }
  printf ("load-late: two threads had %d buffers each\n", N_TIMES);
  return 0;
}
