#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Builds bufpool for another platform and runs its tests: see --help.
#
# The last line is "N passed, N failed, N skipped"; the exit status is 0 if none failed.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
skipped_list=$here/platforms/skipped.txt
data=$top/docs/data/trust-platforms.json

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"

usage () {
  cat <<END
Usage: build-aux/platform.sh [OPTION...] NAME

Builds bufpool for another platform on a bare Debian release, which in-debian.sh makes,
and runs its tests:

  i386    32-bit x86, by the machine itself; with the bindings for scripts, and a
          comparison of the GIR with that of amd64
  arm64   64-bit Arm: cross-built, under qemu
  s390x   IBM Z, 64 bits and big endian: cross-built, under qemu; on bookworm with
          --mirror, since security updates there leave it out
  musl    another C library, with a GLib that is built for it from Debian's sources

What is left out, and why, is in build-aux/platforms/skipped.txt.

  --release=RELEASE   bookworm (or 12), which is the default, or trixie (or 13)
  --record            write the result into docs/data/trust-platforms.json
  --folder=FOLDER, --mirror=URL
                      for in-debian.sh
  --help              print this

Two more are for the script itself, on that release: --here runs all of it there,
and --gir prints the GIR and nothing else.
END
}

# --- On the release ---

# quietly COMMAND...: says what it said only when it fails
quietly () {
  log=$build.log
  if ! "$@" >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    fail "failed: $*"
  fi
  grep 'warning:' "$log" >&2 || true
}

# install_foreign ARCH WORD...: packages of another architecture, next to those here
install_foreign () {
  foreign=$1
  shift
  [ "$(id -u)" -eq 0 ] || fail "only root can add an architecture to dpkg: run it by sudo"
  dpkg --add-architecture "$foreign"
  install_packages "$@"
}

# register_emulator NAME: has the kernel start it for programs of its processor, since
# tests start themselves again; until this script ends
register_emulator () {
  format=/proc/sys/fs/binfmt_misc/$1
  [ -e "${format%/*}/register" ] || mount -t binfmt_misc binfmt_misc "${format%/*}" \
    || fail "the kernel has no binfmt_misc, by which tests under $1 can start themselves again"
  if [ ! -e "$format" ]; then
    cat "/usr/lib/binfmt.d/$1.conf" >"${format%/*}/register"
    trap 'printf "%s" -1 >"$format"' EXIT
    trap 'exit 130' INT TERM
  fi
}

# skipped_here WHAT: of skipped.txt, lines "NAME REASON"; WHAT is "tests" or "cases"
skipped_here () {
  awk -v platform="$platform" -v what="$1" '
    /^#/ || NF == 0 { next }
    {
      n = split ($1, platforms, ",")
      for (i = 1; i <= n; i++)
        if (platforms[i] == platform && (what == "cases") == ($2 ~ /^\//)) {
          sub (/^[^ ]+ +/, "")
          print
        }
    }
  ' "$skipped_list"
}

# tests_here: the names of those that are to be run, as meson has them
tests_here () {
  # shellcheck disable=SC2086
  meson test -C "$build" --list $suites 2>/dev/null | sed -n 's|.* / ||p' | sort -u >"$build.names"
  skipped_here tests | cut -d ' ' -f 1 | sort -u >"$build.skipped"
  comm -23 "$build.names" "$build.skipped"
  comm -13 "$build.names" "$build.skipped" | while read -r name; do
    complain "skipped.txt names $name, which is no test here"
  done
}

# check NAME COMMAND...: a test of the script itself
check () {
  name=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
  else
    complain "failed: $name"
    failed=$((failed + 1))
  fi
}

needs_no_static_tls () {
  readelf -dW "$build/bufpool/libbufpool-1.0.so" >"$build.readelf"
  readelf -rW "$build/bufpool/libbufpool-1.0.so" >>"$build.readelf"
  grep -q 'BIND_NOW' "$build.readelf" && ! grep -q 'STATIC_TLS\|_TPOFF' "$build.readelf"
}

loads_late () {
  musl-gcc -O2 -o "$build/load-late" "$here/platforms/load-late.c"
  "$build/load-late" "$build/bufpool/libbufpool-1.0.so"
}

check_musl () {
  check "a library without room that only a program's start can give" needs_no_static_tls
  check "a library that is loaded late" loads_late
}

compare_gir () {
  cat >"$build.gir"
  [ -s "$build.gir" ] || fail "--compare-gir reads the other GIR, but the input is empty"
  check "the same GIR as that of amd64" diff -u "$build.gir" "$build/bufpool/Bufpool-1.0.gir"
}

# describe KEY TEXT: one line of the result, which run_outside reads
describe () {
  say "result $1 $2"
}

version_of_glib () {
  pkg-config --modversion glib-2.0
}

run_here () {
  build=$top/_build-platform-$platform
  suites='--suite unit --suite threads --suite property'
  options='-Dexamples=false -Dgstreamer=disabled'
  is_emulated=false
  passed=0
  failed=0
  skipped=0

  say "setting up"
  case $platform in
    i386)
      [ "$(dpkg --print-architecture)" = i386 ] || fail "this is no i386: use in-debian.sh --arch=i386"
      # shellcheck disable=SC2086
      install_packages $packages_build $packages_introspection $packages_python g++ valgrind
      suites="$suites --suite bindings --suite build"
      options="$options -Dintrospection=enabled -Dvapi=enabled -Dpython=enabled"
      compiler=gcc
      glib=$(version_of_glib)
      ;;
    arm64|s390x)
      options="$options --cross-file $here/cross/$platform.ini -Dintrospection=disabled -Dvapi=disabled"
      case $platform in
        arm64) triplet=aarch64-linux-gnu; emulator=qemu-aarch64 ;;
        s390x) triplet=s390x-linux-gnu; emulator=qemu-s390x ;;
      esac
      compiler=$triplet-gcc
      # shellcheck disable=SC2086
      install_foreign "$platform" $packages_build "gcc-$triplet" qemu-user qemu-user-binfmt \
        "libc6-dev:$platform" "libglib2.0-dev:$platform"
      is_emulated=true
      register_emulator "$emulator"
      glib=$(PKG_CONFIG_LIBDIR=/usr/lib/$triplet/pkgconfig version_of_glib)
      ;;
    musl)
      # shellcheck disable=SC2086
      install_packages $packages_build $packages_musl
      musl=${BUFPOOL_MUSL:-$top/_build-platform-musl-root}
      "$here/platforms/build-musl.sh" "$musl"
      options="$options --cross-file $musl/cross.ini -Dintrospection=disabled -Dvapi=disabled"
      compiler='musl-gcc'
      glib=$(PKG_CONFIG_LIBDIR=$musl/lib/pkgconfig version_of_glib)
      ;;
  esac

  say "building"
  rm -rf "$build"
  # shellcheck disable=SC2086
  quietly meson setup "$build" "$top" --werror $options
  quietly ninja -C "$build"

  say "testing"
  names=$(tests_here)
  skipped_here tests | while read -r name reason; do
    say "skipped: $name: $reason"
  done
  skipped_here cases | while read -r name reason; do
    say "skipped: $name: $reason"
  done
  skipped=$(skipped_here tests | wc -l)
  # What a program does not have does not trouble it
  # shellcheck disable=SC2046
  set -- $(skipped_here cases | sed 's/^\([^ ]*\) .*/-s \1/')
  times=1
  ! "$is_emulated" || times=10
  # shellcheck disable=SC2086
  meson test -C "$build" --no-rebuild --print-errorlogs --timeout-multiplier "$times" \
    ${1:+--test-args "$*"} $names >&2 || true

  counts=$(python3 "$here/count-tests.py" --verbose "$build/meson-logs/testlog.json")
  # shellcheck disable=SC2086
  set -- $counts
  passed=$((passed + $1))
  failed=$((failed + $2))
  skipped=$((skipped + $3))
  # An empty list would run all, and none at all would be no failure
  [ "$passed" -gt 0 ] || failed=$((failed + 1))
  case $platform in
    i386) ! "$compares_gir" || compare_gir ;;
    musl) check_musl ;;
  esac

  # shellcheck source=/dev/null
  . /etc/os-release
  describe release "Debian $VERSION_ID"
  describe compiler "gcc $("$compiler" -dumpfullversion)"
  describe glib "$glib"
  if "$is_emulated"; then
    describe emulator "qemu $("$emulator" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')"
  fi
  describe date "$(date +%Y-%m-%d)"
  describe passed "$passed"
  describe failed "$failed"
  describe skipped "$skipped"
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" -eq 0 ] || exit 1
}

# print_gir: all that is said besides goes to stderr
print_gir () {
  build=$top/_build-platform-gir
  {
    # shellcheck disable=SC2086
    install_packages $packages_build $packages_introspection
    rm -rf "$build"
    quietly meson setup "$build" "$top" -Dexamples=false -Dtests=false -Dgstreamer=disabled \
      -Dpython=disabled -Dvapi=disabled -Dintrospection=enabled
    quietly ninja -C "$build" bufpool/Bufpool-1.0.gir
  } >&2
  cat "$build/bufpool/Bufpool-1.0.gir"
}

# --- From outside ---

run_outside () {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT TERM

  set -- "$release"
  [ -z "$mirror" ] || set -- --mirror="$mirror" "$@"
  [ -z "$folder" ] || set -- --folder="$folder" "$@"
  arguments=''
  : >"$scratch/input"
  if [ "$platform" = i386 ]; then
    say "making the GIR of amd64"
    "$here/in-debian.sh" "$@" build-aux/platform.sh --gir "$platform" >"$scratch/input"
    set -- --arch=i386 "$@"
    arguments=--compare-gir
  fi

  {
    status=0
    "$here/in-debian.sh" "$@" build-aux/platform.sh --here ${arguments:+"$arguments"} "$platform" \
      <"$scratch/input" || status=$?
    printf '%s\n' "$status" >"$scratch/status"
  } | tee "$scratch/log"

  if "$is_recorded"; then
    key=$platform
    [ "$release" != trixie ] || key=$platform-13
    sed -n 's/^platform.sh: result //p' "$scratch/log" \
      | python3 "$here/platforms/record.py" "$data" "$key"
  fi
  read -r status <"$scratch/status"
  exit "$status"
}

mode=outside
compares_gir=false
is_recorded=false
release=bookworm
folder=''
mirror=''
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --here) mode=here ;;
    --gir) mode=gir ;;
    --compare-gir) compares_gir=true ;;
    --record) is_recorded=true ;;
    --release=12|--release=bookworm) release=bookworm ;;
    --release=13|--release=trixie) release=trixie ;;
    --release=*) misused "unknown release ${1#*=}: use bookworm, trixie, 12 or 13" ;;
    --folder=?*) folder=${1#*=} ;;
    --mirror=?*) mirror=${1#*=} ;;
    -*) misused "unknown option $1" ;;
    *) break ;;
  esac
  shift
done

[ $# -eq 1 ] || misused "name one platform: i386, arm64, s390x or musl"
platform=$1
case $platform in
  i386|arm64|s390x|musl) ;;
  *) misused "unknown platform $platform: use i386, arm64, s390x or musl" ;;
esac

case $mode in
  here) run_here ;;
  gir) print_gir ;;
  outside) run_outside ;;
esac
