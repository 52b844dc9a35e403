# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The diagrams themselves."""

from diagram import Drawing
from scene_layers import draw_layers

BUFFER, VACANT = "buffer", "free"


def cells(n_buffers, n_vacant=0):
    return [BUFFER] * n_buffers + [VACANT] * n_vacant


def draw_cache(scene, left, name, row):
    scene.label_box(left + 40, 16, 110, 34, name, "plain", "small")
    scene.arrow([(left + 82, 132), (left + 82, 54)], "accent")
    scene.arrow([(left + 108, 54), (left + 108, 132)], "accent")
    scene.text(left + 74, 97, "acquire", "small accent", "end")
    scene.text(left + 116, 97, "release", "small accent")
    scene.box(left, 136, 190, 74, "tint")
    scene.cells(left + 15, 152, row)
    scene.text(left + 15, 195, "oldest" if BUFFER in row else "empty", "small faint")
    scene.text(left + 175, 195, "no lock", "small faint", "end")


def draw_shard(scene, left, name, row):
    scene.box(left, 302, 190, 66, "box")
    scene.cells(left + 15, 318, row)
    scene.text(left + 15, 359, "oldest", "small faint")
    scene.text(left + 175, 359, f"{name} · mutex", "small faint", "end")
    scene.arrow([(left + 95, 372), (left + 95, 408)], "dashed", both=True)


def draw_pool():
    """What a pool is made of."""
    scene = Drawing(820, 516, "Caches and shards",
                    "Each thread works on a cache of its own, without a lock. Caches exchange batches of "
                    "buffers with shards, which have a mutex each. A thread that finds nothing else revokes "
                    "another thread's cache. Each idle buffer holds one of the pool's places, of which there "
                    "are max-buffers. Only when nothing is idle is memory allocated, and only when no place is "
                    "vacant is it freed.")
    scene.text(24, 34, "Threads", "title")
    scene.text(24, 158, "Caches", "title")
    scene.text(24, 176, "one for each\nthread and pool", "small faint")
    scene.text(24, 324, "Shards", "title")
    scene.text(24, 342, "a few, shared\nby all threads", "small faint")

    draw_cache(scene, 160, "thread 1", cells(5, 2))
    draw_cache(scene, 378, "thread 2", cells(0, 1))
    draw_cache(scene, 596, "thread 3", cells(6, 1))
    draw_shard(scene, 196, "shard 0", cells(8))
    draw_shard(scene, 424, "shard 1", cells(4))
    scene.label_box(652, 302, 134, 66, "5 free places\none number", "warm")

    scene.arrow([(255, 214), (280, 298)], both=True)
    scene.arrow([(440, 214), (330, 298)], both=True)
    scene.arrow([(722, 214), (600, 298)], both=True)
    scene.arrow([(626, 214), (370, 298)], "alarm")
    scene.text(262, 262, "in batches,\nwith the mutex", "small faint", "end")
    scene.text(522, 273, "revoked, when\nnothing else is idle", "small alarm", "middle")

    scene.label_box(160, 412, 626, 34, "malloc: when none is idle   ·   free: when no place is vacant, the oldest goes",
                    "plain", "small")
    scene.cells(40, 472, [BUFFER], 12)
    scene.text(58, 483, "idle buffer, in its place", "small faint")
    scene.cells(222, 472, [VACANT], 12)
    scene.text(240, 483, "vacant place", "small faint")
    scene.text(344, 483, "15 places in caches + 12 in shards + 5 free = max-buffers, here 32", "small faint")
    return scene


def draw_life():
    """What becomes of a buffer."""
    scene = Drawing(820, 440, "The life of a buffer",
                    "A buffer is made by an acquire that finds none, is out with a handle, may be pinned, "
                    "comes back idle, and is handed out again, until it is dropped or stolen.")
    scene.label_box(24, 176, 120, 56, "made\nby malloc", "plain")
    scene.label_box(240, 166, 170, 76, "out\na handle has it,\nyou read and write", "tint")
    scene.label_box(228, 26, 194, 64, "pinned\nby GBytes, slices, views", "warm")
    scene.label_box(550, 166, 180, 76, "idle\nin a cache or a shard,\nno valid elements", "box")
    scene.label_box(240, 350, 170, 60, "yours\nfree it with g_free()", "plain")
    scene.label_box(550, 350, 180, 60, "gone\nfreed", "plain")

    scene.arrow([(144, 204), (236, 204)])
    scene.text(190, 194, "acquire", "mono small", "middle")
    scene.text(190, 222, "found none", "small faint", "middle")

    scene.arrow([(546, 190), (414, 190)], "accent")
    scene.text(480, 181, "acquire", "mono small accent", "middle")
    scene.arrow([(414, 218), (546, 218)], "accent")
    scene.text(480, 235, "release", "mono small accent", "middle")
    scene.text(480, 252, "or the last unref", "small faint", "middle")

    scene.arrow([(300, 162), (300, 94)])
    scene.text(292, 124, "get_bytes\nslice_new_take", "mono small", "end")
    scene.arrow([(350, 94), (350, 162)])
    scene.text(358, 124, "the last pin goes,\nthe handle is still there", "small faint")
    scene.arrow([(426, 58), (640, 58), (640, 162)])
    scene.text(440, 48, "the last pin goes, the handle was released", "small faint")

    scene.arrow([(300, 246), (300, 346)])
    scene.text(292, 300, "steal_data", "mono small", "end")
    scene.arrow([(350, 346), (350, 246)])
    scene.text(358, 300, "attach_data", "mono small")
    scene.arrow([(414, 366), (500, 366), (500, 300), (590, 300), (590, 246)])
    scene.text(430, 386, "recycle_data", "mono small")
    scene.arrow([(660, 246), (660, 346)])
    scene.text(670, 282, "the oldest, when\nno place is vacant;\ndrop_idle, dispose", "small faint")
    return scene


def draw_revoke():
    """The owner of a cache and a thread that takes from it."""
    scene = Drawing(820, 476, "Owner and revoker of a cache",
                    "The owner says that it is busy and then looks whether the cache is revoked. The revoker "
                    "revokes it, has a barrier run on all processors, and waits until the owner is not busy.")
    left, right, width = 40, 470, 310
    scene.text(left + width / 2, 34, "The owner, at every acquire and release", "title", "middle")
    scene.text(right + width / 2, 34, "The revoker, now and then", "title", "middle")
    owner = [
        ("cell = cache", "I am busy with it", "tint"),
        ("compiler barrier", "costs nothing", "tint"),
        ("bias == 0 ?", "else leave: the slow path", "tint"),
        ("pop or push", "a few loads and stores", "tint"),
        ("cell = NULL", "release: all of the above is done", "tint"),
    ]
    revoker = [
        ("lock the revoking mutex", "one revoker at a time", "box"),
        ("bias = 1", "the cache is revoked, or several are", "warm"),
        ("membarrier ()", "one full barrier on every processor", "warm"),
        ("wait until cell != cache", "bounded: else bias = 0 and give up", "warm"),
        ("take buffers or vacant places", "no other thread is here", "warm"),
        ("bias = 0, unlock", "release: the owner sees all of it", "box"),
    ]
    for column, x in ((owner, left), (revoker, right)):
        for place, (code, words, look) in enumerate(column):
            top = 56 + place * 68
            scene.box(x, top, width, 50, look)
            scene.text(x + width / 2, top + 22, code, "mono", "middle")
            scene.text(x + width / 2, top + 40, words, "small faint", "middle")
            if place + 1 < len(column):
                scene.arrow([(x + width / 2, top + 50), (x + width / 2, top + 66)])
    scene.arrow([(right - 4, 149), (left + width + 4, 217)], "alarm")
    scene.text(426, 116, "at least one", "small alarm", "middle")
    scene.arrow([(left + width + 4, 81), (right - 4, 285)], "alarm")
    scene.text(392, 262, "is seen", "small alarm", "middle")
    scene.text(left, 424, "At least one of the two red arrows holds, whatever the\n"
               "processors do: so never are both at work.", "small")
    return scene


SCENES = {
    "pool.svg": draw_pool,
    "life.svg": draw_life,
    "layers.svg": draw_layers,
    "revoke.svg": draw_revoke,
}
