#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes the reference: the guides are prepared, gi-docgen does the rest.

    make-reference.py --gi-docgen PROGRAM --config FILE --content FOLDER
                      [--style FILE] --gir FILE [--gir-path FOLDER]... --output FOLDER

The guides are written to be read where they lie, so they link to one another
as Markdown files and write symbols as code. For the reference the links become
those of the pages that gi-docgen makes, and symbols become links. Warnings are
fatal, and so are links that lead nowhere.
"""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from check_links import find_broken_links
from symbols import find_pages

FENCE = re.compile(r"^ {0,3}```")
PAGE_LINK = re.compile(r"\]\((?P<page>[\w-]+)\.md(?P<place>#[\w-]+)?\)")
IMAGE_LINK = re.compile(r"\]\(images/")
MARK = re.compile(r"<!-- ((figure|table|listing): [^>]*|navigation|end) -->")
CODE = re.compile(r"(?<![\[`])`(?P<code>[\w:-]+(\(\))?)`(?![\]`])")
EMPTY_ROW = re.compile(r'\s*<tr><td><em>\w+</em></td><td><a href="" class="external"></a></td></tr>')


def fail(message):
    sys.exit(f"make-reference.py: {message}")


def prepare_line(line, pages, own):
    """`own` are the symbols that the page has linked already: once is enough."""
    def link(match):
        code = match["code"]
        page = pages.get(code)
        if page is None or code in own or line.startswith("#"):
            return match[0]
        own.add(code)
        return f"[{match[0]}]({page})"

    line = CODE.sub(link, MARK.sub("", line))
    line = PAGE_LINK.sub(lambda match: f"]({match['page']}.html{match['place'] or ''})", line)
    return IMAGE_LINK.sub("](", line)


def prepare_page(text, pages):
    own = set()
    inside = False
    lines = []
    for line in text.splitlines():
        if FENCE.match(line):
            inside = not inside
        elif not inside:
            line = prepare_line(line, pages, own)
        lines.append(line + "\n")
    return "".join(lines)


def prepare_content(source, destination, pages):
    if (source / "images").exists():
        shutil.copytree(source / "images", destination / "images")
    shutil.copy(source / "urlmap.js", destination)
    for page in source.glob("*.md"):
        text = prepare_page(page.read_text(encoding="utf-8"), pages)
        (destination / page.name).write_text(text, encoding="utf-8")


def generate(arguments, content):
    command = [arguments.gi_docgen, "generate", "--quiet", "--fatal-warnings", "--no-namespace-dir",
               "--config", arguments.config, "--content-dir", content,
               "--output-dir", arguments.output]
    for path in arguments.gir_path:
        command += ["--add-include-path", path]
    command.append(arguments.gir)
    if subprocess.run(command, check=False).returncode != 0:
        fail("gi-docgen found something wrong")


def drop_empty_rows(page):
    """gi-docgen shows a website and a repository even where none is named."""
    text = page.read_text(encoding="utf-8")
    page.write_text(EMPTY_ROW.sub("", text), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description="Makes the reference with gi-docgen.")
    for name in ("gi-docgen", "config", "content", "gir", "output"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    parser.add_argument("--style", type=pathlib.Path, help="extra.css of the content, if not given")
    parser.add_argument("--gir-path", type=pathlib.Path, action="append", default=[],
                        help="where there are more GIR files")
    arguments = parser.parse_args()

    shutil.rmtree(arguments.output, ignore_errors=True)
    arguments.output.mkdir(parents=True)
    with tempfile.TemporaryDirectory(prefix="reference-") as scratch:
        prepare_content(arguments.content, pathlib.Path(scratch), find_pages(arguments.gir))
        generate(arguments, scratch)
    drop_empty_rows(arguments.output / "index.html")
    with open(arguments.output / "style.css", "a", encoding="utf-8") as style:
        extra = arguments.style or arguments.content / "extra.css"
        style.write(extra.read_text(encoding="utf-8"))

    for name in (f"{arguments.output.name}.devhelp2", "index.json"):
        if not (arguments.output / name).exists():
            fail(f"gi-docgen made no {name}, without which Devhelp or the search finds nothing")

    broken = list(find_broken_links(arguments.output))
    if broken:
        fail("these links lead nowhere:\n" + "\n".join(broken))


if __name__ == "__main__":
    main()
