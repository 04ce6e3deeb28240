"""The interpreter of a process that lives long and has much to do at once."""

from __future__ import annotations

import gc
import sys

#: Seconds after which a computing thread lets another one go on.
_SWITCH = 0.001
#: New objects after which the garbage collector looks for cycles, of which the hub makes few.
_OBJECTS = 20_000


def settle_in() -> None:
    """Make ready for a long life, once everything is loaded.

    What is there now stays, so the garbage collector need not look through it again and again; and the loop that
    answers senders does not wait five milliseconds for every thread that computes.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS)
    sys.setswitchinterval(_SWITCH)
