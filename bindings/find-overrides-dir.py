#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Where under a prefix PyGObject finds overrides.

    find-overrides-dir.py PREFIX

The folder that PyGObject itself is in, if that is under the prefix; otherwise one
that Python searches in any case; otherwise the one for modules of that prefix,
for which PYTHONPATH is to be set.
"""

import importlib.util
import os.path
import sys
import sysconfig


def is_under(path, prefix):
    return os.path.commonpath((os.path.realpath(path), os.path.realpath(prefix))) == os.path.realpath(prefix)


def find_site(prefix):
    gi = importlib.util.find_spec("gi")
    own = [os.path.dirname(path) for path in gi.submodule_search_locations] if gi else []
    searched = [path for path in sys.path if os.path.basename(path) in ("dist-packages", "site-packages")]
    # What is under /usr/local is not the distribution's, which is under /usr
    local = os.path.join(prefix, "local")
    for path in own + searched:
        if is_under(path, prefix) and not is_under(path, local):
            return path

    scheme = "posix_prefix" if "posix_prefix" in sysconfig.get_scheme_names() else sysconfig.get_default_scheme()
    return sysconfig.get_path("purelib", scheme, {"base": prefix, "platbase": prefix})


print(os.path.join(find_site(sys.argv[1]), "gi", "overrides"))
