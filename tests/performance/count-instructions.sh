#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Prints how many machine instructions one acquire with its release takes, the
# touch of a byte and the loop around them included. Counted by callgrind, so the
# answer is the same on every run: once with N pairs and once with 2 N, and what
# the second run has more is divided by N.

set -eu

iterations=100000
size=4096
program=

usage() {
  cat <<END
Usage: $0 [-p PROGRAM] [-s SIZE] [-n N] [SUBJECT...]

  -p PROGRAM  the bufpool-bench to run; without it, a release build is made
  -s SIZE     bytes of a buffer (default $size)
  -n N        pairs of the shorter run (default $iterations)

SUBJECT is a subject of bufpool-bench; by default bufpool, bufpool-strict,
bufpool-sized and malloc.
END
}

while getopts p:s:n:h option; do
  case $option in
    p) program=$OPTARG ;;
    s) size=$OPTARG ;;
    n) iterations=$OPTARG ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- bufpool bufpool-strict bufpool-sized malloc

if ! command -v valgrind >/dev/null; then
  echo "$0: valgrind is not installed" >&2
  exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [ -z "$program" ]; then
  source=$(cd "$(dirname "$0")/../.." && pwd)
  if ! { meson setup "$scratch/build" "$source" --buildtype=release \
           -Dintrospection=disabled -Dvapi=disabled -Dexamples=false &&
         meson compile -C "$scratch/build" bufpool-bench; } >"$scratch/build.log" 2>&1; then
    cat "$scratch/build.log" >&2
    echo "$0: the release build failed, see above" >&2
    exit 1
  fi
  program=$scratch/build/tests/performance/bufpool-bench
fi

# Subjects that are preloaded start the program anew, hence --trace-children.
count() {
  valgrind --tool=callgrind --trace-children=yes --callgrind-out-file=/dev/null \
    "$program" --iterations="$2" --subject="$1" --size="$size" 2>"$scratch/log" || {
      cat "$scratch/log" >&2
      echo "$0: $1 did not run, see above" >&2
      exit 1
    }
  awk '/Collected *:/ { collected = $NF } END { print collected }' "$scratch/log"
}

for subject in "$@"; do
  once=$(count "$subject" "$iterations")
  twice=$(count "$subject" $((2 * iterations)))
  awk -v subject="$subject" -v n="$iterations" -v once="$once" -v twice="$twice" \
    'BEGIN { printf "%-16s %7.1f instructions\n", subject, (twice - once) / n }'
done
