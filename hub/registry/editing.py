"""The chain of editors that a notification passes before it is routed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

import structlog

from hub.plugin import Notification, PluginError
from hub.registry.calls import EDIT_NOTIFICATION, WrongResult
from hub.registry.errors import CallFailed
from hub.registry.guard import Guard
from hub.registry.instances import Instance


class Edit(NamedTuple):
    """What one editor did; those that left the notification as it was are not listed.

    ``changed`` has the names of the changed fields as its reason, ``dropped`` what the editor said,
    ``skipped`` = the instance is failing and was not asked, ``failed`` = it raised or returned nonsense; both
    leave the notification as it was.
    """

    instance: str
    outcome: Literal["changed", "dropped", "failed", "skipped"]
    reason: str = ""


class Edited(NamedTuple):
    """The notification as the editors left it; ``suppressed`` says whether one of them dropped it."""

    notification: Notification
    edits: tuple[Edit, ...]


def editors(instances: Iterable[Instance]) -> list[Instance]:
    """Return the instances that edit: ``tryfirst`` ones, then the others, then ``trylast``, each by name."""
    return sorted((each for each in instances if EDIT_NOTIFICATION.name in each.hooks), key=_position)


def edit(chain: Iterable[Instance], notification: Notification, guard: Guard) -> Edited:
    """Let each editor of *chain* see what the one before left, until one drops it."""
    log = structlog.get_logger("hub.registry")
    edits: list[Edit] = []
    for each in chain:
        if notification.suppressed:
            break
        if guard.breaker.reason(each.name) is not None:
            # whose notification this is has nothing to do with it, so nobody waits to see whether it works again
            if guard.breaker.may_try(each.name):
                hook = each.hooks[EDIT_NOTIFICATION.name].function
                guard.try_out(each.name, EDIT_NOTIFICATION, hook, notification, object_id=notification.key)
            edits.append(Edit(each.name, "skipped", "the plugin is failing"))
            continue
        function = _keeping_the_key(each.hooks[EDIT_NOTIFICATION.name].function)
        try:
            result = guard.call(
                each.name, EDIT_NOTIFICATION, function, notification, object_id=notification.key
            )
        except CallFailed as exc:
            edits.append(Edit(each.name, "failed", exc.message))
            continue
        except PluginError as exc:
            log.warning("plugin error", plugin=each.name, hook=EDIT_NOTIFICATION.name, error=str(exc))
            edits.append(Edit(each.name, "failed", str(exc)))
            continue
        if result is None or result == notification:
            continue
        if result.suppressed:
            edits.append(Edit(each.name, "dropped", result.suppressed))
        else:
            edits.append(Edit(each.name, "changed", _changed(notification, result)))
        notification = result
    return Edited(notification, tuple(edits))


def _position(instance: Instance) -> tuple[int, str]:
    hook = instance.hooks[EDIT_NOTIFICATION.name]
    return (0 if hook.tryfirst else 2 if hook.trylast else 1, instance.name)


def _changed(before: Notification, after: Notification) -> str:
    """Return the names of the fields that differ."""
    fields = type(before).model_fields
    return ", ".join(name for name in fields if getattr(before, name) != getattr(after, name))


def _keeping_the_key(function: Callable[..., object]) -> Callable[[Notification], object]:
    def checked(notification: Notification) -> object:
        result = function(notification)
        if isinstance(result, Notification) and result.key != notification.key:
            raise WrongResult("may not change the key of a notification")
        return result

    return checked
