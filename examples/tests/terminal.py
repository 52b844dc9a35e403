# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs an example at a terminal, and reads what it shows there."""

import os
import pty
import re
import select
import subprocess

import programs


class Terminal:
    """A terminal for the messages of a program."""

    def __init__(self, *arguments):
        self.said = ""
        self.ours, theirs = pty.openpty()
        self.process = subprocess.Popen([*programs.COMMAND, *map(os.fspath, arguments)], text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs)
        os.close(theirs)

    def read_until(self, pattern):
        while not re.search(pattern, self.said):
            assert self._read(), self.said

    def _read(self):
        if not select.select([self.ours], [], [], programs.SECONDS)[0]:
            raise AssertionError(f"it says nothing more after: {self.said}")
        try:
            block = os.read(self.ours, 4096)
        except OSError:
            return False
        self.said += block.decode()
        return bool(block)

    def finish(self):
        """Its exit status, and what it printed on stdout."""
        while self._read():
            pass
        os.close(self.ours)
        out = self.process.communicate(timeout=programs.SECONDS)[0]
        return self.process.returncode, out
