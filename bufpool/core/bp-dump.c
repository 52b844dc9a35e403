/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "bp-dump-private.h"

#include <stdio.h>

#include "bp-holder-private.h"
#include "bp-trim-private.h"

/* How many buffers of one place the text lists one by one. */
#define MAX_LISTED 8

/* Samples with the same note; without notes, with the same stack. An interpreter may come to
 * one line of a script by different stacks, as it makes the code faster meanwhile. */
typedef struct
{
  const BpHolding *first;
  guint n;
  gsize n_bytes;
} Place;

typedef struct
{
  const char *name;
  guint64 n_out;
  GArray *holdings;
  GArray *places;
} Dump;

static guint64
count_out (BpCore *core)
{
  BpCounts counts = { 0 };
  guint64 n_gone, n_live;

  bp_trim_count (core, &counts);
  n_gone = bp_core_get_n_gone (core);
  n_live = bp_core_get_n_made (core) - n_gone;
  /* Buffers that moved on while they were counted were counted twice. */
  counts.n_idle = MIN (counts.n_idle, n_live);

  return n_live - counts.n_idle;
}

static gint
compare_places (const BpHolding *one, const BpHolding *other)
{
  guint id = one->stack != NULL ? one->stack->id : 0;
  guint other_id = other->stack != NULL ? other->stack->id : 0;
  gint order = g_strcmp0 (one->note, other->note);

  if (order != 0 || one->note != NULL)
    return order;

  return (id > other_id) - (id < other_id);
}

/* Within one place the oldest comes first. */
static gint
compare_holdings (gconstpointer a, gconstpointer b)
{
  const BpHolding *one = a, *other = b;
  gint order = compare_places (one, other);

  if (order != 0)
    return order;

  return (one->age < other->age) - (one->age > other->age);
}

static gint
compare_sizes (gconstpointer a, gconstpointer b)
{
  const Place *one = a, *other = b;

  if (one->n_bytes != other->n_bytes)
    return one->n_bytes > other->n_bytes ? -1 : 1;

  return one->n != other->n ? (gint) other->n - (gint) one->n
                            : compare_places (one->first, other->first);
}

static void
find_places (Dump *dump)
{
  g_array_sort (dump->holdings, compare_holdings);
  for (guint i = 0; i < dump->holdings->len; i++)
    {
      const BpHolding *holding = &g_array_index (dump->holdings, BpHolding, i);
      Place *last = NULL;

      if (i > 0 && compare_places (holding - 1, holding) == 0)
        {
          last = &g_array_index (dump->places, Place, dump->places->len - 1);
          last->n++;
          last->n_bytes += holding->n_bytes;
        }
      else
        {
          g_array_append_val (dump->places, ((Place) { holding, 1, holding->n_bytes }));
        }
    }
  g_array_sort (dump->places, compare_sizes);
}

static void
begin (Dump *dump, BpCore *core, gboolean only_own)
{
  dump->name = bp_peek (core->config.name);
  dump->holdings = bp_holder_list (core, &core->config, only_own);
  dump->n_out = count_out (core);
  if (only_own)
    dump->n_out -= MIN (dump->n_out, core->n_inherited);
  /* The numbers may differ while other threads acquire and return. */
  dump->n_out = MAX (dump->n_out, dump->holdings->len);
  dump->places = g_array_new (FALSE, FALSE, sizeof (Place));
  find_places (dump);
}

static void
end (Dump *dump)
{
  g_array_unref (dump->places);
  g_array_unref (dump->holdings);
}

static const char *
get_plural (guint64 n)
{
  return n == 1 ? "" : "s";
}

static void
append_name (GString *to, const Dump *dump)
{
  if (dump->name != NULL)
    g_string_append_printf (to, "Pool \"%s\"", dump->name);
  else
    g_string_append (to, "A pool without a name");
}

static void
append_summary (GString *to, const Dump *dump)
{
  append_name (to, dump);
  g_string_append_printf (to, ": %" G_GUINT64_FORMAT " buffer%s %s out", dump->n_out,
                          get_plural (dump->n_out), dump->n_out == 1 ? "is" : "are");
  if (dump->n_out == 0)
    g_string_append (to, "\n");
  else if ((bp_debug_flags & BP_DEBUG_BACKTRACE) == 0)
    g_string_append (to, "; with BUFPOOL_DEBUG=backtrace it is known where they were acquired\n");
  else if (bp_debug_interval == 1)
    g_string_append_printf (to, ", and of %u it is known where they were acquired\n",
                            dump->holdings->len);
  else
    g_string_append_printf (to, ", of which %u %s sampled (1 acquire in %u is)\n",
                            dump->holdings->len, dump->holdings->len == 1 ? "was" : "were",
                            bp_debug_interval);
}

static void
append_holding (GString *to, const BpHolding *holding)
{
  gint64 milliseconds = holding->age / 1000;

  g_string_append_printf (to, "    %p: %" G_GSIZE_FORMAT " bytes, length %" G_GSIZE_FORMAT
                          ", %u reference%s, %u pin%s%s, for %" G_GINT64_FORMAT ".%03d s, thread %d",
                          holding->handle, holding->n_bytes, holding->length, holding->n_refs,
                          get_plural (holding->n_refs), holding->n_pins,
                          get_plural (holding->n_pins),
                          holding->is_released ? ", released" : "",
                          milliseconds / 1000, (int) (milliseconds % 1000), holding->thread_id);
  if (holding->thread_name[0] != '\0')
    g_string_append_printf (to, " (%s)", holding->thread_name);
  g_string_append_c (to, '\n');
}

/* Appends each line of the note, indented. */
static void
append_note (GString *to, const char *note)
{
  g_auto (GStrv) lines = g_strsplit (note, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (*lines[i] != '\0')
        g_string_append_printf (to, "  %s\n", lines[i]);
    }
}

static void
append_place (GString *to, const Place *place)
{
  g_string_append_printf (to, "\n%u buffer%s, %" G_GSIZE_FORMAT " bytes, acquired at\n", place->n,
                          get_plural (place->n), place->n_bytes);
  if (place->first->note != NULL)
    append_note (to, place->first->note);
  bp_stack_print (place->first->stack, to, "  ");
  for (guint i = 0; i < MIN (place->n, MAX_LISTED); i++)
    append_holding (to, place->first + i);
  if (place->n > MAX_LISTED)
    g_string_append_printf (to, "    and %u more\n", place->n - MAX_LISTED);
}

static void
append_text (GString *to, const Dump *dump)
{
  append_summary (to, dump);
  for (guint i = 0; i < dump->places->len; i++)
    append_place (to, &g_array_index (dump->places, Place, i));
}

char *
bp_dump_text (BpCore *core)
{
  GString *text = g_string_new (NULL);
  Dump dump;

  begin (&dump, core, FALSE);
  append_text (text, &dump);
  end (&dump);

  return g_string_free (text, FALSE);
}

static void
append_string (GString *to, const char *string)
{
  g_autofree char *valid = string != NULL ? g_utf8_make_valid (string, -1) : NULL;

  if (valid == NULL)
    {
      g_string_append (to, "null");
      return;
    }

  g_string_append_c (to, '"');
  for (const guchar *c = (const guchar *) valid; *c != '\0'; c++)
    {
      if (*c == '"' || *c == '\\')
        g_string_append_printf (to, "\\%c", *c);
      else if (*c < 0x20 || *c == 0x7f)
        g_string_append_printf (to, "\\u%04x", *c);
      else
        g_string_append_c (to, (gchar) *c);
    }
  g_string_append_c (to, '"');
}

static void
append_frames_json (GString *to, const BpStack *stack)
{
  g_autoptr (GArray) frames = bp_stack_describe (stack);

  for (guint i = 0; i < frames->len; i++)
    {
      const BpFrame *frame = &g_array_index (frames, BpFrame, i);

      g_string_append_printf (to, "%s{ \"function\": ", i > 0 ? ", " : " ");
      append_string (to, frame->function);
      g_string_append_printf (to, ", \"function-offset\": %" G_GSIZE_FORMAT ", \"module\": ",
                              frame->function_offset);
      append_string (to, frame->module);
      g_string_append_printf (to, ", \"offset\": %" G_GSIZE_FORMAT " }", frame->offset);
    }
}

static void
append_holding_json (GString *to, const BpHolding *holding)
{
  g_string_append_printf (to, "{ \"address\": \"%p\", \"bytes\": %" G_GSIZE_FORMAT
                          ", \"length\": %" G_GSIZE_FORMAT ", \"references\": %u, \"pins\": %u"
                          ", \"released\": %s, \"milliseconds\": %" G_GINT64_FORMAT
                          ", \"thread\": { \"id\": %d, \"name\": ",
                          holding->handle, holding->n_bytes, holding->length, holding->n_refs,
                          holding->n_pins, holding->is_released ? "true" : "false",
                          holding->age / 1000, holding->thread_id);
  append_string (to, holding->thread_name);
  g_string_append (to, " } }");
}

static void
append_place_json (GString *to, const Place *place)
{
  g_string_append_printf (to, "{ \"buffers\": %u, \"bytes\": %" G_GSIZE_FORMAT ", \"note\": ",
                          place->n, place->n_bytes);
  append_string (to, place->first->note);
  g_string_append (to, ", \"frames\": [");
  append_frames_json (to, place->first->stack);
  g_string_append (to, " ], \"handles\": [");
  for (guint i = 0; i < place->n; i++)
    {
      g_string_append (to, i > 0 ? ", " : " ");
      append_holding_json (to, place->first + i);
    }
  g_string_append (to, " ] }");
}

char *
bp_dump_json (BpCore *core)
{
  GString *json = g_string_new ("{ \"pool\": ");
  gboolean is_sampling = (bp_debug_flags & BP_DEBUG_BACKTRACE) != 0;
  Dump dump;

  begin (&dump, core, FALSE);
  append_string (json, dump.name);
  g_string_append_printf (json, ", \"outstanding\": %" G_GUINT64_FORMAT ", \"samples\": %u, "
                          "\"interval\": %u, \"places\": [", dump.n_out, dump.holdings->len,
                          is_sampling ? bp_debug_interval : 0);
  for (guint i = 0; i < dump.places->len; i++)
    {
      g_string_append (json, i > 0 ? ", " : " ");
      append_place_json (json, &g_array_index (dump.places, Place, i));
    }
  g_string_append (json, " ] }");
  end (&dump);

  return g_string_free (json, FALSE);
}

static gboolean
has_notes (const Dump *dump)
{
  for (guint i = 0; i < dump->places->len; i++)
    {
      if (g_array_index (dump->places, Place, i).first->note != NULL)
        return TRUE;
    }

  return FALSE;
}

/* Whether buffers were out. */
static gboolean
append_leaks (GString *to, BpCore *core, const char *when)
{
  gboolean is_any;
  Dump dump;

  begin (&dump, core, TRUE);
  is_any = dump.n_out > 0;
  if (is_any)
    {
      g_string_append (to, when);
      append_text (to, &dump);
      if (has_notes (&dump))
        g_string_append (to, "\nA script's buffers are also out while its garbage collector has "
                         "not found them.\n");
    }
  end (&dump);

  return is_any;
}

void
bp_dump_leaks (BpCore *core)
{
  g_autoptr (GString) text = NULL;

  if ((bp_debug_flags & BP_DEBUG_LEAKS) == 0 || bp_peek (core->is_closed))
    return;

  text = g_string_new (NULL);
  if (append_leaks (text, core, "A pool is disposed while buffers are out. "))
    g_message ("%s", text->str);
}

void
bp_dump_note_inherited (BpCore *core)
{
  if (bp_debug_flags & BP_DEBUG_LEAKS)
    core->n_inherited = count_out (core);
}

/* Runs after the program's own handlers of atexit(), which may free pools. Prints by
 * itself, since GLib's handlers of messages may be gone by now. */
static __attribute__ ((destructor)) void
report_leaks_at_exit (void)
{
  g_autoptr (GString) text = NULL;
  GSList *cores = NULL;

  if ((bp_debug_flags & BP_DEBUG_LEAKS) == 0)
    return;

  bp_mutex_lock (&bp_cores_mutex);
  for (BpCore *core = bp_cores; core != NULL; core = core->next_core)
    {
      if (bp_core_try_ref (core))
        cores = g_slist_prepend (cores, core);
    }
  bp_mutex_unlock (&bp_cores_mutex);

  text = g_string_new (NULL);
  for (GSList *link = cores; link != NULL; link = link->next)
    {
      BpCore *core = link->data;

      append_leaks (text, core, bp_peek (core->is_closed) ?
                                "\nThe process ends while buffers of a disposed pool are "
                                "out. " :
                                "\nThe process ends while buffers are out. ");
      bp_core_unref (core);
    }
  g_slist_free (cores);

  if (text->len > 0)
    (void) fprintf (stderr, "\n%s: bufpool:%s\n",
                    g_get_prgname () != NULL ? g_get_prgname () : "?", text->str);
}
