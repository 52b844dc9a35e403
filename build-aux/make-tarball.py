#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Packs this tree into bufpool-VERSION.tar.xz: the files that git knows, as they are now.

    make-tarball.py [--date SECONDS] FOLDER

Prints the name of the tarball. The same files give the same bytes. Where the tree is no
checkout by git it is the content of such a tarball, and all files in it are packed, but for
build folders. A release is made by `meson dist`, which runs the tests as well.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
NAME = "bufpool"
# What meson, Python and package.sh leave in a tree
LEFT = re.compile(r"^(build(?!-aux/)[^/]*/|_build[^/]*/|_packages/|subprojects/packagecache/)|(^|/)__pycache__/")
VERSION = re.compile(r"^ *version: '(?P<version>[\d.]+)',$", re.MULTILINE)


def find_version(root):
    found = VERSION.search((root / "meson.build").read_text(encoding="utf-8"))
    if not found:
        sys.exit(f"make-tarball.py: {root / 'meson.build'} has no line version: '…'")
    return found["version"]


def list_files(root):
    """Paths of the tree's files, from its top."""
    if (root / ".git").exists():
        done = subprocess.run(["git", "-c", f"safe.directory={root}", "-C", root, "ls-files", "-z"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"make-tarball.py: {done.stderr.strip()}")
        names = done.stdout.split("\0")
        return sorted(name for name in names if name and (root / name).is_file())
    names = (path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())
    return sorted(name for name in names if not LEFT.search(name))


def make_tarball(root, folder, date):
    """The same files give the same bytes."""
    stem = f"{NAME}-{find_version(root)}"

    def settle(info):
        info.uid = info.gid = 0
        info.uname = info.gname = ""
        info.mtime = date
        info.mode = 0o755 if info.mode & 0o100 else 0o644
        return info

    path = folder / f"{stem}.tar.xz"
    # A low level: what takes long is to pack, and tests do it
    with tarfile.open(path, "w:xz", preset=1, format=tarfile.GNU_FORMAT) as tarball:
        for name in list_files(root):
            tarball.add(root / name, f"{stem}/{name}", recursive=False, filter=settle)
    return path


def main():
    parser = argparse.ArgumentParser(description="Packs this tree into bufpool-VERSION.tar.xz.")
    parser.add_argument("--date", type=int, default=0, metavar="SECONDS", help="of every file, since 1970")
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER", help="where the tarball goes")
    options = parser.parse_args()

    if not options.folder.is_dir():
        sys.exit(f"make-tarball.py: {options.folder} is no folder")
    print(make_tarball(ROOT, options.folder, options.date))


if __name__ == "__main__":
    main()
