#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Builds bufpool and examples/audio-pipeline and runs that on a real recording,
# with the pool and without it. Installs first what is missing (Debian).
#
#   build-aux/demo.sh [AUDIO-FILE]

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$top/_build-demo
seconds_of_audio=1200

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"

find_recording () {
  for recording in \
    /usr/share/sounds/freedesktop/stereo/alarm-clock-elapsed.oga \
    /usr/share/sounds/alsa/Front_Center.wav
  do
    if [ -r "$recording" ]; then
      printf '%s\n' "$recording"
      return 0
    fi
  done

  complain "no recording found in /usr/share/sounds; name an audio file: $0 FILE"
  return 1
}

build () {
  build_log=$(mktemp)
  build_status=0
  {
    { [ -f "$build/build.ninja" ] \
      || meson setup "$build" "$top" --buildtype=release -Dtests=false \
           -Dintrospection=disabled -Dvapi=disabled -Dgstreamer=disabled; } \
    && ninja -C "$build"
  } >"$build_log" 2>&1 || build_status=$?

  if [ "$build_status" -ne 0 ]; then
    tail -n 30 "$build_log" >&2
    complain "the build in $build failed"
  fi
  rm -f "$build_log"

  return "$build_status"
}

# times_for SECONDS: how often to loop the recording so that it lasts that long
times_for () {
  "$program" "$recording" | awk -v wanted="$1" '
    $1 == "Duration" {
      for (i = 2; i < NF; i += 2)
        seconds += $i * ($(i + 1) == "h" ? 3600 : $(i + 1) == "min" ? 60 : 1)
      times = seconds > 0 ? int (wanted / seconds) : 1
      print (times > 0 ? times : 1)
    }'
}

# side_by_side LEFT RIGHT: two summaries, which have the same labels
side_by_side () {
  awk '
    FNR == 1 { next }
    NR == FNR { left[FNR] = substr($0, 16); next }
    { printf "  %-12s %-44s %s\n", substr($0, 3, 12), left[FNR], substr($0, 16) }
  ' "$1" "$2"
}

# shellcheck disable=SC2086
install_packages $packages_build libsndfile1-dev sound-theme-freedesktop
say "building in $build"
build

program=$build/examples/audio-pipeline/audio-pipeline
if [ ! -x "$program" ]; then
  complain "meson did not build audio-pipeline; is libsndfile1-dev installed?"
  exit 1
fi

recording=${1:-}
[ -n "$recording" ] || recording=$(find_recording)

export LC_ALL=C.UTF-8
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

"$program" "$recording" --output="$scratch/pool.wav" >"$scratch/once"
"$program" "$recording" --output="$scratch/plain.wav" --no-pool >/dev/null
if ! cmp "$scratch/pool.wav" "$scratch/plain.wav"; then
  complain "the audio is not the same with the pool and without it"
  exit 1
fi

times=$(times_for "$seconds_of_audio")
say "reading $recording $times times, with the pool and without it"
"$program" "$recording" --loop="$times" >"$scratch/pool"
"$program" "$recording" --loop="$times" --no-pool >"$scratch/plain"

printf '\n'
head -n 1 "$scratch/pool"
printf '\n  %-12s %-44s %s\n' '' 'audio-pipeline' 'audio-pipeline --no-pool'
side_by_side "$scratch/pool" "$scratch/plain"
printf '\n%s\n%s\n' \
  'The audio that they write is the same to the last bit. Decoding takes nearly all of' \
  'the time, with the pool and without it; tests/performance measures the pool alone.'
