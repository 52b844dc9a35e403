# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Makes the SVG files of matplotlib a tenth as large, with the same picture in them."""

import re
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

NUMBER = re.compile(r"-?\d+\.\d+(e-?\d+)?")
REFERENCE = re.compile(r"#([\w.-]+)")
# Attributes that are made of numbers
NUMBERS = ("x", "y", "d", "transform", "style", "width", "height")


def round_number(match):
    """Less than a tenth of a point cannot be seen."""
    return f"{float(match[0]):.1f}".rstrip("0").rstrip(".")


def is_plain(element):
    return element.tag == f"{{{SVG}}}g" and not element.attrib


def unwrap(element):
    """Groups that say nothing give way to what they hold."""
    for child in list(element):
        unwrap(child)
    children = []
    for child in element:
        children += list(child) if is_plain(child) else [child]
    for child in list(element):
        element.remove(child)
    element.extend(children)


def name_styles(root):
    """Each style once, as a class."""
    names = {}
    for element in root.iter():
        style = element.attrib.pop("style", None)
        if style is not None:
            element.set("class", names.setdefault(style, f"s{len(names)}"))
    return "".join(f".{name}{{{style}}}" for style, name in names.items())


def shorten(text, font):
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    root = ElementTree.fromstring(text)

    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{{{SVG}}}metadata":
                parent.remove(child)
    used = set(REFERENCE.findall(" ".join(value for element in root.iter() for value in element.attrib.values())))
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        if element.tag != f"{{{SVG}}}text":
            element.text = None if element.text is None or not element.text.strip() else element.text
        element.tail = None
        for name, value in element.attrib.items():
            value = re.sub(f"'{font}'(?!,)", f"'{font}', sans-serif", value)
            if name in NUMBERS:
                value = NUMBER.sub(round_number, value)
            element.set(name, re.sub(r"\s+", " ", value).strip())
    unwrap(root)

    styles = name_styles(root)
    style = root.find(f".//{{{SVG}}}style")
    style.text = (style.text or "") + styles

    return ElementTree.tostring(root, encoding="unicode").replace("><", ">\n<") + "\n"
