#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Builds GLib and what it stands on for musl, from Debian's source packages, in a folder:
# with its libraries in lib/, and cross.ini, a cross file for meson. What is there already
# is not built again. Root is needed where apt does not know of sources yet.
#
#   build-aux/platforms/build-musl.sh FOLDER

set -eu

[ $# -eq 1 ] || { printf 'usage: %s FOLDER\n' "$0" >&2; exit 2; }
mkdir -p "$1"
root=$(cd "$1" && pwd)
machine=$(uname -m)

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/../packages.sh"

# step NAME COMMAND...: once; says what it said only when it fails
step () {
  name=$1
  shift
  if [ -f "$root/src/$name.done" ]; then
    return 0
  fi
  say "$name for musl"
  if ! "$@" >"$root/src/$name.log" 2>&1; then
    tail -n 40 "$root/src/$name.log" >&2
    complain "$name could not be made for musl; $root/src/$name.log has all that it said"
    exit 1
  fi
  touch "$root/src/$name.done"
}

# add_sources: has apt know where the sources of the release are
add_sources () {
  if apt-get indextargets 'Created-By: Sources' | grep -q .; then
    return 0
  fi
  # shellcheck disable=SC2016
  apt-get indextargets --format 'deb-src [trusted=$(TRUSTED)] $(REPO_URI) $(CODENAME) $(COMPONENT)' \
    'Created-By: Packages' | sort -u | sed '/-security\|-updates/d; s/ \[trusted=[^]]*\]//' \
    >/etc/apt/sources.list.d/bufpool-sources.list
  apt_get update
}

fetch_sources () {
  add_sources
  (cd "$root/src" && apt-get source --download-only --tar-only glib2.0 libffi pcre2 zlib)
}

# unpack NAME: its archive, into src/NAME
unpack () {
  rm -rf "$root/src/$1"
  mkdir "$root/src/$1"
  for archive in "$root/src/$1"_*.orig.tar.*; do :; done
  tar -C "$root/src/$1" --strip-components=1 -xf "$archive"
  cd "$root/src/$1"
}

# The kernel's headers, which musl's compiler does not look for where the C library of
# the system has its own
link_headers () {
  mkdir -p "$root/include"
  for name in linux asm-generic mtd; do
    ln -sfn "/usr/include/$name" "$root/include/$name"
  done
  ln -sfn "/usr/include/$machine-linux-gnu/asm" "$root/include/asm"
}

write_cross_file () {
  cat >"$root/cross.ini" <<END
[binaries]
c = 'musl-gcc'
ar = 'ar'
strip = 'strip'
pkgconfig = 'pkg-config'

[built-in options]
c_args = ['-isystem', '$root/include']
c_link_args = ['-static-libgcc', '-L$root/lib', '-Wl,-rpath,$root/lib',
  # musl-gcc leaves it out, and nothing can be unwound without it
  '-Wl,--eh-frame-hdr']

[properties]
pkg_config_libdir = ['$root/lib/pkgconfig']
# Programs for musl run here, by musl's loader
needs_exe_wrapper = false

[host_machine]
system = 'linux'
cpu_family = '$machine'
cpu = '$machine'
endian = 'little'
END
}

build_zlib () {
  unpack zlib
  CC=musl-gcc ./configure --prefix="$root"
  make -j2 install
}

build_autotools () {
  unpack "$1"
  shift
  [ -x configure ] || ./autogen.sh
  ./configure --host="$machine-linux-musl" --prefix="$root" --disable-static CC=musl-gcc \
    CFLAGS="-O2 -isystem $root/include" LDFLAGS="-static-libgcc" "$@"
  make -j2 install
}

build_glib () {
  unpack glib2.0
  meson setup _build --cross-file "$root/cross.ini" --prefix="$root" --libdir=lib \
    --wrap-mode=nofallback --buildtype=debugoptimized \
    -Dtests=false -Dnls=disabled -Dlibmount=disabled -Dselinux=disabled -Dxattr=false \
    -Dlibelf=disabled
  ninja -j2 -C _build install
}

mkdir -p "$root/src"
step sources fetch_sources
step headers link_headers
step cross-file write_cross_file
step zlib build_zlib
step libffi build_autotools libffi --disable-docs --disable-multi-os-directory
step pcre2 build_autotools pcre2
step glib build_glib
