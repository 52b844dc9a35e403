// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// A small program in Vala, as others write it: with what the GIR says, and with what is added
// for Vala by hand.

async size_t count (Bufpool.Pool pool, InputStream stream) throws Error {
	size_t total = 0;
	for (;;) {
		var slice = yield pool.read_async (stream, 3);
		if (slice.is_empty ())
			return total;
		total += slice.data.length;
	}
}

int main () {
	var pool = new Bufpool.Pool (F32) { max_buffers = 4 };
	try {
		var buffer = pool.acquire_sized (4);
		buffer.data_f32[3] = 0.5f;
		if (buffer.length != 4 || buffer.data_f32[3] != 0.5f)
			return 1;
	} catch (Error error) {
		printerr ("%s\n", error.message);
		return 1;
	}

	var loop = new MainLoop ();
	size_t total = 0;
	count.begin (new Bufpool.Pool (U8), new MemoryInputStream.from_data ("hello".data), (_, result) => {
		try {
			total = count.end (result);
		} catch (Error error) {
			printerr ("%s\n", error.message);
		}
		loop.quit ();
	});
	loop.run ();
	print ("Vala: %s idle, %zu bytes read\n", pool.get_stats ().idle.to_string (), total);
	return total == 5 && pool.get_stats ().idle == 1 ? 0 : 1;
}
