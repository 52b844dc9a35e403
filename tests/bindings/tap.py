# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""Runs unittest tests and says how they went in the Test Anything Protocol."""

import resource
import sys
import traceback
import unittest

# A number of bytes that is not to be had; of larger elements it is too large. A machine of 32 bits
# may have so much, so there it is more than this process may get.
HUGE = sys.maxsize // 2
if sys.maxsize < 2 ** 32:
    resource.setrlimit(resource.RLIMIT_AS, (HUGE, HUGE))


class _TapResult(unittest.TestResult):
    def __init__(self, *_arguments):
        super().__init__()
        self.number = 0
        self.is_said = False

    def _say(self, verdict, test, note=""):
        self.number += 1
        self.is_said = True
        print(f"{verdict} {self.number} - {test.id().removeprefix('__main__.')}{note}", flush=True)

    @staticmethod
    def _explain(error):
        for line in "".join(traceback.format_exception(*error)).splitlines():
            print(f"# {line}")

    def startTest(self, test):
        super().startTest(test)
        self.is_said = False

    def stopTest(self, test):
        super().stopTest(test)
        # Where only a part of it failed, unittest says nothing of the whole
        if not self.is_said:
            self._say("not ok", test)

    def addSuccess(self, test):
        super().addSuccess(test)
        self._say("ok", test)

    def addError(self, test, err):
        super().addError(test, err)
        self._explain(err)
        self._say("not ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._explain(err)
        self._say("not ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._say("ok", test, f" # SKIP {reason}")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            print(f"# {subtest}")
            self._explain(err)


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    names = sys.argv[1:]
    if names:
        suite = unittest.defaultTestLoader.loadTestsFromNames(names, sys.modules["__main__"])
    print("TAP version 13")
    print(f"1..{suite.countTestCases()}", flush=True)
    result = _TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)


def skip_all(reason):
    print(f"1..0 # SKIP {reason}")
    sys.exit(0)
