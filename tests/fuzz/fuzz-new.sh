#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Has libFuzzer make up new inputs for some seconds, from the corpus on. What is new to it
# goes to a folder, which stays from one run to the next.
#
#   fuzz-new.sh TARGET CORPUS FOLDER SECONDS

set -eu

if [ $# -ne 4 ]; then
  echo "fuzz-new.sh: $# arguments: it takes a target, its corpus, a folder for what is new, and seconds" >&2
  exit 2
fi

mkdir -p "$3"
exec "$1" -max_total_time="$4" -max_len=320 -len_control=20 -timeout=20 -rss_limit_mb=0 -verbosity=1 \
  -artifact_prefix="$3-failed-" "$3" "$2"
