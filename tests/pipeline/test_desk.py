"""Who is told of more work, and who gets company."""

import threading

from hub.pipeline.desk import Desk


def test_nobody_is_there_to_be_told():
    assert not Desk().ring()


def test_who_is_at_work_is_told():
    desk = Desk()
    with desk.shift():
        assert desk.ring()
    assert not desk.ring()


def test_who_is_slow_gets_company(monkeypatch):
    desk = Desk()
    with desk.shift():
        monkeypatch.setattr("hub.pipeline.desk._SLOW", 0.0)
        assert not desk.ring()


def test_who_lingers_is_told_however_long_it_is():
    desk = Desk()
    left = []

    def linger():
        with desk.shift():
            desk.look()
            left.append(desk.leave(10))

    thread = threading.Thread(target=linger)
    thread.start()
    while not desk.ring():
        pass
    thread.join(5)

    assert left == [False]


def test_what_was_rung_at_the_last_moment_keeps_the_thread():
    desk = Desk()
    with desk.shift():
        desk.look()
        desk.ring()
        assert not desk.leave(0)
        desk.look()
        assert desk.leave(0)


def test_of_a_slow_plugin_a_thread_takes_one_row_at_a_time():
    desk = Desk()
    for _ in range(10):
        desk.took(0.001)
    assert desk.rows == 20

    desk.took(0.5)
    assert desk.rows == 1
