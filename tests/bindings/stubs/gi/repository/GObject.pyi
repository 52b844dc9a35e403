# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

from enum import IntEnum

# Another name and no class: mypy refuses an enumeration of no members
GEnum = IntEnum

class GType: ...
class GInterface: ...
class Object: ...
