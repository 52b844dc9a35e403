#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""That check-structure.py finds what it is there for, in small trees made for it."""

import importlib.util
import pathlib
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location('check_structure', HERE / 'check-structure.py')
check_structure = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = check_structure
spec.loader.exec_module(check_structure)

# Each file with what it includes.
SOUND = {
    'bp-version.h.in': [],
    'bp-types.h': ['bp-version.h'],
    'bp-types.c': ['bp-types.h'],
    'bp-pool.h': ['bp-types.h'],
    'bp-pool-private.h': ['bp-core-private.h', 'bp-pool.h'],
    'bp-pool.c': ['bp-pool-private.h', 'bp-pooled.h'],
    'bp-pool-read.h': ['bp-types.h'],
    'bp-pool-read.c': ['bp-pool-read.h', 'bp-pool-private.h'],
    'bp-pooled.h': ['bp-types.h'],
    'bp-pooled.c': ['bp-pooled.h', 'core/bp-core-private.h'],
    'bufpool.h': ['bp-types.h', 'bp-pool.h', 'bp-pool-read.h', 'bp-pooled.h', 'bp-version.h'],
    'core/bp-debug-private.h': ['bp-types.h'],
    'core/bp-debug.c': ['bp-debug-private.h'],
    'core/bp-thread-private.h': ['bp-debug-private.h'],
    'core/bp-thread-fork-private.h': ['bp-thread-private.h'],
    'core/bp-thread-fork.c': ['bp-thread-fork-private.h'],
    'core/bp-thread.c': ['bp-thread-private.h'],
    'core/bp-cache-private.h': ['bp-thread-private.h'],
    'core/bp-cache.c': ['bp-cache-private.h'],
    'core/bp-shard-private.h': ['bp-debug-private.h'],
    'core/bp-shard.c': ['bp-shard-private.h'],
    'core/bp-core-private.h': ['bp-cache-private.h', 'bp-shard-private.h'],
    'core/bp-core.c': ['bp-core-private.h', 'bp-thread-fork-private.h'],
}


class Tree:
    """A library in a folder that goes away."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        for name, included in SOUND.items():
            self.write(name, included)
        self.draw()

    def write(self, name, included, n_lines=0):
        path = self.root / 'bufpool' / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f'#include "{header}"' for header in included]
        lines += ['int line;'] * (n_lines - len(lines))
        path.write_text(''.join(line + '\n' for line in lines), encoding='utf-8')

    def add(self, name, header):
        """One more include."""
        path = self.root / 'bufpool' / name
        path.write_text(f'{path.read_text(encoding="utf-8")}#include "{header}"\n', encoding='utf-8')

    def remove(self, name):
        (self.root / 'bufpool' / name).unlink()

    def draw(self):
        path = self.root / check_structure.PICTURE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(check_structure.draw_layers(self.root).to_svg(), encoding='utf-8')

    def find_faults(self):
        return check_structure.find_faults(self.root)


class TestStructure(unittest.TestCase):
    def setUp(self):
        self.tree = Tree()
        self.addCleanup(self.tree.folder.cleanup)

    def assert_fault(self, words):
        """That is all there is, but for the picture."""
        faults = [fault for fault in self.tree.find_faults() if str(check_structure.PICTURE) not in fault]
        self.assertEqual([words in fault for fault in faults], [True], faults)

    def test_a_sound_tree_is_sound(self):
        self.assertEqual(self.tree.find_faults(), [])

    def test_the_folder_in_an_include_does_not_matter(self):
        self.tree.add('bp-pool.c', 'core/bp-shard-private.h')
        self.tree.draw()
        self.assertEqual(self.tree.find_faults(), [])

    def test_a_long_file(self):
        self.tree.write('bp-pooled.c', SOUND['bp-pooled.c'], check_structure.FILE_LINES - 1)
        self.assertEqual(self.tree.find_faults(), [])
        self.tree.write('bp-pooled.c', SOUND['bp-pooled.c'], check_structure.FILE_LINES)
        self.assert_fault('bp-pooled.c has 600 lines')

    def test_a_long_private_part(self):
        n_files = check_structure.PRIVATE_LINES // (check_structure.FILE_LINES - 1) + 1
        for number in range(n_files):
            self.tree.write(f'core/bp-core-part{number}-private.h', [], check_structure.FILE_LINES - 1)
        self.assert_fault('the private part has')

    def test_private_headers_at_the_top_count(self):
        n_files = check_structure.PRIVATE_LINES // (check_structure.FILE_LINES - 1) + 1
        for number in range(n_files):
            self.tree.write(f'bp-pool-part{number}.h', [], check_structure.FILE_LINES - 1)
        self.tree.draw()
        self.assertEqual(self.tree.find_faults(), [])
        for number in range(n_files):
            self.tree.remove(f'bp-pool-part{number}.h')
            self.tree.write(f'bp-pool-part{number}-private.h', [], check_structure.FILE_LINES - 1)
        self.tree.draw()
        self.assert_fault('the private part has')

    def test_a_source_without_a_header(self):
        self.tree.write('core/bp-core-search.c', ['bp-core-private.h'])
        self.assert_fault('bp-core-search.c has no header')

    def test_a_header_that_is_not_there(self):
        self.tree.add('core/bp-core.c', 'bp-front-private.h')
        self.assert_fault('bp-core.c includes bp-front-private.h, which is not there')

    def test_a_circle(self):
        self.tree.add('bp-pooled.c', 'bp-pool-private.h')
        self.assert_fault('a circle of includes: pool -> pooled -> pool')

    def test_a_circle_by_three_public_units(self):
        self.tree.add('bp-pool.c', 'bp-pool-read.h')
        self.tree.remove('bp-pool-read.c')
        self.tree.write('bp-pool-read.c', ['bp-pool-read.h', 'bp-pooled.h'])
        self.tree.add('bp-pooled.c', 'bp-pool.h')
        self.assert_fault('a circle of includes')

    def test_a_circle_within_a_family(self):
        self.tree.add('core/bp-thread.c', 'bp-thread-fork-private.h')
        self.assert_fault('a circle of includes: core/thread -> core/thread-fork -> core/thread')

    def test_an_arrow_up(self):
        self.tree.add('core/bp-thread.c', 'bp-shard-private.h')
        self.assert_fault('bp-thread.c includes a header of core/shard: core/thread may not')

    def test_an_arrow_across(self):
        self.tree.add('core/bp-cache.c', 'bp-shard-private.h')
        self.assert_fault('bp-cache.c includes a header of core/shard: core/cache may not')

    def test_a_name_without_a_floor(self):
        self.tree.write('core/bp-front-private.h', [])
        faults = self.tree.find_faults()
        self.assertTrue(any('core/front stands on no floor' in fault for fault in faults), faults)

    def test_the_umbrella_is_for_others(self):
        self.tree.add('bp-pooled.c', 'bufpool.h')
        faults = self.tree.find_faults()
        self.assertTrue(any('includes a header of bufpool: pooled may not' in fault for fault in faults), faults)

    def test_a_public_header_with_a_private_one(self):
        self.tree.add('bp-pool.h', 'bp-core-private.h')
        self.assert_fault('bp-pool.h is public, and includes bp-core-private.h')

    def test_a_stale_picture(self):
        self.tree.add('core/bp-shard.c', 'bp-thread-private.h')
        self.assertEqual([str(check_structure.PICTURE) in fault for fault in self.tree.find_faults()], [True])
        self.tree.draw()
        self.assertEqual(self.tree.find_faults(), [])

    def test_a_picture_without_an_arrow(self):
        """Arrows that a longer way implies are not drawn, and nevertheless known."""
        self.tree.add('bp-pool.c', 'bp-debug-private.h')
        self.assertEqual([str(check_structure.PICTURE) in fault for fault in self.tree.find_faults()], [True])

    def test_no_picture(self):
        (self.tree.root / check_structure.PICTURE).unlink()
        self.assertEqual([str(check_structure.PICTURE) in fault for fault in self.tree.find_faults()], [True])


if __name__ == '__main__':
    unittest.main()
