/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* For dladdr1(). */
#ifndef _GNU_SOURCE
# define _GNU_SOURCE 1
#endif

#include "bp-stack-private.h"

#include <dlfcn.h>
#ifdef BP_HAVE_UNWIND
# include <unwind.h>
#endif
#ifdef RTLD_DL_LINKMAP
# include <link.h>
#endif

#define MAX_FRAMES 32
#define MAX_STACKS 65536
#define N_BUCKETS 1024
/* How many stacks a thread remembers: a power of 2. */
#define MEMO_BITS 4
/* So many return addresses are compared at a time; the last one is there more than once. */
#define STRIDE 4

static _Atomic (BpStack *) buckets[N_BUCKETS];
static atomic_uint n_stacks;

typedef struct
{
  /* The frame that it begins with. */
  guintptr start;
  guintptr pcs[MAX_FRAMES];
  /* Where each return address lies. */
  guintptr slots[MAX_FRAMES];
  guint n;
  gboolean is_on_stack;
} Walk;

typedef struct
{
  /* The frame that it begins with; 0 for none. */
  guintptr start;
  const BpStack *stack;
  guintptr slots[MAX_FRAMES];
} Memo;

static BP_THREAD_LOCAL BpOwn own_memos;
static GPrivate exit_hook = G_PRIVATE_INIT (bp_own_end);

static inline Memo *
get_memo (Memo *memos, guintptr start)
{
  return &memos[(guint32) start * 2654435769u >> (32 - MEMO_BITS)];
}

/* NULL where nothing can be remembered. */
static Memo *
find_memo (guintptr start)
{
  Memo *memos = bp_own_get (&own_memos, &exit_hook, sizeof (Memo) << MEMO_BITS);

  return memos != NULL ? get_memo (memos, start) : NULL;
}

/* Reads in a frame of another function, which sanitizers would report. */
static inline __attribute__ ((no_sanitize ("address"))) guintptr
read_slot (guintptr slot)
{
  return *(guintptr *) slot;
}

/* Compares from the innermost frame on: it reads no further than the stack is known to
 * reach. */
static inline __attribute__ ((no_sanitize ("address"))) gboolean
is_same (const Memo *memo)
{
  const guintptr *pc = memo->stack->pcs, *end = pc + memo->stack->n;
  const guintptr *slot = memo->slots;

  G_STATIC_ASSERT (STRIDE == 4);
  do
    {
      if (*(const guintptr *) slot[0] != pc[0] || *(const guintptr *) slot[1] != pc[1] ||
          *(const guintptr *) slot[2] != pc[2] || *(const guintptr *) slot[3] != pc[3])
        return FALSE;
      slot += STRIDE;
      pc += STRIDE;
    }
  while (pc < end);

  return TRUE;
}

/* How many there are with those that are there more than once. */
static inline guint
get_n_padded (guint n)
{
  return (n + STRIDE - 1) / STRIDE * STRIDE;
}

static void
copy_padded (guintptr *to, const guintptr *from, guint n)
{
  for (guint i = 0; i < get_n_padded (n); i++)
    to[i] = from[MIN (i, n - 1)];
}

#ifdef BP_HAVE_UNWIND
static _Unwind_Reason_Code
visit (struct _Unwind_Context *context, void *data)
{
  Walk *walk = data;
  guintptr pc = _Unwind_GetIP (context);
  guintptr slot = _Unwind_GetCFA (context) - sizeof (gpointer);

  /* Leaves out the frames of this file: they are gone when the next stack is compared. */
  if (slot < walk->start)
    return _URC_NO_REASON;
  if (pc == 0 || walk->n == MAX_FRAMES)
    return _URC_END_OF_STACK;

  walk->pcs[walk->n] = pc;
  walk->slots[walk->n++] = slot;
  walk->is_on_stack = walk->is_on_stack && read_slot (slot) == pc;

  return _URC_NO_REASON;
}
#endif

static void
walk_stack (Walk *walk, guintptr start)
{
  walk->start = start;
  walk->n = 0;
  walk->is_on_stack = TRUE;
#ifdef BP_HAVE_UNWIND
  _Unwind_Backtrace (visit, walk);
#endif
}

static gboolean
is_equal (const BpStack *stack, const Walk *walk, guint hash)
{
  return stack->hash == hash && stack->n == walk->n &&
         memcmp (stack->pcs, walk->pcs, walk->n * sizeof (guintptr)) == 0;
}

static BpStack *
make_stack (const Walk *walk, guint hash)
{
  BpStack *stack;

  if (bp_peek (n_stacks) >= MAX_STACKS)
    return NULL;
  stack = g_try_malloc (sizeof (BpStack) + get_n_padded (walk->n) * sizeof (guintptr));
  if (stack == NULL)
    return NULL;

  stack->id = atomic_fetch_add (&n_stacks, 1) + 1;
  stack->hash = hash;
  stack->n = walk->n;
  copy_padded (stack->pcs, walk->pcs, walk->n);

  return stack;
}

static const BpStack *
intern (const Walk *walk)
{
  _Atomic (BpStack *) *bucket;
  BpStack *first, *made = NULL, *seen = NULL;
  guint hash = 5381;

  for (guint i = 0; i < walk->n; i++)
    hash = hash * 33 + (guint) (walk->pcs[i] ^ walk->pcs[i] >> 16);
  bucket = &buckets[hash % N_BUCKETS];

  first = atomic_load_explicit (bucket, memory_order_acquire);
  do
    {
      for (BpStack *stack = first; stack != seen; stack = stack->next)
        {
          if (is_equal (stack, walk, hash))
            {
              g_free (made);
              return stack;
            }
        }
      seen = first;
      if (made == NULL)
        made = make_stack (walk, hash);
      if (made == NULL)
        return NULL;
      made->next = first;
    }
  while (!atomic_compare_exchange_weak_explicit (bucket, &first, made, memory_order_acq_rel,
                                                 memory_order_acquire));

  return made;
}

static BP_COLD const BpStack *
capture_anew (guintptr start)
{
  Memo *memo = find_memo (start);
  const BpStack *stack;
  Walk walk;

  walk_stack (&walk, start);
  stack = intern (&walk);
  if (memo != NULL && stack != NULL && walk.is_on_stack && walk.n > 0)
    {
      memo->start = start;
      memo->stack = stack;
      copy_padded (memo->slots, walk.slots, walk.n);
    }

  return stack;
}

const BpStack *
bp_stack_capture (void)
{
  guintptr start = (guintptr) __builtin_frame_address (0);
  const BpStack *stack;

  if (G_LIKELY (own_memos.memory != NULL))
    {
      const Memo *memo = get_memo (own_memos.memory, start);

      if (G_LIKELY (memo->start == start && is_same (memo)))
        return memo->stack;
    }
  stack = capture_anew (start);
  /* Prevents a tail call above, which would take this frame away. */
  atomic_signal_fence (memory_order_seq_cst);

  return stack;
}

const BpStack *
bp_stack_get (guint id)
{
  for (guint i = 0; i < N_BUCKETS && id != 0; i++)
    {
      for (BpStack *stack = atomic_load (&buckets[i]); stack != NULL; stack = stack->next)
        {
          if (stack->id == id)
            return stack;
        }
    }

  return NULL;
}

/* Finds the module, and where it is loaded: addr2line counts from there. */
static gpointer
find_module (gpointer address, Dl_info *info, gsize *load_address)
{
#ifdef RTLD_DL_LINKMAP
  struct link_map *map = NULL;

  if (dladdr1 (address, info, (void **) &map, RTLD_DL_LINKMAP) == 0 || map == NULL)
    return NULL;
  *load_address = map->l_addr;
#else
  if (dladdr (address, info) == 0)
    return NULL;
  *load_address = GPOINTER_TO_SIZE (info->dli_fbase);
#endif

  return info->dli_fbase;
}

/* The library's own module; NULL if it is linked into a program. */
static gpointer
find_own_module (void)
{
  Dl_info info;
  gsize load_address;
  gpointer own = find_module ((gpointer) (guintptr) bp_stack_get, &info, &load_address);

  if (own == NULL || info.dli_fname == NULL || strstr (info.dli_fname, "libbufpool") == NULL)
    return NULL;

  return own;
}

static void
clear_frame (gpointer data)
{
  BpFrame *frame = data;

  g_free (frame->function);
  g_free (frame->module);
}

/* The name of a program may be relative, as it was started: then /proc/self/exe is
 * read. */
static char *
get_path (const char *name)
{
  g_autofree char *program = NULL;

  if (!g_path_is_absolute (name))
    program = g_file_read_link ("/proc/self/exe", NULL);

  return g_utf8_make_valid (program != NULL ? program : name, -1);
}

/* Looks 1 byte before the return address: that lies behind the call, maybe in the next
 * line or function. */
static void
describe (guintptr pc, BpFrame *frame, gpointer *module)
{
  guintptr address = pc - 1;
  Dl_info info;
  gsize load_address;

  *frame = (BpFrame) { NULL, 0, NULL, address };
  *module = find_module ((gpointer) address, &info, &load_address);
  if (*module == NULL)
    return;

  frame->offset = address - load_address;
  if (info.dli_fname != NULL)
    frame->module = get_path (info.dli_fname);
  if (info.dli_sname != NULL)
    {
      frame->function = g_utf8_make_valid (info.dli_sname, -1);
      frame->function_offset = address - (guintptr) info.dli_saddr;
    }
}

GArray *
bp_stack_describe (const BpStack *stack)
{
  GArray *frames = g_array_new (FALSE, FALSE, sizeof (BpFrame));
  gpointer own = find_own_module ();
  gboolean is_inside = own != NULL;

  g_array_set_clear_func (frames, clear_frame);
  for (guint i = 0; stack != NULL && i < stack->n; i++)
    {
      gpointer module;
      BpFrame frame;

      describe (stack->pcs[i], &frame, &module);
      is_inside = is_inside && module == own;
      if (is_inside)
        clear_frame (&frame);
      else
        g_array_append_val (frames, frame);
    }

  return frames;
}

void
bp_stack_print (const BpStack *stack, GString *to, const char *indent)
{
  g_autoptr (GArray) frames = bp_stack_describe (stack);

  if (frames->len == 0)
    g_string_append_printf (to, "%s(unknown)\n", indent);
  for (guint i = 0; i < frames->len; i++)
    {
      BpFrame *frame = &g_array_index (frames, BpFrame, i);
      const char *module = frame->module != NULL ? frame->module : "?";

      g_string_append (to, indent);
      if (frame->function != NULL)
        g_string_append_printf (to, "%s+0x%" G_GSIZE_MODIFIER "x ", frame->function,
                                frame->function_offset);
      g_string_append_printf (to, "(%s+0x%" G_GSIZE_MODIFIER "x)\n", module, frame->offset);
    }
}
