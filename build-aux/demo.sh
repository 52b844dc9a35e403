#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Shows what bufpool does on a real clip: see --help.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$top/_build-demo
measure=$top/docs/measure

# Of Debian's package gnome-user-docs
clip_package=gnome-user-docs
clip_path=usr/share/help/C/gnome-help/figures/display-dual-monitors.webm

# The clip is as large as this once it is decoded, at most
clip_bytes=700MB
noise_level=16
seconds_of_audio=1200

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"

usage () {
  cat <<END
Usage: build-aux/demo.sh [OPTION...] [CLIP]

Builds bufpool and examples/night-mode, which makes one picture of each burst of
frames of a clip, and runs that with a pool, without one, and with other allocators.
Ends with a table, and a picture of the same. Installs first what is missing (Debian).

CLIP is any video that GStreamer plays; the first 700 MB of its frames are taken. By
default it is a screencast of Debian's package gnome-user-docs, to which noise is
added, always the same, as a camera has it at night.

  --rounds=N         how often every run is made (default: 3)
  --picture=FILE     where the picture goes, as SVG (default: _build-demo/night-mode.svg)
  --data=FILE        where its figures go, as JSON (default: _build-demo/night-mode.json)
  --docs             both into docs, with 9 rounds: leave the machine alone meanwhile
  --audio [FILE]     run examples/audio-pipeline instead, on a sound file: an example of
                     work to which a pool makes no difference
  --help             print this
END
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

# fetch_clip: prints the path of the clip of the package. It is taken out of the
# package, as installing that would bring a web browser along.
fetch_clip () {
  if [ -r "/$clip_path" ]; then
    printf '%s\n' "/$clip_path"
    return 0
  fi

  if ! (cd "$scratch" && apt-get download "$clip_package") >"$scratch/log" 2>&1; then
    { apt_get update && (cd "$scratch" && apt-get download "$clip_package") >"$scratch/log" 2>&1; } || {
      tail -n 3 "$scratch/log" >&2
      complain "cannot download the package $clip_package; name a clip: $0 CLIP"
      return 1
    }
  fi

  dpkg-deb --fsys-tarfile "$scratch/$clip_package"_*.deb \
    | tar -x -C "$scratch" "./$clip_path"
  printf '%s\n' "$scratch/$clip_path"
}

# play CLIP: its frames in the format YUV4MPEG2, in which they may be already
play () {
  if [ "$(head -c 9 "$1" | tr -d '\0')" = YUV4MPEG2 ]; then
    cat "$1"
  else
    gst-launch-1.0 -q filesrc location="$1" ! decodebin ! videoconvert \
      ! video/x-raw,format=I420 ! y4menc ! fdsink
  fi
}

# decode CLIP LEVEL: into $scratch/clip.y4m, with noise of that level. Frames are
# decoded once, so that what is measured is no decoder.
decode () {
  decode_status=0
  play "$1" 2>"$scratch/log" \
    | "$build/examples/night-mode/add-noise" --level="$2" --most="$clip_bytes" /dev/stdin \
      >"$scratch/clip.y4m" 2>"$scratch/error" || decode_status=$?

  if [ "$decode_status" -ne 0 ]; then
    complain "$1: there is no video in it that GStreamer can decode:" \
      "$(grep -m 1 -E '^(ERROR|WARNING)' "$scratch/log" || cat "$scratch/error")"
  fi

  return "$decode_status"
}

run_video () {
  # shellcheck disable=SC2086
  install_packages $packages_build $packages_demo
  python=python3
  [ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

  say "building in $build"
  build

  if [ -n "$input" ]; then
    level=0
  else
    input=$(fetch_clip)
    level=$noise_level
  fi
  [ -r "$input" ] || { complain "$input: there is no such file, or it cannot be read"; exit 1; }

  say "decoding $input once, into $scratch"
  [ "$level" -eq 0 ] || say "adding noise to it, of a fixed seed: a screencast has none"
  decode "$input" "$level"

  "$python" "$measure/measure-night-mode.py" "$build/examples/night-mode/night-mode" \
    "$scratch/clip.y4m" --rounds="$rounds" --name="${input##*/}" --noise="$level" \
    --scratch="$scratch" >"$scratch/night-mode.json"
  mv "$scratch/night-mode.json" "$data"

  printf '\n'
  "$python" "$measure/show-night-mode.py" "$data" --picture="$picture"
  printf '\nThe picture of it: %s\n' "$picture"
}

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

  complain "no recording found in /usr/share/sounds; name an audio file: $0 --audio FILE"
  return 1
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

run_audio () {
  # shellcheck disable=SC2086
  install_packages $packages_build libsndfile1-dev sound-theme-freedesktop
  say "building in $build"
  build

  program=$build/examples/audio-pipeline/audio-pipeline
  # A build from before libsndfile was installed
  [ -x "$program" ] || { meson setup --reconfigure "$build" "$top" >/dev/null && build; }
  if [ ! -x "$program" ]; then
    complain "meson did not build audio-pipeline; is libsndfile1-dev installed?"
    exit 1
  fi

  recording=$input
  [ -n "$recording" ] || recording=$(find_recording)

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
}

run=run_video
input=''
rounds=3
data=$build/night-mode.json
picture=$build/night-mode.svg
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --audio) run=run_audio ;;
    --rounds=*[!0-9]*|--rounds=|--rounds=0) misused "$1: it must be a number from 1" ;;
    --rounds=*) rounds=${1#*=} ;;
    --picture=?*) picture=${1#*=} ;;
    --data=?*) data=${1#*=} ;;
    --docs) rounds=9; data=$top/docs/data/night-mode.json; picture=$top/docs/images/night-mode.svg ;;
    -*) misused "unknown option $1" ;;
    *) [ -z "$input" ] || misused "more than one file given"; input=$1 ;;
  esac
  shift
done

export LC_ALL=C.UTF-8
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

"$run"
