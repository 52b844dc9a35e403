#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs gst-replay, given as the argument, as its users do."""

import json
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


def check_switch(*arguments):
    """Four phases of 0.1 seconds."""
    result = run("--switch", "--phase=0.1", "--width=320", "--height=240", "--keep=2", "--writer=1000", *arguments)
    check(result.returncode == 0, f"gst-replay --switch failed with {arguments}", result)
    data = json.loads(result.stdout)
    check(data["frames_written"] > 0, "no frame was written", result)
    check(len(data["samples"]) >= 4 and data["samples"][-1][0] >= 300, "samples are missing", result)
    check(data["peak_kib"] == max(kib for _, kib in data["samples"]) > 1000, "the peak is wrong", result)


check_one("stock")
check_one("bufpool")
check_table()
check_table("--balance")
check_refused("stock or bufpool", "--pool=malloc")
check_refused("at least 1", "--frames=0")
check_switch("--pool=stock")
check_switch("--pool=bufpool", "--limit=20")
check_refused("give --pool=stock or --pool=bufpool", "--switch")
check_refused("needs --pool=bufpool", "--switch", "--pool=stock", "--limit=5")
