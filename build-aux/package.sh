#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Builds the Debian packages in a clean release and tries them in another: see --help.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"

usage () {
  cat <<END
Usage: build-aux/package.sh [OPTION...] [RELEASE]

Builds the Debian packages of this tree in a clean bookworm (or 12, which is the
default) or trixie (or 13), twice, and compares the two; looks at them with lintian;
installs them in a second clean copy of that release, by apt; and runs there the
programs of README.md, the plugin, and the packages' own tests (autopkgtest).

It needs root, as build-aux/in-debian.sh does, which makes the releases.

  --output=FOLDER   where the packages and all logs go, anew; by default it is
                    _packages/RELEASE
  --record          write the figures to docs/data/trust-packages.json, too
  --fresh           make the release anew
  --folder=FOLDER   where releases are kept
  --mirror=URL      another mirror, without security updates
  --help            print this
END
}

# in_debian RELEASE-OPTIONS... SCRIPT: its output is a tarball, which is unpacked to
# $output, in any case: logs tell what was wrong
in_debian () {
  status=0
  "$here/in-debian.sh" "$@" >"$output/handed-over.tar" || status=$?
  if [ -s "$output/handed-over.tar" ]; then
    tar -C "$output" --extract --no-same-owner --file "$output/handed-over.tar"
  fi
  rm -f "$output/handed-over.tar"
  return "$status"
}

release=bookworm
output=''
record=''
fresh=''
folder=''
mirror=''
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --output=?*) output=${1#*=} ;;
    --record) record=$top/docs/data/trust-packages.json ;;
    --fresh) fresh=$1 ;;
    --folder=?*) folder=$1 ;;
    --mirror=?*) mirror=$1 ;;
    -*) misused "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[ $# -le 1 ] || misused "more than one release: $*"
case ${1:-bookworm} in
  12|bookworm) release=bookworm ;;
  13|trixie) release=trixie ;;
  *) misused "unknown release $1: use bookworm, trixie, 12 or 13" ;;
esac

[ "$(id -u)" -eq 0 ] || fail "only root can make a release: run it by sudo"

output=${output:-$top/_packages/$release}
# What is not of an earlier run is not removed
if [ -e "$output" ] && [ ! -e "$output/logs" ] && [ -n "$(ls -A "$output" 2>/dev/null)" ]; then
  fail "$output has other files in it: name an empty folder by --output"
fi
rm -rf "$output"
mkdir -p "$output"
output=$(cd "$output" && pwd)
mkdir "$output/logs"

say "building for $release"
in_debian ${fresh:+"$fresh"} ${folder:+"$folder"} ${mirror:+"$mirror"} \
  "$release" build-aux/package-build.sh </dev/null \
  || fail "the packages were not built for $release: $output/logs tells why"

say "trying them in a second copy of $release"
tar -C "$output" --create --file "$output/packages.tar" packages
status=0
in_debian ${folder:+"$folder"} ${mirror:+"$mirror"} \
  "$release" build-aux/package-try.sh <"$output/packages.tar" || status=$?
rm "$output/packages.tar"
[ "$status" -eq 0 ] || fail "the packages do not do what they should in $release: $output/logs tells why"

python=python3
[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
"$python" "$here/package-summary.py" --release "$release" ${record:+--record "$record"} "$output"
