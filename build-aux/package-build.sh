#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Builds the Debian packages of this tree, on the release where it runs, which it
# changes: package.sh runs it in a copy that is thrown away. Output is a tarball:
# packages/ and logs/.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=/srv/bufpool
result=$work/result

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/package-steps.sh"

# unpack FOLDER: the source package's tree
unpack () {
  mkdir -p "$1"
  cp "$work/$orig" "$1"
  tar -C "$1" --extract --file "$work/$orig"
  cp -r "$1/bufpool-$upstream/build-aux/debian" "$1/bufpool-$upstream/debian"
  chown -R builder: "$1"
}

# build FOLDER OPTIONS [VARIABLE=VALUE...]: as a user without rights
build () {
  (
    cd "$1/bufpool-$upstream" || exit 1
    build_options=$2
    shift 2
    runuser -u builder -- env HOME=/nonexistent \
      DEB_BUILD_OPTIONS="$build_options parallel=$(nproc)" "$@" dpkg-buildpackage -us -uc
  )
}

list_sums () {
  (cd "$1" && sha256sum ./*.deb)
}

compare () {
  list_sums "$work/first" >"$work/first.sums" || return 1
  list_sums "$work/second" >"$work/second.sums" || return 1
  cat "$work/first.sums"
  diff "$work/first.sums" "$work/second.sums"
}

begin_steps
mkdir -p "$result/packages"

step 'install tools' install_packages build-essential lintian python3
version=$(dpkg-parsechangelog -l "$here/debian/changelog" -S Version)
date=$(dpkg-parsechangelog -l "$here/debian/changelog" -S Timestamp)
upstream=${version%-*}
orig=bufpool_$upstream.orig.tar.xz

tarball=$("$here/make-tarball.py" --date="$date" "$work")
[ "$tarball" = "$work/bufpool-$upstream.tar.xz" ] \
  || give_up "meson.build makes ${tarball##*/}, debian/changelog is of $upstream: give both the same version"
mv "$tarball" "$work/$orig"

useradd --system --no-create-home builder
unpack "$work/first"
step 'install what is needed to build' apt_get build-dep --no-install-recommends "$work/first/bufpool-$upstream"
step 'build, with tests' build "$work/first" ''

# Elsewhere, at another time, with other words
unpack "$work/second"
step 'build again' build "$work/second" nocheck TZ=Asia/Kathmandu LC_ALL=C
step 'compare the two builds' compare

cp "$work/first"/*.deb "$work/first"/*.dsc "$work/first"/*.xz "$work/first"/*.changes \
  "$work/first"/*.buildinfo "$result/packages"
step 'lintian' runuser -u builder -- lintian --fail-on error,warning --info \
  --tag-display-limit 0 "$work/first/bufpool_${version}_$(dpkg --print-architecture).changes"
