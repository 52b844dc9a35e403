#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs gst-replay, given as the argument, as its users do."""

import re
import subprocess
import sys

SMALL = ["--frames=40", "--width=160", "--height=120", "--keep=5"]
ROW = re.compile(r"^(stock pool|bufpool) +([\d.]+) +([\d.]+) +([\d.]+) MiB$", re.MULTILINE)


def run(*arguments):
    return subprocess.run([sys.argv[1], *arguments], capture_output=True, text=True, check=False)


def check(condition, what, result):
    if not condition:
        sys.exit(f"{what}\n{result.stdout}{result.stderr}")


def check_table(*arguments):
    result = run(*SMALL, "--runs=2", *arguments)
    rows = ROW.findall(result.stdout)
    check(result.returncode == 0, "gst-replay failed", result)
    check([row[0] for row in rows] == ["stock pool", "bufpool"], "a row is missing", result)
    check(all(float(figure) > 0 for row in rows for figure in row[1:]), "a figure is 0", result)
    check("GStreamer 1." in result.stdout, "the version is missing", result)


def check_one(pool):
    result = run(*SMALL, f"--pool={pool}")
    match = re.match(r"\(uint32 (\d+), ", result.stdout)
    check(result.returncode == 0, f"gst-replay failed on {pool}", result)
    check(match and match[1] == "40", "not all frames arrived", result)


def check_refused(message, *arguments):
    result = run(*arguments)
    check(result.returncode == 1, f"{arguments} was not refused", result)
    check(message in result.stderr, f"the message does not say \"{message}\"", result)


check_one("stock")
check_one("bufpool")
check_table()
check_table("--balance")
check_refused("stock or bufpool", "--pool=malloc")
check_refused("at least 1", "--frames=0")
