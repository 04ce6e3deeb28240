"""The people behind a roster: those who have left or are absent are passed over."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.builtin.oncall.absence import Absences
from hub.plugin import Context, PermanentFailure, Person, Recipient, RetryLater


@dataclass(frozen=True, kw_only=True)
class _Someone:
    id: str
    name: str


class DutyPeople:
    """Turns addresses of people into who is really told."""

    def __init__(self, ctx: Context) -> None:
        self._portal = ctx.portal
        self._absences = Absences(ctx.portal, ctx.clock)

    def first_present(self, addresses: Iterable[str], what: str) -> Recipient | None:
        """Return the first who is there, else the first who works here, with what happened to those before.

        Raises:
            RetryLater: the portal is needed and away.
        """
        passed: list[str] = []
        absent: _Someone | None = None
        for address in addresses:
            someone = self.find(address)
            if someone is None:
                passed.append(f"{address}, who does not work here any more")
            elif self._absences.is_absent(someone.id):
                passed.append(f"{someone.name}, who is absent")
                absent = absent or someone
            else:
                instead = f", instead of {' and '.join(passed)}" if passed else ""
                return Recipient(kind="user", id=someone.id, reason=f"{what}{instead}")
        if absent is None:
            return None
        return Recipient(kind="user", id=absent.id, reason=f"{what}, though absent: nobody stands in")

    def person(self, address: str) -> Person:
        """Return somebody as people read it."""
        try:
            someone = self.find(address)
        except (PermanentFailure, RetryLater):
            someone = None
        return Person(name=address) if someone is None else Person(name=someone.name, id=someone.id)

    def find(self, address: str) -> _Someone | None:
        """Return the person behind ``user:``, ``email:`` or ``head:``; None when there is nobody active."""
        scheme, _, rest = address.partition(":")
        match scheme:
            case "user":
                try:
                    found = self._portal.user(rest)
                except RetryLater:  # the id alone is enough to send to
                    return _Someone(id=rest, name=f"user {rest}")
                except PermanentFailure:
                    return None
            case "email":
                found_or_none = self._portal.user_by_email(rest)
                if found_or_none is None:
                    return None
                found = found_or_none
            case "head":
                head = self._portal.head(rest)
                if head is None:
                    return None
                found = head
            case _:
                raise PermanentFailure(f"{address!r} is no person; a schedule names user:, email: or head:")
        return _Someone(id=found.id, name=found.name) if found.active else None
