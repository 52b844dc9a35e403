/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "game.h"

/*
 * Which cases an input leads to. libFuzzer takes them for lines of code: it keeps an input
 * that leads to a new one. Lines alone do not tell an allocation that fails in a pool with a
 * budget from one that fails in any other, nor a slice of a slice from a slice.
 */

#define N_DETAILS 512

typedef enum
{
  CLASS_REALTIME,
  CLASS_ALIGNED,
  CLASS_ELEMENTS,
  CLASS_ELEMENTS_OF_BUDGET,
  CLASS_ITEMS,
  CLASS_ITEMS_OF_BUDGET,
  N_CLASSES
} Class;

/* libFuzzer finds them by the section, and sets them to 0 before each input. */
static guint8 cases[N_CASES * N_DETAILS]
  __attribute__ ((section ("__libfuzzer_extra_counters"), used));

void
game_reach (Case  number,
            guint detail)
{
  g_assert_cmpuint (detail, <, N_DETAILS);
  cases[number * N_DETAILS + detail] = 1;
}

static Class
get_class (Member *member)
{
  if (member->is_realtime)
    return CLASS_REALTIME;
  if (member->is_aligned)
    return CLASS_ALIGNED;
  if (member->model.element_size > 0)
    return member->has_budget ? CLASS_ELEMENTS_OF_BUDGET : CLASS_ELEMENTS;

  return member->has_budget ? CLASS_ITEMS_OF_BUDGET : CLASS_ITEMS;
}

void
game_reach_member (Case    number,
                   guint   detail,
                   Member *member)
{
  game_reach (number, detail * N_CLASSES + get_class (member));
}

/* Each step in a pool of each class, as it is and where an allocation fails; and with each
 * of what else may be going on. */
void
game_reach_step (Game     *self,
                 guint     step,
                 gboolean  has_failed)
{
  guint n_waiting = self->n_waiters + self->calls->len;
  const gboolean goes_on[] = {
    self->n_waiters > 0, self->calls->len > 0, self->is_forbidden, self->depth > 0,
    n_waiting > 1 && game_count_queued (self) > 1,
  };

  if (self->picked != NULL)
    game_reach_member (CASE_STEP, 2 * step + has_failed, self->picked);
  for (guint i = 0; i < G_N_ELEMENTS (goes_on); i++)
    {
      if (goes_on[i])
        game_reach (CASE_MEANWHILE, step * G_N_ELEMENTS (goes_on) + i);
    }
}
