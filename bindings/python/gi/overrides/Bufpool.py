# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What makes bufpool feel like Python.

    with pool.acquire(4096) as buf:
        samples = numpy.asarray(buf)        # no copy

A buffer goes back to its pool at the end of the `with` statement, by release(),
or when the last reference to the handle is gone. Views of it (memoryview, numpy
arrays, GLib.Bytes) may outlive the handle and the pool: while one is alive the
memory stays where it is, and the buffer goes back with the last of them.

A pool may have limits: max_outstanding, max_idle_bytes, a budget. What they do not
allow raises LimitError or BudgetError, or waits for its turn:

    with pool.acquire_wait(4096, timeout=1.5) as buf: ...
    with await pool.acquire_async(4096) as buf: ...
"""

import operator
import os
import re

from gi.repository import Gio, GLib, GObject

from ..module import get_introspection_module
from ..overrides import override
from . import _bufpool_elements, _bufpool_errors, _bufpool_waiting
from ._bufpool_arrays import Arrays
from ._bufpool_elements import native
from ._bufpool_reading import Reading, take_result
from ._bufpool_layouts import ELEMENT_TYPES, ITEMS, LAYOUTS, find_layout, to_element_type, to_size
from ._bufpool_errors import call, make_error

Bufpool = get_introspection_module("Bufpool")

Error = _bufpool_errors.Error
ReleasedError = _bufpool_errors.ReleasedError
BusyError = _bufpool_errors.BusyError
OutOfRangeError = _bufpool_errors.OutOfRangeError
TooLargeError = _bufpool_errors.TooLargeError
NoMemoryError = _bufpool_errors.NoMemoryError
CreateFailedError = _bufpool_errors.CreateFailedError
LimitError = _bufpool_errors.LimitError
BudgetError = _bufpool_errors.BudgetError
FlushingError = _bufpool_errors.FlushingError
ClosedError = _bufpool_errors.ClosedError
TimedOutError = _bufpool_errors.TimedOutError

Pooled = override(_bufpool_elements.Pooled)
PooledSlice = override(_bufpool_elements.PooledSlice)
PooledView = override(_bufpool_elements.PooledView)
native.set_up(Pooled, make_error, [LAYOUTS.get(number) for number in range(len(ELEMENT_TYPES) + 1)])

__all__ = [
    "Error", "ReleasedError", "BusyError", "OutOfRangeError", "TooLargeError", "NoMemoryError",
    "CreateFailedError", "LimitError", "BudgetError", "FlushingError", "ClosedError", "TimedOutError", "Pooled",
    "PooledSlice", "PooledView", "PoolStats", "Budget", "Pool",
]


class PoolStats(Bufpool.PoolStats):
    """What a pool has done and holds; each number is an attribute."""

    _fields = ("acquired", "hits", "misses", "returned", "dropped", "idle", "idle_bytes", "outstanding",
               "peak_buffers")

    def as_dict(self):
        return {name: getattr(self, name) for name in self._fields}

    def __str__(self):
        return self.to_string()

    def __repr__(self):
        return f"<Bufpool.PoolStats: {self.to_string()}>"


for _name in PoolStats._fields:
    setattr(PoolStats, _name, property(getattr(Bufpool.PoolStats, "get_" + _name)))

PoolStats = override(PoolStats)


_Pool = Bufpool.Pool


def _find_ranges(cls):
    return {spec.name.replace("-", "_"): (spec.minimum, spec.maximum)
            for spec in GObject.list_properties(cls) if hasattr(spec, "minimum")}


_RANGES = _find_ranges(_Pool)
_BUDGET_RANGES = _find_ranges(Bufpool.Budget)


def _check_range(name, value, called=None, ranges=_RANGES):
    least, most = ranges[name]
    value = operator.index(value)
    if not least <= value <= most:
        raise ValueError(f"{called or name} is {value}, but must be from {least} to {most}")
    return value


def _to_item_type(value):
    gtype = getattr(value, "__gtype__", value)
    if not isinstance(gtype, GObject.GType):
        raise TypeError(f"{value!r} is no class of objects")
    if not (gtype.is_a(Bufpool.Reusable) and gtype.is_instantiatable()) or gtype.is_abstract():
        raise TypeError(f"a pool cannot make items of type {gtype.name}: it must be a class of GObject "
                        "that is not abstract and implements Bufpool.Reusable")
    return gtype


def _check_monitor(value):
    if value is not None and not isinstance(value, Gio.MemoryMonitor):
        raise TypeError(f"{value!r} is no Gio.MemoryMonitor, such as Gio.MemoryMonitor.dup_default() returns")
    return value


def _check_clears(is_items):
    if is_items:
        raise ValueError("clear_on_release is for pools of elements: only an item's class knows what is in it, so "
                         "wipe it in do_reuse() and where it is freed")


_NOT_REALTIME = ("item_type", "budget", "max_outstanding", "max_idle_bytes", "flushing", "idle_timeout",
                 "memory_monitor")
_MOST_REALTIME = 65536


def _check_realtime(properties):
    for name in _NOT_REALTIME:
        if properties.get(name):
            raise ValueError(f"a realtime pool has no {name}, since threads that must not wait cannot keep to it: "
                             "leave it out")
    max_buffers = properties.get("max_buffers", 1)
    if not 1 <= max_buffers <= _MOST_REALTIME:
        raise ValueError(f"max_buffers is {max_buffers}, but in a realtime pool must be from 1 to {_MOST_REALTIME}")


class Budget(Bufpool.Budget):
    """A limit in bytes that any number of pools share, by Pool(budget=...). It counts the
    capacity of all their buffers, out and idle."""

    def __init__(self, max_bytes):
        super().__init__(max_bytes=_check_range("max_bytes", max_bytes, ranges=_BUDGET_RANGES))

    def __init_subclass__(cls, **_arguments):
        raise TypeError("Bufpool.Budget cannot be derived from: write a class that has a budget")

    @classmethod
    def new(cls, max_bytes):
        return cls(max_bytes)

    def set_max_bytes(self, max_bytes):
        """When it is lowered, idle buffers are freed as far as that is needed."""
        Bufpool.Budget.set_max_bytes(self, _check_range("max_bytes", max_bytes, ranges=_BUDGET_RANGES))

    max_bytes = property(Bufpool.Budget.get_max_bytes, set_max_bytes)
    used_bytes = property(Bufpool.Budget.get_used_bytes)
    peak_bytes = property(Bufpool.Budget.get_peak_bytes)

    def __repr__(self):
        return f"<Bufpool.Budget: {self.used_bytes} of {self.max_bytes} bytes used>"


Budget = override(Budget)


class Pool(native.Pool, Arrays, Reading, Bufpool.Pool):
    """A thread-safe pool of buffers or objects.

    Pool("f32", max_buffers=64) is one of 32-bit floating point numbers, Pool() of
    bytes, Pool(element_size=12) of elements of 12 bytes, Pool(item_type=Item) of
    objects of a class that implements Bufpool.Reusable. The other properties may
    be given by their names too.

    max_outstanding is the most buffers that are out at a time, max_idle_bytes the most
    bytes that lie idle, budget a Bufpool.Budget that pools share. While flushing is true
    every acquire fails, and waiters are woken.

    With clear_on_release contents are wiped when a buffer comes back. Copies that
    Python has made, as by bytes(), are not reached. realtime is for threads in C that must not
    wait: a realtime pool has the buffers that prefill() makes, up to max_buffers, and no limits."""

    _layout = None

    def __init__(self, element_type=None, *, element_size=None, item_type=None, alignment=None, name=None,
                 budget=None, flushing=False, clear_on_release=False, realtime=False, **properties):
        if sum(kind is not None for kind in (element_type, element_size, item_type)) > 1:
            raise ValueError("a pool has an element_type, an element_size or an item_type: give one of them")
        memory_monitor = properties.pop("memory_monitor", None)
        for key, value in properties.items():
            if key not in _RANGES:
                raise TypeError(f"a pool has no property {key!r}: help(Bufpool.Pool) has those that there are")
            properties[key] = _check_range(key, value)

        if element_type is not None:
            properties["element_type"] = to_element_type(element_type)
            if properties["element_type"] == Bufpool.ElementType.NONE:
                raise ValueError("a pool of no element type needs an element_size or an item_type")
        if element_size is not None:
            properties["element_size"] = _check_range("element_size", element_size)
            if element_size == 0:
                raise ValueError("an element is of at least 1 byte")
        if item_type is not None:
            properties["item_type"] = _to_item_type(item_type)
        if memory_monitor is not None:
            properties["memory_monitor"] = _check_monitor(memory_monitor)
        if alignment is not None:
            properties["alignment"] = alignment = _check_range("alignment", alignment)
            if alignment & (alignment - 1):
                raise ValueError(f"an alignment is a power of two, such as 64, which {alignment} is not")
            if alignment and item_type is not None:
                raise ValueError("an alignment is for buffers of elements, which a pool of items has not: leave it out")
        if name is not None:
            properties["name"] = name
        if budget is not None:
            if not isinstance(budget, Bufpool.Budget):
                raise TypeError(f"the budget of a pool is a Bufpool.Budget, not {budget!r}")
            properties["budget"] = budget
        if flushing:
            properties["flushing"] = True
        if clear_on_release:
            _check_clears(item_type is not None)
            properties["clear_on_release"] = True
        if realtime:
            _check_realtime(properties)
            properties["realtime"] = True
        super().__init__(**properties)

    def __init_subclass__(cls, **_arguments):
        raise TypeError("Bufpool.Pool cannot be derived from: write a class that has a pool")

    @classmethod
    def new(cls, element_type):
        return cls(element_type)

    @classmethod
    def new_full(cls, element_type, shards=0, max_buffers=Bufpool.DEFAULT_MAX_BUFFERS, trim_capacity=0):
        return cls(element_type, shards=shards, max_buffers=max_buffers, trim_capacity=trim_capacity)

    @classmethod
    def new_for_size(cls, element_size):
        return cls(element_size=element_size)

    @classmethod
    def new_for_type(cls, item_type):
        return cls(item_type=item_type)

    def _get_layout(self):
        layout = self._layout
        if layout is None:
            layout = self._layout = find_layout(self)
        return layout

    def _take(self, function, *arguments):
        handle = call(function, self, *arguments)
        # A wrapper that PyGObject made for C is freed only if Python has had it
        if self._get_layout() is ITEMS:
            handle.dup_object()
        return handle

    def try_acquire(self):
        return self._take(_Pool.try_acquire)

    def acquire_sized(self, n_elements):
        if self._get_layout() is ITEMS:
            raise TypeError("an item has no number of elements: use acquire()")
        return call(_Pool.acquire_sized, self, to_size(n_elements))

    def acquire_many(self, n_elements, n):
        """A list of n buffers of n_elements zeroes, or of n items, where n_elements is None:
        all of them or an error."""
        n = operator.index(n)
        if not 0 <= n <= GLib.MAXINT:
            raise ValueError(f"n is {n}, but must be from 0 to {GLib.MAXINT}")
        handles = call(_Pool.acquire_many, self, self._to_wanted(n_elements), n)
        if self._get_layout() is ITEMS:
            # See _take()
            for handle in handles:
                handle.dup_object()
        return handles

    def _to_wanted(self, n_elements):
        size = 0 if n_elements is None else to_size(n_elements)
        if size > 0 and self._get_layout() is ITEMS:
            raise TypeError("an item has no number of elements: leave it out")
        return size

    def acquire_wait(self, n_elements=None, timeout=None, cancellable=None):
        """As acquire(), but waits for its turn, first come first served, where the pool's
        limits stand in the way: for timeout seconds at most, after which it raises
        TimedOutError, or as long as it takes. With a timeout of 0 it does not wait.

        Other threads run meanwhile, and one of them has to give a buffer back. A
        Gio.Cancellable that is cancelled ends the wait with its GLib.Error. In the main
        thread signal handlers run too, so that Ctrl-C ends the wait; if an item has to be
        made then, another thread makes it."""
        size = self._to_wanted(n_elements)
        if timeout != 0:
            self._require_waiting()
        return self._take(_bufpool_waiting.wait, size, timeout, cancellable)

    def _require_waiting(self):
        if self.realtime:
            raise ValueError("in a realtime pool no call can wait for a buffer: use acquire()")

    def acquire_async(self, n_elements=None, cancellable=None, *callback):
        """As acquire_wait(), without blocking the thread. With a callback it is as in C.
        Without one it begins at once and returns a future to be awaited, in an event loop
        that runs GLib's main context, as gi.events of PyGObject 3.50 has. Cancelling the
        future, or the task that awaits it, cancels the cancellable.

        In any other loop it raises RuntimeError and begins nothing. There one can await
        asyncio.to_thread(pool.acquire_wait, ...), with a timeout or a cancellable, since
        its thread goes on waiting when the task is cancelled."""
        size = self._to_wanted(n_elements)
        self._require_waiting()
        if callback:
            return _Pool.acquire_async(self, size, cancellable, *callback)
        # Only programs that await pay for the import of asyncio
        from . import _bufpool_future
        return _bufpool_future.begin_acquire(self, size, cancellable)

    def acquire_finish(self, result):
        take_result(self, "acquire_async", result)
        return self._take(_Pool.acquire_finish, result)

    def prefill(self, n_buffers, n_elements=None):
        """Makes buffers of that capacity, or items, in advance: all or none."""
        n_buffers = _check_range("max_buffers", n_buffers, "n_buffers")
        is_items = self._get_layout() is ITEMS
        if not is_items and n_elements is None:
            raise TypeError("buffers need a capacity: give n_elements")
        item_class = self.item_type.pytype if is_items else None
        if item_class is None or "__info__" in vars(item_class):
            call(_Pool.prefill, self, n_buffers, 1 if is_items else to_size(n_elements))
            return

        # An item of a class written in Python: see _take()
        stats = self.stats
        if n_buffers > self.max_buffers - stats.idle:
            raise make_error(Bufpool.PoolError.OUT_OF_RANGE,
                             f"There is no room for {n_buffers} items besides {stats.idle} idle ones in a pool "
                             f"that keeps {self.max_buffers}: ask for fewer, or raise max_buffers")
        items = [item_class() for _ in range(n_buffers)]
        self._check_bytes(sum(map(Bufpool.Reusable.get_byte_size, items)), stats.idle_bytes)
        for item in items:
            _Pool.recycle_item(self, item)

    def _check_bytes(self, n_bytes, n_idle):
        """Whether there is room for items of so many bytes."""
        if self.max_idle_bytes and n_idle + n_bytes > self.max_idle_bytes:
            raise make_error(Bufpool.PoolError.OUT_OF_RANGE,
                             f"There is no room for items of {n_bytes} bytes besides {n_idle} idle bytes in a pool "
                             f"that keeps {self.max_idle_bytes}: ask for fewer, or raise max_idle_bytes")
        budget = self.budget
        if budget is not None and n_bytes > budget.max_bytes - budget.used_bytes:
            raise make_error(Bufpool.PoolError.BUDGET,
                             f"Items of {n_bytes} bytes were asked for, and the budget has {budget.used_bytes} of "
                             f"{budget.max_bytes} in use: free idle ones by drop_idle(), or raise max_bytes")

    def dump_outstanding(self, format=Bufpool.DumpFormat.TEXT):
        """Which buffers are out, and with BUFPOOL_DEBUG=backtrace in the environment where they
        were acquired: as text, or as JSON for json.loads()."""
        if not isinstance(format, Bufpool.DumpFormat):
            raise TypeError(f"the format is a Bufpool.DumpFormat, not {format!r}")
        return _Pool.dump_outstanding(self, format)

    def drop_idle(self, max_idle=0):
        """Frees idle buffers or items until at most max_idle are left."""
        _Pool.drop_idle(self, _check_range("max_buffers", max_idle, "max_idle"))

    def recycle_item(self, item):
        """Gives the pool an object of its item type, as if it came back from use."""
        item_type = self.item_type
        if self._get_layout() is not ITEMS:
            raise TypeError("this pool is one of element buffers and takes no items")
        if not isinstance(item, GObject.Object) or not item.__gtype__.is_a(item_type):
            raise TypeError(f"this pool's items are of type {item_type.name}: it cannot take {item!r}")
        _Pool.recycle_item(self, item)

    def _set_in_range(self, name, value):
        value = _check_range(name, value)
        if value and name in _NOT_REALTIME:
            self._require_limits(name)
        getattr(_Pool, "set_" + name)(self, value)

    def _require_limits(self, name):
        if self.realtime:
            _check_realtime({name: True})

    def set_idle_timeout(self, timeout_ms):
        """What was not needed for so many milliseconds is freed; 0 is for never."""
        self._set_in_range("idle_timeout", timeout_ms)

    def set_memory_monitor(self, monitor):
        """A Gio.MemoryMonitor, whose warnings free what is idle; None for none."""
        if _check_monitor(monitor) is not None:
            self._require_limits("memory_monitor")
        _Pool.set_memory_monitor(self, monitor)

    def set_thread_cache(self, thread_cache):
        _Pool.set_thread_cache(self, _check_range("thread_cache", thread_cache))

    def set_max_buffers(self, max_buffers):
        max_buffers = _check_range("max_buffers", max_buffers)
        if self.realtime and max_buffers != self.max_buffers:
            raise ValueError("the max_buffers of a realtime pool is fixed: give it to the constructor")
        _Pool.set_max_buffers(self, max_buffers)

    def set_trim_capacity(self, trim_capacity):
        _Pool.set_trim_capacity(self, _check_range("trim_capacity", trim_capacity))

    def set_max_outstanding(self, max_outstanding):
        """When it is raised, waiters get what is free now."""
        self._set_in_range("max_outstanding", max_outstanding)

    def set_max_idle_bytes(self, max_idle_bytes):
        """When it is lowered, idle buffers are freed until the rest fits."""
        self._set_in_range("max_idle_bytes", max_idle_bytes)

    def set_flushing(self, flushing):
        """While it is true every acquire raises FlushingError, and so does every wait."""
        if flushing:
            self._require_limits("flushing")
        _Pool.set_flushing(self, bool(flushing))

    def set_clear_on_release(self, clears):
        """When it is set, all idle buffers have been wiped when the call returns."""
        clears = bool(clears)
        if clears:
            _check_clears(self._get_layout() is ITEMS)
        if self.realtime and clears != self.clear_on_release and (self.stats.idle or self.stats.outstanding):
            raise ValueError("the clear_on_release of a realtime pool that has buffers is fixed: give it to the "
                             "constructor, or set it before prefill()")
        _Pool.set_clear_on_release(self, clears)

    name = property(_Pool.get_name, _Pool.set_name)
    element_type = property(_Pool.get_element_type)
    element_size = property(_Pool.get_element_size)
    item_type = property(_Pool.get_item_type)
    alignment = property(_Pool.get_alignment)
    shards = property(_Pool.get_shards)
    max_buffers = property(_Pool.get_max_buffers, set_max_buffers)
    trim_capacity = property(_Pool.get_trim_capacity, set_trim_capacity)
    thread_cache = property(_Pool.get_thread_cache, set_thread_cache)
    max_outstanding = property(_Pool.get_max_outstanding, set_max_outstanding)
    max_idle_bytes = property(_Pool.get_max_idle_bytes, set_max_idle_bytes)
    flushing = property(_Pool.get_flushing, set_flushing)
    clear_on_release = property(_Pool.get_clear_on_release, set_clear_on_release)
    realtime = property(_Pool.get_realtime)
    budget = property(_Pool.get_budget)
    stats = property(_Pool.get_stats)
    idle_timeout = property(_Pool.get_idle_timeout, set_idle_timeout)
    memory_monitor = property(_Pool.dup_memory_monitor, set_memory_monitor)

    def __repr__(self):
        stats = self.stats
        layout = self._get_layout()
        kind = self.item_type.name if layout is ITEMS else layout.name
        name = f" {self.name!r}" if self.name else ""
        return (f"<Bufpool.Pool{name} of {kind}: {stats.outstanding} outstanding, {stats.idle} of at most "
                f"{self.max_buffers} idle>")


if re.search(r"(^|[:;, \t])(backtrace|all)($|[=:;, \t])", os.environ.get("BUFPOOL_DEBUG", ""), re.IGNORECASE):
    from . import _bufpool_notes
    _bufpool_notes.install(Pool)

Pool = override(Pool)
