#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Python: the type hints. They must say what there is, and a checker must take them."""

import ast
import inspect
import importlib.util
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

import tap

try:
    import gi
    gi.require_version("Bufpool", "1.0")
    from gi.repository import Bufpool, GObject
except (ImportError, ValueError) as error:
    tap.skip_all(str(error))

HERE = pathlib.Path(__file__).parent
HINTS = HERE.parent.parent / "bindings" / "python" / "gi-stubs" / "repository" / "Bufpool.pyi"

# Of C alone
NOT_HINTED = {"AcquireFlags", "BudgetClass", "PoolClass", "ReusableInterface"}
# Of PyGObject
OF_EVERYTHING = set(dir(GObject.Object)) | set(dir(GObject.GInterface)) | set(dir(GObject.GBoxed)) | {"gtype"}
# Of instances, or of classes that implement the interface
OF_INSTANCES = {"message", "domain", "code", "do_reuse", "do_get_byte_size"}
# Which Python shows from 3.12 on
OF_INSTANCES |= {"__buffer__"}


def names_of(body):
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.AnnAssign):
            yield node.target.id
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets)


def is_public(name):
    return not name.startswith("_")


class Hints(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tree = ast.parse(HINTS.read_text())
        cls.classes = {node.name: node for node in cls.tree.body if isinstance(node, ast.ClassDef)}

    def hinted(self, name):
        node = self.classes[name]
        names = set(names_of(node.body))
        for base in node.bases:
            if isinstance(base, ast.Name) and base.id in self.classes:
                names |= self.hinted(base.id)
        return names

    def test_module(self):
        hinted = set(filter(is_public, names_of(self.tree.body)))
        there = set(filter(is_public, dir(Bufpool))) - NOT_HINTED
        self.assertEqual(hinted, there)

    def test_classes(self):
        for name in filter(is_public, self.classes):
            with self.subTest(name):
                there = set(dir(getattr(Bufpool, name)))
                hinted = self.hinted(name)
                self.assertEqual(hinted - there - OF_INSTANCES, set())
                if name in ("Pool", "Pooled", "PooledSlice", "PoolStats", "PooledView", "Reusable"):
                    own = {entry for entry in there - OF_EVERYTHING if is_public(entry)}
                    self.assertEqual(own - hinted - {"copy"}, set())

    def test_parameters(self):
        """Where Python knows the names of parameters, the hints must have the same."""
        for name in filter(is_public, self.classes):
            for node in self.classes[name].body:
                function = getattr(getattr(Bufpool, name), getattr(node, "name", ""), None)
                if not isinstance(node, ast.FunctionDef) or not inspect.isfunction(function):
                    continue
                if any(getattr(decorator, "id", "") == "overload" for decorator in node.decorator_list):
                    continue
                with self.subTest(f"{name}.{node.name}"):
                    hinted = [argument.arg for argument in node.args.args + node.args.kwonlyargs]
                    there = [parameter for parameter in inspect.signature(function).parameters.values()]
                    named = [parameter.name for parameter in there
                             if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)]
                    if node.name not in ("__init__", "__exit__"):
                        self.assertEqual(hinted, named)
                    else:
                        self.assertLessEqual(set(named), set(hinted))

    @unittest.skipUnless(importlib.util.find_spec("mypy"), "mypy is not installed")
    def test_mypy(self):
        with tempfile.TemporaryDirectory() as scratch:
            stubs = pathlib.Path(scratch, "stubs")
            shutil.copytree(HERE / "stubs", stubs)
            shutil.copy(HINTS, stubs / "gi" / "repository")
            done = subprocess.run([sys.executable, "-m", "mypy", "--strict", "--no-error-summary",
                                   f"--cache-dir={scratch}/cache", HERE / "typing_sample.py",
                                   stubs / "gi" / "repository" / "Bufpool.pyi"],
                                  env={"MYPYPATH": str(stubs), "PATH": "/usr/bin:/bin", "HOME": scratch},
                                  capture_output=True, text=True, timeout=50)
            self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))


if __name__ == "__main__":
    tap.main()
