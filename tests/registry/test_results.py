"""Notifications as plugins return them: what pydantic does not check is checked before it goes any further."""

import pytest

from hub.plugin import Notification, Severity
from hub.registry import PluginBug, calls

NOTE = Notification(key="k", title="t")


class Lead(Notification):
    """A plugin's own kind of notification."""

    lead: int = 0


def test_a_word_for_a_severity_is_as_good_as_the_severity(guard):
    """``model_copy`` takes any value for any field."""
    changed = NOTE.model_copy(update={"severity": "critical"})

    assert guard.call("x", calls.EDIT_NOTIFICATION, lambda: changed).severity is Severity.CRITICAL


@pytest.mark.parametrize("kind", [calls.NOTIFY, calls.JOB, calls.TIMER], ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("changes", "said"),
    [({"severity": "loud"}, "severity"), ({"key": 5}, "key"), ({"labels": ["a"]}, "labels")],
    ids=["no-severity", "no-text", "no-table"],
)
def test_a_copy_with_a_wrong_value_is_the_plugins_bug(guard, kind, changes, said):
    with pytest.raises(PluginBug, match=f"notifications that are valid: {said}"):
        guard.call("x", kind, lambda: [NOTE.model_copy(update=changes)])


def test_what_a_subclass_adds_goes_no_further(guard):
    (told,) = guard.call("x", calls.NOTIFY, lambda: [Lead(key="k", title="t", lead=7)])

    assert type(told) is Notification
    assert told == NOTE


def test_a_notification_built_without_checks_is_checked(guard):
    with pytest.raises(PluginBug, match="title"):
        guard.call("x", calls.NOTIFY, lambda: [Notification.model_construct(key="k")])
