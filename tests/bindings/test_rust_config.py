# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""bindings/rust/Gir.toml fits the GIR, so that what gir makes of it is safe Rust.

gir does not care for (skip). It leaves out functions with pointers to anything, and makes safe
functions of all others, so each that is skipped for scripts has to be thought of here.
"""

import re
import sys
import unittest
import xml.etree.ElementTree as ElementTree

import tap

try:
    import tomllib
except ImportError:
    tap.skip_all("Python has no tomllib")

CORE = "{http://www.gtk.org/introspection/core/1.0}"
KINDS = ("class", "record", "interface", "enumeration", "bitfield")
FUNCTIONS = ("constructor", "method", "function")

# Skipped for scripts, or with pointers, and safe as gir makes them
SAFE = {
    # A reference is what Clone and Drop of the type in Rust are
    "Pooled.ref", "Pooled.unref",
}

GIR, CONFIG = sys.argv[1:3]
del sys.argv[1:]


def has_pointer(function):
    """Whether gir leaves it out, for a pointer to anything. The data of a callback is none: that is a closure."""
    parameters = function.findall(f"{CORE}parameters/{CORE}parameter")
    closures = {int(parameter.get("closure")) for parameter in parameters if parameter.get("closure")}
    values = [parameter for index, parameter in enumerate(parameters) if index not in closures]
    types = [kind.get("name") for value in [*values, function.find(CORE + "return-value")]
             for kind in value.iter(CORE + "type")]
    return any(name in ("gpointer", "gconstpointer", "guintptr") for name in types)


class RustConfig(unittest.TestCase):
    def setUp(self):
        namespace = ElementTree.parse(GIR).getroot().find(CORE + "namespace")
        self.types = {}
        for kind in KINDS:
            for element in namespace.findall(CORE + kind):
                functions = [function for name in FUNCTIONS for function in element.findall(CORE + name)]
                self.types[element.get("name")] = {function.get("name"): function for function in functions}
        with open(CONFIG, "rb") as file:
            self.config = tomllib.load(file)
        self.objects = {entry["name"].removeprefix("Bufpool."): entry for entry in self.config["object"]}
        self.generated = [name.removeprefix("Bufpool.") for name in self.config["options"]["generate"]]

    @staticmethod
    def find_rules(entry, function):
        for rule in entry.get("function", []):
            if rule.get("name") == function or re.fullmatch(rule.get("pattern", "(?!)"), function):
                yield rule

    def test_names(self):
        for name in [*self.objects, *self.generated]:
            self.assertIn(name, self.types)
        for name, entry in self.objects.items():
            for rule in entry.get("function", []):
                pattern = rule.get("name") or rule["pattern"]
                self.assertTrue(any(re.fullmatch(pattern, function) for function in self.types[name]),
                                f"{pattern} is no function of {name}")

    def test_skipped_functions(self):
        """Each is ignored, left out by gir, or known to be safe."""
        for name in [*self.objects, *self.generated]:
            for function, element in self.types[name].items():
                if element.get("introspectable") != "0" or has_pointer(element) or f"{name}.{function}" in SAFE:
                    continue
                ignored = any(rule.get("ignore") for rule in self.find_rules(self.objects.get(name, {}), function))
                self.assertTrue(ignored, f"{name}.{function}() is skipped for scripts, and gir would make a safe "
                                         "function of it")

    def test_null_without_an_error(self):
        """What refuses arguments by a critical is for the crate alone: NULL would be taken for a value."""
        for function, element in self.types["Pool"].items():
            is_pool = element.tag == CORE + "constructor"
            if not is_pool and not re.match("read|acquire_(array|wait)", function):
                continue
            if function.endswith("_finish") or has_pointer(element):
                continue
            rules = list(self.find_rules(self.objects["Pool"], function))
            self.assertTrue(any(rule.get("visibility") == "crate" for rule in rules), function)
            if is_pool:
                self.assertTrue(any(rule.get("return", {}).get("nullable") for rule in rules), function)


if __name__ == "__main__":
    tap.main()
