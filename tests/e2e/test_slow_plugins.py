"""Plugins that take all the time they can get, beside one that has something to tell."""

import threading

import pytest
from echo import TOKEN, EchoPlugin

from hub.testing import InstalledPlugin

SLOW = ("slow-1", "slow-2", "slow-3", "slow-4")


@pytest.fixture
def hub_plugins():
    return [InstalledPlugin(name, EchoPlugin) for name in ("echo", *SLOW)]


def test_four_plugins_that_hang_leave_a_thread_for_the_fifth(fresh_hub):
    hub = fresh_hub
    woken = threading.Event()
    hanging = threading.Semaphore(0)

    def hang(fields):
        hanging.release()
        woken.wait(10)

    for name in SLOW:
        hub.app.registry.instance(name).plugin.in_notify = hang
        for key in range(8):
            hub.receive(name, {"key": f"{name} {key}"}, headers=TOKEN, settle=False)
    for _ in range(len(SLOW) + 8):  # one of each, and all that they share
        for _ in range(50):
            hub.app.housekeeping.sweep()  # who is slow gets company
            if hanging.acquire(timeout=0.1):
                break
        else:
            raise AssertionError("a thread does not join")

    hub.receive("echo", {"key": "a"}, headers=TOKEN, settle=False)
    hub.bitrix24.wait_for(lambda: hub.shown("1"), timeout=60)
    woken.set()

    assert [card.text for card in hub.shown("1")] == ["[b]a[/b]"]
