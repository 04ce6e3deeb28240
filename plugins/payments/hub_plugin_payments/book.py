"""What the hub remembers of payments, so that one card can tell all that several notifications say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from hub.plugin import Person, Store
from hub_plugin_payments.payment import Payment, PaymentEvent, Status

#: Disputes may come four months after the payment, refunds later still.
KEPT = timedelta(days=180)
#: A provider tells one thing in several notifications, within seconds; what comes later is news.
_AT_ONCE = timedelta(minutes=1)
_WAITED_FOR_MONEY = frozenset({Status.PENDING, Status.HELD, Status.FAILED})


class Taken(BaseModel):
    """Who sees to a payment, and since when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Person
    at: AwareDatetime


@dataclass(frozen=True, kw_only=True)
class Known:
    """A payment after a notification.

    Attributes:
        to: everybody to whom it was told, so that all their cards are edited.
        loud: people should be told again; an edit alone would make no push.
    """

    payment: Payment
    to: tuple[str, ...]
    loud: bool
    taken: Taken | None


class Book:
    """Memory of one instance, in its store; payments know nothing of each other."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def learn(self, news: PaymentEvent, addressees: Callable[[Payment], tuple[str, ...]]) -> Known:
        """Note what a notification says, and return all that is known of its payment.

        Notifications of one payment must come one after the other; in which order does not matter.
        """
        thread = news.payment.thread
        found = self._store.get(f"payment:{thread}")
        before = None if found is None else _Page.model_validate(found)
        payment = before.payment.join(news.payment) if before else news.payment
        same = before is not None and before.payment.status is payment.status
        page = _Page(
            payment=payment,
            to=tuple(dict.fromkeys([*(before.to if before else ()), *addressees(payment)])),
            since=before.since if before and same else news.received_at,
        )
        self._store.set(f"payment:{thread}", page.model_dump(mode="json"), ttl=KEPT)
        loud = before is not None and not same and _rings(before, page)
        return Known(payment=payment, to=page.to, loud=loud, taken=self._taken(thread))

    def take(self, thread: str, by: Person, at: datetime) -> None:
        """Note who sees to the payment of *thread*."""
        # a key of its own: a click must not overwrite what a notification notes meanwhile
        self._store.set(f"taken:{thread}", Taken(by=by, at=at).model_dump(mode="json"), ttl=KEPT)

    def _taken(self, thread: str) -> Taken | None:
        found = self._store.get(f"taken:{thread}")
        return None if found is None else Taken.model_validate(found)


class _Page(BaseModel):
    """What is remembered of one payment; ``since`` is when its card began to say what it says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    payment: Payment
    to: tuple[str, ...]
    since: AwareDatetime


def _rings(before: _Page, after: _Page) -> bool:
    """Say whether a change is worth a push: a dispute always, money when its card is older than a moment."""
    match after.payment.status:
        case Status.DISPUTED | Status.DISPUTE_LOST:
            return True
        case Status.PAID:
            return before.payment.status in _WAITED_FOR_MONEY and after.since - before.since > _AT_ONCE
        case _:
            return False
