#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Builds bufpool and runs its tests: all but the slow ones plainly, then those of
# the library itself under the sanitizers, with the other form of the fence, and with
# its lines and branches counted. Installs first what is missing (Debian).
#
# The last line is "N passed, N failed"; the exit status is 0 if none failed.
#
# TEST_PATIENCE=3 gives each phase and each test three times the time: for a slow machine, or
# one that does something else meanwhile.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$top/_build-test

# Seconds on two cores, and at most: on machines that are not busy with others, all phases
# take some fifteen minutes together, and installing takes two to four
plain_share=600
address_share=200
thread_share=240
fence_share=70
coverage_share=170
fuzz_share=90

core_tests='--suite unit --suite threads --suite property'
fence_tests='threads-races threads-barrier threads-fork threads-turns threads-limit-races
  threads-budget-races property-crowd property-turns'
small_build='-Dexamples=false -Dintrospection=disabled -Dvapi=disabled -Dgstreamer=disabled'
# Reports need no more, and it compiles sooner than all debugging symbols
lines_only='-Ddebug=false -Dc_args=-g1'

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3

passed=0
failed=0
patience=${TEST_PATIENCE:-1}
case $patience in
  0*|*[!0-9]*) fail "TEST_PATIENCE is $patience: it must be a whole number from 1 on" ;;
esac

finish () {
  printf '%s passed, %s failed\n' "$passed" "$failed"
  [ "$failed" -eq 0 ] || exit 1
  exit 0
}

# phase NAME SECONDS TESTS RUNNER OPTION...: one build and its tests. RUNNER is a
# command that starts another, such as env.
phase () {
  name=$1
  share=$(($2 * patience))
  tests=$3
  runner=$4
  shift 4
  log=$build/$name/meson-logs/testlog.json
  begin=$(date +%s)

  printf '\n'
  say "$name: at most $share s"
  status=0
  # shellcheck disable=SC2086
  timeout --kill-after=20 "$share" $runner \
    sh "$here/test-phase.sh" "$build/$name" "$tests" "$@" || status=$?

  counts='0 0 0'
  if [ -s "$log" ]; then
    counts=$("$python" "$here/count-tests.py" --verbose "$log") || status=1
  fi
  # shellcheck disable=SC2086
  set -- $counts

  # What ended a phase without a failed test to show for it counts as one
  more=0
  case $status in
    0) ;;
    3) complain "$name: did not build"; more=1 ;;
    124|137) complain "$name: was not done after $share s"; more=1 ;;
    *) [ "$2" -gt 0 ] || more=1 ;;
  esac

  say "$name: $1 passed, $(($2 + more)) failed, $3 skipped, $(($(date +%s) - begin)) s"
  passed=$((passed + $1))
  failed=$((failed + $2 + more))
}

# shellcheck disable=SC2086
if ! install_packages $packages_build $packages_audio $packages_introspection \
       $packages_python $packages_gstreamer $packages_benchmark $packages_checkers \
       $packages_documentation $packages_tracing
then
  failed=1
  finish
fi

mkdir -p "$build"

# GLib's own slices would hide from the sanitizers what is wrong
address_env='env G_SLICE=always-malloc'
thread_env=$address_env

# Where addresses are more random than gcc's ThreadSanitizer can stand
if setarch -R true 2>/dev/null; then
  thread_env="setarch -R $thread_env"
fi

phase plain "$plain_share" '--no-suite slow' '' -Dgstreamer=enabled

# shellcheck disable=SC2086
phase address "$address_share" "$core_tests" "$address_env" \
  -Db_sanitize=address,undefined -Db_lundef=false $small_build $lines_only

# shellcheck disable=SC2086
phase thread "$thread_share" "$core_tests --suite fuzz-threads" "$thread_env" \
  -Db_sanitize=thread -Db_lundef=false $small_build $lines_only

# The other form of the fence has been run by both phases above, chosen when the program
# starts, and by ThreadSanitizer, which has it alone. This is what compiles it alone otherwise.
# shellcheck disable=SC2086
phase fence "$fence_share" "$fence_tests" "env PHASE_TARGETS=fence-targets" \
  -Dasymmetric_fence=disabled $small_build $lines_only

# The tests of the library once more, and what they run of it
# shellcheck disable=SC2086
phase coverage "$coverage_share" '--suite coverage' '' \
  -Db_coverage=true $small_build $lines_only

# Only the targets of the fuzzer, by the compiler that has one
# shellcheck disable=SC2086
phase fuzz "$fuzz_share" '--suite fuzz' \
  "env CC=clang PHASE_TARGETS=fuzz-targets G_SLICE=always-malloc" \
  -Dfuzzing=enabled -Db_sanitize=address,undefined -Db_lundef=false -Ddefault_library=static $small_build

printf '\n'
finish
