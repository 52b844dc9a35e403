#!/bin/sh
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Installs the packages of a tarball that it reads, on the release where it runs, and
# runs what is to run with them: package.sh runs it in a copy that is thrown away.
# Output is a tarball: ran.txt and logs/.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
work=/srv/bufpool
result=$work/result
packages=$work/packages

# shellcheck source-path=SCRIPTDIR
. "$here/packages.sh"
# shellcheck source-path=SCRIPTDIR
. "$here/package-steps.sh"

# ran PACKAGE WORDS: for the table at the end
ran () {
  printf '%s\t%s\n' "$1" "$2" >>"$result/ran.txt"
}

# install NAME...: packages of ours, and what apt finds that they need
install () {
  files=''
  for name in "$@"; do
    for file in "$packages/$name"_*.deb; do
      files="$files $file"
    done
  done
  # shellcheck disable=SC2086
  apt_get install --no-install-recommends $files
}

# try_readme LANGUAGE: its programs in README.md, with the output that they have there
try_readme () {
  (cd / && python3 "$top/tests/doc/check-installed.py" --language "$1" "$top/README.md")
}

# check_bare: nothing of what builds need is there, and nothing of ours
check_bare () {
  left=$(dpkg-query -W -f '${Package}\n' | grep -E -e '-dev$|bufpool' || true)
  [ -z "$left" ] || give_up "this is no clean release, it has $left"
}

check_no_dev () {
  left=$(dpkg-query -W -f '${Package}\n' | grep -E 'bufpool.*-dev$' || true)
  [ -z "$left" ] || give_up "programs that run need no $left"
}

check_doc () {
  for name in bufpool-1.0 gstreamer-bufpool-1.0; do
    wc -c "/usr/share/doc/$name/index.html" "/usr/share/devhelp/books/$name/$name.devhelp2" \
      || return 1
  done
}

# ran_tests PACKAGE PATTERN LOG WORDS: so many lines of a log of autopkgtest's
ran_tests () {
  number=$(grep -c "$2" "$work/autopkgtest/$3") || give_up "$3 of autopkgtest has no line $2"
  ran "$1" "$number $4"
}

begin_steps
mkdir -p "$work"
tar -C "$work" --extract
check_bare
step 'update the lists of apt' apt_get update

# What only runs

step 'install for Python' install libbufpool-1.0-0 gir1.2-bufpool-1.0 python3-bufpool
step 'README in Python' try_readme python
ran python3-bufpool 'README in Python'

step 'install for JavaScript' install gjs-bufpool gir1.2-bufpool-1.0 libbufpool-1.0-0
step 'README in JavaScript' try_readme javascript
ran gjs-bufpool 'README in JavaScript'

step 'install for GStreamer' install gstreamer1.0-bufpool libgstbufpool-1.0-1 libbufpool-1.0-0
step 'install gst-inspect' apt_get install --no-install-recommends gstreamer1.0-tools
step 'gst-inspect-1.0 bpalloc' gst-inspect-1.0 bpalloc
ran gstreamer1.0-bufpool 'gst-inspect-1.0 bpalloc'

step 'install the reference' install libbufpool-1.0-doc
step 'look for the reference' check_doc
ran libbufpool-1.0-doc 'pages are found'
check_no_dev

# What builds

step 'install for C' install libbufpool-1.0-dev gir1.2-bufpool-1.0 libbufpool-1.0-0
step 'install a compiler' apt_get install --no-install-recommends gcc libc6-dev pkgconf
step 'README in C' try_readme c
ran libbufpool-1.0-dev 'README in C'
step 'install valac' apt_get install --no-install-recommends valac
step 'README in Vala' try_readme vala
ran libbufpool-1.0-dev 'README in Vala'

# The packages' own tests. autopkgtest installs what each needs.

step 'install autopkgtest' apt_get install --no-install-recommends autopkgtest dpkg-dev
step 'autopkgtest' autopkgtest --output-dir "$work/autopkgtest" "$packages"/*.deb "$packages"/*.dsc -- null
cp "$work/autopkgtest/summary" "$result/logs/autopkgtest-summary.log"

for test in installed-tests c vala python javascript gstreamer gstreamer-python; do
  grep -q "^$test  *PASS" "$work/autopkgtest/summary" || give_up "the test $test of debian/tests was not run"
done
ran_tests bufpool-1.0-tests '^PASS: ' installed-tests-stdout 'installed tests'
ran libbufpool-1.0-dev 'programs in C, C++ and Vala'
ran_tests python3-bufpool '^ok ' python-stdout tests
ran_tests gjs-bufpool '^ok ' javascript-stdout tests
ran gstreamer1.0-bufpool 'a pipeline'
ran_tests libgstbufpool-1.0-dev '^ok ' gstreamer-stdout tests
ran_tests python3-gstbufpool ' \.\.\. ok$' gstreamer-python-stderr tests
