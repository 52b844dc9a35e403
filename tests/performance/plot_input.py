# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What the scripts that plot a benchmark's JSON are given on the command line."""

import argparse
import json
import pathlib
import sys


def read_arguments(program, is_own):
    """The rows that PROGRAM --format=json printed, for whose first one is_own() holds,
    and the folder where the plots go, which is made if need be."""
    output = f"{program} --format=json"
    parser = argparse.ArgumentParser(description=f"Draws what {output} printed.")
    parser.add_argument("json", help=f"the output of {output}")
    parser.add_argument("folder", help="where the SVG files go; made if need be")
    arguments = parser.parse_args()

    try:
        rows = json.loads(pathlib.Path(arguments.json).read_text())
    except (OSError, ValueError) as error:
        sys.exit(f"plot.py: {arguments.json} is no output of {output}: {error}")
    if not isinstance(rows, list) or not rows or not is_own(rows[0]):
        sys.exit(f"plot.py: {arguments.json} is no output of {output}")

    return rows, make_folder(arguments.folder)


def read_data(picture):
    """The content of the JSON file that the script is given, and where in its FOLDER the picture goes."""
    if len(sys.argv) != 3:
        sys.exit(f"usage: {pathlib.Path(sys.argv[0]).name} JSON FOLDER")

    return json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")), make_folder(sys.argv[2]) / picture


def make_folder(name):
    folder = pathlib.Path(name)
    folder.mkdir(parents=True, exist_ok=True)

    return folder
