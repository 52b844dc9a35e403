/*
 * SPDX-FileCopyrightText: 2026 The bufpool authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "compare.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "message.h"

static const int signals[] = { SIGINT, SIGTERM };

static volatile sig_atomic_t child_id;
static struct sigaction default_actions[G_N_ELEMENTS (signals)];
static sigset_t old_mask;

/* A signal of the terminal reaches the child by itself. Forwarded as well, it would come
 * twice, and the second one ends the writing. */
static void
forward (int        signal_number,
         siginfo_t *info,
         void      *context)
{
  if (info->si_code == SI_USER || info->si_code == SI_QUEUE)
    kill (child_id, signal_number);
}

static void
run_child (const Options  *options,
           gboolean        is_limited,
           gboolean        is_second,
           int             fd)
{
  g_autoptr (GError) error = NULL;
  RunResult result;

  if (!run_session (options, is_limited, is_second, &result, &error))
    {
      message_print (error->message);
      exit (EXIT_FAILURE);
    }

  if (write (fd, &result, sizeof result) != sizeof result)
    {
      message_print ("the result got lost on its way to the summary");
      exit (EXIT_FAILURE);
    }

  exit (EXIT_SUCCESS);
}

static gboolean
wait_for_child (int        fd,
                RunResult *result)
{
  ssize_t n_read;
  int status;

  do
    n_read = read (fd, result, sizeof *result);
  while (n_read < 0 && errno == EINTR);

  while (waitpid (child_id, &status, 0) < 0 && errno == EINTR)
    ;

  if (WIFSIGNALED (status))
    {
      g_autofree char *text = g_strdup_printf ("the run was ended by signal %d (%s)",
                                               WTERMSIG (status),
                                               g_strsignal (WTERMSIG (status)));

      message_print (text);
    }

  return n_read == sizeof *result && WIFEXITED (status) && WEXITSTATUS (status) == 0;
}

static void
stop_forwarding (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &default_actions[i], NULL);
}

/* Signals that come before there is a child to forward them to are kept. */
static pid_t
start_child (const Options  *options,
             gboolean        is_limited,
             gboolean        is_second,
             int             fds[2])
{
  struct sigaction action = { .sa_sigaction = forward, .sa_flags = SA_SIGINFO };
  sigset_t mask;
  pid_t id;

  sigemptyset (&mask);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaddset (&mask, signals[i]);
  sigprocmask (SIG_BLOCK, &mask, &old_mask);
  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    sigaction (signals[i], &action, &default_actions[i]);

  id = fork ();
  if (id == 0)
    {
      stop_forwarding ();
      sigprocmask (SIG_SETMASK, &old_mask, NULL);
      close (fds[0]);
      run_child (options, is_limited, is_second, fds[1]);
    }

  child_id = id;
  sigprocmask (SIG_SETMASK, &old_mask, NULL);

  return id;
}

/**
 * compare_run:
 * @options: what to record
 * @is_limited: whether the limits hold
 * @is_second: whether a run before has begun the log
 * @result: (out caller-allocates): what came of it
 *
 * Records in a process of its own, so that its peak of memory is that of this run
 * alone. To be called while the program has one thread.
 *
 * Returns: %FALSE, with a message printed, if that was not possible
 */
gboolean
compare_run (const Options  *options,
             gboolean        is_limited,
             gboolean        is_second,
             RunResult      *result)
{
  gboolean is_fine;
  int fds[2];

  fflush (NULL);
  if (pipe (fds) != 0 || start_child (options, is_limited, is_second, fds) < 0)
    {
      message_print (g_strerror (errno));
      return FALSE;
    }

  close (fds[1]);
  is_fine = wait_for_child (fds[0], result);
  close (fds[0]);
  stop_forwarding ();

  return is_fine;
}
