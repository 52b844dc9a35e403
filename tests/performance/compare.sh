#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Measures the library of a commit and that of this tree in one run; see the usage.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
scratch=$top/_build-compare

usage() {
  cat <<END
Usage: $0 COMMIT [OPTION...]

Builds the library of COMMIT and that of this tree, as it is in the folder, both as
releases, and the bufpool-bench of this tree against each. Then measures both, by
turns, in one run, with malloc and jemalloc, and counts the machine instructions of
an acquire with its release. Prints for each kind of work what this tree takes by
what COMMIT takes; below 1 this tree is faster.

OPTION is one of bufpool-bench, for example --quick, --workload='handoff*', --size=4096
or --rounds=10; bufpool-bench --help lists them. Without any, everything is measured,
which takes about a quarter of an hour. What was measured is left as JSON in
_build-compare.

Leave the machine alone meanwhile. End what computes or wakes up often (browsers,
indexers, builds, other people's programs), and do not use the machine: with two
processors, one other program halves what two threads can do. Laptops belong on the
mains, in the performance profile; frequencies that change with the load blur
everything. On a virtual machine the neighbours are not seen, so look whether a
second run says the same. The load found, and what other programs took while it
measured, is printed.
END
}

say() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail() {
  say "$*"
  exit 1
}

case ${1:-} in
  -h | --help) usage; exit 0 ;;
  '' | -*) usage >&2; exit 1 ;;
esac

load=$(cut -d ' ' -f 1 /proc/loadavg)
commit=$(git -C "$top" rev-parse --verify --quiet "$1^{commit}") || fail "there is no commit $1"
shift
that_name=$(git -C "$top" rev-parse --short "$commit")
this_name=$(git -C "$top" rev-parse --short HEAD)
[ -z "$(git -C "$top" status --porcelain)" ] || this_name="$this_name and changes"

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

# logged FOLDER COMMAND...: its output is shown only if it fails
logged() {
  logged_file=$1/log
  shift
  "$@" >"$logged_file" 2>&1 || {
    tail -n 30 "$logged_file" >&2
    fail "$* failed, see above"
  }
}

# Options that this source has, of those that a benchmark does not need
spare_options() {
  for option in introspection=disabled vapi=disabled documentation=disabled tests=false \
                examples=false gstreamer=disabled; do
    ! grep -q "^option('${option%%=*}'" "$1/meson_options.txt" || printf '%s\n' "-D$option"
  done
}

# build SOURCE FOLDER: the library in FOLDER/library, its benchmark in FOLDER/benchmark
build() {
  mkdir -p "$2"
  if [ ! -f "$2/library/build.ninja" ]; then
    # shellcheck disable=SC2046
    logged "$2" meson setup "$2/library" "$1" --buildtype=release $(spare_options "$1")
  fi
  logged "$2" ninja -C "$2/library"
  if [ ! -f "$2/benchmark/build.ninja" ]; then
    logged "$2" meson setup "$2/benchmark" "$scratch/project" \
      --pkg-config-path="$2/library/meson-uninstalled"
  fi
  # Linked anew, so that it is never left with a library that is not the one just built
  rm -f "$2/benchmark/performance/bufpool-bench"
  logged "$2" ninja -C "$2/benchmark" performance/bufpool-bench
}

mkdir -p "$scratch/project"
cp -p "$here/compare-project.build" "$scratch/project/meson.build"
ln -sfn "$here" "$scratch/project/performance"

this=$scratch/this
that=$scratch/$that_name

if [ ! -d "$that/source" ]; then
  rm -rf "$that"
  mkdir -p "$that/source.new"
  git -C "$top" archive "$commit" | tar -x -C "$that/source.new"
  mv "$that/source.new" "$that/source"
fi

say "building $that_name"
build "$that/source" "$that"
say 'building this tree'
build "$top" "$this"

count() {
  "$here/count-instructions.sh" -p "$1/benchmark/performance/bufpool-bench" \
    bufpool bufpool-strict bufpool-sized >"$1/instructions"
}

rm -f "$this/instructions" "$that/instructions"
if command -v valgrind >/dev/null; then
  say 'counting instructions'
  count "$that"
  count "$this"
else
  say 'no instructions are counted: valgrind is not installed'
fi

say 'measuring: leave the machine alone'
exec "$python" "$here/compare.py" --load "$load" \
  --this "$this_name" "$this/benchmark/performance/bufpool-bench" "$this/instructions" \
  --that "$that_name" "$that/benchmark/performance/bufpool-bench" "$that/instructions" \
  --json "$scratch/$that_name.json" -- "$@"
