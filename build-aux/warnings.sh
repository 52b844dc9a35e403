#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Compiles the whole tree with warnings as errors: by each compiler, in each form.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
build=$top/_build-warnings
all_forms='plain fence O0 O3 lto static ndebug unchecked'

usage () {
  cat <<END
usage: ${0##*/} [--compilers "gcc clang"] [--forms "FORM ..."] [--jobs N] [--folder FOLDER]

Compiles library, adapter, bindings, tests, examples and benchmarks with --werror.
Builds in FOLDER, $build by default. The exit status is 0 if all was compiled without a
warning. The forms, all of them by default:

  plain      as it is, with introspection, bindings and the adapter
  fence      -Dasymmetric_fence=disabled
  O0, O3     -Doptimization=0 and 3
  lto        -Db_lto=true, at which the linker warns, too
  static     -Ddefault_library=static
  ndebug     -Db_ndebug=true
  unchecked  with G_DISABLE_ASSERT, G_DISABLE_CHECKS and G_DISABLE_CAST_CHECKS
END
}

fail () {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 2
}

compilers=''
forms=$all_forms
jobs=$(getconf _NPROCESSORS_ONLN)
while [ $# -gt 0 ]; do
  case $1 in
    --help|-h) usage; exit 0 ;;
    --compilers|--forms|--jobs|--folder) [ $# -ge 2 ] || fail "$1 needs a value" ;;
    *) fail "unknown argument '$1' (see --help)" ;;
  esac
  case $1 in
    --compilers) compilers=$2 ;;
    --forms) forms=$2 ;;
    --jobs) jobs=$2 ;;
    --folder) build=$2 ;;
  esac
  shift 2
done

if [ -z "$compilers" ]; then
  for compiler in gcc clang; do
    ! command -v "$compiler" >/dev/null || compilers="$compilers $compiler"
  done
  [ -n "$compilers" ] || fail 'neither gcc nor clang is there (install one of them)'
fi

small='-Dintrospection=disabled -Dvapi=disabled'

options_of () {
  case $1 in
    plain) echo '' ;;
    fence) echo "-Dasymmetric_fence=disabled $small" ;;
    O0) echo "-Doptimization=0 $small" ;;
    O3) echo "-Doptimization=3 $small" ;;
    lto) echo "-Db_lto=true $small" ;;
    static) echo "-Ddefault_library=static $small" ;;
    ndebug) echo "-Db_ndebug=true $small" ;;
    unchecked)
      echo "-Dc_args=['-DG_DISABLE_ASSERT','-DG_DISABLE_CHECKS','-DG_DISABLE_CAST_CHECKS'] $small" ;;
    *) fail "unknown form '$1' (use one of: $all_forms)" ;;
  esac
}

# compile COMPILER FORM OPTION...: configures and builds; fails at a warning of the linker, too,
# which --werror does not see
compile () {
  compiler=$1
  folder=$build/$1-$2
  shift 2
  rm -rf "$folder"
  CC=$compiler meson setup "$folder" "$top" --werror -Dgstreamer=enabled "$@" || return 1
  ninja -k 0 -j "$jobs" -C "$folder" || return 1
}

failed=0
mkdir -p "$build"
for form in $forms; do
  options_of "$form" >/dev/null
done
for compiler in $compilers; do
  command -v "$compiler" >/dev/null || fail "there is no compiler '$compiler'"
  version=$("$compiler" --version | head -n 1)
  for form in $forms; do
    log=$build/$compiler-$form.log
    # shellcheck disable=SC2046
    if compile "$compiler" "$form" $(options_of "$form") >"$log" 2>&1 \
       && ! grep -n 'warning: ' "$log" | grep -v '^[0-9]*:\(WARNING\|DEPRECATION\)'; then
      printf '%s: %s: without a warning\n' "$version" "$form"
      rm -rf "${build:?}/$compiler-$form"
    else
      failed=1
      printf '%s: %s: see %s\n' "$version" "$form" "$log"
      grep -n 'error: \|warning: \|ERROR: ' "$log" | head -n 20 || true
    fi
  done
done

exit "$failed"
