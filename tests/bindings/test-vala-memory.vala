// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Memory that goes back, after a time, and when the system is short of it; contents that are
// wiped; and pools for threads that must not wait.

class Monitor : Object, Initable, MemoryMonitor {
	public bool init (Cancellable? cancellable = null) throws Error {
		return true;
	}
}

uint get_idle (Bufpool.Pool pool) {
	return (uint) pool.get_stats ().idle;
}

void use (Bufpool.Pool pool, int n_buffers) {
	var held = new Bufpool.Pooled[n_buffers];
	try {
		for (int i = 0; i < n_buffers; i++)
			held[i] = pool.acquire_sized (1000);
	} catch (Error error) {
		assert_no_error (error);
	}
}

void test_idle_timeout () {
	var pool = new Bufpool.Pool (U8) { idle_timeout = 2 };
	assert_cmpuint (pool.idle_timeout, EQ, 2);
	for (int i = 0; i < 3; i++) {
		use (pool, 16);
		assert_cmpuint (get_idle (pool), GT, 0);
		while (get_idle (pool) > 0)
			MainContext.default ().iteration (true);
	}

	int notified = 0;
	pool.notify["idle-timeout"].connect (() => notified++);
	pool.idle_timeout = 0;
	pool.idle_timeout = 0;
	assert_cmpint (notified, EQ, 1);
	use (pool, 16);
	while (MainContext.default ().iteration (false)) {}
	assert_cmpuint (get_idle (pool), EQ, 16);
}

void test_memory_monitor () {
	var monitor = new Monitor ();
	var pool = new Bufpool.Pool (U8) { memory_monitor = monitor };
	assert_true (pool.memory_monitor == monitor);

	use (pool, 16);
	monitor.low_memory_warning (MemoryMonitorWarningLevel.LOW);
	assert_cmpuint (get_idle (pool), EQ, 8);
	monitor.low_memory_warning (MemoryMonitorWarningLevel.MEDIUM);
	assert_cmpuint (get_idle (pool), EQ, 2);
	monitor.low_memory_warning (MemoryMonitorWarningLevel.CRITICAL);
	assert_cmpuint (get_idle (pool), EQ, 0);

	pool.memory_monitor = null;
	assert_null (pool.memory_monitor);
	use (pool, 16);
	monitor.low_memory_warning (MemoryMonitorWarningLevel.CRITICAL);
	assert_cmpuint (get_idle (pool), EQ, 16);
}

bool has_secret (Bufpool.Pooled pooled) {
	try {
		pooled.set_length (pooled.capacity);
	} catch (Error error) {
		assert_no_error (error);
	}
	foreach (uint8 value in pooled.get_data ()) {
		if (value == 0xa7)
			return true;
	}
	return false;
}

void write_secret (Bufpool.Pooled pooled) {
	try {
		pooled.try_resize (1000);
	} catch (Error error) {
		assert_no_error (error);
	}
	unowned uint8[] data = pooled.get_data ();
	for (int i = 0; i < data.length; i++)
		data[i] = 0xa7;
}

void test_clear_on_release () {
	var pool = new Bufpool.Pool (U8) { clear_on_release = true };
	assert_true (pool.clear_on_release);
	for (int i = 0; i < 3; i++) {
		var pooled = pool.acquire ();
		assert_false (has_secret (pooled));
		write_secret (pooled);
	}
	assert_cmpuint ((uint) pool.get_stats ().misses, EQ, 1);

	pool.clear_on_release = false;
	write_secret (pool.acquire ());
	assert_true (has_secret (pool.acquire ()));
	write_secret (pool.acquire ());
	pool.clear_on_release = true;
	assert_false (has_secret (pool.acquire ()));
}

void test_realtime () {
	var pool = (Bufpool.Pool) Object.new (typeof (Bufpool.Pool), "realtime", true, "max-buffers", 2);
	assert_true (pool.realtime);
	assert_null (pool.acquire ());
	try {
		pool.prefill (2, 100);
		var first = pool.acquire_uninit (100);
		var second = pool.acquire ();
		assert_null (pool.acquire ());
		first.release ();
		second = pool.acquire ();
		assert_nonnull (second);
	} catch (Error error) {
		assert_no_error (error);
	}
	try {
		pool.prefill (1, 100);
		assert_not_reached ();
	} catch (Bufpool.PoolError error) {
		assert_error (error, Bufpool.PoolError.quark (), Bufpool.PoolError.OUT_OF_RANGE);
	} catch (Error error) {
		assert_not_reached ();
	}
	assert_cmpuint (get_idle (pool), EQ, 2);
}

int main (string[] args) {
	Test.init (ref args);
	Test.add_func ("/vala-memory/idle-timeout", test_idle_timeout);
	Test.add_func ("/vala-memory/memory-monitor", test_memory_monitor);
	Test.add_func ("/vala-memory/clear-on-release", test_clear_on_release);
	Test.add_func ("/vala-memory/realtime", test_realtime);
	return Test.run ();
}
