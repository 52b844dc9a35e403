# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

# Statements, with a pool of bytes at hand.

import gi

gi.require_version("Bufpool", "1.0")
from gi.repository import Bufpool

pool = Bufpool.Pool("u8")
@LISTING@
