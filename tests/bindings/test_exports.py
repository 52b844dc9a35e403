#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Compares the headers with what the library, the GIR, the typelib and the VAPI
export. Where they are comes in BUFPOOL_HEADERS, BUFPOOL_LIBRARY, BUFPOOL_GIR and
BUFPOOL_VAPI; the last may be empty."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import tap

CORE = "{http://www.gtk.org/introspection/core/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"
C = "{http://www.gtk.org/introspection/c/1.0}"

# What would hurt a script, each with a safe one in its place, or nothing to do for one
SKIPPED = {
    "bp_pool_new_with_funcs", "bp_pool_acquire_with", "bp_pool_acquire_uninit",
    "bp_pool_acquire_full", "bp_pool_acquire_many", "bp_pooled_unref_many",
    "bp_pool_recycle_data", "bp_pool_recycle_item", "bp_pool_attach_data", "bp_pool_attach_item",
    "bp_pooled_get_data", "bp_pooled_get_data_checked", "bp_pooled_get_item", "bp_pooled_resize",
    "bp_pooled_resize_checked", "bp_pooled_append", "bp_pooled_write", "bp_pooled_steal_data",
    "bp_pooled_steal_item", "bp_pooled_slice_get_data",
    "bp_pooled_view_new_with_free_func",
}

RENAMED = {
    "bp_pool_acquire_array": "acquire_many",
    "bp_pool_recycle_object": "recycle_item",
    "bp_pooled_try_resize": "resize",
    "bp_pooled_append_bytes": "append",
    "bp_pooled_write_bytes": "write",
}

NAMES = {
    "Budget", "BudgetClass", "DEFAULT_MAX_BUFFERS", "DumpFormat", "ElementType", "MAJOR_VERSION", "MICRO_VERSION", "MINOR_VERSION",
    "Pool", "PoolClass", "PoolError", "PoolStats", "Pooled", "PooledSlice", "PooledView", "Reusable",
    "ReusableInterface", "VERSION_S", "check_version", "element_type_get_size", "get_major_version", "get_micro_version", "get_minor_version",
    "pool_error_quark",
}

PROPERTIES = {
    "name", "element-type", "element-size", "item-type", "alignment", "shards", "max-buffers", "trim-capacity",
    "thread-cache", "budget", "max-outstanding", "max-idle-bytes", "flushing", "idle-timeout", "memory-monitor",
    "clear-on-release", "realtime",
}

# In Vala: properties of these names instead, or the memory itself instead of a view
VAPI_PROPERTIES = re.compile(r"bp_(pool_stats_get_\w+|pooled(_slice)?_get_(length|capacity|element_size|element_type))")
# Of the methods that C renames for scripts, those that are renamed in Vala too
VAPI_RENAMED = {"bp_pool_acquire_array": "acquire_many"}
VAPI_WITHOUT = re.compile(r"bp_pooled_(view_\w+|get_view|slice_get_view)|bp_pool_(read|read_all|acquire)_finish")


def headers():
    return [pathlib.Path(path) for path in os.environ["BUFPOOL_HEADERS"].split(":")]


def declared():
    """Every function that a header makes available, and the types' get_type."""
    functions = set()
    for header in headers():
        text = header.read_text()
        functions.update(re.findall(r"BP_AVAILABLE_IN_\d_\d\s+[^;(]*?\b(bp_\w+)\s*\(", text))
        functions.update(f"{prefix}_get_type" for prefix in
                         re.findall(r"BP_AVAILABLE_IN_\d_\d\s+G_DECLARE_\w+ \(\w+, (\w+),", text))
    return functions


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.declared = declared()
        cls.gir = xml.etree.ElementTree.parse(os.environ["BUFPOOL_GIR"]).getroot().find(f"{CORE}namespace")
        cls.functions = {node.get(f"{C}identifier"): node for kind in ("function", "method", "constructor")
                         for node in cls.gir.iter(CORE + kind) if node.get("moved-to") is None}

    def exported(self):
        return {name for name, node in self.functions.items() if node.get("introspectable") != "0"}

    def test_headers_are_read(self):
        for name in ("bp_pool_new", "bp_pool_get_type", "bp_pooled_get_type", "bp_reusable_reuse",
                     "bp_pooled_view_get_extent", "bp_element_type_get_size", "bp_pool_read_finish"):
            self.assertIn(name, self.declared)

    def test_library(self):
        nm = shutil.which("nm")
        if nm is None:
            self.skipTest("nm is not installed")
        output = subprocess.run([nm, "-D", "--defined-only", "--format=posix", os.environ["BUFPOOL_LIBRARY"]],
                                capture_output=True, text=True, check=True).stdout
        symbols = {line.split()[0].split("@")[0] for line in output.splitlines() if line.split()[1] in "TDBRVW"}
        self.assertEqual(symbols, self.declared)

    def test_gir_has_every_function(self):
        types = {node.get(f"{GLIB}get-type") for node in self.gir} - {None}
        self.assertEqual(set(self.functions) | types, self.declared)

    def test_gir_skips_what_would_hurt(self):
        self.assertEqual(set(self.functions) - self.exported(), SKIPPED)

    def test_gir_names(self):
        names = {node.get("name") for node in self.gir
                 if node.get("introspectable") != "0" and not node.tag.endswith("function-macro")}
        self.assertEqual(names, NAMES)

    def test_gir_has_no_pointer_without_a_type(self):
        for name in self.exported():
            for type_ in self.functions[name].iter(CORE + "type"):
                if type_.get("name") == "gpointer":
                    self.assertIn(name, ("bp_pool_read_async", "bp_pool_read_all_async",
                                         "bp_pool_acquire_async"))

    def test_gir_records_are_opaque(self):
        for record in self.gir.findall(CORE + "record"):
            if record.get("name") in ("Pooled", "PooledSlice", "PooledView", "PoolStats"):
                self.assertEqual(record.findall(CORE + "field"), [], record.get("name"))

    def test_gir_properties(self):
        pool = next(node for node in self.gir.findall(CORE + "class") if node.get("name") == "Pool")
        properties = [node for node in pool.findall(CORE + "property") if node.get("introspectable") != "0"]
        self.assertEqual({node.get("name") for node in properties}, PROPERTIES)
        for node in properties:
            name = node.get("name").replace("-", "_")
            # One that may be changed by another thread comes with a reference
            self.assertTrue({f"bp_pool_get_{name}", f"bp_pool_dup_{name}"} & self.declared, name)
            self.assertTrue(node.get("writable"), node.get("name"))
            if node.get("construct-only") is None:
                self.assertIn(f"bp_pool_set_{name}", self.declared)

    def test_gir_is_documented(self):
        for name in self.exported():
            node = self.functions[name]
            self.assertIsNotNone(node.find(CORE + "doc") or name == "bp_pool_error_quark", name)
            for parameter in node.iter(CORE + "parameter"):
                self.assertIsNotNone(parameter.find(CORE + "doc"), f"{name}: {parameter.get('name')}")

    def test_typelib(self):
        try:
            import gi
        except ImportError:
            self.skipTest("PyGObject is not installed")
        gi.require_version("GIRepository", "2.0")
        from gi.repository import GIRepository
        repository = GIRepository.Repository.get_default()
        repository.require("Bufpool", "1.0", 0)
        names = {repository.get_info("Bufpool", i).get_name() for i in range(repository.get_n_infos("Bufpool"))}
        self.assertEqual(names, NAMES)

    def test_vapi(self):
        path = os.environ["BUFPOOL_VAPI"]
        if not path:
            self.skipTest("the VAPI is not built")
        text = pathlib.Path(path).read_text()
        self.assertIn("namespace Bufpool {", text)
        self.assertNotIn("InitFunc", text)
        self.assertNotIn("ItemFuncs", text)
        words = set(re.findall(r"@?(\w+)", text))
        for name in sorted(self.exported()):
            if VAPI_WITHOUT.fullmatch(name):
                continue
            with self.subTest(name):
                short = re.sub(r"^bp_((pool_stats|pool_error|pooled_slice|pooled|pool|element_type|reusable|budget|acquire_flags)_)?", "",
                               name)
                if VAPI_PROPERTIES.fullmatch(name):
                    self.assertRegex(text, rf"\b{short.removeprefix('get_')} {{ get; }}")
                else:
                    self.assertIn(VAPI_RENAMED.get(name) or re.sub(r"^new_?", "", short) or "Pool", words)

    def test_list(self):
        """What is exported, to be read in the log."""
        for name in sorted(self.exported()):
            print(f"# {name}" + (f" as {RENAMED[name]}" if name in RENAMED else ""))
        for name, short in RENAMED.items():
            node = self.functions[name]
            self.assertEqual(node.get("shadows") or node.get("name"), short, name)


if __name__ == "__main__":
    tap.main()
