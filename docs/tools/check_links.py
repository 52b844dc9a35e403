# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Links inside a folder of HTML that lead nowhere."""

import html.parser
import pathlib
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, path):
        super().__init__()
        self.links = []
        self.anchors = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        for name in ("id", "name"):
            if attributes.get(name):
                self.anchors.add(attributes[name])
        for name in ("href", "src"):
            if attributes.get(name) is not None:
                self.links.append(attributes[name])


def find_broken_links(folder):
    """Yields a line for each."""
    pages = {path.name: Page(path) for path in sorted(pathlib.Path(folder).glob("*.html"))}
    for name, page in pages.items():
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = urllib.parse.unquote(parts.path) or name
            if target.startswith("../"):
                # Another reference, which is installed beside this one.
                continue
            if not pathlib.Path(folder, target).exists():
                yield f"{name}: there is no {link}"
            elif parts.fragment and target in pages and parts.fragment not in pages[target].anchors:
                yield f"{name}: {target} has no place {parts.fragment}"
