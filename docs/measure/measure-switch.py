#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Measures memory over time of a pipeline whose picture changes its size: gst-replay does it.

    measure-switch.py GST_REPLAY [--quick] > gstreamer-switch.json

Plugins are found as GStreamer finds them; inside `meson devenv` that is the one built here.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "performance"))

from machine import describe_machine  # noqa: E402, pylint: disable=wrong-import-position

LIMIT_MB = 150
RUNS = {
    "stock": ["--pool=stock"],
    "bufpool": ["--pool=bufpool"],
    "limited": ["--pool=bufpool", f"--limit={LIMIT_MB}"],
}
# What is the same in all runs, and stands in the head.
COMMON = ("gstreamer", "phase_seconds", "written_mb", "kept", "large", "small", "keys")
# Of the samples that the program takes, so many become one, with the most memory of them.
SAMPLES_IN_ONE = 2


def thin(samples):
    groups = (samples[i:i + SAMPLES_IN_ONE] for i in range(0, len(samples), SAMPLES_IN_ONE))
    return [[group[0][0], max(kib for _, kib in group)] for group in groups]


def run(replay, arguments):
    done = subprocess.run([replay, "--switch", *arguments], check=True, stdout=subprocess.PIPE, text=True)
    result = json.loads(done.stdout)
    result["samples"] = thin(result["samples"])
    return result


def main():
    parser = argparse.ArgumentParser(description="Measures memory over time while the picture changes its size.")
    parser.add_argument("replay", help="the program, examples/gstreamer/app/gst-replay in the build folder")
    parser.add_argument("--quick", action="store_true", help="so briefly that the figures mean little")
    arguments = parser.parse_args()

    options = ["--phase=0.5"] if arguments.quick else []
    results = {name: run(arguments.replay, [*of_run, *options]) for name, of_run in RUNS.items()}
    head = {
        **describe_machine(),
        **{key: results["stock"][key] for key in COMMON},
        "runs": {name: {key: value for key, value in result.items() if key not in COMMON}
                 for name, result in results.items()},
    }

    # A line for each sample, so that changes can be read
    text = json.dumps(head, indent=1)
    print(re.sub(r"\[\s+(-?\d+(?:,\s+-?\d+)*)\s+\]", lambda match: "[" + re.sub(r"\s+", " ", match[1]) + "]", text))


if __name__ == "__main__":
    main()
