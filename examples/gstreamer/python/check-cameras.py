#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs cameras.py, given as the argument, for a moment."""

import json
import subprocess
import sys


def run(*arguments):
    result = subprocess.run([sys.executable, sys.argv[1], "--seconds=1", "--interval=100", *arguments],
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"cameras.py failed\n{result.stdout}{result.stderr}")
    return result.stdout


def check(condition, what):
    if not condition:
        sys.exit(what)


data = json.loads(run("--limits=wait"))
check(len(data["cameras"]) == 4, "a camera is missing")
check(all(camera["shown"] > 0 for camera in data["cameras"]), f"a camera shows nothing: {data['cameras']}")
check(all(camera["dropped"] == 0 for camera in data["cameras"]), "frames were dropped")
check(len(data["samples"]) > 1 and data["peak_mib"] > 1, "memory was not measured")
