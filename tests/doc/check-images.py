#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Checks that the pictures are small, and that each is shown somewhere.

    check-images.py FOLDER MOST-BYTES PAGE...
"""

import pathlib
import sys


def main():
    folder, most, *pages = sys.argv[1:]
    images = sorted(pathlib.Path(folder).iterdir())
    texts = [pathlib.Path(page).read_text(encoding="utf-8") for page in pages]
    faults = [f"{image.name} is shown on no page" for image in images
              if not any(f"images/{image.name}" in text for text in texts)]

    svgs = [image for image in images if image.suffix == ".svg"]
    size = sum(image.stat().st_size for image in svgs)
    if not svgs:
        faults.append(f"there is no SVG in {folder}")
    if size > int(most):
        largest = sorted(svgs, key=lambda image: -image.stat().st_size)[:5]
        faults.append(f"the SVGs have {size} bytes together, and may have {most}; the largest: " +
                      ", ".join(f"{image.name} {image.stat().st_size}" for image in largest))
    if faults:
        sys.exit("check-images.py: " + "\n".join(faults))
    print(f"{len(svgs)} SVGs, {size} bytes")


if __name__ == "__main__":
    main()
