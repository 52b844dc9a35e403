#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Prints how many machine instructions a buffer takes in a pipeline, without a tracer, with
# the tracer bufpool, and with tracers of GStreamer's own. Counted by callgrind: once with N
# buffers and once with 5 N, and what the second run has more is divided by 4 N. Plugins are
# found as GStreamer finds them; inside `meson devenv` that is the one built there.

set -eu

buffers=500

usage() {
  cat <<END
Usage: $0 [-n N] [SOURCE [REST]]

  -n N    buffers of the shorter run (default $buffers)

SOURCE is an element with its properties, and has num-buffers; REST is what follows it. By
default these are small frames:

  $0 'videotestsrc pattern=black' '! video/x-raw,format=GRAY8,width=16,height=16 ! fakesink'
END
}

while getopts n:h option; do
  case $option in
    n) buffers=$OPTARG ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 1 ;;
  esac
done
shift $((OPTIND - 1))
source=${1:-videotestsrc pattern=black}
rest=${2:-! video/x-raw,format=GRAY8,width=16,height=16 ! fakesink}

if ! command -v valgrind >/dev/null; then
  echo "$0: valgrind is not installed" >&2
  exit 1
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

count() {
  # shellcheck disable=SC2086
  GST_TRACERS=$1 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    gst-launch-1.0 -q $source num-buffers="$2" $rest >/dev/null 2>"$scratch/log" || {
    cat "$scratch/log" >&2
    exit 1
  }
  awk '/Collected/ { print $4 }' "$scratch/log"
}

# Plugins that are new are scanned by the first program, which is none of these.
gst-inspect-1.0 --exists fakesink

for tracers in '' 'bufpool(summary=false)' stats rusage latency; do
  few=$(count "$tracers" "$buffers")
  many=$(count "$tracers" $((5 * buffers)))
  printf '%-24s %d\n' "${tracers:-none}" $(((many - few) / (4 * buffers)))
done
