"""The interpreter of a process that lives long and has much to do at once."""

from __future__ import annotations

import ctypes
import gc
import sys
from contextlib import suppress

#: Seconds after which a computing thread lets another one go on.
_SWITCH = 0.001
#: New objects after which the garbage collector looks for cycles, of which the hub makes few.
_OBJECTS = 20_000
#: glibc's M_ARENA_MAX, and how many heaps all threads share.
_HEAPS = (-8, 2)
#: glibc's M_MMAP_THRESHOLD: bytes from which a piece of memory is had, and given back, by itself.
_BY_ITSELF = (-3, 256 * 1024)


def share_heaps() -> None:
    """Let all threads use a few heaps, before any of them begins, and keep large bodies out of those.

    glibc would give many of a hundred threads a heap of its own, and each keeps what was ever held in it.
    """
    with suppress(AttributeError, OSError, TypeError):  # other C libraries have no such choice
        ctypes.CDLL(None).mallopt(*_HEAPS)
        ctypes.CDLL(None).mallopt(*_BY_ITSELF)


def settle_in() -> None:
    """Make ready for a long life, once everything is loaded.

    What is there now stays, so the garbage collector need not look through it again and again; and the loop that
    answers senders does not wait five milliseconds for every thread that computes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    sys.setswitchinterval(_SWITCH)
