# shellcheck shell=sh disable=SC2154
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# What package-build.sh and package-try.sh have in common: steps, each with a log, and
# a tarball of $result as the output. To be sourced after packages.sh.

# hand_over: the output, when the script ends
# shellcheck disable=SC2317
hand_over () {
  tar -C "$result" --create --owner=0 --group=0 . >&3
}

# begin_steps: from here on what is printed goes to standard error
begin_steps () {
  mkdir -p "$result/logs"
  exec 3>&1 1>&2
  trap hand_over EXIT
}

give_up () {
  complain "$*"
  exit 1
}

# step NAME COMMAND...: says what is done; its output is a log, of which the end is
# shown if it fails
step () {
  step_name=$1
  shift
  step_log=$result/logs/$(printf '%s' "$step_name" | tr -cs 'A-Za-z0-9.\n' '-').log
  step_begin=$(date +%s)
  if ! "$@" </dev/null >"$step_log" 2>&1; then
    tail -n 40 "$step_log"
    give_up "$step_name: failed"
  fi
  say "$step_name: $(($(date +%s) - step_begin)) s"
}
