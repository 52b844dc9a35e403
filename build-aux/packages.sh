# shellcheck shell=sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The one place that knows which Debian packages bufpool needs for what, and how
# to install those that are missing. To be sourced by the other scripts in this folder.
#
# Names differ between releases. In these lists `a|b` is the first of them that
# there is, and CLANG is the version of the compiler that the package clang is.

# shellcheck disable=SC2034
packages_build='meson ninja-build pkg-config gcc libc6-dev libglib2.0-dev'
packages_audio='libsndfile1-dev sound-theme-freedesktop alsa-utils'
packages_introspection='gobject-introspection libgirepository1.0-dev valac gjs'
packages_python='python3 python3-dev python3-gi python-gi-dev python3-numpy python3-pil python3-matplotlib mypy'
packages_gstreamer='libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-tools
  gir1.2-gstreamer-1.0 python3-gst-1.0'
packages_benchmark='libjson-glib-dev libavutil-dev libmimalloc3|libmimalloc2.0
  libjemalloc2'
packages_demo='python3 gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gstreamer1.0-tools libmimalloc3|libmimalloc2.0'
packages_checkers='g++ clang libclang-rt-CLANG-dev valgrind spin tcc abigail-tools shellcheck pyflakes3
  gcovr python3-yaml'
packages_static='clang-tidy cppcheck'
packages_tracing='systemtap-sdt-dev gdb libsysprof-capture-4-dev|libsysprof-4-dev'
packages_documentation='gi-docgen'
packages_musl='musl-tools linux-libc-dev dpkg-dev make'

say () {
  printf '%s: %s\n' "${0##*/}" "$*"
}

complain () {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

fail () {
  complain "$*"
  exit 1
}

misused () {
  complain "$* (see --help)"
  exit 2
}

is_installed () {
  case $(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null) in
    installed*) return 0 ;;
    *) return 1 ;;
  esac
}

# clang_version: of the clang that is installed, or else of the one that would be;
# nothing if apt does not know any yet
clang_version () {
  if is_installed clang; then
    dpkg-query -W -f '${Depends}\n' clang
  else
    apt-cache depends clang 2>/dev/null
  fi | sed -n 's/.*\<clang-\([0-9][0-9]*\).*/\1/p' | head -n 1
}

# names_of WORD: the packages that a word of the lists stands for, the best first
names_of () {
  case $1 in
    *CLANG*) printf '%s\n' "$1" | sed "s/CLANG/$(clang_version)/" ;;
    *) printf '%s\n' "$1" | tr '|' ' ' ;;
  esac
}

# missing_words WORD...: those of which no package is installed
missing_words () {
  for word in "$@"; do
    is_missing=true
    for package in $(names_of "$word"); do
      ! is_installed "$package" || is_missing=false
    done
    ! "$is_missing" || printf '%s ' "$word"
  done
}

# available_packages WORD...: for each its first package that apt can install; if
# there is none, its first, for apt to say so
available_packages () {
  for word in "$@"; do
    chosen=''
    for package in $(names_of "$word"); do
      if [ -z "$chosen" ] && apt-cache show "$package" >/dev/null 2>&1; then
        chosen=$package
      fi
    done
    printf '%s ' "${chosen:-$(names_of "$word" | cut -d ' ' -f 1)}"
  done
}

# apt_get ARGUMENT...: as root, without questions; says what it said only when
# it fails
apt_get () {
  apt_log=$(mktemp)
  if [ "$(id -u)" -eq 0 ]; then
    apt_as=''
  else
    apt_as='sudo'
  fi

  apt_status=0
  $apt_as env DEBIAN_FRONTEND=noninteractive \
    apt-get -y -o Acquire::Retries=3 -o Acquire::http::Timeout=30 "$@" \
    </dev/null >"$apt_log" 2>&1 || apt_status=$?
  if [ "$apt_status" -ne 0 ]; then
    tail -n 5 "$apt_log" >&2
  fi
  rm -f "$apt_log"

  return "$apt_status"
}

# install_packages WORD...: installs what is missing. Needs no network and no root
# where all is there.
install_packages () {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is no Debian, so it takes for granted that this is installed: $*"
    return 0
  fi

  missing=$(missing_words "$@")
  missing=${missing% }
  if [ -z "$missing" ]; then
    return 0
  fi

  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    complain "cannot install $missing: neither root nor sudo; install them and try again"
    return 1
  fi

  if ! apt_get update; then
    complain "cannot install $missing: apt-get update failed"
    return 1
  fi

  # shellcheck disable=SC2086
  missing=$(available_packages $missing)
  missing=${missing% }
  say "installing $missing"
  # shellcheck disable=SC2086
  if ! apt_get install --no-install-recommends $missing; then
    complain "cannot install $missing: apt-get install failed"
    return 1
  fi
}
