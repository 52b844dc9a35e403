# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What a program finds in a library by name: one line for each thing."""

import re
import subprocess
import xml.etree.ElementTree

CORE = '{http://www.gtk.org/introspection/core/1.0}'
C = '{http://www.gtk.org/introspection/c/1.0}'
GLIB = '{http://www.gtk.org/introspection/glib/1.0}'
FLAGS = (('readable', '1'), ('writable', '0'), ('construct', '0'), ('construct-only', '0'))


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def read_library(path):
    dynamic = output('readelf', '-dW', str(path))
    lines = [f'soname {name}' for name in re.findall(r'\(SONAME\).*\[(.*)\]', dynamic)]
    for line in output('nm', '-D', '--defined-only', str(path)).splitlines():
        kind, symbol = line.split()[-2:]
        name, _, version = symbol.partition('@@')
        if kind != 'A':
            lines.append(f'function {name} {version}')
    return lines


def describe_property(owner, node):
    kind = next(child for child in node if child.tag in (f'{CORE}type', f'{CORE}array'))
    flags = [flag for flag, default in FLAGS if node.get(flag, default) == '1']
    return ' '.join([f'property {owner}:{node.get("name")}', kind.get('name', 'array'), *flags])


def read_gir(path):
    lines = []
    for owner in xml.etree.ElementTree.parse(path).getroot().iter():
        name = owner.get(f'{GLIB}type-name') or owner.get(f'{C}type')
        if owner.tag in (f'{CORE}enumeration', f'{CORE}bitfield'):
            lines += [f'number {member.get(f"{C}identifier")} {member.get("value")}'
                      for member in owner.findall(f'{CORE}member')]
        elif owner.tag in (f'{CORE}class', f'{CORE}interface'):
            parent = owner.get('parent')
            lines.append(f'type {name}' + (f' {parent}' if parent else ''))
            lines += [f'implements {name} {node.get("name")}'
                      for node in owner.findall(f'{CORE}implements')]
            lines += [describe_property(name, node) for node in owner.findall(f'{CORE}property')]
            lines += [f'signal {name}::{node.get("name")}'
                      for node in owner.findall(f'{GLIB}signal')]
    return lines


def read(library, gir):
    return sorted(read_library(library) + (read_gir(gir) if gir else []))
