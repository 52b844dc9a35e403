/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "parcel.h"

#include "test-items.h"

const Use uses[N_KINDS] = {
  [PLAIN] = { 256, 52 },
  [FEW] = { 1000, 8 },
  [LIMITED] = { 2048, 6 },
  [IDLE_BYTES] = { 4096, 5 },
  [BUDGET_BYTES] = { 8192, 6 },
  [BUDGET_WORDS] = { 500, 6 },
  [REALTIME] = { 1024, 9 },
  [ITEMS] = { 0, 5 },
  [OBJECTS] = { 0, 3 },
};

static guint64
get_stamp (Parcel *parcel,
           guint   i)
{
  return parcel->key ^ (i + 1) * 0x9e3779b97f4a7c15u;
}

/* The memory of a buffer, as words. */
static guint64 *
get_words (Parcel *parcel,
           guint   i,
           gsize  *n_words)
{
  BpPooled *pooled = parcel->pooled[i];

  *n_words = bp_pooled_get_length (pooled) * bp_pooled_get_element_size (pooled) /
             sizeof (guint64);
  g_assert_cmpuint (*n_words, ==, uses[parcel->kind].n_elements *
                                  bp_pooled_get_element_size (pooled) / sizeof (guint64));

  return bp_pooled_get_data (pooled, NULL);
}

/* The field of an item that is the test's to write. */
static gsize *
get_number (Parcel *parcel,
            guint   i)
{
  gpointer item = bp_pooled_get_item (parcel->pooled[i]);

  return parcel->kind == OBJECTS ? &((TestObject *) item)->byte_size
                                 : &((TestItem *) item)->byte_size;
}

void
write_stamps (Parcel *parcel)
{
  for (guint i = 0; i < parcel->n; i++)
    {
      guint64 stamp = get_stamp (parcel, i);
      guint64 *words;
      gsize n_words;

      if (parcel->kind >= ITEMS)
        {
          *get_number (parcel, i) = (gsize) (stamp % 1000);
          continue;
        }
      words = get_words (parcel, i, &n_words);
      for (gsize j = 0; parcel->is_whole && j < n_words; j++)
        {
          g_assert_cmpuint (words[j], ==, 0);
          words[j] = stamp;
        }
      words[0] = words[n_words - 1] = stamp;
    }
}

void
check_stamps (Parcel *parcel)
{
  for (guint i = 0; i < parcel->n; i++)
    {
      guint64 stamp = get_stamp (parcel, i);
      guint64 *words;
      gsize n_words;

      if (parcel->kind >= ITEMS)
        {
          g_assert_cmpuint (*get_number (parcel, i), ==, stamp % 1000);
          continue;
        }
      words = get_words (parcel, i, &n_words);
      for (gsize j = 0; parcel->is_whole && j < n_words; j++)
        g_assert_cmpuint (words[j], ==, stamp);
      g_assert_cmpuint (words[0], ==, stamp);
      g_assert_cmpuint (words[n_words - 1], ==, stamp);
    }
}

void
give_back (Parcel     *parcel,
           TestRandom *random)
{
  check_stamps (parcel);
  switch (test_random_below (random, 8))
    {
    case 0:
      for (guint i = 0; i < parcel->n; i++)
        {
          g_assert_true (bp_pooled_release (parcel->pooled[i]));
          bp_pooled_unref (parcel->pooled[i]);
        }
      break;

    case 1:
    case 2:
      for (guint i = 0; i < parcel->n; i++)
        bp_pooled_unref (parcel->pooled[i]);
      break;

    default:
      bp_pooled_unref_many (parcel->pooled, parcel->n);
      break;
    }
  g_free (parcel);
}
