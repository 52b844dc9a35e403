# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Which page of the reference is about which symbol of a GIR file."""

import xml.etree.ElementTree as ElementTree

CORE = "{http://www.gtk.org/introspection/core/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"

# What gi-docgen calls the pages of each kind of type
TYPES = {
    "class": "class",
    "interface": "iface",
    "record": "struct",
    "enumeration": "enum",
    "bitfield": "flags",
    "callback": "callback",
    "constant": "const",
    "alias": "alias",
}
MEMBERS = {"constructor": "ctor", "method": "method", "function": "type_func"}


def kind_of(element):
    return element.tag.removeprefix(CORE)


def find_pages(gir):
    """Pages by what a text calls the symbol: `bp_pool_new()`, `BpPool`."""
    namespace = ElementTree.parse(gir).getroot().find(f"{CORE}namespace")
    pages = {}
    for element in namespace:
        kind = kind_of(element)
        name = element.get("name")
        identifier = element.get(f"{C}type") or element.get(f"{C}identifier")
        if kind in ("function", "function-macro"):
            pages[f"{identifier}()"] = pages[identifier] = f"func.{name}.html"
        elif kind in TYPES and not element.get(f"{GLIB}is-gtype-struct-for"):
            is_error = element.get(f"{GLIB}error-domain") is not None
            pages[identifier] = f"{'error' if is_error else TYPES[kind]}.{name}.html"
            for member in element:
                if kind_of(member) in MEMBERS:
                    page = f"{MEMBERS[kind_of(member)]}.{name}.{member.get('name')}.html"
                    pages[member.get(f"{C}identifier") + "()"] = page
                elif kind_of(member) == "property":
                    pages[f"{identifier}:{member.get('name')}"] = f"property.{name}.{member.get('name')}.html"
    return pages
