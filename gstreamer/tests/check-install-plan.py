#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What would be installed of the adapter: with -Dgstreamer=enabled all of it, and nothing
of it if it was only found to be possible. The second is looked at in a build folder that is
configured for it, and not built."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

# Any path that has one of these in it belongs to the adapter.
OURS = ("gstbp", "gstbufpool", "gst_bufpool", "GstBufpool", "gstreamer")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f"{' '.join(map(str, command))} failed")

    return done.stdout


def read_option(build, name):
    options = json.loads(run("meson", "introspect", "--buildoptions", build))

    return next(option["value"] for option in options if option["name"] == name)


def read_plan(build):
    """Where what will be, without the folder that is a choice of the system's."""
    plan = json.loads(run("meson", "introspect", "--install-plan", build))
    destinations = {entry["destination"] for part in plan.values() for entry in part.values()}

    return {path for path in destinations if any(word in path for word in OURS)}


def check_all(build, expected):
    plan = read_plan(build)
    missing = [path for path in expected
               if not any(destination.endswith("/" + path) for destination in plan)]
    unknown = [destination for destination in plan
               if not any(destination.endswith("/" + path) for path in expected)]
    for path in missing:
        print(f"{path} is not installed", file=sys.stderr)
    for path in unknown:
        print(f"{path} is installed, and not known to this test", file=sys.stderr)
    print(f"with gstreamer=enabled {len(plan)} files of the adapter are installed")

    return not missing and not unknown


def check_none(source):
    with tempfile.TemporaryDirectory(prefix="bufpool-test-") as folder:
        run("meson", "setup", folder, source, "-Dgstreamer=auto", "-Dtests=false",
            "-Dexamples=false", "-Dvapi=disabled", "-Ddocumentation=disabled")
        is_built = any("gstbufpool" in target["name"] for target in
                       json.loads(run("meson", "introspect", "--targets", folder)))
        plan = read_plan(folder)
    for path in plan:
        print(f"{path} is installed with gstreamer=auto", file=sys.stderr)
    if not is_built:
        print("with gstreamer=auto the adapter is not even built", file=sys.stderr)

    return is_built and not plan


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("expected", nargs="+", help="how a path ends that is installed")
    options = parser.parse_args()

    is_right = check_none(options.source)
    if read_option(options.build, "gstreamer") == "enabled":
        is_right = check_all(options.build, options.expected) and is_right
    elif read_plan(options.build):
        print("the adapter is installed, and was not asked for", file=sys.stderr)
        is_right = False

    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main())
