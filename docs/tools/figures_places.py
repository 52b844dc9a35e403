# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Tables of what places.py found out: between which elements bpalloc is of use."""

# No pair in the table
NOTHING = ("absent", "impossible", "crashed")

WORDS = {
    "allocator": "allocator",
    "pool": "allocator and pool",
    "partly": "partly",
    "ignored": "ignored",
    "left": "left to downstream",
    "not asked": "not asked",
}


def name_version(version):
    return ".".join(version.split(".")[:2])


def join_outcomes(places, kind, upstream, downstream):
    """For each mode what came out in each version that has both elements, or None."""
    found = {}
    for version, of_version in places.items():
        pair = of_version["places"].get(kind, {}).get(upstream, {}).get(downstream)
        if pair is not None and not any(outcome in NOTHING for outcome in pair["outcomes"]):
            found[version] = tuple(pair["outcomes"])
    if not found:
        return None
    modes = []
    for mode in range(2):
        by_outcome = {}
        for version, outcomes in found.items():
            by_outcome.setdefault(WORDS[outcomes[mode]], []).append(name_version(version))
        modes.append(next(iter(by_outcome)) if len(by_outcome) == 1 else
                     "; ".join(f"{word} in {' and '.join(versions)}" for word, versions in by_outcome.items()))
    return tuple(modes)


def list_names(places, kind):
    """Every upstream and every downstream element of a kind, in the order of the file."""
    upstream, downstream = {}, {}
    for of_version in places.values():
        for name, row in of_version["places"].get(kind, {}).items():
            upstream[name] = None
            downstream.update(dict.fromkeys(row))
    return list(upstream), list(downstream)


def group_rows(rows):
    """Elements whose rows are the same, as far as both have them: [(names, row)]."""
    groups = []
    for name, row in rows.items():
        for names, common in groups:
            if all(common.get(other, cell) == cell for other, cell in row.items()):
                names.append(name)
                common.update(row)
                break
        else:
            groups.append(([name], dict(row)))
    return groups


def write_name(name):
    """Words and numbers between names of elements stay as they are."""
    return " ".join(word if word in ("with", "2", "×") else f"`{word}`" for word in name.split())


def write_names(names):
    return ", ".join(map(write_name, names))


def write_places(data):
    """A line for upstream elements and downstream elements of which all pairs are alike."""
    text = "| upstream | downstream | mode `allocator` | mode `pool` |\n| --- | --- | --- | --- |\n"
    kinds = dict.fromkeys(kind for of_version in data.places.values() for kind in of_version["places"])
    for kind in kinds:
        upstream, downstream = list_names(data.places, kind)
        rows = {}
        for name in upstream:
            cells = {other: join_outcomes(data.places, kind, name, other) for other in downstream}
            cells = {other: cell for other, cell in cells.items() if cell is not None}
            if cells:
                rows[name] = cells
        for names, row in group_rows(rows):
            by_cell = {}
            for other in downstream:
                if other in row:
                    by_cell.setdefault(row[other], []).append(other)
            shown = write_names(names)
            for cell, others in by_cell.items():
                modes = cell if cell[0] != cell[1] else (cell[0], "the same")
                text += f"| {shown} | {write_names(others)} | {modes[0]} | {modes[1]} |\n"
                shown = ""
    return text


def write_faults(figures):
    """Without, with, and with another one behind: bold for a gain of a tenth, slanted for a loss."""
    if figures is None:
        return ["", "", ""]
    without = figures["without"]
    cells = [f"{without:.0f}"]
    for key in ("with", "behind"):
        text = f"{figures[key]:.0f}" if key in figures else ""
        if text and figures[key] < 0.9 * without:
            text = f"**{text}**"
        elif text and without < 0.9 * figures[key]:
            text = f"*{text}*"
        cells.append(text)
    return cells


def write_place_faults(data):
    """Page faults a frame behind videotestsrc, for each version."""
    versions = [version for version, of_version in data.places.items() if of_version["faults"]]
    names = dict.fromkeys(name for version in versions for name in data.places[version]["faults"])
    text = "| downstream | " + " | ".join(
        f"{name_version(version)}, without | with | and behind" for version in versions) + " |\n"
    text += "| --- |" + " ---: | ---: | ---: |" * len(versions) + "\n"
    for name in names:
        cells = [cell for version in versions for cell in write_faults(data.places[version]["faults"].get(name))]
        text += f"| {write_name(name)} | " + " | ".join(cells) + " |\n"
    return text
