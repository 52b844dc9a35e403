# shellcheck shell=sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# The one place that knows which Debian packages bufpool needs for what, and how
# to install those that are missing. To be sourced by the scripts beside it.

# shellcheck disable=SC2034
packages_build='meson ninja-build pkg-config gcc libc6-dev libglib2.0-dev'
packages_audio='libsndfile1-dev sound-theme-freedesktop alsa-utils'
packages_introspection='gobject-introspection libgirepository1.0-dev valac gjs'
packages_python='python3 python3-gi python3-numpy python3-matplotlib mypy'
packages_gstreamer='libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev
  gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-tools
  gir1.2-gstreamer-1.0 python3-gst-1.0'
packages_benchmark='libjson-glib-dev libavutil-dev libmimalloc2.0 libjemalloc2'
packages_checkers='g++ clang libclang-rt-14-dev valgrind spin'
packages_documentation='gi-docgen'

say () {
  printf '%s: %s\n' "${0##*/}" "$*"
}

complain () {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
}

is_installed () {
  case $(dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null) in
    installed*) return 0 ;;
    *) return 1 ;;
  esac
}

# missing_packages PACKAGE...: those that are not installed
missing_packages () {
  for package in "$@"; do
    is_installed "$package" || printf '%s ' "$package"
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

# install_packages PACKAGE...: installs those that are missing. Needs no network
# and no root where all are there.
install_packages () {
  if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    say "this is no Debian, so it takes for granted that this is installed: $*"
    return 0
  fi

  missing=$(missing_packages "$@")
  missing=${missing% }
  if [ -z "$missing" ]; then
    return 0
  fi

  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    complain "cannot install $missing: neither root nor sudo; install them and try again"
    return 1
  fi

  say "installing $missing"
  if ! apt_get update; then
    complain "cannot install $missing: apt-get update failed"
    return 1
  fi

  # shellcheck disable=SC2086
  if ! apt_get install --no-install-recommends $missing; then
    complain "cannot install $missing: apt-get install failed"
    return 1
  fi
}
