# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""What is checked: each model in its forms, and each of its mutations."""

import dataclasses


@dataclasses.dataclass
class Check:
    """One run of spin on a model with these definitions."""

    title: str
    model: str
    defines: tuple
    is_mutation: bool = False


def holds(title, model, *defines):
    return Check(title, model, defines)


def finds(what, model, mutation, *defines):
    return Check(f"finds: {what}", model, (*defines, f"MUTATE_{mutation}"), is_mutation=True)


FRONT = "front.pml"
WEAK = ("WEAK",)
FAILING = ("BARRIER_MAY_FAIL",)
EXCHANGE = ("EXCHANGE",)

GROUPS = {
    "front": [
        holds("membarrier form, total store order", FRONT),
        finds("no barrier", FRONT, "NO_BARRIER"),
        finds("the barrier before the bias", FRONT, "BARRIER_FIRST"),
        finds("the bias loaded before the cell is stored", FRONT, "BIAS_FIRST"),
        finds("the counts loaded before the bias", FRONT, "COUNTS_BEFORE_BIAS"),
        finds("no wait for the cell", FRONT, "NO_WAIT"),
        finds("no hand-back after giving up", FRONT, "GIVE_UP_KEEPS"),
        finds("the cell cleared before the work is done", FRONT, "CLEAR_FIRST"),
        finds("the front handed back before the work is done", FRONT, "HAND_BACK_FIRST"),
        finds("revokers without the shard's mutex", FRONT, "NO_MUTEX"),
        finds("the owner's slow path without the shard's mutex", FRONT, "NO_OWNER_MUTEX",
              *FAILING),
        finds("a setter that does not revoke", FRONT, "SETTER_WITHOUT_REVOKE"),
        finds("a reserve that grows after dispose", FRONT, "GROW_WHEN_CLOSED"),
        finds("a slot given back too early", FRONT, "SLOT_EARLY"),
        finds("two threads with one cell", FRONT, "SHARED_CELL"),
    ],
    "front-exchange": [
        holds("exchange form, total store order", FRONT, *EXCHANGE),
        finds("the owner's exchange a plain store", FRONT, "PLAIN_ENTER", *EXCHANGE),
        finds("the revoker's exchange a plain store", FRONT, "PLAIN_REVOKE", *EXCHANGE),
    ],
    "front-failure": [
        holds("membarrier form, barriers that may fail", FRONT, *FAILING),
        finds("a failed barrier ignored", FRONT, "IGNORE_FAILURE", *FAILING),
        finds("an owner that does not catch up", FRONT, "UNSTICK_KEEPS", *FAILING),
        finds("a front handed back to an owner who is behind", FRONT, "HAND_BACK_BEHIND",
              *FAILING),
    ],
    "front-weak": [
        holds("membarrier form, stores in any order", FRONT, *WEAK),
        holds("exchange form, stores in any order", FRONT, *WEAK, *EXCHANGE),
        finds("the cell cleared without release", FRONT, "RELAXED_CLEAR", *WEAK),
        finds("the front handed back without release", FRONT, "RELAXED_HAND_BACK", *WEAK),
        finds("the cell loaded with acquire only", FRONT, "ACQUIRE_CELL", *WEAK, *EXCHANGE),
    ],
}

HANDLE = "handle.pml"
GROUPS["handle"] = [
    holds("three threads, one operation each", HANDLE),
    holds("two threads, two operations each", HANDLE, "USERS=2", "OPS=2"),
    finds("unpin drops its pin before it detaches", HANDLE, "UNPIN_FIRST"),
    finds("the last hold does not detach", HANDLE, "HOLD_KEEPS"),
    finds("release detaches beside pins", HANDLE, "RELEASE_PINS"),
    finds("release stores what it loaded", HANDLE, "RELEASE_STORE"),
    finds("pin does not look at RELEASED", HANDLE, "PIN_RELEASED"),
    finds("pin does not look at EXCLUSIVE", HANDLE, "PIN_EXCLUSIVE"),
    finds("pin adds to what it did not compare", HANDLE, "PIN_ADDS"),
    finds("a pin without a reference", HANDLE, "PIN_WITHOUT_REF"),
    finds("an exclusive section beside pins", HANDLE, "EXCLUSIVE_PINS"),
    finds("steal beside pins", HANDLE, "STEAL_PINS"),
    finds("steal beside an exclusive section", HANDLE, "STEAL_EXCLUSIVE"),
    finds("unref takes the last reference for a lonely one", HANDLE, "UNREF_FLAGS"),
    finds("unref stores what it loaded", HANDLE, "UNREF_STORE"),
    finds("the last unref frees a handle that kept its buffer", HANDLE, "FINISH_FREES"),
]
