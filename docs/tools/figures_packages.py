# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The table of Debian packages, as Markdown, of what build-aux/package.sh --record wrote."""

RELEASES = ("bookworm", "trixie")


def describe(row, package):
    """Size, and how many of its tests passed."""
    if package not in row["kib"]:
        return "none"
    tests = row["tests"].get(package)
    return f"{row['kib'][package]} KiB" + (f", {tests} tests" if tests else "")


def write_packages(data):
    rows = [data.trust["packages"][release] for release in RELEASES if release in data.trust.get("packages", {})]
    if not rows:
        return "No run is recorded.\n"
    lines = [
        "| | " + " | ".join(f"Debian {row['debian']}, {row['date']}" for row in rows) + " |",
        "| --- |" + len(rows) * " ---: |",
    ]
    packages = sorted({package for row in rows for package in row["kib"]})
    lines += [f"| {package} | " + " | ".join(describe(row, package) for row in rows) + " |" for package in packages]
    return "\n".join(lines) + "\n"
