// SPDX-FileCopyrightText: 2026 The bufpool authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Memory that goes back, after a time, and when the system is short of it.

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

int main (string[] args) {
	Test.init (ref args);
	Test.add_func ("/vala-memory/idle-timeout", test_idle_timeout);
	Test.add_func ("/vala-memory/memory-monitor", test_memory_monitor);
	return Test.run ();
}
