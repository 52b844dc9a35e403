#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Prints how many machine instructions a buffer takes in a workload of
# gst-bufpool-bench, what fills the buffer included. Counted by callgrind, so the answer
# is nearly the same on every run: once with N rounds and once with 2 N, and what the
# second run has more is divided by N. Of several threads it is less exact: how often
# they wait for each other is left to chance.

set -eu

rounds=2000
size=1400
threads=1
workloads=cycle,tee
program=

usage() {
  cat <<END
Usage: $0 [-s SIZE] [-n N] [-t THREADS] [-w WORKLOADS] PROGRAM [SUBJECT...]

  -s SIZE       bytes of a buffer (default $size)
  -n N          rounds of the shorter run (default $rounds)
  -t THREADS    how many threads, for pairs and crowd (default $threads)
  -w WORKLOADS  workloads, separated by commas (default $workloads)

PROGRAM is gst-bufpool-bench of a release build, SUBJECT one of its subjects; by default
system, stock-pool, bp-allocator and bp-pool.
END
}

while getopts s:n:t:w:h option; do
  case $option in
    s) size=$OPTARG ;;
    n) rounds=$OPTARG ;;
    t) threads=$OPTARG ;;
    w) workloads=$OPTARG ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { usage >&2; exit 1; }
program=$1
shift
[ $# -gt 0 ] || set -- system stock-pool bp-allocator bp-pool

if ! command -v valgrind >/dev/null; then
  echo "$0: valgrind is not installed" >&2
  exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

count() {
  valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file=/dev/null "$program" \
    --worker --workload="$1" --subject="$2" --size="$size" --threads="$threads" --rounds="$3" \
    </dev/null >/dev/null 2>"$scratch/log" || {
      cat "$scratch/log" >&2
      echo "$0: $2 did not run, see above" >&2
      exit 1
    }
  awk '/Collected *:/ { collected = $NF } END { print collected }' "$scratch/log"
}

for workload in $(echo "$workloads" | tr , ' '); do
  for subject in "$@"; do
    once=$(count "$workload" "$subject" "$rounds")
    twice=$(count "$workload" "$subject" $((2 * rounds)))
    awk -v workload="$workload" -v subject="$subject" -v n="$rounds" -v once="$once" \
      -v twice="$twice" -v pairs=$((threads > 1 ? threads / 2 : 1)) \
      'BEGIN { printf "%-10s %-14s %8.1f instructions\n", workload, subject,
                      (twice - once) / n / pairs }'
  done
done
