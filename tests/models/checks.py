# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What is checked: each model in its forms, and each of its mutations."""

import dataclasses


@dataclasses.dataclass
class Check:
    """One run of spin on a model with these definitions.

    The cause of a mutation is what spin must say first.
    """

    title: str
    model: str
    defines: tuple
    is_mutation: bool = False
    cause: str = "assertion violated"


def holds(title, model, *defines):
    return Check(title, model, defines)


def finds(what, model, mutation, *defines):
    return Check(f"finds: {what}", model, (*defines, f"MUTATE_{mutation}"), is_mutation=True)


def finds_deadlock(what, model, mutation, *defines):
    check = finds(what, model, mutation, *defines)
    check.cause = "invalid end state"
    return check


def cast(number):
    """One cast alone, where a mutation is found soonest."""
    return f"ONLY={number}"


CACHE = "cache.pml"
WEAK = ("WEAK",)
FAILING = ("BARRIER_MAY_FAIL",)
EXCHANGE = ("EXCHANGE",)

GROUPS = {
    "cache": [
        holds("membarrier form, total store order", CACHE),
        # The fence.
        finds("no barrier", CACHE, "NO_BARRIER"),
        finds("the barrier before the bias", CACHE, "BARRIER_FIRST"),
        finds("the bias loaded before the cell is stored", CACHE, "BIAS_FIRST"),
        finds("the counts loaded before the bias", CACHE, "COUNTS_BEFORE_BIAS"),
        finds("no wait for the cell", CACHE, "NO_WAIT"),
        finds("no hand-back after giving up", CACHE, "GIVE_UP_KEEPS"),
        finds("the cell cleared before the work is done", CACHE, "CLEAR_FIRST"),
        finds("the cache handed back before the work is done", CACHE, "HAND_BACK_FIRST"),
        finds("two threads with one cell", CACHE, "SHARED_CELL"),
        # The locks.
        finds("revokers without the revoking mutex", CACHE, "NO_REVOKING"),
        finds("a slow path that does not enter the cell", CACHE, "OWNER_SKIPS_CELL"),
        finds("a slow path that does not lock the shard", CACHE, "OWNER_WITHOUT_SHARD",
              cast(9)),
        finds("a refill that is in neither for a moment", CACHE, "REFILL_BETWEEN", cast(9)),
        finds("places taken before the shard is locked", CACHE, "TAKE_EARLY", cast(9)),
        finds("places given after the shard is unlocked", CACHE, "GIVE_LATE", cast(9)),
        finds_deadlock("a wait for the revoking mutex with the shard locked", CACHE,
                       "WAIT_WITH_SHARD", cast(12)),
        finds_deadlock("the slots locked before the revoking mutex", CACHE, "SLOTS_FIRST",
                       cast(15)),
        # Threads that end.
        finds("a slot given back too early", CACHE, "SLOT_EARLY", cast(2)),
        finds("a living thread taken for an ended one", CACHE, "GATHER_LIVING", cast(3)),
        finds("ended threads' caches without the slots' mutex", CACHE, "GATHER_WITHOUT_SLOTS",
              cast(3)),
        finds("ended threads' caches without the revoking mutex", CACHE,
              "GATHER_WITHOUT_REVOKING", cast(13)),
        # Setters and dispose.
        finds("a setter that does not revoke", CACHE, "SETTER_WITHOUT_REVOKE", cast(10)),
        finds("a setter that passes over a ring that looks empty", CACHE, "SKIP_EMPTY_SHARD",
              cast(10)),
        finds("a setter that raises the bound after dispose", CACHE, "RAISE_WHEN_CLOSED", cast(6)),
        finds("an owner that looks whether caches are off before it enters", CACHE,
              "OFF_BEFORE_ENTER", cast(5)),
        finds("buffers in hand published without a look at the number", CACHE, "PUBLISH_KEEPS",
              cast(14)),
        finds("a return that looks at the number when the pool may be gone", CACHE, "PAY_LATE",
              cast(7)),
        # fork().
        finds("a fork that does not revoke", CACHE, "FORK_WITHOUT_REVOKE", cast(9)),
        finds("a fork that does not lock the shard", CACHE, "FORK_WITHOUT_SHARD", cast(9)),
    ],
    "cache-exchange": [
        holds("exchange form, total store order", CACHE, *EXCHANGE),
        holds("exchange form, stores in any order", CACHE, *WEAK, *EXCHANGE),
        finds("the owner's exchange a plain store", CACHE, "PLAIN_ENTER", *EXCHANGE),
        finds("the revoker's exchange a plain store", CACHE, "PLAIN_REVOKE", *EXCHANGE),
        finds("the cell loaded with acquire only", CACHE, "ACQUIRE_CELL", *WEAK, *EXCHANGE),
    ],
    "cache-failure": [
        holds("membarrier form, barriers that may fail", CACHE, *FAILING),
        finds("a failed barrier ignored", CACHE, "IGNORE_FAILURE", *FAILING),
        finds("an owner that does not settle", CACHE, "SETTLE_KEEPS", *FAILING, cast(10)),
        finds("a cache handed back to an owner that has something to settle", CACHE,
              "HAND_BACK_BEHIND", *FAILING, cast(12)),
        finds("ended threads' caches left alone", CACHE, "ENDED_STAYS", *FAILING, cast(11)),
        finds("ended threads' caches taken without the bias", CACHE, "ENDED_WITHOUT_BIAS",
              *FAILING, cast(8)),
    ],
    "cache-weak": [
        holds("membarrier form, stores in any order", CACHE, *WEAK),
        finds("the cell cleared without release", CACHE, "RELAXED_CLEAR", *WEAK),
        finds("the cache handed back without release", CACHE, "RELAXED_HAND_BACK", *WEAK),
    ],
}

PLACES = "places.pml"
GROUPS["places"] = [
    holds("two caches, two shards, one number", PLACES),
    # The number.
    finds("places taken by load and store", PLACES, "TAKE_BY_STORE", cast(2)),
    finds("places given by load and store", PLACES, "GIVE_BY_STORE"),
    finds("buffers that leave their places behind", PLACES, "KEEP_PLACES"),
    finds("places taken before the shard is locked", PLACES, "TAKE_EARLY", cast(3)),
    finds("places given after the shard is unlocked", PLACES, "GIVE_LATE", cast(2)),
    finds("a refill that is in neither for a moment", PLACES, "UNLOCK_FIRST", cast(2)),
    finds("a slow path that does not enter the cell", PLACES, "OWNER_SKIPS_CELL"),
    finds("a slow path that does not lock the shard", PLACES, "OWNER_SKIPS_SHARD", cast(2)),
    # Looking into other caches.
    finds("a look that publishes with the revoking mutex unlocked", PLACES, "LOOK_LETS_GO",
          cast(3)),
    finds("buffers dropped while ended threads hold vacant places", PLACES, "ENDED_KEEP"),
    # Setters.
    finds("a setter that changes the bound and nothing else", PLACES, "NO_TRIM"),
    finds("a setter that changes the bound before it locks", PLACES, "MAX_UNLOCKED", cast(8)),
    finds("a setter that looks into the rings only", PLACES, "ONLY_RINGS"),
    finds("a setter that passes over empty caches", PLACES, "ONLY_FULL_CACHES"),
    finds("a setter that overlooks a new cache", PLACES, "MAKE_UNSEEN", cast(2)),
    finds("a setter that does not wait for the owner", PLACES, "NO_WAIT"),
    finds("a setter that does not try a busy owner again", PLACES, "GIVE_UP"),
    finds("a setter that leaves vacant places", PLACES, "KEEP_VACANT"),
    finds("a setter that empties one ring only", PLACES, "ONE_RING", cast(2)),
    finds("a setter that goes by a glance at the rings", PLACES, "CACHES_BY_GLANCE", cast(1)),
    finds("a dispose that passes over a shard that looks empty", PLACES, "CLOSE_KEEPS_SHARDS",
          cast(4)),
    finds("a setter that raises the bound after dispose", PLACES, "RAISE_WHEN_CLOSED", cast(9)),
    # Prefill, and what trimmers have in hand.
    finds("buffers published without a look at the number", PLACES, "PUBLISH_KEEPS", cast(5)),
    finds("buffers published with a look at the number before the lock", PLACES,
          "PUBLISH_READS_EARLY", cast(5)),
]

HANDLE = "handle.pml"
GROUPS["handle"] = [
    holds("three threads, one operation each", HANDLE),
    holds("two threads, two operations each", HANDLE, "USERS=2", "OPS=2"),
    finds("unpin drops its pin before it detaches", HANDLE, "UNPIN_FIRST"),
    finds("the last hold does not detach", HANDLE, "HOLD_KEEPS"),
    finds("release detaches while there are pins", HANDLE, "RELEASE_PINS"),
    finds("release stores what it loaded", HANDLE, "RELEASE_STORE"),
    finds("pin does not look at RELEASED", HANDLE, "PIN_RELEASED"),
    finds("pin does not look at EXCLUSIVE", HANDLE, "PIN_EXCLUSIVE"),
    finds("pin adds to what it did not compare", HANDLE, "PIN_ADDS"),
    finds("a pin without a reference", HANDLE, "PIN_WITHOUT_REF"),
    finds("an exclusive section while there are pins", HANDLE, "EXCLUSIVE_PINS"),
    finds("steal while there are pins", HANDLE, "STEAL_PINS"),
    finds("steal during an exclusive section", HANDLE, "STEAL_EXCLUSIVE"),
    finds("steal leaves the handle its data", HANDLE, "STEAL_KEEPS_DATA"),
    finds("steal takes the caller's reference along", HANDLE, "STEAL_DROPS"),
    finds("unref takes the last reference for a lonely one", HANDLE, "UNREF_FLAGS"),
    finds("unref stores what it loaded", HANDLE, "UNREF_STORE"),
    finds("the last unref frees a handle that kept its buffer", HANDLE, "FINISH_FREES"),
]

WAIT = "wait.pml"
GROUPS["wait"] = [
    holds("the queue alone", WAIT),
    # Giving back, and waiting.
    finds_deadlock("a waiter counted after it has looked", WAIT, "COUNT_LATE", cast(12)),
    finds_deadlock("a look for waiters before the share is given back", WAIT, "GIVE_LOOKS_FIRST"),
    finds("shares taken by load and store", WAIT, "TAKE_BY_STORE"),
    finds("a share taken while others wait", WAIT, "TAKE_IGNORES"),
    finds("the last that came served first", WAIT, "SERVE_LAST"),
    # Leaving.
    finds_deadlock("a waiter that leaves without serving the next", WAIT, "LEAVE_DOES_NOT_SERVE",
                   cast(6)),
    finds("a cancelled waiter that keeps its share", WAIT, "CANCELLED_KEEPS", cast(3)),
    finds_deadlock("a flush that does not serve the others", WAIT, "FLUSH_DOES_NOT_SERVE",
                   cast(8)),
    finds_deadlock("a flag set after the flush", WAIT, "FLAG_LATE", cast(8)),
    finds_deadlock("a waiter that does not look at the flag", WAIT, "FLAG_UNSEEN", cast(8)),
    finds("a waiter that sees the flag and flushes all", WAIT, "FLUSHED_FLUSHES", cast(14)),
    # Sleeping and waking.
    finds_deadlock("a waiter that sleeps without a look at its state", WAIT,
                   "SLEEP_WITHOUT_LOOK"),
    finds("a waiter that takes any awakening for the end", WAIT, "SLEEP_ONCE", cast(4)),
    finds("a waiter woken when it may be gone", WAIT, "WAKE_LATE"),
    finds_deadlock("a waiter cancelled without the mutex", WAIT, "CANCEL_UNLOCKED", cast(7)),
    finds("a waiter gone while its canceller is at work", WAIT, "DISCONNECT_WITHOUT_WAIT",
          cast(3)),
    # Setters.
    finds_deadlock("a raised limit that serves no waiter", WAIT, "RAISE_DOES_NOT_SERVE", cast(10)),
    finds("a waiter that wants more than there will ever be", WAIT, "JOIN_TOO_LARGE", cast(16)),
    finds("a lowered limit that refuses the first only", WAIT, "LOWER_REFUSES_FIRST", cast(16)),
    finds("a share taken by a limit that was lowered meanwhile", WAIT, "TAKE_LOOKS_ONCE",
          cast(11)),
]

POOL = "wait-pool.pml"
BYTES = ("BYTES",)
GROUPS["wait-permits"] = [
    holds("permits of a pool", POOL),
    # Returns.
    finds_deadlock("a look for waiters before the permit is given back", POOL,
                   "NOTE_BEFORE_PUSH"),
    finds("a look for waiters when the pool may be gone", POOL, "NOTE_AFTER_UNLOCK"),
    finds("waiters served in a pool that may be gone", POOL, "NO_REFERENCE"),
    finds("a permit given back to a pool that may be gone", POOL, "UNREF_FIRST"),
    # Setters and dispose.
    finds_deadlock("a limit set without a look at what was moved meanwhile", POOL,
                   "SETTER_DOES_NOT_SERVE", cast(6)),
    finds("a permit for a buffer that is counted already", POOL, "PERMIT_FOR_CACHED", cast(7)),
    finds_deadlock("a waiter that does not see that the pool is disposed", POOL, "FLAG_UNSEEN",
                   cast(4)),
]
GROUPS["wait-bytes"] = [
    holds("bytes of a budget", POOL, *BYTES),
    # The waiter.
    finds_deadlock("caches emptied before the waiter has joined", POOL, "WATCH_BEFORE_JOIN",
                   *BYTES, cast(3)),
    finds_deadlock("a waiter that sleeps without a look into the rings", POOL,
                   "WATCH_DOES_NOT_RECLAIM", *BYTES, cast(3)),
    finds_deadlock("caches that stay on while there are waiters", POOL, "WATCH_LEAVES_ON", *BYTES,
                   cast(3)),
    finds_deadlock("caches that are turned off after they were emptied", POOL, "OFF_LATE",
                   *BYTES, cast(3)),
    finds_deadlock("caches that are turned off and not emptied", POOL, "WATCH_KEEPS_CACHES",
                   *BYTES, cast(4)),
    finds_deadlock("caches passed over because they look empty", POOL, "WATCH_BY_GLANCE", *BYTES,
                   cast(3)),
    finds_deadlock("caches turned on without a second look for waiters", POOL, "END_WATCH_EARLY",
                   *BYTES, cast(3)),
    finds_deadlock("an owner that looks whether caches are off before it enters", POOL,
                   "OFF_BEFORE_ENTER", *BYTES, cast(3)),
    # Bringing buffers to rings.
    finds_deadlock("a look for waiters before the shard is locked", POOL, "NOTE_BEFORE_LOCK",
                   *BYTES, cast(3)),
    finds_deadlock("a trim that publishes without a look for waiters", POOL, "PUBLISH_UNSEEN",
                   *BYTES, cast(8)),
    finds_deadlock("a search that publishes with the revoking mutex unlocked", POOL,
                   "LOOK_LETS_GO", *BYTES, cast(4)),
    finds_deadlock("a reclaim that ends with the first waiter", POOL, "RECLAIM_ONCE", *BYTES,
                   cast(7)),
    # A lowered limit.
    finds("a lowered limit that lets buffers come back", POOL, "LOWER_DOES_NOT_WATCH", *BYTES,
          cast(13)),
    finds("a buffer handed over that is to go", POOL, "HAND_OVER_TOO_MUCH", *BYTES, cast(14)),
    # Life.
    finds("bytes given back before the memory is freed", POOL, "GIVE_FIRST", *BYTES, cast(5)),
    finds("bytes given back to a budget that may be gone", POOL, "UNREF_FIRST", *BYTES, cast(3)),
    finds("waiters served in a budget that may be gone", POOL, "NO_REFERENCE", *BYTES, cast(3)),
]

ALARM = "alarm.pml"
GROUPS["alarm"] = [
    holds("an alarm that falls asleep among returns", ALARM),
    finds("a return that looks whether it sleeps before it locks", ALARM, "LOOK_EARLY"),
    finds("an alarm that looks before it says that it sleeps", ALARM, "LOOKS_FIRST"),
    finds("vacant places taken before the rings were seen to be empty", ALARM, "NO_FIRST_LOOK"),
    finds("an alarm that does not look when it has taken the vacant places", ALARM,
          "NO_SECOND_LOOK"),
    finds("an alarm that looks for buffers then, and not for places", ALARM,
          "LOOKS_AT_BUFFERS"),
    finds("an alarm that looks into caches only", ALARM, "ONLY_CACHES"),
    finds("vacant places taken without a wait for the owner", ALARM, "NO_WAIT"),
    finds("buffers that a look brings from a cache to a ring unseen", ALARM, "GATHERS_UNSEEN"),
    finds("an alarm that was woken while it fell asleep, and is unset then", ALARM, "UNSET_LATE"),
    finds("an alarm that stays asleep over what it has found", ALARM, "STAYS_ASLEEP"),
]

REALTIME = "realtime.pml"
GROUPS["realtime"] = [
    holds("cells, homes, and what is dropped", REALTIME),
    # Cells.
    finds("a cell taken by load and store", REALTIME, "TAKE_BY_STORE", cast(0)),
    finds("a cell filled by load and store", REALTIME, "PUT_BY_STORE", cast(3)),
    finds("a take that believes one pass that found nothing", REALTIME, "ONE_PASS", cast(0)),
    finds("puts that leave no trace in their word", REALTIME, "NO_NUMBER", cast(0)),
    finds("a put that does not look whether it is closed as it puts", REALTIME,
          "PUT_PASSES_CLOSED", cast(3)),
    finds("a put that looks at the cells when it has put", REALTIME, "LOOKS_AFTER_PUT", cast(3)),
    # Homes.
    finds("a home that gets its buffer when that is idle already", REALTIME, "HOME_LATE", cast(1)),
    finds("a home counted as vacant before it is", REALTIME, "FORGETS_FIRST", cast(2)),
    finds("homes reserved by load and store", REALTIME, "RESERVE_BY_STORE", cast(2)),
    finds("homes given by two threads at a time", REALTIME, "GIVE_UNLOCKED", cast(2)),
    # What is dropped.
    finds("a list pushed to by load and store", REALTIME, "DROP_BY_STORE", cast(3)),
    finds("a list emptied by load and store", REALTIME, "DROPPED_BY_STORE", cast(3)),
    finds("a list that is not closed", REALTIME, "NO_MARK", cast(3)),
    finds("a list opened again by the thread that empties it", REALTIME, "MARK_GOES", cast(4)),
    finds("a dispose that closes the cells when it has emptied them", REALTIME, "REDUCES_FIRST",
          cast(3)),
]
