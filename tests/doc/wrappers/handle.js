// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Statements, with a buffer and a stream to write to at hand.

import Bufpool from 'gi://Bufpool?version=1.0';
import Gio from 'gi://Gio';

const pool = new Bufpool.Pool({elementType: 'u8'});
const stream = Gio.MemoryOutputStream.new_resizable();
const buffer = pool.acquire(16);
@LISTING@
if (stream.get_data_size() !== 16)
    throw new Error(`${stream.get_data_size()} bytes were written, not 16`);
