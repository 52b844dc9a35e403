#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Runs a command on a bare Debian release: see --help.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
folder=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/bufpool-debian

# Where the tree is inside
tree=/usr/src/bufpool

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"

usage () {
  cat <<END
Usage: build-aux/in-debian.sh [OPTION...] RELEASE COMMAND [ARGUMENT...]

Runs a command on a bare Debian release, bookworm (or 12) or trixie (or 13), as
root and in a copy of this tree: of the files that git knows, as they are now.
Output and exit status are those of the command, and nothing else of it is kept.
It needs root.

The release is made in a folder by debootstrap, from the mirror that apt uses on
this machine, and kept for the next time; each run has a copy of its own.

  --arch=ARCH       the release for another processor, which this machine must be
                    able to run by itself, as amd64 runs i386
  --fresh           make the release anew
  --folder=FOLDER   where releases are kept; by default it is
                    $folder
  --mirror=URL      another mirror, without security updates
  --help            print this

Example: build-aux/in-debian.sh trixie build-aux/test.sh
END
}

check_machine () {
  [ "$(id -u)" -eq 0 ] || fail "only root can mount and chroot: run it by sudo"
  unshare --mount --pid --fork true 2>/dev/null \
    || fail "this machine does not let root mount anything; a container must be privileged"
  git_here rev-parse 2>/dev/null \
    || fail "$top is no checkout by git, so there is no telling what belongs to the tree"
}

# check_arch: that programs for $arch run here; sets $persona, what uname is to say
check_arch () {
  native=$(dpkg --print-architecture)
  case ${arch:=$native}/$native in
    "$native/$native") persona=$(uname -m) ;;
    i386/amd64) persona=i386 ;;
    armhf/arm64) persona=armv7l ;;
    *) fail "this machine is $native and cannot run programs for $arch by itself" ;;
  esac
}

# The tree may be of another user
git_here () {
  git -c safe.directory="$top" -C "$top" "$@"
}

# mirrors_of_apt: lines "URL SUFFIX", where the suffix is what comes after a release's
# name, or "." for the release itself
mirrors_of_apt () {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)' \
    'Created-By: Packages' | awk -F '|' '
      $1 != "Debian" || $2 != "main" { next }
      match ($3, /-(updates|security)$/) { print $4, substr ($3, RSTART) }
      $3 !~ /-/ { print $4, "." }
    ' | sort -u -k 2,2
}

find_mirrors () {
  if [ -n "$mirror" ]; then
    mirrors="$mirror ."
    return 0
  fi

  mirrors=$(mirrors_of_apt)
  # A machine that has never updated its lists
  if [ -z "$mirrors" ] && apt_get update; then
    mirrors=$(mirrors_of_apt)
  fi
  mirror=$(printf '%s\n' "$mirrors" | sed -n 's/ [.]$//p')
  [ -n "$mirror" ] || fail "apt on this machine uses no mirror of Debian: name one by --mirror=URL"
}

# make_base: the bare release, in $base. Mounts by debootstrap end with its
# namespace.
make_base () {
  rm -rf "$base" "$base.new"
  complain "making $release in $base"
  install_packages debootstrap debian-archive-keyring >&2

  # debootstrap does not ask apt for a proxy
  proxy=''
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ "$proxy" != DIRECT ] || proxy=''

  include=''
  case $mirrors in
    *https://*) include=--include=ca-certificates ;;
  esac
  if ! env ${proxy:+http_proxy="$proxy"} unshare --mount \
         debootstrap --variant=minbase --arch="$arch" ${include:+"$include"} \
         "$release" "$base.new" "$mirror" </dev/null >"$base.log" 2>&1
  then
    tail -n 5 "$base.log" >&2
    fail "debootstrap failed; $base.log has all that it said"
  fi
  mv "$base.new" "$base"
}

# remove_leftovers: of runs that were killed before they could
remove_leftovers () {
  for leftover in "$base".run.*; do
    if [ -d "$leftover" ] && ! kill -0 "${leftover##*.}" 2>/dev/null; then
      rm -rf --one-file-system "$leftover"
    fi
  done
}

# connect ROOT: what this machine has set to reach the network and its mirrors
connect () {
  for file in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    if [ -r "$file" ] && [ -d "$1${file%/*}" ]; then
      cp -L --remove-destination "$file" "$1$file"
    fi
  done

  printf '%s\n' "$mirrors" | while read -r url suffix; do
    printf 'deb %s %s%s main\n' "$url" "$release" "${suffix#.}"
  done >"$1/etc/apt/sources.list"

  settings='Acquire::(Check-|Retries|ForceIPv|(http|https|ftp)::(Proxy|Timeout))'
  apt-config dump | grep -E "^$settings" >"$1/etc/apt/apt.conf.d/10host" || true
}

# copy_tree ROOT
copy_tree () {
  mkdir -p "$1$tree"
  # shellcheck disable=SC2016
  git_here ls-files -z \
    | (cd "$top" && xargs -0 sh -c '
         for file do
           if [ -e "$file" ] || [ -L "$file" ]; then
             printf "%s\0" "$file"
           fi
         done' sh) \
    | tar -C "$top" --create --null --no-recursion --files-from=- \
    | tar -C "$1$tree" --extract --no-same-owner
}

# To be the first process of namespaces of its own. When it ends, all that it has mounted
# is gone, and all that it has started has ended. Arguments before the command:
# the root folder and its kind of machine.
# shellcheck disable=SC2016
inside='
  root=$1
  persona=$2
  shift 2
  mount -t proc proc "$root/proc" \
    && mount --rbind /sys "$root/sys" \
    && mount --rbind /dev "$root/dev" \
    && mount -t tmpfs tmpfs "$root/dev/shm" \
    || exit 1
  # What is mounted cannot be removed: a tool that root lets write to /dev/null, and
  # that removes its output first, would remove that of this machine
  for node in null zero full random urandom; do
    mount --bind "/dev/$node" "$root/dev/$node" || exit 1
  done
  setarch "$persona" chroot "$root" "$@"
  exit $?'

# run_inside ROOT COMMAND...: sets $status. In the background, since a shell takes no
# signals while it waits for a command in the foreground; only the command itself
# then gets those of the keyboard.
run_inside () {
  root=$1
  shift
  # Input that is not named would be empty in the background
  exec 3<&0
  unshare --mount --pid --fork --kill-child sh -c "$inside" sh "$root" "$persona" \
    /usr/bin/env -i --default-signal=INT,QUIT --chdir="$tree" \
      HOME=/root LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM="${TERM:-dumb}" \
      ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
      ${no_proxy:+no_proxy="$no_proxy"} \
      "$@" <&3 3<&- &
  child=$!

  is_interrupted=true
  while "$is_interrupted"; do
    is_interrupted=false
    status=0
    wait "$child" || status=$?
  done
  child=''
}

# shellcheck disable=SC2317
clean_up () {
  if [ -n "$child" ]; then
    kill -KILL "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  [ -z "$run" ] || rm -rf --one-file-system "$run"
}

is_fresh=false
arch=''
mirror=''
while [ $# -gt 0 ]; do
  case $1 in
    --help) usage; exit 0 ;;
    --arch=?*) arch=${1#*=} ;;
    --fresh) is_fresh=true ;;
    --folder=?*) folder=${1#*=} ;;
    --mirror=?*) mirror=${1#*=} ;;
    -*) misused "unknown option $1" ;;
    *) break ;;
  esac
  shift
done

[ $# -gt 0 ] || misused "name a release and a command"
case $1 in
  12|bookworm) release=bookworm ;;
  13|trixie) release=trixie ;;
  *) misused "unknown release $1: use bookworm, trixie, 12 or 13" ;;
esac
shift
[ $# -gt 0 ] || misused "name a command to run on $release"

check_machine
check_arch
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
base=$folder/$release
[ "$arch" = "$native" ] || base=$base-$arch
child=''
run=''
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 143' TERM
# The command gets it, too, and decides whether to end
trap 'is_interrupted=true' INT

find_mirrors
# One at a time makes the release, and no other one copies it meanwhile
exec 9>"$base.lock"
flock 9
if "$is_fresh" || [ ! -d "$base" ]; then
  make_base
fi
remove_leftovers
run=$base.run.$$
mkdir "$run"
cp -a --reflink=auto "$base" "$run/root"
exec 9>&-

connect "$run/root"
copy_tree "$run/root"
run_inside "$run/root" "$@"

exit "$status"
