"""What each group's card has told, to tell news from repetition and a return from a replay.

A message is a *reminder* when it says what the card says already. It is a *return* when it says what the card
said before, with something else between: Prometheus was cut off, the alert was resolved by timeout, and now it
fires again with the start time it had. A return begins a new generation of the group, named by the moment it
came. A message belongs to the generation in which it came, so a replayed row is the fact that it was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Store
from hub_plugin_alertmanager.parse import AlertEvent

#: A group that has been quiet for so long begins anew.
_KEPT = timedelta(days=30)
#: Together they keep a group of any size well below the store's limit of 64 KB a key.
_MOST_FIRING = 2000
_MOST_TOLD = 200
_MOST_RETURNS = 50
#: What the card tells after an end that no message told; no digest looks so.
_OVER = "over"
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class News:
    """What is new about a message.

    Attributes:
        loud: something fires that the card did not show as firing; an edit alone would make no push.
        current: it is what the card tells from now on; false for a replay.
        returned_at: when the group's generation began; ``None`` in the first.
    """

    loud: bool
    returned_at: datetime | None
    current: bool = True


class GroupMemory:
    """Memory of one instance, in its store; the groups know nothing of each other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def judge(self, alerts: Sequence[AlertEvent], over_at: datetime | None = None) -> News | None:
        """Note what *alerts*, one message of a group, tell, and return what is new about it.

        Messages of a group must come one after the other, in the order they were received. One that is
        older than what the card tells, or is the very one it tells, is a replay: it changes nothing here.

        Args:
            over_at: when the hub itself saw that all was over, which no message said.

        Returns:
            ``None`` for a reminder.
        """
        group = alerts[0].group
        key = f"group:{_short(group.thread)}"
        found = self._store.get(key)
        before = _Told() if found is None else _Told.model_validate(found)
        if over_at is not None and before.at < over_at <= group.received_at:
            before = before.over(over_at)
        content = _short(group.content_key)
        says_the_same = before.contents[-1:] == (content,)
        if says_the_same and group.received_at > before.at:
            self._keep(key, before)
            return None
        after = before
        is_current = not says_the_same and group.received_at >= before.at
        if is_current:
            after = before.then(alerts, content)
            self._keep(key, after)
        return News(
            loud=before.rings(alerts),
            returned_at=after.generation(group.received_at),
            current=is_current,
        )

    def _keep(self, key: str, told: _Told) -> None:
        self._store.set(key, told.model_dump(mode="json"), ttl=_KEPT)


class _Told(BaseModel):
    """The memory of one group.

    Attributes:
        contents: what the card has told in this generation; the last is what it tells now.
        at: when the message that it tells now was received.
        returns: when each generation but the first began.
        firing: the alerts that are shown as firing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contents: tuple[str, ...] = ()
    at: AwareDatetime = _NEVER
    returns: tuple[AwareDatetime, ...] = ()
    firing: tuple[str, ...] = ()

    def rings(self, alerts: Sequence[AlertEvent]) -> bool:
        """Say whether something fires that is not shown as firing."""
        return not set(self.firing).issuperset(_marks(alerts, firing=True))

    def generation(self, at: datetime) -> datetime | None:
        """Return when the generation began to which a message received *at* belongs."""
        return max((began for began in self.returns if began <= at), default=None)

    def over(self, at: datetime) -> _Told:
        """Return the memory after the end of all that fired."""
        return self.model_copy(update={"contents": (*self.contents, _OVER), "at": at, "firing": ()})

    def then(self, alerts: Sequence[AlertEvent], content: str) -> _Told:
        """Return the memory after a message with another content than the last."""
        at = alerts[0].group.received_at
        over = set(_marks(alerts, firing=False))
        still = [mark for mark in self.firing if mark not in over]
        firing = dict.fromkeys([*still, *_marks(alerts, firing=True)])
        # a long list ends a generation too: what is dropped from it must never be taken for a first time
        is_return = content in self.contents or len(self.contents) >= _MOST_TOLD
        return _Told(
            contents=(content,) if is_return else (*self.contents, content),
            at=at,
            returns=(*self.returns, at)[-_MOST_RETURNS:] if is_return else self.returns,
            firing=tuple(firing)[-_MOST_FIRING:],
        )


def _marks(alerts: Sequence[AlertEvent], *, firing: bool) -> Iterator[str]:
    return (_short(alert.event_id) for alert in alerts if alert.firing is firing)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
