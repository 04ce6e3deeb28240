"""``/status``: whether the hub is well, in a few plain lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from hub.pipeline.chat.place import is_in_group
from hub.pipeline.portal_state import PortalState
from hub.plugin import Command, CommandCall, Moment, Reply, T, Value, Who, Words, lines
from hub.storage.backlog import Backlog, Waiting
from hub.storage.plugin_statuses import Told

_FINE = ("active", "disabled")
_MOST_PLUGINS = 20
#: Characters of a reason.
_REASON = 300


class Status:
    """Tells everybody whether messages come, and administrators, in their own dialog, what is wrong.

    Args:
        portal: how the portal was when it was last asked.
        backlog: what waits.
        plugins: how the plugins are, by instance.
    """

    def __init__(
        self,
        *,
        portal: Callable[[], PortalState],
        backlog: Callable[[], Backlog],
        plugins: Callable[[], Mapping[str, Told]],
        is_admin: Callable[[str], bool],
    ) -> None:
        self._portal = portal
        self._backlog = backlog
        self._plugins = plugins
        self._is_admin = is_admin

    def commands(self) -> Iterable[Command]:
        """Return ``/status``."""
        yield Command(
            name="status",
            summary="Whether messages come",
            handler=self._status,
            who=Who.ANYONE,
            chat=True,
            idempotent=True,
        )

    def _status(self, call: CommandCall) -> Reply:
        with_reasons = not is_in_group(call) and self._is_admin(call.actor)
        backlog = self._backlog()
        text = lines(
            *_portal(self._portal(), with_reasons=with_reasons),
            _to_send(_together(backlog.lanes.values())),
            _to_read(_together(backlog.instances.values())),
            *_plugins(self._plugins(), with_reasons=with_reasons),
        )
        return Reply(text=text)


def _portal(portal: PortalState, *, with_reasons: bool) -> Iterator[Value]:
    if portal.state == "connected":
        yield T("I am at work, and the portal answers.")
        return
    since = Moment(at=datetime.fromisoformat(portal.since))
    if portal.state == "away":
        yield T(
            "The portal has not answered as it should since {since}; what waits goes out by itself.",
            since=since,
        )
    else:
        yield T(
            "The portal has not let me in since {since}; who looks after the hub has to act.", since=since
        )
    if with_reasons:
        yield f"{portal.error} ({portal.advice})"


def _together(waiting: Iterable[Waiting]) -> Waiting:
    found = [each for each in waiting if each.oldest is not None]
    return Waiting(
        count=sum(each.count for each in found),
        oldest=min((each.oldest for each in found if each.oldest is not None), default=None),
    )


def _to_send(waiting: Waiting) -> Words:
    if waiting.oldest is None:
        return T("No message waits to be sent.")
    return T(
        "{n} message waits to be sent, since {since}.",
        "{n} messages wait to be sent, the first since {since}.",
        n=waiting.count,
        since=Moment(at=waiting.oldest),
    )


def _to_read(waiting: Waiting) -> Words:
    if waiting.oldest is None:
        return ""
    return T(
        "{n} event waits to be looked at, since {since}.",
        "{n} events wait to be looked at, the first since {since}.",
        n=waiting.count,
        since=Moment(at=waiting.oldest),
    )


def _plugins(plugins: Mapping[str, Told], *, with_reasons: bool) -> Iterator[Value]:
    down = sorted(name for name, told in plugins.items() if told.status not in _FINE)[:_MOST_PLUGINS]
    if not down:
        return
    yield T("Not at work: {names}.", names=", ".join(down))
    if with_reasons:
        yield from (f"{name}: {plugins[name].status}, {plugins[name].reason[:_REASON]}" for name in down)
