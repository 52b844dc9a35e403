#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Shows what measure-night-mode.py measured: a table, what follows from it, and a picture.

    show-night-mode.py night-mode.json [--picture=FILE.svg]
"""

import argparse
import json
import pathlib
import re
import sys
import textwrap

import night_mode_picture
import night_mode_rows

WIDTH = 80


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=pathlib.Path, help="what measure-night-mode.py wrote")
    parser.add_argument("--picture", type=pathlib.Path, help="draw a picture into this file, too")
    options = parser.parse_args()

    try:
        rows = night_mode_rows.Rows(json.loads(options.data.read_text(encoding="utf-8")))
        if options.picture:
            options.picture.write_text(night_mode_picture.draw(rows).to_svg(), encoding="utf-8")
    except (OSError, ValueError, KeyError) as error:
        print(f"{pathlib.Path(sys.argv[0]).name}: {options.data}: {error}", file=sys.stderr)
        return 1

    data = rows.data
    print(f"{night_mode_rows.describe_clip(data)}\n{data['machine']['cpu']}, {data['machine']['cores']} cores; "
          f"medians of {len(data['rows'][0]['rounds'])}\n")
    print(night_mode_rows.format_table(rows))
    print(f"\n{'malloc(), tuned':16}GLIBC_TUNABLES={data['tunables']}\n".replace(":", ":\n" + " " * 16, 1))
    for sentence in night_mode_rows.list_sentences(rows):
        # A figure stays with its unit
        print(textwrap.fill(re.sub(r"(\d) (%|s\b|MiB)", "\\1\u00a0\\2", sentence), WIDTH))
    return 0


if __name__ == "__main__":
    sys.exit(main())
