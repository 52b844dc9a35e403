#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What build-aux/debian says of a library is so: its symbols, its soname in the name of the
package, and the version of the source. dpkg-gensymbols would find out when packages are built.

    check-debian.py [--write] --version VERSION --package NAME LIBRARY

With --write the symbols file is written: what was in it keeps the version since when it is
there, and what is new gets VERSION."""

import argparse
import pathlib
import re
import shutil
import subprocess
import sys

DEBIAN = pathlib.Path(__file__).resolve().parents[2] / 'build-aux' / 'debian'
CHANGELOG = re.compile(r'bufpool \((?P<version>[^)]+)-[^-)]+\) ')
SYMBOL = re.compile(r' (?P<symbol>\S+@\S+) (?P<since>\S+)')
SONAME = re.compile(r'\(SONAME\).*\[(?P<soname>.+)\]')


def output(*command):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def find_exported(library):
    """Symbols as dpkg-gensymbols writes them, with the nodes of the version script."""
    exported = set()
    for line in output('nm', '-D', '--defined-only', '--with-symbol-versions', library).splitlines():
        kind, symbol = line.split()[-2:]
        exported.add(f'{symbol}@{symbol}' if kind == 'A' and '@' not in symbol
                     else symbol.split('@')[0] + '@' + (symbol.split('@')[-1] if '@' in symbol else 'Base'))
    return exported


def find_soname(library):
    return SONAME.search(output('readelf', '-d', library))['soname']


def package_of(soname):
    """As Debian wants it: libbufpool-1.0.so.0 is in libbufpool-1.0-0."""
    name, _, version = soname.partition('.so.')
    return f'{name}-{version}'


def read_known(path):
    text = path.read_text(encoding='utf-8') if path.exists() else ''
    return {found['symbol']: found['since'] for found in map(SYMBOL.fullmatch, text.splitlines()) if found}


def write(path, soname, package, exported, known, version):
    lines = [f'{soname} {package} #MINVER#', f'* Build-Depends-Package: {package.rpartition("-")[0]}-dev']
    lines += [f' {symbol} {known.get(symbol, version)}' for symbol in sorted(exported)]
    path.write_text('\n'.join(lines) + '\n', encoding='utf-8')


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--write', action='store_true', help='write the symbols file')
    parser.add_argument('--version', required=True, help='that of meson.build')
    parser.add_argument('--package', required=True, help='what has the library')
    parser.add_argument('library', type=pathlib.Path, metavar='LIBRARY')
    options = parser.parse_args()

    if not shutil.which('nm') or not shutil.which('readelf'):
        print('nm and readelf (binutils) are not there')
        return 77

    soname = find_soname(options.library)
    exported = find_exported(options.library)
    path = DEBIAN / f'{options.package}.symbols'
    known = read_known(path)
    if options.write:
        write(path, soname, options.package, exported, known, options.version)
        return 0

    failures = []
    changelog = CHANGELOG.match((DEBIAN / 'changelog').read_text(encoding='utf-8'))
    if not changelog or changelog['version'] != options.version:
        failures.append(f'changelog does not begin with bufpool ({options.version}-0upstream1), the version of meson.build')
    if package_of(soname) != options.package:
        failures.append(f'{soname} belongs into a package {package_of(soname)}, not {options.package}')
    failures += [f'{path.name} lacks {symbol}' for symbol in sorted(exported - set(known))]
    failures += [f'{path.name} has {symbol}, which is gone' for symbol in sorted(set(known) - exported)]
    for failure in failures:
        print(f'build-aux/debian: {failure}', file=sys.stderr)
    if failures:
        print(f'to write it anew: tests/build/check-debian.py --write --version={options.version} '
              f'--package={options.package} {options.library}', file=sys.stderr)
    else:
        print(f'{path.name}: {len(exported)} symbols')
    return 1 if failures else 0


if __name__ == '__main__':
    sys.exit(main())
