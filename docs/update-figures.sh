#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Measures everything that the pages quote, draws the plots, and fills the figures
# into the pages. Leave the machine alone while it runs, about half an hour.
#
#   docs/update-figures.sh            measures and draws
#   docs/update-figures.sh --older    on Debian 12: what the pages have of that release
#   docs/update-figures.sh --quick    so briefly that the figures mean little
#   docs/update-figures.sh --draw     draws and fills in what was measured before

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$top/_build-figures
data=$here/data
gst_version=$(pkg-config --modversion gstreamer-1.0 | cut -d. -f1,2)
images=$here/images

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

bench_options=''
curve_options=''
gst_options=''
pipeline_options=''
frame_options=''
place_options=''
binding_options=''
limit_options=''
camera_options=''
latency_options=''
measure=yes
case ${1:-} in
  '') ;;
  --quick)
    bench_options='--runs=3 --run-ms=5 --give-up=1.5'
    curve_options='--runs=3 --run-ms=10'
    gst_options='--runs=2 --run-ms=5 --give-up-s=1'
    pipeline_options='--quick --runs=1'
    frame_options='--runs=1 --frames=40'
    place_options='--quick'
    binding_options='--runs=3 --run-ms=5'
    limit_options='--quick'
    camera_options='--seconds=5'
    latency_options='--quick'
    ;;
  --older) measure=older ;;
  --draw) measure=no ;;
  *) sed -n '5,12s/^# \{0,1\}//p' "$0" >&2; exit 1 ;;
esac

say () {
  printf '%s: %s\n' "${0##*/}" "$*"
}

# into FILE COMMAND...: what the command prints, if it succeeds
into () {
  into_file=$1
  shift
  "$@" >"$into_file.new"
  mv "$into_file.new" "$into_file"
}

build () {
  log=$(mktemp)
  if ! { { [ -f "$build/build.ninja" ] || meson setup "$build" "$top"; } \
         && meson configure "$build" --buildtype=release -Dgstreamer=enabled \
              -Dintrospection=enabled -Dvapi=disabled \
         && ninja -C "$build"; } >"$log" 2>&1
  then
    tail -n 20 "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
}

# The instructions of an acquire with its release, as JSON
count_instructions () {
  counted=$("$top/tests/performance/count-instructions.sh" \
    -p "$build/tests/performance/bufpool-bench" bufpool bufpool-strict bufpool-sized malloc)
  printf '%s\n' "$counted" \
    | awk '{ printf "%s\"%s\": %s", (NR == 1 ? "{" : ", "), $1, $2 } END { print "}" }'
}

# The same of bufpool with words of BUFPOOL_DEBUG
count_sampling () {
  separator='{'
  for word in off backtrace=1024 backtrace=128 backtrace=16 backtrace; do
    counted=$(BUFPOOL_DEBUG=$([ "$word" = off ] || echo "$word") \
      "$top/tests/performance/count-instructions.sh" \
      -p "$build/tests/performance/bufpool-bench" -n 20480 bufpool)
    printf '%s' "$counted" | awk -v separator="$separator" -v word="$word" \
      '{ printf "%s\"%s\": %s", separator, word, $2 }'
    separator=', '
  done
  echo '}'
}

mkdir -p "$data" "$images"

# Of that version of GStreamer
measure_gstreamer () {
  say 'GStreamer'
  # shellcheck disable=SC2086
  into "$data/gstreamer-$gst_version.json" \
    "$build/gstreamer/benchmark/gst-bufpool-bench" --format=json $gst_options
  # shellcheck disable=SC2086
  into "$data/pipelines-$gst_version.json" meson devenv -C "$build" \
    "$python" "$top/gstreamer/benchmark/pipelines.py" $pipeline_options
  # Into a file that has other versions of GStreamer too
  # shellcheck disable=SC2086
  meson devenv -C "$build" "$python" "$top/gstreamer/benchmark/places.py" --faults \
    --into="$data/gstreamer-places.json" $place_options
}

if [ "$measure" = older ]; then
  say "building in $build"
  build
  say 'the benchmark'
  into "$data/benchmark-12.json" "$build/tests/performance/bufpool-bench" --format=json \
    --size=4096,3110400 \
    --workload='cycle,hold,handoff,threads,handoff-1,handoff-8,bleed,survivors,large,large-touched'
  measure_gstreamer
elif [ "$measure" = yes ]; then
  say "building in $build"
  build
  say 'the benchmark'
  # shellcheck disable=SC2086
  into "$data/benchmark.json" "$build/tests/performance/bufpool-bench" --format=json $bench_options
  say 'the curves'
  # shellcheck disable=SC2086
  into "$data/curves.json" "$build/docs/measure/bufpool-curves" $curve_options
  # shellcheck disable=SC2086
  into "$data/pages.json" "$build/docs/measure/bufpool-pages" $curve_options
  measure_gstreamer
  say 'a picture that changes its size'
  # shellcheck disable=SC2086
  into "$data/gstreamer-switch.json" meson devenv -C "$build" \
    "$python" "$here/measure/measure-switch.py" \
    "$build/examples/gstreamer/app/gst-replay" $limit_options
  say 'frames of GStreamer in Python'
  # shellcheck disable=SC2086
  into "$data/gstreamer-frames.json" meson devenv -C "$build" \
    "$python" "$top/gstreamer/benchmark/frames.py" --format=json \
    --counter="$build/gstreamer/benchmark/libcount-copies.so" $frame_options
  # shellcheck disable=SC2086
  into "$data/gstreamer-cameras.json" meson devenv -C "$build" \
    "$python" "$top/examples/gstreamer/python/cameras.py" --format=json --interval=1000 \
    $camera_options
  say 'the limits'
  # shellcheck disable=SC2086
  into "$data/limits.json" "$python" "$here/measure/measure-limits.py" \
    "$build/examples/recorder/recorder" $limit_options
  say 'the real-time thread'
  # shellcheck disable=SC2086
  into "$data/realtime.json" "$build/docs/measure/bufpool-latency" $latency_options
  say 'Python and JavaScript'
  # shellcheck disable=SC2086
  into "$data/bindings.json" meson devenv -C "$build" \
    "$python" "$top/tests/performance/bindings/bindings-bench.py" --format=json $binding_options
  say 'the instructions'
  into "$data/instructions.json" count_instructions
  into "$data/holders.json" count_sampling
fi

say 'the plots, and the figures in the pages'
"$python" "$top/tests/performance/plot.py" "$data/benchmark.json" "$images"
"$python" "$top/gstreamer/benchmark/plot.py" "$data/gstreamer-1.26.json" "$images"
"$python" "$top/tests/performance/bindings/plot.py" "$data/bindings.json" "$images"
"$python" "$here/measure/plot-curves.py" "$data/curves.json" "$data/pages.json" "$images"
"$python" "$here/measure/plot-limits.py" "$data/limits.json" "$images"
"$python" "$here/measure/plot-cameras.py" "$data/gstreamer-cameras.json" "$images"
"$python" "$here/measure/plot-switch.py" "$data/gstreamer-switch.json" "$images"
"$python" "$here/measure/plot-latency.py" "$data/realtime.json" "$images"
"$python" "$here/measure/plot-tracing.py" "$data/tracing.json" "$images"
"$python" "$here/tools/draw-diagrams.py" "$images"
"$python" "$here/tools/figures.py" --data "$data" "$top/README.md" \
  "$top/gstreamer/README.md" "$here"/*.md

# A plot that no page names is not kept
named=$(grep -rhoE --include='*.md' --include='*.[ch]' 'images/[a-z0-9-]+\.svg' "$top"/*.md "$here" \
  "$top/bindings" "$top/bufpool" "$top/examples" "$top/gstreamer" "$top/tests")
for image in "$images"/*.svg; do
  case $named in
    *"images/${image##*/}"*) ;;
    *) rm "$image" ;;
  esac
done
