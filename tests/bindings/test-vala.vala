// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

class Item : Object, Bufpool.Reusable {
	public string text = "";
	public int uses = 0;

	public bool reuse (size_t trim) {
		text = "";
		uses++;
		return uses < 3;
	}

	public size_t get_byte_size () {
		return 100;
	}
}

class Plain : Object, Bufpool.Reusable {
	public bool reuse (size_t trim) {
		return true;
	}
}

Bufpool.Pool make_pool (Bufpool.ElementType type) {
	return new Bufpool.Pool (type) {
		max_buffers = 8,
		thread_cache = 0
	};
}

void test_scope () {
	var pool = make_pool (F32);
	{
		var buffer = pool.acquire ();
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 1);
		var again = buffer;
		assert_true (again.length == 0);
	}
	assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);
}

Bufpool.Pooled fill (Bufpool.Pool pool) throws Error {
	var buffer = pool.acquire_sized (4);
	unowned float[] samples = buffer.data_f32;
	for (int i = 0; i < samples.length; i++)
		samples[i] = i;
	return buffer;
}

void test_data () {
	try {
		var pool = make_pool (F32);
		var buffer = fill (pool);
		buffer.data_f32[0] = 0.5f;
		assert_cmpint (buffer.data_f32.length, EQ, 4);
		assert_cmpfloat (buffer.data_f32[0] + buffer.data_f32[3], EQ, 3.5f);
		assert_true (buffer.length == 4 && buffer.element_size == 4);
		assert_true (buffer.element_type == Bufpool.ElementType.F32);
		assert_true (buffer.capacity >= 4);

		Test.expect_message ("Bufpool", LogLevelFlags.LEVEL_CRITICAL, "*elements are of 4 bytes*of 1*");
		assert_true (buffer.data == null);
		Test.assert_expected_messages ();
		buffer.release ();
		assert_true (buffer.data_f32 == null);
		assert_true (pool.acquire_uninit (9).length == 9);
	} catch (Error e) {
		assert_no_error (e);
	}
}

void test_every_type () {
	try {
		assert_cmpint (make_pool (U8).acquire_sized (3).data.length, EQ, 3);
		assert_cmpint (make_pool (I8).acquire_sized (3).data_i8.length, EQ, 3);
		assert_cmpint (make_pool (U16).acquire_sized (3).data_u16.length, EQ, 3);
		assert_cmpint (make_pool (I16).acquire_sized (3).data_i16.length, EQ, 3);
		assert_cmpint (make_pool (U32).acquire_sized (3).data_u32.length, EQ, 3);
		assert_cmpint (make_pool (I32).acquire_sized (3).data_i32.length, EQ, 3);
		assert_cmpint (make_pool (U64).acquire_sized (3).data_u64.length, EQ, 3);
		assert_cmpint (make_pool (I64).acquire_sized (3).data_i64.length, EQ, 3);
		assert_cmpint (make_pool (F32).acquire_sized (3).data_f32.length, EQ, 3);
		assert_cmpint (make_pool (F64).acquire_sized (3).data_f64.length, EQ, 3);
	} catch (Error e) {
		assert_no_error (e);
	}
}

void test_errors () {
	var buffer = make_pool (U8).acquire ();
	try {
		buffer.set_length (1000000);
		assert_not_reached ();
	} catch (Bufpool.PoolError.OUT_OF_RANGE e) {
		assert_true (e.message.contains ("1000000"));
	} catch (Error e) {
		assert_no_error (e);
	}

	try {
		var bytes = buffer.get_bytes ();
		buffer.append_bytes ({ 1, 2 });
		assert_true (bytes.length == 0);
		assert_not_reached ();
	} catch (Bufpool.PoolError.BUSY e) {
		assert_true (buffer.length == 0);
	} catch (Error e) {
		assert_no_error (e);
	}

	buffer.release ();
	try {
		buffer.append_bytes ({ 1, 2 });
		assert_not_reached ();
	} catch (Bufpool.PoolError e) {
		assert_true (e is Bufpool.PoolError.RELEASED);
	} catch (Error e) {
		assert_no_error (e);
	}
}

void test_slices () {
	try {
		var pool = make_pool (U8);
		var buffer = pool.acquire ();
		buffer.append_bytes ({ 1, 2, 3, 4 });
		var slice = new Bufpool.PooledSlice.take ((owned) buffer, 3);
		var part = slice.sub (1, 2);
		assert_cmpint (slice.data.length, EQ, 3);
		assert_cmpint (part.data[1], EQ, 3);
		assert_true (part.length == 2 && part.element_size == 1);
		slice = null;
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 1);
		part = null;
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);

		slice = new Bufpool.PooledSlice.take (pool.acquire_sized (4), 3);
		buffer = slice.steal_pooled ();
		assert_true (slice.is_released ());
		buffer.append_bytes ({ 5 });
		assert_true (buffer.length == 5);
		slice = null;
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 1);
		buffer = null;
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);

		var floats = new Bufpool.PooledSlice.take (fill (make_pool (F32)), 2);
		assert_true (floats.data == null);
		assert_true (floats.get_elements () != null);
	} catch (Error e) {
		assert_no_error (e);
	}
}

async uint64 add_up (Bufpool.Pool pool, InputStream stream) throws Error {
	uint64 sum = 0;
	for (;;) {
		var slice = yield pool.read_async (stream, 100);
		if (slice.is_empty ())
			return sum;
		foreach (var value in slice.data)
			sum += value;
	}
}

void test_reading () {
	try {
		var pool = make_pool (U8);
		var stream = new MemoryInputStream.from_data ("hello world".data);
		var slice = pool.read_all (stream, 5);
		assert_true (slice.length == 5 && slice.data[4] == 'o');
		slice = pool.read_all (stream, 100);
		assert_true (slice.length == 6 && slice.data[5] == 'd');
		slice = pool.read_all (stream, 100);
		assert_true (slice.is_empty ());
		slice = null;

		stream = new MemoryInputStream.from_data ("hello".data);
		Bytes? bytes = pool.read_bytes (stream, 100);
		assert_true (bytes.length == 5 && bytes[0] == 'h');
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 1);
		bytes = pool.read_bytes (stream, 100);
		assert_true (bytes.length == 0);
		assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);
	} catch (Error e) {
		assert_no_error (e);
	}
}

async string read_words (Bufpool.Pool pool, InputStream stream) throws Error {
	var words = new StringBuilder ();
	for (;;) {
		var slice = yield pool.read_all_async (stream, 5);
		if (slice.is_empty ())
			break;
		words.append_len ((string) slice.data, (ssize_t) slice.length);
		words.append_c ('.');
	}
	var cancellable = new Cancellable ();
	cancellable.cancel ();
	try {
		yield pool.read_all_async (stream, 5, Priority.DEFAULT, cancellable);
	} catch (IOError.CANCELLED e) {
		words.append_c ('!');
	}
	return words.str;
}

void test_all_async () {
	var loop = new MainLoop ();
	var pool = make_pool (U8);
	string words = "";
	read_words.begin (pool, new MemoryInputStream.from_data ("hello world".data), (_, result) => {
		try {
			words = read_words.end (result);
		} catch (Error e) {
			assert_no_error (e);
		}
		loop.quit ();
	});
	loop.run ();
	assert_cmpstr (words, EQ, "hello. worl.d.!");
	assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);
	assert_cmpuint ((uint) pool.get_stats ().misses, EQ, 1);
}

void test_async () {
	var data = new uint8[1000];
	for (int i = 0; i < data.length; i++)
		data[i] = (uint8) i;

	var loop = new MainLoop ();
	var pool = make_pool (U8);
	uint64 sum = 0;
	add_up.begin (pool, new MemoryInputStream.from_data (data), (_, result) => {
		try {
			sum = add_up.end (result);
		} catch (Error e) {
			assert_no_error (e);
		}
		loop.quit ();
	});
	loop.run ();

	uint64 wanted = 0;
	foreach (var value in data)
		wanted += value;
	assert_true (sum == wanted);
	assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);
	assert_cmpuint ((uint) pool.get_stats ().misses, EQ, 1);
}

void test_items () {
	var pool = new Bufpool.Pool.for_type (typeof (Item));
	Object first;
	{
		var handle = pool.acquire ();
		first = handle.dup_object ();
		((Item) first).text = "x";
		handle.release ();
	}
	assert_cmpstr (((Item) first).text, EQ, "");
	assert_true (pool.acquire ().dup_object () == first);
	assert_true (pool.get_stats ().idle_bytes == 100);
	pool.recycle_object (new Item ());
	assert_true (pool.get_stats ().idle == 2);

	pool = new Bufpool.Pool.for_type (typeof (Plain));
	pool.acquire ().release ();
	assert_true (pool.get_stats ().idle == 1 && pool.get_stats ().idle_bytes == 0);
}

void test_many () {
	try {
		var pool = new Bufpool.Pool (U16) {
			max_buffers = 64
		};
		Bufpool.Pooled kept;
		{
			var buffers = pool.acquire_many (10, 40);
			assert_true (buffers.length == 40 && pool.get_stats ().outstanding == 40);
			foreach (var buffer in buffers) {
				assert_true (buffer.data_u16.length == 10 && buffer.data_u16[9] == 0);
				buffer.data_u16[9] = 5;
			}
			kept = buffers[7];
		}
		assert_true (pool.get_stats ().outstanding == 1 && kept.data_u16[9] == 5);
		kept.release ();
		assert_true (pool.acquire_many (10, 1)[0].data_u16[9] == 0);
		assert_true (pool.get_stats ().misses == 40);
		pool.max_outstanding = 3;
		pool.acquire_many (10, 4);
		assert_not_reached ();
	} catch (Bufpool.PoolError.LIMIT e) {
	} catch (Error e) {
		assert_no_error (e);
	}
}

Bufpool.Pool make_limited (Bufpool.Budget budget) {
	return (Bufpool.Pool) Object.new (typeof (Bufpool.Pool), "max-outstanding", 1, "budget", budget);
}

async void take_turns (Bufpool.Pool pool) throws Error {
	var cancelled = new Cancellable ();
	var first = yield pool.acquire_async (100);
	assert_cmpuint ((uint) first.length, EQ, 100);
	Idle.add (() => {
		first.release ();
		return Source.REMOVE;
	});
	var second = yield pool.acquire_async (50);
	assert_cmpuint ((uint) second.length, EQ, 50);
	cancelled.cancel ();
	try {
		yield pool.acquire_async (50, cancelled);
		assert_not_reached ();
	} catch (Error error) {
		assert_true (error is IOError.CANCELLED);
	}
	second.release ();
	second = yield pool.acquire_async (50);

	Idle.add (() => {
		pool.flushing = true;
		return Source.REMOVE;
	});
	try {
		yield pool.acquire_async (50);
		assert_not_reached ();
	} catch (Error error) {
		assert_true (error is Bufpool.PoolError.FLUSHING);
	}
}

void test_full () {
	var pool = make_limited (new Bufpool.Budget (1000));
	try {
		var handle = pool.acquire_full (4);
		foreach (var value in handle.data)
			assert_cmpuint (value, EQ, 0);
		handle.data[0] = 7;
		handle.release ();
		handle = pool.acquire_full (4, UNINIT);
		assert_cmpuint (handle.data[0], EQ, 7);
		pool.acquire_full (4, NONE, null, 0);
		assert_not_reached ();
	} catch (Bufpool.PoolError.LIMIT error) {
	} catch (Error error) {
		assert_no_error (error);
	}
}

void test_idle_bytes () {
	var pool = new Bufpool.Pool (U8) {
		max_idle_bytes = 150,
		max_outstanding = 2
	};
	try {
		{
			var first = pool.acquire_sized (100);
			var second = pool.acquire_sized (100);
			assert_true (pool.acquire () == null);
			first.release ();
			second.release ();
		}
		assert_cmpuint ((uint) pool.get_stats ().idle_bytes, EQ, 100);
		pool.max_idle_bytes = 50;
		assert_cmpuint ((uint) pool.get_stats ().idle_bytes, EQ, 0);
	} catch (Error error) {
		assert_no_error (error);
	}
}

void test_limits () {
	var budget = new Bufpool.Budget (1000);
	var pool = make_limited (budget);
	assert_true (pool.budget == budget && pool.max_outstanding == 1 && !pool.flushing);
	try {
		var held = pool.acquire_wait (600);
		assert_cmpuint ((uint) budget.used_bytes, EQ, 600);
		try {
			pool.acquire_wait (1, 1000);
			assert_not_reached ();
		} catch (IOError.TIMED_OUT error) {
		}
		try {
			pool.acquire_sized (1);
			assert_not_reached ();
		} catch (Bufpool.PoolError.LIMIT error) {
		}
		held.release ();
		pool.acquire_sized (1001);
		assert_not_reached ();
	} catch (Bufpool.PoolError.BUDGET error) {
	} catch (Error error) {
		assert_no_error (error);
	}
}

void test_dump () {
	var pool = new Bufpool.Pool (F32) { name = "frames" };
	var buffer = pool.acquire ();
	assert_true (pool.dump_outstanding (TEXT).has_prefix ("Pool \"frames\": 1 buffer is out"));
	assert_true (pool.dump_outstanding (JSON).has_prefix ("{ \"pool\": \"frames\", \"outstanding\": 1, "));
	// BUFPOOL_DEBUG is not set
	assert_false (buffer.is_sampled ());
	assert_false (buffer.set_note ("mine"));
	assert_false (buffer.set_note (null));
}

void test_waiting () {
	var loop = new MainLoop ();
	var pool = make_limited (new Bufpool.Budget (1000));
	take_turns.begin (pool, (_, result) => {
		try {
			take_turns.end (result);
		} catch (Error error) {
			assert_no_error (error);
		}
		loop.quit ();
	});
	loop.run ();
	assert_cmpuint ((uint) pool.get_stats ().outstanding, EQ, 0);
}

void test_making () {
	var pool = new Bufpool.Pool.full (F32, 2, 8);
	assert_true (pool.shards == 2 && pool.max_buffers == 8 && pool.trim_capacity == 0);
	assert_true (new Bufpool.Pool.full (F32).max_buffers == Bufpool.DEFAULT_MAX_BUFFERS);
	assert_true (new Bufpool.Pool.for_size (24).element_size == 24);

	pool.name = "pcm";
	assert_cmpstr (pool.name, EQ, "pcm");
	assert_true (pool.get_stats ().to_string ().has_prefix ("pcm: 0 acquired"));

	assert_true (Bufpool.get_major_version () == Bufpool.MAJOR_VERSION);
	assert_true (Bufpool.check_version (Bufpool.MAJOR_VERSION, Bufpool.MINOR_VERSION, 0) == null);
	assert_true (Bufpool.check_version (Bufpool.MAJOR_VERSION + 1, 0, 0) != null);
}

int main (string[] args) {
	Test.init (ref args);
	Test.add_func ("/vala/making", test_making);
	Test.add_func ("/vala/scope", test_scope);
	Test.add_func ("/vala/data", test_data);
	Test.add_func ("/vala/many", test_many);
	Test.add_func ("/vala/every-type", test_every_type);
	Test.add_func ("/vala/errors", test_errors);
	Test.add_func ("/vala/slices", test_slices);
	Test.add_func ("/vala/reading", test_reading);
	Test.add_func ("/vala/async", test_async);
	Test.add_func ("/vala/all-async", test_all_async);
	Test.add_func ("/vala/items", test_items);
	Test.add_func ("/vala/limits", test_limits);
	Test.add_func ("/vala/full", test_full);
	Test.add_func ("/vala/idle-bytes", test_idle_bytes);
	Test.add_func ("/vala/waiting", test_waiting);
	Test.add_func ("/vala/dump", test_dump);
	return Test.run ();
}
