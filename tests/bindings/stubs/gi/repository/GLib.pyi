# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

class Error(RuntimeError):
    message: str
    domain: str
    code: int
    def matches(self, domain: int, code: int) -> bool: ...

class Bytes:
    def get_data(self) -> bytes: ...
