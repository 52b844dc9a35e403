# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Finds the listings of a text: fenced blocks of Markdown, also in the doc
comments of C files.

A comment right before a fence says how to test the listing. It is not seen in
the rendered page:

    <!-- listing: wrap=function -->

wrap=NAME    the listing is a fragment; it replaces the line @LISTING@ of
             wrappers/NAME.c (or .py, .js, .vala) in this folder
part=NAME    the listing is joined to the others of its page with that name and
             language, in their order, and they are tested as one
file=PATH    with part: the listing is that file of a folder, which is tested
             as a whole
pkg=NAME     it needs that pkg-config package too, and is skipped without
env=WORDS    it runs with these variables, such as env="A=1 B=2"
output       the listing is what the one before prints, to the letter
output=like  the same, but for what differs from run to run: in its place there is an
             ellipsis, and on a line of its own that stands for lines
output=log   as like, for what it writes to its log

In doc comments of C there are no such words: a listing that begins with a
definition is put into wrappers/file.c, any other into wrappers/function.c.
"""

import dataclasses
import pathlib
import re
import shlex

FENCE = re.compile(r"^(?P<indent> {0,3})(?P<fence>`{3,})(?P<language>[\w+-]*)\s*$")
MARK = re.compile(r"^ {0,3}<!--\s*listing:(?P<options>.*?)-->\s*$")
DEFINITION = re.compile(r"^(static|struct|typedef|[A-Z]+_DEFINE\w*) ?", re.MULTILINE)
OPTIONS = {"wrap", "part", "file", "pkg", "env", "output"}
OUTPUTS = {"", "like", "log"}
ELLIPSIS = "\u2026"
C_FILES = (".c", ".h", ".in")
WIDEST = 84


class ListingError(Exception):
    """Something about a listing that its author has to mend."""


@dataclasses.dataclass
class Listing:
    """One listing and where it stands."""

    path: pathlib.Path
    line: int
    language: str
    text: str
    options: dict

    def where(self):
        return f"{self.path.name}:{self.line}"


def parse_options(text, where):
    options = {}
    for word in shlex.split(text):
        name, _, value = word.partition("=")
        if name not in OPTIONS:
            raise ListingError(f"{where}: unknown option '{name}'; there are {', '.join(sorted(OPTIONS))}")
        options[name] = value
    return options


def strip_comment(line):
    """The text of a line inside a C comment."""
    return re.sub(r"^\s*\* ?", "", line)


def read_lines(path):
    """Numbered lines of Markdown; of a C file, those of its doc comments."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if path.suffix not in C_FILES:
        yield from enumerate(lines, 1)
        return

    inside = False
    for number, line in enumerate(lines, 1):
        if line.strip() == "/**":
            inside = True
        elif line.strip().endswith("*/"):
            inside = False
        elif inside:
            yield number, strip_comment(line)


def find_listings(path):
    """All listings of a file, in order."""
    found = []
    options = {}
    current = None
    fence = None
    for number, line in read_lines(path):
        if current is not None:
            if line.strip() == fence:
                current.text = "".join(text + "\n" for text in current.text)
                if path.suffix in C_FILES:
                    current.options = {"wrap": "file" if DEFINITION.search(current.text) else "function"}
                found.append(current)
                current = None
            else:
                if len(line) > WIDEST:
                    raise ListingError(f"{path.name}:{number}: wider than {WIDEST} columns: pages cut it off")
                current.text.append(line)
            continue
        opening = FENCE.match(line)
        mark = MARK.match(line)
        if mark:
            options = parse_options(mark["options"], f"{path.name}:{number}")
        elif opening:
            fence = opening["fence"]
            current = Listing(path, number, opening["language"], [], options)
            options = {}
        elif line.strip() and options:
            raise ListingError(f"{path.name}:{number}: a 'listing:' comment belongs right before its listing")
    if current is not None:
        raise ListingError(f"{current.where()}: the listing has no end")
    return found


@dataclasses.dataclass
class Case:
    """What is tested at once: one listing, or several that belong together."""

    listings: list
    output: str = None
    output_kind: str = ""

    @property
    def environment(self):
        words = shlex.split(self.listings[0].options.get("env", ""))
        return dict(word.split("=", 1) for word in words)

    def is_output(self, printed):
        if not self.output_kind:
            return printed == self.output
        pattern = ""
        for line in self.output.splitlines():
            if line.strip() == ELLIPSIS:
                pattern += r"(?:.*\n)*?"
            else:
                pattern += ".*".join(map(re.escape, line.split(ELLIPSIS))) + r"\n"
        return re.fullmatch(pattern, printed) is not None

    @property
    def language(self):
        return self.listings[0].language

    @property
    def name(self):
        first = self.listings[0]
        part = first.options.get("part")
        return f"{first.where()} {first.language}" + (f" {part}" if part else "")

    @property
    def is_folder(self):
        return "file" in self.listings[0].options


def group(listings):
    """Makes cases of listings."""
    cases = []
    parts = {}
    for listing in listings:
        part = listing.options.get("part")
        if "output" in listing.options:
            if not cases:
                raise ListingError(f"{listing.where()}: there is no listing before this output")
            if listing.options["output"] not in OUTPUTS:
                raise ListingError(f"{listing.where()}: output is one of {', '.join(sorted(OUTPUTS))}")
            cases[-1].output = listing.text
            cases[-1].output_kind = listing.options["output"]
        elif part is None:
            cases.append(Case([listing]))
        else:
            key = (part, "" if "file" in listing.options else listing.language)
            if key in parts:
                parts[key].listings.append(listing)
            else:
                parts[key] = Case([listing])
                cases.append(parts[key])
    return cases
