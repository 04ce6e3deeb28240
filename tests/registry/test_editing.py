"""The chain of editors."""

import pytest

from hub.plugin import Notification, RetryLater, hookimpl
from hub.registry import Edit

from .conftest import SHORT, Base, install

NOTE = Notification(key="k", title="")


def _editor(change, **order):
    @hookimpl(**order)
    def edit_notification(self, notification):
        return change(self, notification)

    return type("Editor", (Base,), {"edit_notification": edit_notification})


def _sign(self, notification):
    return notification.model_copy(update={"title": notification.title + self.ctx.name})


def _raise(error):
    def change(self, notification):
        raise error

    return change


def test_editors_go_by_order_and_then_by_name(load):
    registry = load(
        *(install(name, _editor(_sign, trylast=True)) for name in "ba"),
        *(install(name, _editor(_sign)) for name in "dc"),
        *(install(name, _editor(_sign, tryfirst=True)) for name in "fe"),
        install("none", Base),
    )

    notification, edits = registry.edit(NOTE)

    assert notification.title == "efcdab"
    assert [(edit.instance, edit.outcome) for edit in edits] == [(name, "changed") for name in "efcdab"]


def test_an_editor_that_changes_nothing_is_not_listed(load):
    registry = load(
        install("none", _editor(lambda self, n: None)),
        install("same", _editor(lambda self, n: n)),
        install("equal", _editor(lambda self, n: n.model_copy())),
    )

    assert registry.edit(NOTE) == (NOTE, ())


def test_what_was_dropped_is_seen_by_no_further_editor(load):
    registry = load(
        install("a", _editor(lambda self, n: n.suppress("at night"))), install("b", _editor(_sign))
    )

    notification, edits = registry.edit(NOTE)

    assert (notification.suppressed, notification.title) == ("at night", "")
    assert edits == (Edit("a", "dropped", "at night"),)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_raise(KeyError("a")), "raised KeyError: 'a'"),
        (_raise(RetryLater("busy")), "busy"),
        (lambda self, n: "text", "must return Notification, not str"),
        (lambda self, n: n.model_copy(update={"key": "other"}), "may not change the key of a notification"),
    ],
    ids=["bug", "plugin-error", "wrong-type", "other-key"],
)
def test_a_failing_editor_is_skipped(load, change, reason):
    registry = load(install("a", _editor(change)), install("b", _editor(_sign)))

    assert registry.edit(NOTE) == (
        NOTE.model_copy(update={"title": "b"}),
        (Edit("a", "failed", reason), Edit("b", "changed", "title")),
    )


def test_an_editor_that_sleeps_is_skipped(load, forever):
    registry = load(
        install("a", _editor(lambda self, n: forever())),
        tables={"a": {"budgets": {"edit_notification": SHORT}}},
    )

    assert registry.edit(NOTE).edits == (Edit("a", "failed", "gave no result within 0.15 s"),)


def test_an_editor_of_a_failing_instance_is_not_asked(load):
    registry = load(install("a", _editor(_sign)))
    registry.guard.breaker.trip("a", "edit_notification", "no luck")

    assert registry.edit(NOTE) == (NOTE, (Edit("a", "skipped", "the plugin is failing"),))
