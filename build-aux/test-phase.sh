#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# One phase of test.sh, in a process of its own so that it can be ended when its
# time is over: configures and builds a folder and runs tests in it. Exit status
# 3 means that it did not build.
#
#   [PHASE_TARGETS=...] build-aux/test-phase.sh FOLDER ARGUMENTS-OF-MESON-TEST [MESON-OPTION...]
#
# Without PHASE_TARGETS it builds all targets.

set -eu

top=$(dirname "$(cd "$(dirname "$0")" && pwd)")
folder=$1
tests=$2
shift 2

# An old state of the folder that is in the way is thrown away
set_up () {
  if [ -f "$folder/build.ninja" ] && meson setup --reconfigure "$folder" "$top" "$@"; then
    return 0
  fi
  rm -rf "$folder"
  meson setup "$folder" "$top" "$@"
}

build () {
  # shellcheck disable=SC2086
  set_up "$@" && ninja -C "$folder" ${PHASE_TARGETS-}
}

mkdir -p "$folder"
rm -rf "$folder/meson-logs"

if ! build "$@" >"$folder.log" 2>&1; then
  tail -n 40 "$folder.log"
  exit 3
fi
grep 'warning:' "$folder.log" || true

# shellcheck disable=SC2086
exec meson test -C "$folder" --no-rebuild --print-errorlogs \
  --timeout-multiplier "${TEST_PATIENCE:-1}" $tests
